"""What does the orders service say of payments and refunds? They stand in `orders.events` too."""

from datetime import date
from enum import StrEnum
from typing import ClassVar, Literal

from pydantic import AwareDatetime, Field

from schemas.envelope import Event, Part
from schemas.vocabulary import PaymentConflictReason, PaymentHoldReason, PaymentMethod, PaymentResolution


class MoneyDestination(StrEnum):
    """Where money goes that has no order any more."""

    TO_CREDIT = "TO_CREDIT"
    TO_REFUND = "TO_REFUND"


class RefundReason(StrEnum):
    """Why money is paid back."""

    ORDER_CLOSED = "ORDER_CLOSED"
    PAYMENT_RETURNED = "PAYMENT_RETURNED"
    SERVICE_ENDED = "SERVICE_ENDED"
    CREDIT_REFUNDED = "CREDIT_REFUNDED"


class PaidPart(Part):
    """What of a payment counted towards its order; the rest had become credit."""

    payment_source: str
    payment_id: str
    content_hash: str | None = Field(default=None, description="Set where the payment shares its identity.")
    method: PaymentMethod
    amount_cents: int = Field(gt=0)


class PaymentRegistered(Event):
    """A payment was registered on its order."""

    EVENT_TYPE: ClassVar[str] = "orders.PaymentRegistered.v1"

    order_id: str
    payment_source: str
    payment_id: str
    amount_cents: int
    method: PaymentMethod
    registered_on: date
    outstanding_cents: int = Field(ge=0, description="What is still due after this payment.")
    surplus_cents: int = Field(ge=0, description="What of this payment exceeds the amount due: becomes credit.")
    order_closed: bool = Field(default=False, description="True when the order was refused, cancelled or expired.")
    was_held: bool = Field(default=False, description="True when it had waited for its order or its price.")
    taken_at: AwareDatetime | None = Field(default=None, description="The instant at which orders took the payment in.")
    content_hash: str | None = Field(
        default=None,
        description="Set where an operator moved or accepted it: what it was reported as, which tells it from others "
        "under the same identity.",
    )


class PaymentHeld(Event):
    """A payment waits for its order or its price."""

    EVENT_TYPE: ClassVar[str] = "orders.PaymentHeld.v1"

    order_id: str
    payment_source: str
    payment_id: str
    amount_cents: int
    method: PaymentMethod
    held_on: date
    reason: PaymentHoldReason
    taken_at: AwareDatetime | None = Field(default=None, description="The instant at which orders took the payment in.")


class PaymentConflicted(Event):
    """A payment contradicts one already seen, or its order's customer: it waits for an operator."""

    EVENT_TYPE: ClassVar[str] = "orders.PaymentConflicted.v1"

    order_id: str
    payment_source: str
    payment_id: str
    amount_cents: int
    method: PaymentMethod
    conflicted_on: date
    content_hash: str = Field(description="Tells this content from others under the same identity.")
    reason: PaymentConflictReason
    taken_at: AwareDatetime | None = Field(default=None, description="The instant at which orders took the payment in.")


class PaymentResolved(Event):
    """An operator ended the wait of a payment that was held or in conflict (R29)."""

    EVENT_TYPE: ClassVar[str] = "orders.PaymentResolved.v1"

    order_id: str = Field(description="The order that it was reported for.")
    payment_source: str
    payment_id: str
    amount_cents: int
    method: PaymentMethod
    content_hash: str = Field(description="Tells it from others under the same identity.")
    action: PaymentResolution
    to_order_id: str | None = Field(default=None, description="The order that it pays, where it was moved or accepted.")
    was_conflicted: bool = Field(default=False, description="True when it was in conflict; false when it was held.")
    why: str
    resolved_on: date


class RefundNoted(Event):
    """Orders noted that billing owes a refund."""

    EVENT_TYPE: ClassVar[str] = "orders.RefundNoted.v1"
    VISIBILITY: ClassVar[Literal["public", "internal"]] = "internal"

    refund_id: str
    order_id: str | None = None
    amount_cents: int = Field(gt=0)
    payment_source: str | None = None
    payment_id: str | None = None
    method: PaymentMethod | None = None
    reason: RefundReason
    explanation: str
    due_on: date


class RefundReported(Event):
    """An operator reported that a refund was paid; billing makes it so."""

    EVENT_TYPE: ClassVar[str] = "orders.RefundReported.v1"

    refund_id: str
    order_id: str | None = None
    paid_on: date
    reference: str | None = Field(default=None, description="What finds the transfer again at the bank.")
    why: str | None = None


class PaymentChargedBack(Event):
    """A payment was charged back: its money is not here any more."""

    EVENT_TYPE: ClassVar[str] = "orders.PaymentChargedBack.v1"

    order_id: str
    payment_source: str
    payment_id: str
    content_hash: str = Field(description="Tells it from others under the same identity.")
    method: PaymentMethod
    amount_cents: int = Field(gt=0, description="The whole payment: no longer received.")
    order_cents: int = Field(ge=0, description="What of it had paid for the order.")
    surplus_cents: int = Field(ge=0, description="What of it had become credit; neither of both while it was held.")
    was_settled: bool = Field(description="True where the order had been settled: it is not paid for any more.")
    charged_back_on: date
    why: str
    taken_at: AwareDatetime | None = Field(default=None, description="The instant at which orders took the report in.")


class ChargebackWon(Event):
    """A charged-back payment was won back: its money is here again."""

    EVENT_TYPE: ClassVar[str] = "orders.ChargebackWon.v1"

    order_id: str
    payment_source: str
    payment_id: str
    content_hash: str = Field(description="Tells it from others under the same identity.")
    method: PaymentMethod
    amount_cents: int = Field(gt=0, description="The whole payment: received again.")
    order_cents: int = Field(ge=0, description="What of it pays for the order again.")
    surplus_cents: int = Field(ge=0, description="What of it becomes credit.")
    won_on: date
    why: str
    taken_at: AwareDatetime | None = Field(default=None, description="The instant at which orders took the report in.")
