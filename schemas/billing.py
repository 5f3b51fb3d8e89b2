"""What does the billing service say happened? The events of `billing.events`: money, explained."""

from datetime import date
from typing import ClassVar, Literal

from pydantic import AwareDatetime, Field

from schemas.envelope import Event, Part
from schemas.payments import RefundReason
from schemas.reversals import ChargebackNoted, CreditReversed, ServiceChargesNoted
from schemas.terms import MissingTerm
from schemas.vocabulary import (
    BuyerKind,
    CreditOrigin,
    Family,
    LineAction,
    PaymentMethod,
    PriceReason,
    PricingRefusal,
    Product,
    ProductKind,
    ProrationMethod,
    PurchaseCase,
    ServiceStatus,
)


class PricedLine(Part):
    """A line of an order with its price, explained."""

    product: Product
    action: LineAction = LineAction.ACTIVATE
    years: int = Field(default=1, ge=1, le=10)
    annual_cents: int = Field(description="The catalogue's net price for a year.")
    net_cents: int
    reason: PriceReason
    explanation: str
    term: MissingTerm | None = Field(default=None, description="What a line aligned up to its base was charged for.")
    method: ProrationMethod | None = Field(default=None, description="How that term was charged.")


class PricedExtension(Part):
    """The prorated extension of an active service: the term that was missing, and what it costs."""

    product: Product
    previous_expiry: date
    new_expiry: date = Field(description="Computed with the order date for the payment date.")
    missing_term: MissingTerm
    method: ProrationMethod
    annual_cents: int
    net_cents: int
    explanation: str


class ExtensionComputed(Event):
    """The prorated extension of one service, which makes it expire with the add-on that is bought, was computed."""

    EVENT_TYPE: ClassVar[str] = "billing.ExtensionComputed.v1"

    order_id: str
    product: Product
    previous_expiry: date
    new_expiry: date
    missing_term: MissingTerm
    method: ProrationMethod
    annual_cents: int
    net_cents: int
    explanation: str


class OrderPriced(Event):
    """An order was priced: every line, every extension, VAT and the total."""

    EVENT_TYPE: ClassVar[str] = "billing.OrderPriced.v1"

    order_id: str
    storefront: str = Field(description="Whose order it is.")
    purchase_case: PurchaseCase
    lines: list[PricedLine]
    extensions: list[PricedExtension] = Field(description="One for each service that is extended.")
    net_cents: int
    vat_percent: int = Field(description="The VAT rate in percent, applied once to the net total (R5).")
    vat_cents: int
    total_cents: int
    credit_cents: int = Field(
        default=0, ge=0, description="What the customer's credit pays of the total; the rest is due (R41)."
    )
    priced_on: date
    catalogue_version: str


class PricingRefused(Event):
    """An order can't be priced from what billing knows; orders closes it."""

    EVENT_TYPE: ClassVar[str] = "billing.PricingRefused.v2"

    order_id: str
    reason: PricingRefusal = Field(description="Why, for counting.")
    detail: str = Field(description="Why, in a sentence for people.")


class CreditGranted(Event):
    """A customer was granted credit."""

    EVENT_TYPE: ClassVar[str] = "billing.CreditGranted.v1"

    order_id: str | None = None
    credit_id: str
    amount_cents: int = Field(gt=0)
    granted_on: date
    expires_on: date
    origin: CreditOrigin
    payment_source: str | None = None
    payment_id: str | None = None
    explanation: str
    entered_at: AwareDatetime | None = Field(default=None, description="The instant at which billing entered it.")


class CreditUsed(Event):
    """Credit paid an order, or a part of it."""

    EVENT_TYPE: ClassVar[str] = "billing.CreditUsed.v1"

    order_id: str = Field(description="The order that it pays.")
    credit_id: str
    amount_cents: int = Field(gt=0)
    remaining_cents: int = Field(ge=0, description="What of this credit still stands.")
    used_on: date = Field(description="The order's date: from then on the clock of what was used stands.")
    expires_on: date
    origin: CreditOrigin
    explanation: str
    entered_at: AwareDatetime | None = Field(default=None, description="The instant at which billing entered it.")


class CreditReturned(Event):
    """Used credit came back from an order that closed: under a name of its own, with the time that it had left."""

    EVENT_TYPE: ClassVar[str] = "billing.CreditReturned.v1"

    order_id: str = Field(description="The order that closed.")
    credit_id: str
    used_credit_id: str = Field(description="The credit that the order had used.")
    amount_cents: int = Field(gt=0)
    returned_on: date
    expires_on: date = Field(description="The expiry it had, later by the days for which it was used.")
    origin: CreditOrigin
    explanation: str
    entered_at: AwareDatetime | None = Field(default=None, description="The instant at which billing entered it.")


class CreditExpired(Event):
    """Credit was not used in time."""

    EVENT_TYPE: ClassVar[str] = "billing.CreditExpired.v1"

    order_id: str | None = None
    credit_id: str
    amount_cents: int = Field(gt=0)
    expired_on: date
    origin: CreditOrigin
    explanation: str
    entered_at: AwareDatetime | None = Field(default=None, description="The instant at which billing entered it.")


class CreditRefunded(Event):
    """Credit ended, since it is paid back to the customer: a refund of it is due."""

    EVENT_TYPE: ClassVar[str] = "billing.CreditRefunded.v1"

    order_id: str | None = None
    credit_id: str
    amount_cents: int = Field(gt=0)
    refunded_on: date
    origin: CreditOrigin
    explanation: str
    entered_at: AwareDatetime | None = Field(default=None, description="The instant at which billing entered it.")


class RefundDue(Event):
    """Money is to be paid back to the customer, by the payment it came by."""

    EVENT_TYPE: ClassVar[str] = "billing.RefundDue.v1"

    order_id: str | None = None
    refund_id: str
    amount_cents: int = Field(gt=0)
    payment_source: str | None = None
    payment_id: str | None = None
    method: PaymentMethod | None = None
    reason: RefundReason
    explanation: str
    due_on: date


class RefundPaid(Event):
    """A refund was paid."""

    EVENT_TYPE: ClassVar[str] = "billing.RefundPaid.v1"

    order_id: str | None = None
    refund_id: str
    amount_cents: int = Field(gt=0)
    paid_on: date
    reference: str | None = Field(default=None, description="What finds the transfer again at the bank.")


class PaymentNoted(Event):
    """Billing noted a payment that leaves no surplus."""

    EVENT_TYPE: ClassVar[str] = "billing.PaymentNoted.v1"
    VISIBILITY: ClassVar[Literal["public", "internal"]] = "internal"

    order_id: str
    payment_source: str
    payment_id: str
    amount_cents: int


class ServiceNoted(Event):
    """Billing noted the state of a service, from provisioning's event."""

    EVENT_TYPE: ClassVar[str] = "billing.ServiceNoted.v1"
    VISIBILITY: ClassVar[Literal["public", "internal"]] = "internal"

    order_id: str | None = None
    product: Product
    kind: ProductKind
    family: Family
    status: ServiceStatus
    expires_on: date
    anchor_on: date | None = None
    buyer_kind: BuyerKind | None = None


class InputNoted(Event):
    """An input changed nothing in billing; its version is remembered."""

    EVENT_TYPE: ClassVar[str] = "billing.InputNoted.v1"
    VISIBILITY: ClassVar[Literal["public", "internal"]] = "internal"

    order_id: str | None = None
    input_type: str
    note: str = ""


class InputDiscarded(Event):
    """An operator discarded an input that was set aside, with the reason."""

    EVENT_TYPE: ClassVar[str] = "billing.InputDiscarded.v1"
    VISIBILITY: ClassVar[Literal["public", "internal"]] = "internal"

    input_type: str
    input_id: str
    why: str


BILLING = (
    ExtensionComputed,
    OrderPriced,
    PricingRefused,
    CreditGranted,
    CreditUsed,
    CreditReturned,
    CreditExpired,
    CreditRefunded,
    RefundDue,
    RefundPaid,
    CreditReversed,
    ServiceChargesNoted,
    ChargebackNoted,
    PaymentNoted,
    ServiceNoted,
    InputNoted,
    InputDiscarded,
)
