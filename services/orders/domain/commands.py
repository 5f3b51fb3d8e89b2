"""What is asked of orders, and how is each asking named? Twice the same is the same command."""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar

from schemas.payments import MoneyDestination
from schemas.personal import Sealed
from schemas.storefront import OrderCancellationRequested, OrderSubmitted, PaymentChargedBack, PaymentReceived
from schemas.vocabulary import BuyerKind, Channel, Family, Locale, PaymentMethod, PaymentResolution
from services.orders.domain.identifiers import Verdict
from services.orders.domain.order import Line


@dataclass(frozen=True, slots=True)
class Buyer:
    """What eligibility needs to know of a buyer, and nothing that names them."""

    kind: BuyerKind
    citizenship: str
    vat_number: Verdict
    tax_code: Verdict


@dataclass(frozen=True, slots=True)
class Submission:
    """An order as it came: the body, and the idempotency key of its HTTP request."""

    TYPE: ClassVar[str] = OrderSubmitted.EVENT_TYPE

    body: OrderSubmitted
    idempotency_key: str | None = None

    @property
    def customer_id(self) -> str:
        """Name the account."""
        return self.body.customer.customer_id

    @property
    def order_id(self) -> str:
        """Name the order."""
        return self.body.order_id

    @property
    def key(self) -> str:
        """An order comes once."""
        return self.order_id


@dataclass(frozen=True, slots=True)
class SubmitOrder:
    """Submit a cart: the submission, once the edge has sealed, hashed and checked what a decision may not see."""

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
    """The families of which it wants a new base."""
    use_credit: bool
    expected_total_cents: int | None
    submitted_at: datetime | None
    body_hash: str
    idempotency_key: str
    is_from_intake: bool = False
    is_on_record: bool = False
    """The customer gave their id alone: the account says who they are (customers.py)."""


@dataclass(frozen=True, slots=True)
class ReceivePayment:
    """Report money that arrived for an order; `customer_id` is who paid."""

    TYPE: ClassVar[str] = PaymentReceived.EVENT_TYPE

    customer_id: str
    order_id: str
    payment_source: str
    payment_id: str
    amount_cents: int
    currency: str
    method: PaymentMethod
    received_at: datetime | None

    @property
    def content_hash(self) -> str:
        """Hash its content."""
        return content_hash(self.customer_id, self.order_id, self.amount_cents, self.currency)

    @property
    def key(self) -> str:
        """A contradiction is an event of its own, with an id of its own: the content stands in it.

        Who is paid twice is decided by the claim on (payment_source, payment_id) alone (R25).
        """
        return f"{self.payment_source}\n{self.payment_id}\n{self.content_hash}"


@dataclass(frozen=True, slots=True)
class ReviewPayment(ReceivePayment):
    """Look a second time at a held payment: its order has come, and is another customer's (R25)."""

    TYPE: ClassVar[str] = "orders.ReviewPayment"


@dataclass(frozen=True, slots=True)
class CancelOrder:
    """Ask to close an order that is not settled."""

    TYPE: ClassVar[str] = OrderCancellationRequested.EVENT_TYPE

    customer_id: str
    order_id: str

    @property
    def key(self) -> str:
        """An order is cancelled once."""
        return self.order_id


@dataclass(frozen=True, slots=True)
class ReleaseOrder:
    """Let provisioning try a held order again; `holds` tells it from the release of an earlier hold."""

    TYPE: ClassVar[str] = "orders.ReleaseOrder"

    customer_id: str
    order_id: str
    holds: int
    why: str

    @property
    def key(self) -> str:
        """Each hold is released once."""
        return f"{self.order_id}\n{self.holds}"


@dataclass(frozen=True, slots=True)
class CloseOrder:
    """Close an order that is held, or settled and not yet active, on an operator's word."""

    TYPE: ClassVar[str] = "orders.CloseOrder"

    customer_id: str
    order_id: str
    holds: int
    money: MoneyDestination
    why: str

    @property
    def key(self) -> str:
        """Asked during a later hold, or with the money elsewhere, it is asked anew."""
        return f"{self.order_id}\n{self.holds}\n{self.money}"


@dataclass(frozen=True, slots=True)
class ResolvePayment:
    """End the wait of a payment that is held or in conflict, on an operator's word."""

    TYPE: ClassVar[str] = "orders.ResolvePayment"

    customer_id: str
    payment_source: str
    payment_id: str
    content_hash: str
    action: PaymentResolution
    why: str
    order_id: str | None
    """The order that it is moved to."""
    paid_for: str
    """The order that it was reported for."""

    @property
    def key(self) -> str:
        """A payment's wait ends once; what was refused may be asked in another way."""
        asked = f"{self.action}\n{self.order_id or ''}"
        return f"{self.payment_source}\n{self.payment_id}\n{self.content_hash}\n{asked}"


@dataclass(frozen=True, slots=True)
class ReportRefund:
    """Report that a refund was paid."""

    TYPE: ClassVar[str] = "orders.ReportRefund"

    customer_id: str
    refund_id: str
    reference: str | None
    why: str | None

    @property
    def key(self) -> str:
        """A refund is paid once."""
        return self.refund_id


@dataclass(frozen=True, slots=True)
class ChargeBack:
    """Report that the money of a payment was charged back."""

    TYPE: ClassVar[str] = PaymentChargedBack.EVENT_TYPE

    customer_id: str
    order_id: str
    payment_source: str
    payment_id: str
    content_hash: str
    """Tells the payment from others under its identity."""
    amount_cents: int
    why: str
    which: str = ""
    """Tells a chargeback from an earlier one of the same payment, which was won back."""

    @property
    def key(self) -> str:
        """Told again, it is the same chargeback."""
        return f"{self.payment_source}\n{self.payment_id}\n{self.content_hash}\n{self.which}"


@dataclass(frozen=True, slots=True)
class WinChargeback(ChargeBack):
    """Report that the money of a charged-back payment is here again."""

    TYPE: ClassVar[str] = "orders.WinChargeback"


@dataclass(frozen=True, slots=True)
class ClearTheWay:
    """Ask whether a customer may be erased, and with `close_first` close what is unpaid."""

    TYPE: ClassVar[str] = "orders.ClearTheWay"

    customer_id: str
    why: str
    close_first: bool
    unpaid: tuple[str, ...]
    """What is open, as who asks saw it."""

    @property
    def key(self) -> str:
        """What is open tells it from an earlier asking."""
        return "\n".join([self.customer_id, *sorted(self.unpaid)])


@dataclass(frozen=True, slots=True)
class ErasePersonalData:
    """Note that a customer's key is gone; without one, there was nothing to erase."""

    TYPE: ClassVar[str] = "orders.ErasePersonalData"

    customer_id: str
    why: str
    key_id: str | None = None

    @property
    def key(self) -> str:
        """Each key is erased once: a customer who comes back has another."""
        return f"{self.customer_id}\n{self.key_id or ''}"


@dataclass(frozen=True, slots=True)
class BaseElsewhere:
    """Say that another customer holds a tax identifier: a service of theirs, or an order that asks for one (R9)."""

    order_id: str
    family: Family
    is_owned: bool


@dataclass(frozen=True, slots=True)
class Today:
    """The moment of a decision: the instant, and its Europe/Rome date (R1)."""

    instant: datetime
    date: date


def content_hash(customer_id: str, order_id: str, amount_cents: int, currency: str = "EUR") -> str:
    """Hash a payment's content: with the same identity, it tells a retry from a conflict (R25)."""
    content = f"{customer_id}\n{order_id}\n{amount_cents}\n{currency}"
    return hashlib.sha256(content.encode()).hexdigest()[:32]
