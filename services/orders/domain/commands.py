"""What is asked of orders, once the edge has sealed, hashed and checked what the domain may not see?"""

from dataclasses import dataclass
from datetime import date, datetime

from schemas.vocabulary import BuyerKind, Channel, Family, Locale, PaymentMethod
from services.orders.domain.identifiers import Verdict
from services.orders.domain.order import Line, Sealed


@dataclass(frozen=True, slots=True)
class Buyer:
    """Be what eligibility needs to know of a buyer, and nothing that names them."""

    kind: BuyerKind
    citizenship: str
    vat_number: Verdict
    tax_code: Verdict


@dataclass(frozen=True, slots=True)
class SubmitOrder:
    """Submit a cart."""

    customer_id: str
    order_id: str
    storefront: str
    channel: Channel
    lines: tuple[Line, ...]
    extend_active_services: bool
    buyer: Buyer
    locale: Locale
    has_certified_mail: bool
    personal: Sealed
    tax_identifier_hash: str | None
    base_families: tuple[Family, ...]
    """The families of which it wants a base."""
    expected_total_cents: int | None
    submitted_at: datetime | None
    body_hash: str
    idempotency_key: str
    is_from_intake: bool = False


@dataclass(frozen=True, slots=True)
class ReceivePayment:
    """Tell of money that arrived for an order; `customer_id` is who paid."""

    customer_id: str
    order_id: str
    payment_source: str
    payment_id: str
    amount_cents: int
    currency: str
    method: PaymentMethod
    received_at: datetime | None
    content_hash: str


@dataclass(frozen=True, slots=True)
class CancelOrder:
    """Ask to close an order that is not settled."""

    customer_id: str
    order_id: str


@dataclass(frozen=True, slots=True)
class ReleaseOrder:
    """Let provisioning try a held order again."""

    customer_id: str
    order_id: str
    why: str


@dataclass(frozen=True, slots=True)
class CloseOrder:
    """Close a held order on an operator's word; its money becomes credit."""

    customer_id: str
    order_id: str
    why: str


@dataclass(frozen=True, slots=True)
class CreditPayment:
    """Make a held payment credit on an operator's word."""

    customer_id: str
    payment_source: str
    payment_id: str
    why: str


@dataclass(frozen=True, slots=True)
class ClearTheWay:
    """Ask whether a customer may be erased, and with `close_first` close what is unpaid."""

    customer_id: str
    why: str
    close_first: bool


@dataclass(frozen=True, slots=True)
class ErasePersonalData:
    """Note that a customer's key is gone; without one, there was nothing to erase."""

    customer_id: str
    why: str
    key_id: str | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """Say why a command leaves no trace."""

    code: str
    detail: str
    status: int = 409


@dataclass(frozen=True, slots=True)
class BaseElsewhere:
    """Say that another customer holds a tax identifier: a service of theirs, or an order that asks for one (R9)."""

    order_id: str
    family: Family
    is_owned: bool


@dataclass(frozen=True, slots=True)
class Today:
    """Be the moment of a decision: the instant, and its Europe/Rome date (R1)."""

    instant: datetime
    date: date
