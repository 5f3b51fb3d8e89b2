"""When does credit lapse? The deadlines of billing."""

from collections.abc import Iterable
from typing import assert_never

from runtime.projection import Key
from runtime.service import Deadline
from runtime.tables import deadlines
from schemas.billing import CreditExpired, CreditGranted, CreditRefunded, CreditReturned, CreditUsed
from schemas.envelope import Event
from schemas.reversals import CreditReversed
from services.billing.domain.credit import lapses_at
from services.billing.domain.model import CreditEvent

CREDIT_EXPIRY = "credit_expiry"


def keys_of(event: Event) -> Iterable[Key]:
    """Name the credit whose deadline an event sets or removes."""
    if isinstance(event, CreditEvent):
        return ((CREDIT_EXPIRY, event.credit_id),)
    return ()


def evolve(row: Deadline | None, event: CreditEvent, key: Key) -> Deadline | None:
    """Set a deadline when credit is granted or given back; remove it when nothing of the credit stands any more."""
    match event:
        case CreditGranted() | CreditReturned():
            return Deadline(CREDIT_EXPIRY, event.credit_id, event.customer_id, lapses_at(event.expires_on))
        case CreditUsed() | CreditReversed():
            return row if event.remaining_cents else None
        case CreditExpired() | CreditRefunded():
            return None
        case _:
            assert_never(event)


_Replacing = CreditGranted | CreditReturned | CreditExpired | CreditRefunded
DEADLINES = deadlines(keys_of, evolve, replaced_by=_Replacing)
