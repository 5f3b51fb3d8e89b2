"""When does the calendar change something next? Grace, then the end of a service.

A temporary password needs none: its expiry is compared at each sign-in.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import assert_never

from runtime import tables
from runtime.projection import Key
from runtime.service import Deadline
from schemas.envelope import Event
from schemas.provisioning import (
    ExpiryAligned,
    ServiceActivated,
    ServiceEnteredGrace,
    ServiceTerminated,
)
from schemas.terms import start_of

GRACE = "grace"
TERMINATION = "termination"

_Dated = ServiceActivated | ExpiryAligned | ServiceEnteredGrace | ServiceTerminated


def day_after(expiry: date) -> datetime:
    """Return the instant at which the day after an expiry begins in Rome: usable to the last instant of it (R1)."""
    return start_of(expiry + timedelta(days=1))


def keys_of(event: Event) -> Iterable[Key]:
    """Name the rows that an event touches."""
    if not isinstance(event, _Dated):
        return []
    name = f"{event.customer_id}:{event.product}"
    return [(GRACE, name), (TERMINATION, name)]


def evolve(_: Deadline | None, event: _Dated, key: Key) -> Deadline | None:
    """Fold an own event into a deadline: set, moved or gone."""
    kind, name = key
    due_at = _due_at(event, kind)
    return None if due_at is None else Deadline(kind, name, event.customer_id, due_at)


def _due_at(event: _Dated, kind: str) -> datetime | None:
    match event:
        case ServiceActivated():
            return day_after(event.expires_on) if kind == GRACE else None
        case ExpiryAligned():
            return day_after(event.new_expiry) if kind == GRACE else None
        case ServiceEnteredGrace():
            return day_after(event.grace_until) if kind == TERMINATION else None
        case ServiceTerminated():
            return None
        case _:
            assert_never(event)


DEADLINES = tables.deadlines(keys_of, evolve, replaced_by=_Dated)
