"""How does an order end before its activation? Its money finds another place, its tax identifier is free again."""

from datetime import timedelta
from typing import Any

from msgspec.structs import asdict

from schemas.orders import OrderCancelled, OrderClosureRequested, OrderExpired
from schemas.payments import MoneyDestination, PaidPart
from schemas.refusal import Refusal
from schemas.vocabulary import CloseReason, OrderStatus, PaymentResolution
from services.orders.domain.commands import CloseOrder, Today
from services.orders.domain.model import OrdersEvent, State
from services.orders.domain.order import Closing, OpenOrder
from services.orders.domain.payments import after, given_back
from services.orders.domain.renewals import why_over
from services.orders.domain.resolving import resolved

TO_CREDIT = Closing(MoneyDestination.TO_CREDIT, "")
"""What becomes of the money where no operator says otherwise (R28)."""


def cancelled(
    state: State, customer_id: str, order: OpenOrder, reason: CloseReason, today: Today, how: Closing = TO_CREDIT
) -> list[OrdersEvent]:
    """Close an order for a reason; what was paid or held for it becomes credit, or is paid back (R28, R29)."""
    closing = OrderCancelled(
        customer_id=customer_id,
        order_id=order.order_id,
        reason=reason,
        closed_on=today.date,
        why=how.why or None,
        surplus_cents=order.paid_cents,
        money=how.money,
        payments=[PaidPart.model_validate(asdict(part)) for part in order.paid_by],
        **_released(order),
    )
    if how.money is MoneyDestination.TO_REFUND:
        waiting = state.held_for(order.order_id)
        return [closing, *resolved(waiting, customer_id, PaymentResolution.REFUND, how.why, today)]
    return [closing, *given_back(state, customer_id, order.order_id, today)]


def expired(state: State, customer_id: str, order: OpenOrder, today: Today) -> list[OrdersEvent]:
    """Close an order whose last payable day is over, on the day after it, whenever that is seen (R21)."""
    closed = Today(today.instant, order.payable_until + timedelta(days=1))
    closing = OrderExpired(
        customer_id=customer_id,
        order_id=order.order_id,
        expired_on=closed.date,
        surplus_cents=order.paid_cents,
        reason=why_over(state, order),
        **_released(order),
    )
    return [closing, *given_back(state, customer_id, order.order_id, closed)]


def overdue(state: State, customer_id: str, today: Today) -> list[OrdersEvent]:
    """Close every overdue order of an account: applied before any input that meets one (R21)."""
    events: list[OrdersEvent] = []
    for order in state.orders:
        if state.is_overdue(order, today.date):
            happened = expired(state, customer_id, order, today)
            events += happened
            state = after(state, happened)
    return events


def closure(state: State, command: CloseOrder, today: Today) -> list[OrdersEvent] | Refusal:
    """Close an order on an operator's word that is held, or settled and not yet active (R29).

    A held one is closed at once. Whether a settled one is active already only provisioning knows: it is asked. An empty
    list: it is asked already.
    """
    order, how = state.order(command.order_id), Closing(command.money, command.why)
    if order is None or not order.is_paid:
        what = f"the order {command.order_id} is neither held nor waiting to be activated"
        return Refusal("ORDER_NOT_CLOSABLE", what)
    if order.status is OrderStatus.HELD:
        return cancelled(state, command.customer_id, order, CloseReason.OPERATOR_REQUEST, today, how)
    if order.closing is None:
        asked = OrderClosureRequested(
            customer_id=command.customer_id, order_id=command.order_id, money=command.money, why=command.why
        )
        return [asked]
    if order.closing.money is command.money:
        return []
    what = f"the order {command.order_id} is about to be closed already, its money {order.closing.money}"
    return Refusal("ORDER_NOT_CLOSABLE", what)


def unpaid_closed(state: State, customer_id: str, why: str, today: Today) -> list[OrdersEvent]:
    """Close every order that is not settled, on an operator's word."""
    how = Closing(MoneyDestination.TO_CREDIT, why)
    events: list[OrdersEvent] = []
    for order in state.orders:
        if not order.is_paid:
            happened = cancelled(state, customer_id, order, CloseReason.OPERATOR_REQUEST, today, how)
            events += happened
            state = after(state, happened)
    return events


def _released(order: OpenOrder) -> dict[str, Any]:
    """Name the tax identifier that its bases had claimed, and for which families; an add-on claimed none."""
    if not order.families:
        return {}
    return {"released_tax_identifier": order.tax_identifier_hash, "released_families": list(order.families)}
