"""Which words may stand in an event? Open words of the catalogue, and closed enums, which can't grow."""

from enum import StrEnum
from typing import Annotated

from pydantic import StringConstraints

_CATALOGUE_WORD = StringConstraints(pattern=r"^[A-Z][A-Z0-9_]{1,39}$")

Product = Annotated[str, _CATALOGUE_WORD]
"""What is sold: a word that some version of the catalogue knows (R13)."""

EXAMPLE_BASE: Product = "E_INVOICING"
"""The base that examples of interfaces show: documentation, no rule."""

EXAMPLE_ADD_ON: Product = "DOCUMENTS"
"""The add-on that examples of interfaces show: documentation, no rule."""

Family = Annotated[str, _CATALOGUE_WORD]
"""What a customer has at most one living base of; an add-on belongs to its base's family."""

Feature = Annotated[str, _CATALOGUE_WORD]
"""What a product lets its customer switch on."""

TemplateName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{1,63}$")]
"""Which mail: the name of its text. A product may have a text of its own."""


class ProductKind(StrEnum):
    """Whether a product stands on its own or needs a base."""

    BASE = "BASE"
    ADD_ON = "ADD_ON"


class BuyerKind(StrEnum):
    """Who buys; the kind decides what may be bought."""

    LEGAL_PERSON = "LEGAL_PERSON"
    VAT_HOLDER = "VAT_HOLDER"
    ACCOUNTANT = "ACCOUNTANT"
    PRIVATE_PERSON = "PRIVATE_PERSON"
    PUBLIC_ADMINISTRATION = "PUBLIC_ADMINISTRATION"


class Channel(StrEnum):
    """Where the cart was filled; AUTOMATIC: nowhere, the order of a renewal that places itself (R43)."""

    SITE = "SITE"
    CUSTOMER_AREA = "CUSTOMER_AREA"
    PANEL = "PANEL"
    AUTOMATIC = "AUTOMATIC"


class LineAction(StrEnum):
    """Whether a line starts a service or prolongs it."""

    ACTIVATE = "ACTIVATE"
    RENEW = "RENEW"


class PurchaseCase(StrEnum):
    """The guide's cases: both products at once, Documents for an owned base, a renewal."""

    FIRST_PURCHASE = "FIRST_PURCHASE"
    ADD_ON_TO_OWNED = "ADD_ON_TO_OWNED"
    RENEWAL = "RENEWAL"


class Branch(StrEnum):
    """How the order's dates run: frozen at the order, acted on at the settling payment."""

    BUNDLE = "BUNDLE"
    EXTENDED = "EXTENDED"
    ALIGNED_SHORT = "ALIGNED_SHORT"
    ALIGNED_LONG = "ALIGNED_LONG"
    RENEWED = "RENEWED"


class OrderStatus(StrEnum):
    """Where an order stands."""

    REFUSED = "REFUSED"
    AWAITING_PRICE = "AWAITING_PRICE"
    AWAITING_PAYMENT = "AWAITING_PAYMENT"
    PARTIALLY_PAID = "PARTIALLY_PAID"
    SETTLED = "SETTLED"
    ACTIVATED = "ACTIVATED"
    HELD = "HELD"
    CANCELLED = "CANCELLED"
    EXPIRED = "EXPIRED"


class ViolationCode(StrEnum):
    """Why an order is refused; all that apply are told."""

    BASE_REQUIRED = "BASE_REQUIRED"
    BASE_RECEIVE_ONLY = "BASE_RECEIVE_ONLY"
    ACCOUNTANT_USER = "ACCOUNTANT_USER"
    BUYER_NOT_ELIGIBLE = "BUYER_NOT_ELIGIBLE"
    BASE_NOT_ACTIVE = "BASE_NOT_ACTIVE"
    ADDON_ALREADY_ACTIVE = "ADDON_ALREADY_ACTIVE"
    ADDON_ORDER_PENDING = "ADDON_ORDER_PENDING"
    BASE_ALREADY_OWNED = "BASE_ALREADY_OWNED"
    BASE_ORDER_PENDING = "BASE_ORDER_PENDING"
    CHANNEL_NOT_ALLOWED = "CHANNEL_NOT_ALLOWED"
    VAT_NUMBER_INVALID = "VAT_NUMBER_INVALID"
    TAX_CODE_INVALID = "TAX_CODE_INVALID"
    TAX_IDENTIFIER_DIFFERS = "TAX_IDENTIFIER_DIFFERS"
    EMPTY_CART = "EMPTY_CART"
    DUPLICATE_LINE = "DUPLICATE_LINE"
    PRODUCT_UNKNOWN = "PRODUCT_UNKNOWN"
    RENEWAL_NOT_POSSIBLE = "RENEWAL_NOT_POSSIBLE"


class HoldReason(StrEnum):
    """Why an order or an activation waits for an operator."""

    BASE_SHORTENED = "BASE_SHORTENED"
    BASE_TERMINATED = "BASE_TERMINATED"
    EXPIRY_CONFLICT = "EXPIRY_CONFLICT"
    ADDON_ALREADY_ACTIVE = "ADDON_ALREADY_ACTIVE"
    BASE_ALREADY_ACTIVE = "BASE_ALREADY_ACTIVE"
    CHARGEBACK = "CHARGEBACK"
    OPERATOR_REQUEST = "OPERATOR_REQUEST"


class CloseReason(StrEnum):
    """Why an order ended before its activation."""

    CUSTOMER_REQUEST = "CUSTOMER_REQUEST"
    PRICE_CHANGED = "PRICE_CHANGED"
    BASE_NOT_ACTIVE = "BASE_NOT_ACTIVE"
    NOT_PRICEABLE = "NOT_PRICEABLE"
    PAYMENT_OVERDUE = "PAYMENT_OVERDUE"
    OPERATOR_REQUEST = "OPERATOR_REQUEST"
    REFUNDED = "REFUNDED"


class PaymentHoldReason(StrEnum):
    """What a payment waits for."""

    ORDER_UNKNOWN = "ORDER_UNKNOWN"
    ORDER_NOT_PRICED = "ORDER_NOT_PRICED"


class PaymentConflictReason(StrEnum):
    """What a payment contradicts."""

    CONTENT_DIFFERS = "CONTENT_DIFFERS"
    CUSTOMER_DIFFERS = "CUSTOMER_DIFFERS"
    CURRENCY_NOT_ACCEPTED = "CURRENCY_NOT_ACCEPTED"


class PaymentMethod(StrEnum):
    """How the customer paid."""

    CARD = "CARD"
    BANK_TRANSFER = "BANK_TRANSFER"
    PAYPAL = "PAYPAL"
    POSTAL_SLIP = "POSTAL_SLIP"


class PaymentStatus(StrEnum):
    """Where a payment stands."""

    REGISTERED = "REGISTERED"
    HELD = "HELD"
    CONFLICTED = "CONFLICTED"
    CHARGED_BACK = "CHARGED_BACK"
    RESOLVED = "RESOLVED"


class PaymentResolution(StrEnum):
    """What an operator did about a payment that waited (R29)."""

    ACCEPT = "ACCEPT"
    MOVE = "MOVE"
    REFUND = "REFUND"
    TO_CREDIT = "TO_CREDIT"
    DISMISS = "DISMISS"


class PriceReason(StrEnum):
    """How a line's price came about."""

    FULL_PRICE = "FULL_PRICE"
    FREE_WITH_BASE = "FREE_WITH_BASE"
    ALIGNED_TO_BASE = "ALIGNED_TO_BASE"
    PRORATED = "PRORATED"


class PricingRefusal(StrEnum):
    """Why an order has no price. NOT_SAID: told by a v1 record whose sentence says none of the others."""

    EMPTY_CART = "EMPTY_CART"
    DUPLICATE_LINE = "DUPLICATE_LINE"
    PRODUCT_UNKNOWN = "PRODUCT_UNKNOWN"
    BASE_MISSING = "BASE_MISSING"
    BASE_NOT_RENEWED = "BASE_NOT_RENEWED"
    BASE_EXPIRED = "BASE_EXPIRED"
    NOTHING_TO_EXTEND = "NOTHING_TO_EXTEND"
    NOTHING_TO_RENEW = "NOTHING_TO_RENEW"
    ALREADY_ACTIVE = "ALREADY_ACTIVE"
    NOT_SAID = "NOT_SAID"


class ProrationMethod(StrEnum):
    """How a term is counted: by the exact fraction of a month, or each started month whole."""

    MONTH_FRACTION = "MONTH_FRACTION"
    STARTED_MONTHS = "STARTED_MONTHS"


class CreditOrigin(StrEnum):
    """Where credit comes from. REINSTATED: it had expired before an order was read that had come in time to use it."""

    PAYMENT_SURPLUS = "PAYMENT_SURPLUS"
    PAYMENT_ON_CLOSED_ORDER = "PAYMENT_ON_CLOSED_ORDER"
    ORDER_CLOSED = "ORDER_CLOSED"
    BASE_CHANGED = "BASE_CHANGED"
    SERVICE_ENDED = "SERVICE_ENDED"
    REFUND = "REFUND"
    REINSTATED = "REINSTATED"


class ActivationOrigin(StrEnum):
    """Whether a service came with the purchase that let its customer in, or was added later."""

    BUNDLED = "BUNDLED"
    ADD_ON = "ADD_ON"


class ExpiryReason(StrEnum):
    """Why an expiry moved."""

    EXTENSION = "EXTENSION"
    ALIGNMENT = "ALIGNMENT"
    RENEWAL = "RENEWAL"
    REVERSAL = "REVERSAL"


class ServiceStatus(StrEnum):
    """Where a service stands."""

    ACTIVE = "ACTIVE"
    GRACE = "GRACE"
    SUSPENDED = "SUSPENDED"
    TERMINATED = "TERMINATED"


class CredentialsVoidReason(StrEnum):
    """Why issued credentials can't be used any more."""

    REISSUED = "REISSUED"
    EXPIRED = "EXPIRED"
    HANDOVER_LOST = "HANDOVER_LOST"
    SERVICE_TERMINATED = "SERVICE_TERMINATED"


class EmailStatus(StrEnum):
    """Where a mail stands."""

    REQUESTED = "REQUESTED"
    SENT = "SENT"
    FAILED = "FAILED"
    IN_DOUBT = "IN_DOUBT"
    BOUNCED = "BOUNCED"


class EmailFailure(StrEnum):
    """Why a mail can't be delivered."""

    REFUSED_BY_SERVER = "REFUSED_BY_SERVER"
    RETRIES_EXHAUSTED = "RETRIES_EXHAUSTED"
    CREDENTIALS_EXPIRED = "CREDENTIALS_EXPIRED"
    HANDOVER_LOST = "HANDOVER_LOST"
    ADDRESS_ERASED = "ADDRESS_ERASED"
    ADDRESS_INVALID = "ADDRESS_INVALID"
    MALFORMED_MAIL = "MALFORMED_MAIL"
    DISCARDED_BY_OPERATOR = "DISCARDED_BY_OPERATOR"


class OrderWarning(StrEnum):
    """What an accepted order or quote should be told about."""

    PEC_ADDRESS = "PEC_ADDRESS"
    SHORT_RESIDUAL = "SHORT_RESIDUAL"


class Locale(StrEnum):
    """In which language the customer is written to."""

    IT = "it"
    EN = "en"
