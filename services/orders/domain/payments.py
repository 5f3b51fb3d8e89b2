"""What does a payment do to its order? It settles it, shortens what is due, or becomes surplus (R22–R28)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from schemas.orders import OrderSettled
from schemas.payments import PaymentConflicted, PaymentHeld, PaymentRegistered
from schemas.terms import business_date
from schemas.vocabulary import OrderStatus, PaymentConflictReason, PaymentHoldReason, PaymentMethod
from services.orders.domain.commands import ReceivePayment, Today
from services.orders.domain.model import HeldPayment, OrdersEvent, State, evolve
from services.orders.domain.order import OpenOrder
from services.orders.domain.settlement import settled


@dataclass(frozen=True, slots=True)
class Money:
    """A payment about to be registered, whether it just came or had been held."""

    customer_id: str
    order_id: str
    payment_source: str
    payment_id: str
    amount_cents: int
    method: PaymentMethod
    was_held: bool = False
    content_hash: str | None = None
    """Set where an operator moved or accepted it."""


def registered(state: State, money: Money, today: Today, *, is_closed: bool = False) -> list[OrdersEvent]:
    """Register a payment on its priced order, and settle the order where nothing is due any more.

    Without an open order, or on a paid one, its whole amount is surplus (R25, R28); `is_closed` says that the order
    was refused, cancelled or expired, not activated.
    """
    order = state.order(money.order_id)
    due = 0 if order is None or order.is_paid else order.outstanding_cents
    event = PaymentRegistered(
        customer_id=money.customer_id,
        order_id=money.order_id,
        payment_source=money.payment_source,
        payment_id=money.payment_id,
        amount_cents=money.amount_cents,
        method=money.method,
        registered_on=today.date,
        outstanding_cents=max(0, due - money.amount_cents),
        surplus_cents=max(0, money.amount_cents - due),
        order_closed=is_closed,
        was_held=money.was_held,
        taken_at=today.instant,
        content_hash=money.content_hash,
    )
    if order is None or order.is_paid or event.outstanding_cents:
        return [event]
    return [event, settled(OrderSettled, money.customer_id, order, today.date)]


def registered_in_turn(state: State, customer_id: str, order_id: str, today: Today) -> list[OrdersEvent]:
    """Register the payments that waited for an order's price, in the order of their arrival and by its dates (R1, R27).

    One that came before its order settles it on the day of the order: nothing begins before it is ordered. One that
    came after the last payable day waits on, and becomes surplus when the order expires.
    """
    events: list[OrdersEvent] = []
    for payment in state.held_for(order_id):
        came = _came(payment) or today
        order = state.order(order_id)
        if order is not None and order.is_overdue(came.date):
            break
        ordered = came if order is None else not_before(came, order.ordered_on)
        happened = registered(state, _money(customer_id, payment), ordered)
        events += happened
        state = after(state, happened)
    return events


def given_back(state: State, customer_id: str, order_id: str, today: Today) -> list[OrdersEvent]:
    """Register the payments that waited for an order that closed: all surplus, from that day or their own on (R28)."""
    without = State(held=state.held)
    events: list[OrdersEvent] = []
    for payment in state.held_for(order_id):
        closed = not_before(_came(payment) or today, today.date)
        events += registered(without, _money(customer_id, payment), closed, is_closed=True)
    return events


def held(payment: ReceivePayment, order: OpenOrder | None, today: Today) -> PaymentHeld:
    """Keep a payment in the payer's account until its order is known and priced (R27)."""
    return PaymentHeld(
        customer_id=payment.customer_id,
        order_id=payment.order_id,
        payment_source=payment.payment_source,
        payment_id=payment.payment_id,
        amount_cents=payment.amount_cents,
        method=payment.method,
        held_on=today.date,
        reason=PaymentHoldReason.ORDER_UNKNOWN if order is None else PaymentHoldReason.ORDER_NOT_PRICED,
        taken_at=today.instant,
    )


def waits(state: State, payment: ReceivePayment) -> bool:
    """Tell whether this payment is still held."""
    identity = (payment.payment_source, payment.payment_id, payment.amount_cents)
    return any(
        (waiting.payment_source, waiting.payment_id, waiting.amount_cents) == identity
        for waiting in state.held_for(payment.order_id)
    )


def conflicted(payment: ReceivePayment, reason: PaymentConflictReason, today: Today) -> PaymentConflicted:
    """Record a contradiction in the payer's account; the order it names is untouched (R25)."""
    return PaymentConflicted(
        customer_id=payment.customer_id,
        order_id=payment.order_id,
        payment_source=payment.payment_source,
        payment_id=payment.payment_id,
        amount_cents=payment.amount_cents,
        method=payment.method,
        conflicted_on=today.date,
        content_hash=payment.content_hash,
        reason=reason,
        taken_at=today.instant,
    )


def received(state: State, payment: ReceivePayment, closed_as: OrderStatus | None, today: Today) -> list[OrdersEvent]:
    """Decide on the first sight of a payment by the order's own customer, or for an order not known yet.

    `closed_as` is the status of the order when it is not open any more; None when it is open or unknown.
    """
    order = state.order(payment.order_id)
    if order is None and closed_as is None:
        return [held(payment, None, today)]
    if order is not None and order.status is OrderStatus.AWAITING_PRICE:
        return [held(payment, order, today)]
    money = Money(
        payment.customer_id,
        payment.order_id,
        payment.payment_source,
        payment.payment_id,
        payment.amount_cents,
        payment.method,
    )
    is_closed = order is None and closed_as is not OrderStatus.ACTIVATED
    return registered(state, money, today, is_closed=is_closed)


def after(state: State, events: Sequence[OrdersEvent]) -> State:
    """Return the account after some own events."""
    for event in events:
        state = evolve(state, event)
    return state


def _came(payment: HeldPayment) -> Today | None:
    return Today(payment.taken_at, business_date(payment.taken_at)) if payment.taken_at else None


def not_before(moment: Today, day: date) -> Today:
    """Return a moment whose date is a day at the earliest."""
    return replace(moment, date=max(moment.date, day))


def _money(customer_id: str, payment: HeldPayment) -> Money:
    return Money(
        customer_id,
        payment.order_id,
        payment.payment_source,
        payment.payment_id,
        payment.amount_cents,
        payment.method,
        was_held=True,
    )
