"""What credit was granted, expired or refunded, and why? The ledger `credit_entries`."""

from collections.abc import Iterable
from datetime import date, datetime
from enum import StrEnum
from typing import assert_never

from msgspec import Struct

from runtime.projection import Key, Projection, ddl
from schemas.billing import CreditExpired, CreditGranted, CreditRefunded
from schemas.envelope import Event
from schemas.vocabulary import CreditOrigin
from services.billing.domain.model import CreditEvent


class EntryKind(StrEnum):
    """Which way an entry goes."""

    GRANTED = "GRANTED"
    EXPIRED = "EXPIRED"
    REFUNDED = "REFUNDED"


class CreditEntry(Struct, frozen=True):
    """One entry of a customer's ledger; the amount is positive, its kind says which way it goes."""

    credit_id: str
    kind: EntryKind
    customer_id: str
    entered_on: date
    amount_cents: int
    origin: CreditOrigin
    order_id: str | None
    payment_source: str | None
    payment_id: str | None
    expires_on: date | None
    explanation: str
    entered_at: datetime | None
    """The instant: what the ledger is ordered by within a day."""


def keys_of(event: Event) -> Iterable[Key]:
    """Name the entry that an event writes."""
    match event:
        case CreditGranted():
            return ((event.credit_id, EntryKind.GRANTED),)
        case CreditExpired():
            return ((event.credit_id, EntryKind.EXPIRED),)
        case CreditRefunded():
            return ((event.credit_id, EntryKind.REFUNDED),)
        case _:
            return ()


def evolve(_: CreditEntry | None, event: CreditEvent, key: Key) -> CreditEntry:
    """Write an entry; entries never change."""
    match event:
        case CreditGranted():
            return _entry(
                event,
                EntryKind.GRANTED,
                event.granted_on,
                payment_source=event.payment_source,
                payment_id=event.payment_id,
                expires_on=event.expires_on,
            )
        case CreditExpired():
            return _entry(event, EntryKind.EXPIRED, event.expired_on)
        case CreditRefunded():
            return _entry(event, EntryKind.REFUNDED, event.refunded_on)
        case _:
            assert_never(event)


def balance_cents(entries: Iterable[CreditEntry]) -> int:
    """Add up a ledger: granted less expired and refunded."""
    return sum(entry.amount_cents if entry.kind is EntryKind.GRANTED else -entry.amount_cents for entry in entries)


def _entry(
    event: CreditEvent,
    kind: EntryKind,
    entered_on: date,
    payment_source: str | None = None,
    payment_id: str | None = None,
    expires_on: date | None = None,
) -> CreditEntry:
    return CreditEntry(
        credit_id=event.credit_id,
        kind=kind,
        customer_id=event.customer_id,
        entered_on=entered_on,
        amount_cents=event.amount_cents,
        origin=event.origin,
        order_id=event.order_id,
        payment_source=payment_source,
        payment_id=payment_id,
        expires_on=expires_on,
        explanation=event.explanation,
        entered_at=event.entered_at,
    )


CREDIT_ENTRIES = Projection(
    "credit_entries",
    CreditEntry,
    ("credit_id", "kind"),
    keys_of,
    evolve,
    ddl(__file__),
)
