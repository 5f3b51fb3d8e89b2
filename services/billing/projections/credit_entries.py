"""What became of each credit, and why? The ledger `credit_entries`, from its grant to its end."""

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime
from enum import StrEnum
from typing import assert_never

from msgspec import Struct

from runtime.projection import Key, Projection, ddl
from schemas.billing import CreditExpired, CreditGranted, CreditRefunded, CreditReturned, CreditUsed
from schemas.envelope import Event
from schemas.reversals import CreditReversed
from schemas.vocabulary import CreditOrigin
from services.billing.domain.model import CreditEvent


class EntryKind(StrEnum):
    """Which way an entry goes."""

    GRANTED = "GRANTED"
    USED = "USED"
    RETURNED = "RETURNED"
    EXPIRED = "EXPIRED"
    REFUNDED = "REFUNDED"
    REVERSED = "REVERSED"


class CreditEntry(Struct, frozen=True):
    """One entry of a customer's ledger; the amount is positive, its kind says which way it goes."""

    credit_id: str
    kind: EntryKind
    cause: str
    """The order that used credit pays, the chargeback that took it back: several; empty for the other kinds."""
    customer_id: str
    entered_on: date
    amount_cents: int
    origin: CreditOrigin
    order_id: str | None
    payment_source: str | None
    payment_id: str | None
    expires_on: date | None
    used_credit_id: str | None
    """Of returned credit, the one that had been used."""
    explanation: str
    entered_at: datetime | None
    """The instant: what the ledger is ordered by within a day."""


def key_of(credit_id: str, kind: EntryKind, cause: str = "") -> Key:
    """Name an entry: a credit begins once, may pay several orders or be reversed in part, and ends once."""
    return (credit_id, kind, cause)


def keys_of(event: Event) -> Iterable[Key]:
    """Name the entry that an event writes."""
    if not isinstance(event, CreditEvent):
        return ()
    kind, _ = _written(event)
    return (key_of(event.credit_id, kind, _cause(event)),)


def evolve(_: CreditEntry | None, event: CreditEvent, key: Key) -> CreditEntry:
    """Write an entry; entries never change."""
    kind, entered_on = _written(event)
    return CreditEntry(
        credit_id=event.credit_id,
        kind=kind,
        cause=_cause(event),
        customer_id=event.customer_id,
        entered_on=entered_on,
        amount_cents=event.amount_cents,
        origin=event.origin,
        order_id=event.order_id,
        payment_source=event.payment_source if isinstance(event, CreditGranted | CreditReversed) else None,
        payment_id=event.payment_id if isinstance(event, CreditGranted | CreditReversed) else None,
        expires_on=event.expires_on if isinstance(event, CreditGranted | CreditReturned) else None,
        used_credit_id=event.used_credit_id if isinstance(event, CreditReturned) else None,
        explanation=event.explanation,
        entered_at=event.entered_at,
    )


def _written(event: CreditEvent) -> tuple[EntryKind, date]:
    match event:
        case CreditGranted():
            return EntryKind.GRANTED, event.granted_on
        case CreditUsed():
            return EntryKind.USED, event.used_on
        case CreditReturned():
            return EntryKind.RETURNED, event.returned_on
        case CreditExpired():
            return EntryKind.EXPIRED, event.expired_on
        case CreditRefunded():
            return EntryKind.REFUNDED, event.refunded_on
        case CreditReversed():
            return EntryKind.REVERSED, event.reversed_on
        case _:
            assert_never(event)


def _cause(event: CreditEvent) -> str:
    match event:
        case CreditUsed():
            return event.order_id
        case CreditReversed():
            moment = event.entered_at.isoformat() if event.entered_at is not None else ""
            return f"{event.payment_source}/{event.payment_id} {moment}"
        case _:
            return ""


def standing(entries: Iterable[CreditEntry]) -> dict[str, int]:
    """Say what is left of each credit of a ledger, in cents."""
    left: Counter[str] = Counter()
    for entry in entries:
        is_in = entry.kind in (EntryKind.GRANTED, EntryKind.RETURNED)
        left[entry.credit_id] += entry.amount_cents if is_in else -entry.amount_cents
    return dict(left)


def balance_cents(entries: Iterable[CreditEntry]) -> int:
    """Add up a ledger: granted and returned less used, expired, refunded and reversed."""
    return sum(standing(entries).values())


CREDIT_ENTRIES = Projection(
    "credit_entries",
    CreditEntry,
    ("credit_id", "kind", "cause"),
    keys_of,
    evolve,
    ddl(__file__),
    replaced_by=CreditEvent,
)
