"""What does the orders service say happened? The events of `orders.events`."""

from datetime import date
from typing import ClassVar, Literal

from pydantic import AwareDatetime, Field

from schemas.automatic_renewals import AUTOMATIC_RENEWALS
from schemas.billing import PricedExtension, PricedLine
from schemas.cart import OrderLine, OwnedService, Terms, Violation
from schemas.envelope import Event
from schemas.payments import (
    ChargebackWon,
    MoneyDestination,
    PaidPart,
    PaymentChargedBack,
    PaymentConflicted,
    PaymentHeld,
    PaymentRegistered,
    PaymentResolved,
    RefundNoted,
    RefundReported,
)
from schemas.personal import SealedBlock
from schemas.vocabulary import (
    Branch,
    BuyerKind,
    Channel,
    CloseReason,
    Family,
    HoldReason,
    Locale,
    OrderWarning,
    Product,
    ProductKind,
    PurchaseCase,
    ServiceStatus,
)


class OrderPlaced(Event):
    """An order was accepted and waits for its price."""

    EVENT_TYPE: ClassVar[str] = "orders.OrderPlaced.v1"

    order_id: str
    ordered_on: date = Field(description="O: the Europe/Rome date at which orders accepted it.")
    storefront: str
    channel: Channel
    lines: list[OrderLine]
    extend_active_services: bool | None = Field(
        description="The effective toggle, true when the storefront left it out; null where nothing can be extended."
    )
    purchase_case: PurchaseCase
    branch: Branch
    owned: list[OwnedService] = Field(description="The services owned with their expiries, as orders knows them.")
    buyer_kind: BuyerKind
    locale: Locale
    warnings: list[OrderWarning] = Field(default=[])
    personal: SealedBlock = Field(description="Sealed: who buys, their identifiers, and what a fiscal document needs.")
    customer_on_record: bool = Field(
        default=False,
        description="True where the customer gave their id alone: what is known of them stands unchanged.",
    )
    tax_identifier_hash: str = Field(description="Keyed hash of the VAT number, else of the tax code.")
    expected_total_cents: int | None = None
    use_credit: bool = Field(default=False, description="Whether the customer's credit pays what it can (R41).")
    payable_until: date = Field(
        description="The last Europe/Rome date on which a payment settles it: a renewal's not beyond its base's grace."
    )
    catalogue_version: str
    terms: Terms
    body_hash: str = Field(description="Hash of the submitted body: tells a retry from a conflict.")
    idempotency_key: str = Field(description="Keyed hash of the idempotency key it was submitted under.")
    taken_at: AwareDatetime | None = Field(default=None, description="The instant at which orders took the order in.")


class OrderRefused(Event):
    """An order was refused, with every reason."""

    EVENT_TYPE: ClassVar[str] = "orders.OrderRefused.v1"

    order_id: str
    ordered_on: date
    storefront: str
    channel: Channel
    lines: list[OrderLine]
    extend_active_services: bool
    buyer_kind: BuyerKind
    locale: Locale = Locale.IT
    violations: list[Violation]
    warnings: list[OrderWarning] = Field(default=[])
    personal: SealedBlock
    catalogue_version: str
    body_hash: str
    idempotency_key: str
    taken_at: AwareDatetime | None = Field(default=None, description="The instant at which orders took the order in.")


class OrderPriceNoted(Event):
    """Orders noted billing's price: what is due, and until when it can be paid."""

    EVENT_TYPE: ClassVar[str] = "orders.OrderPriceNoted.v1"
    VISIBILITY: ClassVar[Literal["public", "internal"]] = "internal"

    order_id: str
    lines: list[PricedLine]
    extensions: list[PricedExtension]
    net_cents: int
    vat_cents: int
    total_cents: int
    credit_cents: int = Field(default=0, ge=0, description="What credit pays of the total; the rest is due.")
    payable_until: date = Field(description="The last Europe/Rome date on which a payment settles it.")
    catalogue_version: str


class SettledFacts(Event):
    """All that provisioning acts on."""

    order_id: str
    storefront: str
    settled_on: date = Field(description="P: the Europe/Rome date of the settling payment.")
    ordered_on: date
    lines: list[OrderLine]
    purchase_case: PurchaseCase
    branch: Branch
    extend_active_services: bool | None
    expiries_shown: list[OwnedService] = Field(description="E0: the expiries the order showed.")
    terms: Terms
    buyer_kind: BuyerKind
    locale: Locale
    personal: SealedBlock
    tax_identifier_hash: str
    total_cents: int
    catalogue_version: str


class OrderSettled(SettledFacts):
    """An order's price is fully paid: everything that provisioning acts on."""

    EVENT_TYPE: ClassVar[str] = "orders.OrderSettled.v1"


class OrderHeld(Event):
    """A settled order waits for an operator."""

    EVENT_TYPE: ClassVar[str] = "orders.OrderHeld.v1"

    order_id: str
    reason: HoldReason
    detail: str = ""


class OrderReleased(SettledFacts):
    """An operator released a held order: provisioning tries again."""

    EVENT_TYPE: ClassVar[str] = "orders.OrderReleased.v1"

    why: str
    reason: HoldReason | None = Field(default=None, description="Why it had been held.")


class OrderCancelled(Event):
    """An order was closed before its activation."""

    EVENT_TYPE: ClassVar[str] = "orders.OrderCancelled.v1"

    order_id: str
    reason: CloseReason
    closed_on: date
    why: str | None = Field(default=None, description="What an operator who closed it gave as the reason.")
    surplus_cents: int = Field(default=0, ge=0, description="What had been paid: becomes credit, or is paid back.")
    money: MoneyDestination = Field(default=MoneyDestination.TO_CREDIT, description="What becomes of it.")
    payments: list[PaidPart] = Field(default=[], description="The payments it came by.")
    released_tax_identifier: str | None = Field(
        default=None, description="Keyed hash of the tax identifier that another order may now claim (R9)."
    )
    released_families: list[Family] = Field(default=[], description="The families for which it may be claimed.")


class OrderClosureRequested(Event):
    """An operator wants to close a settled order; provisioning says whether it is active already (R29)."""

    EVENT_TYPE: ClassVar[str] = "orders.OrderClosureRequested.v1"

    order_id: str
    money: MoneyDestination
    why: str


class OrderExpired(Event):
    """An unpaid order passed its last payable day."""

    EVENT_TYPE: ClassVar[str] = "orders.OrderExpired.v1"

    order_id: str
    reason: CloseReason = CloseReason.PAYMENT_OVERDUE
    expired_on: date
    surplus_cents: int = Field(default=0, ge=0, description="What had been paid in part: becomes credit.")
    released_tax_identifier: str | None = Field(
        default=None, description="Keyed hash of the tax identifier that another order may now claim (R9)."
    )
    released_families: list[Family] = Field(default=[], description="The families for which it may be claimed.")


class OrderActivationNoted(Event):
    """Orders noted that provisioning activated the order."""

    EVENT_TYPE: ClassVar[str] = "orders.OrderActivationNoted.v1"
    VISIBILITY: ClassVar[Literal["public", "internal"]] = "internal"

    order_id: str
    expiries: dict[Product, date] = Field(description="The expiry of each service that was alive then.")


class ServiceNoted(Event):
    """Orders noted the state of a service, from provisioning's event."""

    EVENT_TYPE: ClassVar[str] = "orders.ServiceNoted.v1"
    VISIBILITY: ClassVar[Literal["public", "internal"]] = "internal"

    order_id: str | None = None
    product: Product
    kind: ProductKind
    family: Family
    status: ServiceStatus
    expires_on: date
    anchor_on: date | None = None
    buyer_kind: BuyerKind | None = None
    tax_identifier_hash: str | None = Field(default=None, description="Set for a base: what it holds while it lives.")
    held_by: str | None = Field(
        default=None, description="The order that activated a base noted before; null at its activation."
    )


class InputNoted(Event):
    """An input changed nothing in orders; its version is remembered."""

    EVENT_TYPE: ClassVar[str] = "orders.InputNoted.v1"
    VISIBILITY: ClassVar[Literal["public", "internal"]] = "internal"

    order_id: str | None = None
    input_type: str
    note: str = ""


class PersonalDataErased(Event):
    """A customer's key was deleted: their personal data can't be read any more."""

    EVENT_TYPE: ClassVar[str] = "orders.PersonalDataErased.v1"

    why: str


class InputDiscarded(Event):
    """An operator discarded an input that was set aside, with the reason."""

    EVENT_TYPE: ClassVar[str] = "orders.InputDiscarded.v1"
    VISIBILITY: ClassVar[Literal["public", "internal"]] = "internal"

    input_type: str
    input_id: str
    why: str


ORDERS = (
    OrderPlaced,
    OrderRefused,
    OrderPriceNoted,
    PaymentRegistered,
    PaymentHeld,
    PaymentConflicted,
    PaymentResolved,
    PaymentChargedBack,
    ChargebackWon,
    OrderSettled,
    OrderHeld,
    OrderReleased,
    OrderClosureRequested,
    OrderCancelled,
    OrderExpired,
    OrderActivationNoted,
    RefundNoted,
    RefundReported,
    ServiceNoted,
    InputNoted,
    PersonalDataErased,
    InputDiscarded,
    *AUTOMATIC_RENEWALS,
)
