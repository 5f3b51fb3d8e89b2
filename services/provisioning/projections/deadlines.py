"""When does the calendar change something next? Grace, then the end of a service.

A temporary password needs none: its expiry is compared at each sign-in.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta

from runtime import tables
from runtime.projection import Key
from runtime.service import Deadline
from schemas.envelope import Event
from schemas.provisioning import (
    DocumentsActivated,
    EInvoicingActivated,
    ExpiryAligned,
    ServiceEnteredGrace,
    ServiceTerminated,
)
from schemas.terms import ROME
from schemas.vocabulary import Product
from services.provisioning.domain.model import service_of

GRACE = "grace"
TERMINATION = "termination"


def day_after(expiry: date) -> datetime:
    """Return the instant at which the day after an expiry begins in Rome: usable to the last instant of it (R1)."""
    return datetime.combine(expiry + timedelta(days=1), time(), ROME).astimezone(UTC)


def keys_of(event: Event) -> Iterable[Key]:
    """Name the rows that an event touches."""
    match event:
        case EInvoicingActivated():
            return _both(event.customer_id, Product.E_INVOICING)
        case DocumentsActivated():
            return _both(event.customer_id, Product.DOCUMENTS)
        case ExpiryAligned() | ServiceEnteredGrace() | ServiceTerminated():
            return _both(event.customer_id, service_of(event.product))
        case _:
            return []


def evolve(row: Deadline | None, event: Event, key: Key) -> Deadline | None:
    """Fold an own event into a deadline: set, moved or gone."""
    kind, name = key
    due_at = _due_at(event, kind, row)
    return None if due_at is None else Deadline(kind, name, event.customer_id, due_at)


def _due_at(event: Event, kind: str, row: Deadline | None) -> datetime | None:
    match event:
        case EInvoicingActivated() | DocumentsActivated():
            return day_after(event.expires_on) if kind == GRACE else None
        case ExpiryAligned():
            return day_after(event.new_expiry) if kind == GRACE else None
        case ServiceEnteredGrace():
            return day_after(event.grace_until) if kind == TERMINATION else None
        case ServiceTerminated():
            return None
        case _:
            return row.due_at if row else None


def _both(customer_id: str, product: Product) -> list[Key]:
    name = f"{customer_id}:{product.value}"
    return [(GRACE, name), (TERMINATION, name)]


DEADLINES = tables.deadlines(keys_of, evolve)
