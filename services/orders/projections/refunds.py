"""What is to be paid back, and what was? One row per refund, as billing computed it."""

from collections.abc import Iterable
from datetime import date
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from runtime.projection import Key, Projection, ddl
from schemas.envelope import Event
from schemas.payments import RefundNoted, RefundReason, RefundReported
from schemas.vocabulary import PaymentMethod

_Touching = RefundNoted | RefundReported


class RefundStatus(StrEnum):
    """Whether a refund was paid."""

    DUE = "DUE"
    PAID = "PAID"


class RefundRow(Struct, frozen=True):
    """A refund as operators see it; the payment is the one by which the money came, where it came by one."""

    refund_id: str
    customer_id: str
    order_id: str | None
    amount_cents: int
    payment_source: str | None
    payment_id: str | None
    method: PaymentMethod | None
    reason: RefundReason
    explanation: str
    status: RefundStatus
    due_on: date
    paid_on: date | None
    reference: str | None


def _keys_of(event: _Touching) -> Iterable[Key]:
    return ((event.refund_id,),)


def evolve(row: RefundRow | None, event: Event, key: Key) -> RefundRow | None:
    """Fold one own event into a refund's row."""
    match event:
        case RefundNoted():
            return RefundRow(
                refund_id=event.refund_id,
                customer_id=event.customer_id,
                order_id=event.order_id,
                amount_cents=event.amount_cents,
                payment_source=event.payment_source,
                payment_id=event.payment_id,
                method=event.method,
                reason=event.reason,
                explanation=event.explanation,
                status=RefundStatus.DUE,
                due_on=event.due_on,
                paid_on=None,
                reference=None,
            )
        case RefundReported() if row is not None:
            return replace(row, status=RefundStatus.PAID, paid_on=event.paid_on, reference=event.reference)
        case _:
            return row


REFUNDS = Projection("refunds", RefundRow, ("refund_id",), _keys_of, evolve, ddl(__file__), _Touching)
