"""What does the orders service say of payments? They stand in `orders.events` too."""

from datetime import date
from typing import ClassVar

from pydantic import AwareDatetime, Field

from schemas.envelope import Event
from schemas.vocabulary import PaymentConflictReason, PaymentHoldReason, PaymentMethod


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
    why: str | None = Field(default=None, description="An operator's reason, where an operator made it credit (R29).")


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
