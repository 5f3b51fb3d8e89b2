"""Which text does a mail have? One of its own kind; a product's activation has its own text or the general one."""

from collections.abc import Collection

from schemas.vocabulary import Product, TemplateName

ORDER_RECEIVED: TemplateName = "order-received"
PAYMENT_SHORT: TemplateName = "payment-short"
ORDER_CLOSED: TemplateName = "order-closed"
ACTIVATION_CREDENTIALS: TemplateName = "activation-credentials"
CREDENTIALS_REISSUED: TemplateName = "credentials-reissued"
SERVICE_ACTIVATED: TemplateName = "service-activated"
"""Says of any product that it was activated, by the name that the catalogue gives it."""


def activation_text(product: Product, texts: Collection[TemplateName]) -> TemplateName:
    """Return the text of the product's own where there is one, else the general one (R13)."""
    own = f"{product.lower().replace('_', '-')}-activated"
    return own if own in texts else SERVICE_ACTIVATED
