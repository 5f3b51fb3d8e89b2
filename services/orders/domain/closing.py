"""How does an order end before its activation? Its money becomes credit and its tax identifier is free again."""

from schemas.orders import OrderCancelled, OrderExpired
from schemas.vocabulary import CloseReason, LineAction, Product
from services.orders.domain.commands import Today
from services.orders.domain.model import OpenOrder, OrdersEvent, State
from services.orders.domain.payments import after, given_back


def cancelled(state: State, customer_id: str, order: OpenOrder, reason: CloseReason, today: Today) -> list[OrdersEvent]:
    """Close an order for a reason; what was paid or held for it becomes surplus (R28)."""
    closing = OrderCancelled(
        customer_id=customer_id,
        order_id=order.order_id,
        reason=reason,
        closed_on=today.date,
        surplus_cents=order.paid_cents,
        released_tax_identifier=_released(order),
    )
    return [closing, *given_back(state, customer_id, order.order_id, today)]


def expired(state: State, customer_id: str, order: OpenOrder, today: Today) -> list[OrdersEvent]:
    """Close an order whose last payable day is over (R21)."""
    closing = OrderExpired(
        customer_id=customer_id,
        order_id=order.order_id,
        expired_on=today.date,
        surplus_cents=order.paid_cents,
        released_tax_identifier=_released(order),
    )
    return [closing, *given_back(state, customer_id, order.order_id, today)]


def overdue(state: State, customer_id: str, today: Today) -> list[OrdersEvent]:
    """Close every overdue order of an account: applied before any input that meets one (R21)."""
    events: list[OrdersEvent] = []
    for order in state.orders:
        if state.is_overdue(order, today.date):
            happened = expired(state, customer_id, order, today)
            events += happened
            state = after(state, happened)
    return events


def _released(order: OpenOrder) -> str | None:
    """Name the tax identifier that its base had claimed; an add-on claimed none."""
    has_base = any(line.product is not Product.DOCUMENTS and line.action is LineAction.ACTIVATE for line in order.lines)
    return order.tax_identifier_hash if has_base else None
