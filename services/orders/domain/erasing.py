"""May a customer be erased? Not while an order is open or a service lives (R45)."""

from schemas.orders import PersonalDataErased
from services.orders.domain.closing import unpaid_closed
from services.orders.domain.commands import ClearTheWay, ErasePersonalData, Refusal, Today
from services.orders.domain.model import OrdersEvent, State


def way_cleared(state: State, command: ClearTheWay, today: Today) -> list[OrdersEvent] | Refusal:
    """Close what is unpaid where that is wanted; name what stands in the way. An empty list: nothing does."""
    standing = [order for order in state.orders if order.is_paid or not command.close_first]
    named = [f"order {order.order_id} is {order.status}" for order in standing]
    named += [f"{service.product} is {service.status} until {service.expires_on}" for service in state.services]
    if named:
        return Refusal("ERASURE_NOT_POSSIBLE", "; ".join(named))
    return unpaid_closed(state, command.customer_id, command.why, today)


def erasure(state: State, command: ErasePersonalData, today: Today) -> list[OrdersEvent] | Refusal:
    """Tell everybody that a customer's personal data can't be read any more; an order that slipped in is closed."""
    if command.key_id is None:
        return Refusal("CUSTOMER_UNKNOWN", f"no personal data of {command.customer_id} is held", 404)
    closed = unpaid_closed(state, command.customer_id, command.why, today)
    return [*closed, PersonalDataErased(customer_id=command.customer_id, why=command.why)]
