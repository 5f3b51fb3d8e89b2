"""How does an order end before its activation? Its money becomes credit and its tax identifier is free again."""

from datetime import timedelta
from typing import Any

from schemas.orders import OrderCancelled, OrderExpired
from schemas.refusal import Refusal
from schemas.vocabulary import CloseReason, OrderStatus
from services.orders.domain.commands import CloseOrder, Today
from services.orders.domain.model import OrdersEvent, State
from services.orders.domain.order import OpenOrder
from services.orders.domain.payments import after, given_back
from services.orders.domain.renewals import why_over


def cancelled(
    state: State, customer_id: str, order: OpenOrder, reason: CloseReason, today: Today, why: str | None = None
) -> list[OrdersEvent]:
    """Close an order for a reason; what was paid or held for it becomes surplus (R28)."""
    closing = OrderCancelled(
        customer_id=customer_id,
        order_id=order.order_id,
        reason=reason,
        closed_on=today.date,
        why=why,
        surplus_cents=order.paid_cents,
        **_released(order),
    )
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


def closure(
    state: State, command: CloseOrder, closed_as: tuple[OrderStatus, str | None] | None, today: Today
) -> list[OrdersEvent] | Refusal:
    """Close a held order on an operator's word: its money becomes credit, its tax identifier is free (R29).

    `closed_as` is status and reason of an order that is not open any more. An empty list: it was closed already.
    """
    order = state.order(command.order_id)
    if order is None and closed_as == (OrderStatus.CANCELLED, CloseReason.OPERATOR_REQUEST):
        return []
    if order is None or order.status is not OrderStatus.HELD:
        return Refusal("ORDER_NOT_HELD", f"the order {command.order_id} is not held")
    return cancelled(state, command.customer_id, order, CloseReason.OPERATOR_REQUEST, today, command.why)


def unpaid_closed(state: State, customer_id: str, why: str, today: Today) -> list[OrdersEvent]:
    """Close every order that is not settled, on an operator's word."""
    events: list[OrdersEvent] = []
    for order in state.orders:
        if not order.is_paid:
            happened = cancelled(state, customer_id, order, CloseReason.OPERATOR_REQUEST, today, why)
            events += happened
            state = after(state, happened)
    return events


def _released(order: OpenOrder) -> dict[str, Any]:
    """Name the tax identifier that its bases had claimed, and for which families; an add-on claimed none."""
    if not order.families:
        return {}
    return {"released_tax_identifier": order.tax_identifier_hash, "released_families": list(order.families)}
