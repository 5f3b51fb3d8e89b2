"""What does orders decide when an operator asks? With the rows that the asking names (R29, R45)."""

from collections.abc import Sequence

from runtime.service import Decided, Duplicate, Known, Outcome
from schemas.orders import OrderExpired
from schemas.payments import RefundReported
from schemas.refusal import Refusal
from schemas.vocabulary import CloseReason, HoldReason, OrderStatus, PaymentMethod, PaymentStatus
from services.orders.domain import decisions
from services.orders.domain.chargebacks import KnownPayment, charged_back, won
from services.orders.domain.closing import closure
from services.orders.domain.commands import (
    ChargeBack,
    ClearTheWay,
    CloseOrder,
    ErasePersonalData,
    ReleaseOrder,
    ReportRefund,
    ResolvePayment,
    Today,
    WinChargeback,
)
from services.orders.domain.erasing import erasure, way_cleared
from services.orders.domain.model import OrdersEvent, State
from services.orders.domain.resolving import Target, Waiting, resolution
from services.orders.projections.orders import ORDERS
from services.orders.projections.payments import PAYMENTS, PaymentRow
from services.orders.projections.refunds import REFUNDS, RefundStatus

Closed = Sequence[OrdersEvent]
"""What the overdue deadlines that an input met have just done."""

WAITING = (PaymentStatus.HELD, PaymentStatus.CONFLICTED)


def release(command: ReleaseOrder, state: State, known: Known, today: Today, closed: Closed) -> Outcome:
    """Release an order."""
    held = ended(known, closed, command.order_id, command.customer_id)
    reason = HoldReason(held[1]) if held is not None and held[0] is OrderStatus.HELD and held[1] else None
    return outcome(decisions.release(state, command, reason))


def close(command: CloseOrder, state: State, known: Known, today: Today, closed: Closed) -> Outcome:
    """Close an order."""
    return outcome(closure(state, command, today))


def resolve(command: ResolvePayment, state: State, known: Known, today: Today, closed: Closed) -> Outcome:
    """End the wait of a payment."""
    row: PaymentRow | None = known.rows.get((PAYMENTS.table, payment_of(command)))
    if row is None or row.status not in WAITING or row.customer_id != command.customer_id:
        named = f"{command.payment_source}/{command.payment_id}"
        return Refusal("PAYMENT_NOT_WAITING", f"the payment {named} does not wait any more")
    is_conflicted = row.status == PaymentStatus.CONFLICTED
    waiting = Waiting(row.order_id, row.amount_cents, PaymentMethod(row.method), is_conflicted, row.taken_at)
    return outcome(resolution(state, command, waiting, _target(command, known, closed), today))


def report_refund(command: ReportRefund, state: State, known: Known, today: Today, closed: Closed) -> Outcome:
    """Report that a refund was paid."""
    row = known.rows.get((REFUNDS.table, (command.refund_id,)))
    if row is None or row.customer_id != command.customer_id:
        return Refusal("REFUND_UNKNOWN", f"no refund {command.refund_id}", 404)
    if row.status == RefundStatus.PAID:
        return Duplicate()
    reported = RefundReported(
        customer_id=command.customer_id,
        refund_id=command.refund_id,
        order_id=row.order_id,
        paid_on=today.date,
        reference=command.reference,
        why=command.why,
    )
    return Decided([reported])


def charge_back(command: ChargeBack, state: State, known: Known, today: Today, closed: Closed) -> Outcome:
    """Take the money of a charged-back payment out of where it is."""
    return outcome(charged_back(state, command, *_charged(command, known, closed), today))


def win_chargeback(command: WinChargeback, state: State, known: Known, today: Today, closed: Closed) -> Outcome:
    """Put the money of a payment that was won back where it is due."""
    return outcome(won(state, command, *_charged(command, known, closed), today))


def clear(command: ClearTheWay, state: State, known: Known, today: Today, closed: Closed) -> Outcome:
    """Refuse to erase a customer, or close what is unpaid."""
    return outcome(way_cleared(state, command, today))


def erase(command: ErasePersonalData, state: State, known: Known, today: Today, closed: Closed) -> Outcome:
    """Record that a customer's personal data was erased."""
    return outcome(erasure(state, command, today))


def payment_of(command: ResolvePayment | ChargeBack) -> tuple[str, str, str]:
    """Name the row of a payment."""
    return command.payment_source, command.payment_id, command.content_hash


def target_of(command: ResolvePayment | ChargeBack) -> str:
    """Name the order that a payment is to pay, or had paid."""
    return command.order_id if isinstance(command, ChargeBack) else command.order_id or command.paid_for


def ended(
    known: Known, closed: Closed, order_id: str, customer_id: str
) -> tuple[OrderStatus, CloseReason | str | None] | None:
    """Tell how the customer's order ended: just now, or as its row says; None for one never seen."""
    if any(isinstance(event, OrderExpired) and event.order_id == order_id for event in closed):
        return OrderStatus.EXPIRED, CloseReason.PAYMENT_OVERDUE
    row = known.rows.get((ORDERS.table, (order_id,)))
    return (OrderStatus(row.status), row.reason) if row is not None and row.customer_id == customer_id else None


def outcome(decided: list[OrdersEvent] | Refusal) -> Outcome:
    """Say what was decided; nothing happens where it had happened before."""
    if isinstance(decided, Refusal):
        return decided
    return Decided(decided) if decided else Duplicate()


def _target(command: ResolvePayment, known: Known, closed: Closed) -> Target | None:
    order_id = target_of(command)
    row = known.rows.get((ORDERS.table, (order_id,)))
    if row is None:
        return None
    found = ended(known, closed, order_id, row.customer_id)
    return Target(row.customer_id, found[0]) if found is not None else None


def _charged(command: ChargeBack, known: Known, closed: Closed) -> tuple[KnownPayment | None, OrderStatus | None]:
    row: PaymentRow | None = known.rows.get((PAYMENTS.table, payment_of(command)))
    found = ended(known, closed, command.order_id, command.customer_id)
    status = found[0] if found is not None else None
    if row is None or row.customer_id != command.customer_id:
        return None, status
    order = known.rows.get((ORDERS.table, (row.order_id,)))
    payment = KnownPayment(
        status=PaymentStatus(row.status),
        order_id=row.order_id,
        method=PaymentMethod(row.method),
        is_registered=row.registered_on is not None or row.surplus_cents > 0,
        surplus_cents=row.surplus_cents,
        lacking_cents=(order.outstanding_cents or 0) if order and status is OrderStatus.ACTIVATED else 0,
        chargebacks=row.chargebacks,
        reason=row.reason,
    )
    return payment, status
