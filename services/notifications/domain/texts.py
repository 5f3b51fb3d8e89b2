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
PAYMENT_REMINDER: TemplateName = "payment-reminder"
"""Asks again for what is due: order_id, price, due_cents, payable_until, remaining_days to it, notified_on."""
ORDER_HELD: TemplateName = "order-held"
"""Says that people look at a paid order: order_id, hold_reason."""
EXPIRY_NOTICE: TemplateName = "expiry-notice"
"""Until an expiry: services, others, expires_on, remaining_days (0 on the day), notified_on, renews_by_itself.

Where the first of `services` is an add-on alone, its base lives on longer: it is renewed with that base.
"""
GRACE_NOTICE: TemplateName = "grace-notice"
"""After an expiry, limited: services, others, expires_on, grace_until, remaining_days to it, notified_on."""
SERVICE_ENDED: TemplateName = "service-ended"
"""Says that services are no more: services, ended_on, cancelled, notified_on."""
RENEWAL_CONFIRMED: TemplateName = "renewal-confirmed"
"""Says the dates after a renewal: order_id, activated_on, services (previous_expiry is absent where one is new)."""
SERVICE_SUSPENDED: TemplateName = "service-suspended"
"""Says that services can't be used for now: services, order_id, notified_on."""
SERVICE_RESUMED: TemplateName = "service-resumed"
"""Says that they can be used again: services, order_id, notified_on."""
CREDIT_GRANTED: TemplateName = "credit-granted"
"""How much, why, till when: amount_cents, credit_origin, credit_expires_on, balance_cents, order_id if there is one."""
CREDIT_USED: TemplateName = "credit-used"
"""Says what of an order's price credit has paid: order_id, amount_cents, balance_cents (what is left)."""
CREDIT_RETURNED: TemplateName = "credit-returned"
"""Says that a closed order gave its credit back: order_id, amount_cents, credit_expires_on, balance_cents."""
CREDIT_EXPIRING: TemplateName = "credit-expiring"
"""Some time before: amount_cents of what runs out, credit_expires_on, remaining_days, balance_cents, notified_on."""
REFUND_DUE: TemplateName = "refund-due"
"""Says that money goes back: amount_cents, order_id where there is one, method where it is known."""
REFUND_PAID: TemplateName = "refund-paid"
"""Says that it went: amount_cents, paid_on, order_id, method, reference where they are known."""
AUTOMATIC_RENEWAL_PLACED: TemplateName = "automatic-renewal-placed"
"""Says that a renewal was ordered by itself: order_id, due_cents, payable_until, price; in order-received's place."""
AUTOMATIC_RENEWAL_FAILED: TemplateName = "automatic-renewal-failed"
"""Says that it was not paid by the expiry: order_id, services, due_cents, payable_until where they are known."""


def activation_text(product: Product, texts: Collection[TemplateName]) -> TemplateName:
    """Return the text of the product's own where there is one, else the general one (R13)."""
    own = f"{product.lower().replace('_', '-')}-activated"
    return own if own in texts else SERVICE_ACTIVATED


ASKING_TO_PAY = frozenset({ORDER_RECEIVED, AUTOMATIC_RENEWAL_PLACED})
"""Of an order one of these goes out: how to pay for it."""
