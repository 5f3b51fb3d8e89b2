"""When does an unpaid order expire, and when does a renewal place itself (R21, R43)? The moments that are due."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from runtime.projection import Key
from runtime.service import Deadline
from runtime.tables import deadlines
from schemas.automatic_renewals import (
    AutomaticRenewalFailed,
    AutomaticRenewalScheduled,
    AutomaticRenewalSet,
    AutomaticRenewalSkipped,
)
from schemas.envelope import Event
from schemas.orders import (
    InputNoted,
    OrderCancelled,
    OrderExpired,
    OrderPlaced,
    OrderPriceNoted,
    OrderSettled,
    ServiceNoted,
)
from schemas.terms import start_of
from schemas.vocabulary import Product, ServiceStatus

PAYMENT_OVERDUE = "payment_overdue"
PAYMENT_OVERDUE_INPUT = f"orders.{PAYMENT_OVERDUE}"
AUTOMATIC_RENEWAL = "automatic_renewal"
AUTOMATIC_RENEWAL_INPUT = f"orders.{AUTOMATIC_RENEWAL}"


def expires_at(payable_until: date) -> datetime:
    """Return the first instant at which an order can't be paid any more."""
    return start_of(payable_until + timedelta(days=1))


def base_of(renewal: Deadline) -> Product:
    """Name the base whose renewal is due."""
    return renewal.key.partition("\n")[2]


def _renewal(customer_id: str, product: Product) -> Key:
    return (AUTOMATIC_RENEWAL, f"{customer_id}\n{product}")


_Touching = (
    OrderPlaced
    | OrderPriceNoted
    | OrderSettled
    | OrderCancelled
    | OrderExpired
    | InputNoted
    | ServiceNoted
    | AutomaticRenewalSet
    | AutomaticRenewalScheduled
    | AutomaticRenewalSkipped
    | AutomaticRenewalFailed
)


def _keys_of(event: _Touching) -> Iterable[Key]:
    match event:
        case ServiceNoted():
            is_over = event.status is ServiceStatus.TERMINATED
            return [_renewal(event.customer_id, event.product)] if is_over else ()
        case OrderPlaced() | OrderPriceNoted() | OrderSettled() | OrderCancelled() | OrderExpired():
            return [(PAYMENT_OVERDUE, event.order_id)]
        case InputNoted(order_id=str(order_id)) if event.input_type == PAYMENT_OVERDUE_INPUT:
            return [(PAYMENT_OVERDUE, order_id)]
        case AutomaticRenewalSet(enabled=False) | AutomaticRenewalScheduled():
            return [_renewal(event.customer_id, event.product)]
        case AutomaticRenewalSkipped() | AutomaticRenewalFailed():
            return [_renewal(event.customer_id, event.product)]
        case _:
            return ()


def evolve(deadline: Deadline | None, event: Event, key: Key) -> Deadline | None:
    """Set the deadline with the order, or a renewal's next moment; remove it when the order is settled or closed.

    Once it met an order that was paid in time and waited for its price, it is gone; the price sets one of another
    instant, since each is applied once: the price may show that the payment was short.
    """
    if isinstance(event, AutomaticRenewalScheduled):
        return Deadline(key[0], key[1], event.customer_id, event.due_at)
    if isinstance(event, OrderPlaced):
        return Deadline(PAYMENT_OVERDUE, event.order_id, event.customer_id, expires_at(event.payable_until))
    if isinstance(event, OrderPriceNoted) and deadline is None:
        again_at = expires_at(event.payable_until) + timedelta(seconds=1)
        return Deadline(PAYMENT_OVERDUE, event.order_id, event.customer_id, again_at)
    if isinstance(event, OrderPriceNoted):
        return deadline
    return None


_Replacing = (
    OrderPlaced | OrderSettled | OrderCancelled | OrderExpired | AutomaticRenewalSet | AutomaticRenewalScheduled
)
DEADLINES = deadlines(_keys_of, evolve, _Touching, replaced_by=_Replacing)
