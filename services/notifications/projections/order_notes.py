"""What is known of an order whose parts come from two topics? Kept as a row: closed orders burden no state."""

from collections.abc import Iterable
from typing import assert_never

from msgspec.structs import replace

from runtime.projection import Key, Projection, ddl
from schemas.envelope import Event
from schemas.notices import HoldNoted, HoldNotified, ReleaseNoted, SettlementNoted
from schemas.notifications import ClosingNoted, ContactNoted, EmailRequested, PaymentNoted, PriceNoted
from services.notifications.domain.reactions import placed, priced, unknown_order
from services.notifications.domain.rows import OrderNote
from services.notifications.domain.texts import ASKING_TO_PAY

_Telling = (
    ContactNoted
    | PriceNoted
    | PaymentNoted
    | SettlementNoted
    | HoldNoted
    | HoldNotified
    | ReleaseNoted
    | ClosingNoted
    | EmailRequested
)


def keys_of(event: Event) -> Iterable[Key]:
    """Name the order that an event says something about."""
    is_other_mail = isinstance(event, EmailRequested) and event.template not in ASKING_TO_PAY
    if not isinstance(event, _Telling) or is_other_mail:
        return []
    return [(event.customer_id, event.order_id)]


def evolve(row: OrderNote | None, event: _Telling, key: Key) -> OrderNote:
    """Add what an event says to what was known."""
    note = row or unknown_order(*key)
    match event:
        case ContactNoted():
            return placed(note, event)
        case PriceNoted():
            return priced(note, event)
        case PaymentNoted():
            return note if event.due_cents is None else replace(note, due_cents=event.due_cents)
        case SettlementNoted():
            return replace(note, settled=True)
        case HoldNoted():
            return replace(note, held=event.reason)
        case HoldNotified():
            return replace(note, hold_notified=True)
        case ReleaseNoted():
            return replace(note, held=None)
        case ClosingNoted():
            return replace(note, closed=True)
        case EmailRequested():
            return replace(note, received_requested=True)
        case _:
            assert_never(event)


ORDER_NOTES = Projection(
    "order_notes",
    OrderNote,
    ("customer_id", "order_id"),
    keys_of,
    evolve,
    ddl(__file__),
)
