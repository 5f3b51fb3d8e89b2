"""What is known of an order whose parts come from two topics? Kept as a row: closed orders burden no state."""

from collections.abc import Iterable
from pathlib import Path

from msgspec.structs import replace

from runtime.projection import Key, Projection
from schemas.envelope import Event
from schemas.notifications import ContactNoted, EmailRequested, FactNoted
from schemas.vocabulary import EmailTemplate
from services.notifications.domain.model import OrderNote
from services.notifications.domain.reactions import placed, unknown_order

NOTED = {
    "billing.OrderPriced.v1",
    "orders.PaymentRegistered.v1",
    "orders.OrderCancelled.v1",
    "orders.OrderExpired.v1",
}


def keys_of(event: Event) -> Iterable[Key]:
    """Name the order that an event says something about."""
    match event:
        case ContactNoted():
            return [(event.customer_id, event.order_id)]
        case FactNoted() if event.input_type in NOTED:
            return [(event.customer_id, event.order_id)]
        case EmailRequested() if event.template is EmailTemplate.ORDER_RECEIVED:
            return [(event.customer_id, event.order_id)]
        case _:
            return []


def evolve(row: OrderNote | None, event: Event, key: Key) -> OrderNote:
    """Add what an event says to what was known."""
    note = row or unknown_order(*key)
    match event:
        case ContactNoted():
            return placed(note, event)
        case EmailRequested():
            return replace(note, received_requested=True)
        case FactNoted():
            return _noted(note, event)
        case _:
            return note


def _noted(note: OrderNote, event: FactNoted) -> OrderNote:
    match event.input_type:
        case "billing.OrderPriced.v1":
            return replace(note, price=event.facts["price"], price_event_id=event.facts["event_id"])
        case "orders.PaymentRegistered.v1":
            return replace(note, due_cents=event.facts.get("due_cents", note.due_cents))
        case _:
            return replace(note, closed=True)


ORDER_NOTES = Projection(
    "order_notes",
    OrderNote,
    ("customer_id", "order_id"),
    keys_of,
    evolve,
    Path(__file__).with_suffix(".sql").read_text(encoding="utf-8"),
)
