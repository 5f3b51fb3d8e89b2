"""Which words does the interface use? Those one may send are closed; an answer may bring one that is newer."""

from enum import StrEnum
from typing import Annotated, TypeVar

from pydantic import Field, StringConstraints

Word = TypeVar("Word", bound=StrEnum)
Known = Annotated[Word | str, Field(union_mode="left_to_right")]
"""A word of an answer: the member where it is known here, else the text as it came. Both compare with the member."""


Product = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9_]{1,39}$")]
"""What is sold: a word that the catalogue knows (GET /v1/catalogue says which)."""


class BuyerKind(StrEnum):
    """Who buys; the kind decides what may be bought."""

    LEGAL_PERSON = "LEGAL_PERSON"
    VAT_HOLDER = "VAT_HOLDER"
    ACCOUNTANT = "ACCOUNTANT"
    PRIVATE_PERSON = "PRIVATE_PERSON"
    PUBLIC_ADMINISTRATION = "PUBLIC_ADMINISTRATION"


class Channel(StrEnum):
    """Where the cart was filled."""

    SITE = "SITE"
    CUSTOMER_AREA = "CUSTOMER_AREA"
    PANEL = "PANEL"
    AUTOMATIC = "AUTOMATIC"


class LineAction(StrEnum):
    """Whether a line starts a service or prolongs it."""

    ACTIVATE = "ACTIVATE"
    RENEW = "RENEW"


class Locale(StrEnum):
    """In which language the customer is written to."""

    IT = "it"
    EN = "en"


class PaymentMethod(StrEnum):
    """How the customer paid."""

    CARD = "CARD"
    BANK_TRANSFER = "BANK_TRANSFER"
    PAYPAL = "PAYPAL"
    POSTAL_SLIP = "POSTAL_SLIP"


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


class PaymentStatus(StrEnum):
    """Where a payment stands."""

    REGISTERED = "REGISTERED"
    HELD = "HELD"
    CONFLICTED = "CONFLICTED"
    RESOLVED = "RESOLVED"
    CHARGED_BACK = "CHARGED_BACK"


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


class Warned(StrEnum):
    """What an accepted order or a quote should tell its customer."""

    PEC_ADDRESS = "PEC_ADDRESS"
    SHORT_RESIDUAL = "SHORT_RESIDUAL"


class PurchaseCase(StrEnum):
    """A first purchase, an add-on for an owner, a renewal."""

    FIRST_PURCHASE = "FIRST_PURCHASE"
    ADD_ON_TO_OWNED = "ADD_ON_TO_OWNED"
    RENEWAL = "RENEWAL"


class PriceReason(StrEnum):
    """How a line's price came about."""

    FULL_PRICE = "FULL_PRICE"
    FREE_WITH_BASE = "FREE_WITH_BASE"
    ALIGNED_TO_BASE = "ALIGNED_TO_BASE"
    PRORATED = "PRORATED"


class Branch(StrEnum):
    """How an order's dates would run."""

    BUNDLE = "BUNDLE"
    EXTENDED = "EXTENDED"
    ALIGNED_SHORT = "ALIGNED_SHORT"
    ALIGNED_LONG = "ALIGNED_LONG"
    RENEWED = "RENEWED"
