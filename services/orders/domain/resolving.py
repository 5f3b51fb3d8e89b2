"""How does the wait of a payment end that no input will end? An operator says what becomes of it (R29)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from schemas.payments import PaymentResolved
from schemas.refusal import Refusal
from schemas.terms import business_date
from schemas.vocabulary import OrderStatus, PaymentMethod, PaymentResolution
from services.orders.domain.commands import ResolvePayment, Today, content_hash
from services.orders.domain.model import HeldPayment, OrdersEvent, State
from services.orders.domain.payments import Money, not_before, registered

_PAYABLE = (OrderStatus.AWAITING_PAYMENT, OrderStatus.PARTIALLY_PAID)
_OF_HELD = (PaymentResolution.MOVE, PaymentResolution.REFUND, PaymentResolution.TO_CREDIT)
_OF_CONFLICTED = (
    PaymentResolution.ACCEPT,
    PaymentResolution.MOVE,
    PaymentResolution.REFUND,
    PaymentResolution.DISMISS,
)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A payment that waits, and whether it is in conflict; else it is held."""

    order_id: str
    amount_cents: int
    method: PaymentMethod
    is_conflicted: bool
    taken_at: datetime | None


@dataclass(frozen=True, slots=True)
class Target:
    """The order that a payment is to pay: whose it is, and how it stands; an order's row, not open any more."""

    customer_id: str
    status: OrderStatus


def may_end(action: PaymentResolution, *, is_conflicted: bool) -> bool:
    """Tell whether a payment's wait can end so."""
    return action in (_OF_CONFLICTED if is_conflicted else _OF_HELD)


def resolution(
    state: State, command: ResolvePayment, waiting: Waiting, target: Target | None, today: Today
) -> list[OrdersEvent] | Refusal:
    """End the wait of a payment; where it pays an order from now on, register it there.

    It pays by the date on which it reached the provider (R1), not before its order, as one does that had waited for
    it; where nothing is due any more it is credit from today on, whose months no wait has used up.
    """
    if not may_end(command.action, is_conflicted=waiting.is_conflicted):
        what, ways = ("in conflict", _OF_CONFLICTED) if waiting.is_conflicted else ("held", _OF_HELD)
        return Refusal("RESOLUTION_NOT_POSSIBLE", f"the payment is {what}: say one of {', '.join(ways)}")
    order_id = _order_of(command, waiting)
    event = _event(command, waiting, order_id, today)
    if order_id is None:
        return [event]
    refused = _refused(state, command, order_id, target)
    if refused is not None:
        return refused
    money = Money(
        command.customer_id,
        order_id,
        command.payment_source,
        command.payment_id,
        waiting.amount_cents,
        waiting.method,
        was_held=not waiting.is_conflicted,
        content_hash=command.content_hash,
    )
    order = state.order(order_id)
    came = Today(waiting.taken_at, business_date(waiting.taken_at)) if waiting.taken_at else today
    came = not_before(came, order.ordered_on if order is not None and order.status in _PAYABLE else today.date)
    is_closed = order is None and target is not None and target.status is not OrderStatus.ACTIVATED
    return [event, *registered(state, money, came, is_closed=is_closed)]


def resolved(
    payments: Iterable[HeldPayment], customer_id: str, action: PaymentResolution, why: str, today: Today
) -> list[OrdersEvent]:
    """End the wait of held payments that pay no order any more."""
    return [
        PaymentResolved(
            customer_id=customer_id,
            order_id=each.order_id,
            payment_source=each.payment_source,
            payment_id=each.payment_id,
            amount_cents=each.amount_cents,
            method=each.method,
            content_hash=content_hash(customer_id, each.order_id, each.amount_cents),
            action=action,
            why=why,
            resolved_on=today.date,
        )
        for each in payments
    ]


def _order_of(command: ResolvePayment, waiting: Waiting) -> str | None:
    match command.action:
        case PaymentResolution.MOVE:
            return command.order_id
        case PaymentResolution.ACCEPT:
            return waiting.order_id
        case _:
            return None


def _refused(state: State, command: ResolvePayment, order_id: str, target: Target | None) -> Refusal | None:
    if target is None:
        return Refusal("ORDER_UNKNOWN", f"no order {order_id}", 404)
    if target.customer_id != command.customer_id:
        what = f"order {order_id} is another customer's: move the payment to an order of {command.customer_id}"
        return Refusal("ORDER_OF_ANOTHER_CUSTOMER", f"{what}, or pay it back")
    order = state.order(order_id)
    is_payable = order is not None and order.status in _PAYABLE
    is_closed = order is None or order.is_paid
    if is_payable or (is_closed and command.action is PaymentResolution.ACCEPT):
        return None
    status = order.status if order is not None else target.status
    return Refusal("ORDER_NOT_PAYABLE", f"order {order_id} is {status}: nothing is to be paid on it now")


def _event(command: ResolvePayment, waiting: Waiting, order_id: str | None, today: Today) -> PaymentResolved:
    return PaymentResolved(
        customer_id=command.customer_id,
        order_id=waiting.order_id,
        payment_source=command.payment_source,
        payment_id=command.payment_id,
        amount_cents=waiting.amount_cents,
        method=waiting.method,
        content_hash=command.content_hash,
        action=command.action,
        to_order_id=order_id,
        was_conflicted=waiting.is_conflicted,
        why=command.why,
        resolved_on=today.date,
    )
