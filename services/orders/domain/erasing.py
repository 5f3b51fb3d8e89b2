"""May a customer be erased? Not while an order is open or a service lives (R45)."""

from collections.abc import Iterator

from schemas.orders import PersonalDataErased
from schemas.refusal import Refusal
from schemas.vocabulary import PaymentResolution
from services.orders.domain.closing import unpaid_closed
from services.orders.domain.commands import ClearTheWay, ErasePersonalData, Today
from services.orders.domain.model import HeldPayment, OrdersEvent, State
from services.orders.domain.resolving import resolved


def way_cleared(state: State, command: ClearTheWay, today: Today) -> list[OrdersEvent] | Refusal:
    """Close what is unpaid where that is wanted; name what stands in the way, each with what ends it.

    An empty list: nothing does.
    """
    unpaid = [] if command.close_first else [*_unpaid(state)]
    standing = [*unpaid, *_settled(state), *_services(state, command.customer_id)]
    if standing:
        return Refusal("ERASURE_NOT_POSSIBLE", "; ".join(standing))
    return closed(state, command.customer_id, command.why, today)


def _unpaid(state: State) -> Iterator[str]:
    for order in state.orders:
        if not order.is_paid:
            yield f"order {order.order_id} is {order.status}: close_first closes it"
    for waiting in unplaced(state):
        payment = f"payment {waiting.payment_source}/{waiting.payment_id}"
        yield f"{payment} waits for order {waiting.order_id}: close_first makes it credit"


def _settled(state: State) -> Iterator[str]:
    for order in state.orders:
        if order.is_paid:
            yield f"order {order.order_id} is {order.status}: `coterm orders close {order.order_id}` ends it"


def _services(state: State, customer_id: str) -> Iterator[str]:
    for service in state.services:
        ends = f"`coterm services end {customer_id} {service.product}` ends it"
        yield f"{service.product} is {service.status} until {service.expires_on}: {ends}"


def erasure(state: State, command: ErasePersonalData, today: Today) -> list[OrdersEvent] | Refusal:
    """Tell everybody that a customer's personal data can't be read any more; an order that slipped in is closed."""
    if command.key_id is None:
        return Refusal("CUSTOMER_UNKNOWN", f"no personal data of {command.customer_id} is held", 404)
    ended = closed(state, command.customer_id, command.why, today)
    return [*ended, PersonalDataErased(customer_id=command.customer_id, why=command.why)]


def closed(state: State, customer_id: str, why: str, today: Today) -> list[OrdersEvent]:
    """Close what is unpaid, and make credit of what waits for an order that nobody placed."""
    credited = resolved(unplaced(state), customer_id, PaymentResolution.TO_CREDIT, why, today)
    return [*unpaid_closed(state, customer_id, why, today), *credited]


def unplaced(state: State) -> list[HeldPayment]:
    """List the payments that wait for an order that is not there."""
    return [payment for payment in state.held if state.order(payment.order_id) is None]
