"""When does an unpaid order expire? At 00:00 Rome on the day after its last payable one (R21)."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from runtime.projection import Key
from runtime.service import Deadline
from runtime.tables import deadlines
from schemas.envelope import Event
from schemas.orders import InputNoted, OrderCancelled, OrderExpired, OrderPlaced, OrderPriceNoted, OrderSettled
from schemas.terms import start_of

PAYMENT_OVERDUE = "payment_overdue"
PAYMENT_OVERDUE_INPUT = f"orders.{PAYMENT_OVERDUE}"


def expires_at(payable_until: date) -> datetime:
    """Return the first instant at which an order can't be paid any more."""
    return start_of(payable_until + timedelta(days=1))


def _keys_of(event: Event) -> Iterable[Key]:
    match event:
        case OrderPlaced() | OrderPriceNoted() | OrderSettled() | OrderCancelled() | OrderExpired():
            return [(PAYMENT_OVERDUE, event.order_id)]
        case InputNoted(order_id=str(order_id)) if event.input_type == PAYMENT_OVERDUE_INPUT:
            return [(PAYMENT_OVERDUE, order_id)]
        case _:
            return ()


def evolve(deadline: Deadline | None, event: Event, key: Key) -> Deadline | None:
    """Set the deadline with the order; remove it when the order is settled or closed.

    Once it met an order that was paid in time and waited for its price, it is gone; the price sets one of another
    instant, since each is applied once: the price may show that the payment was short.
    """
    if isinstance(event, OrderPlaced):
        return Deadline(PAYMENT_OVERDUE, event.order_id, event.customer_id, expires_at(event.payable_until))
    if isinstance(event, OrderPriceNoted):
        again_at = expires_at(event.payable_until) + timedelta(seconds=1)
        return deadline or Deadline(PAYMENT_OVERDUE, event.order_id, event.customer_id, again_at)
    return None


DEADLINES = deadlines(_keys_of, evolve)
