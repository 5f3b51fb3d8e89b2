"""Until when may credentials be sent? A deadline per credential, from its first sign to its mail's fate."""

from collections.abc import Iterable
from typing import assert_never

from runtime import tables
from runtime.projection import Key
from runtime.service import Deadline
from schemas.envelope import Event
from schemas.notifications import (
    CredentialsEndNoted,
    CredentialsNoted,
    EmailFailed,
    EmailInDoubt,
    EmailSent,
    HandoverNoted,
)

KIND = "credentials_overdue"

_Limiting = HandoverNoted | CredentialsNoted | CredentialsEndNoted | EmailSent | EmailFailed | EmailInDoubt


def keys_of(event: Event) -> Iterable[Key]:
    """Name the credential that an event sets a limit to, or ends."""
    if not isinstance(event, _Limiting) or event.credential_id is None:
        return []
    return [(KIND, event.credential_id)]


def evolve(_: Deadline | None, event: _Limiting, key: Key) -> Deadline | None:
    """Stand while the credentials may still be sent."""
    match event:
        case HandoverNoted() | CredentialsNoted():
            return Deadline(KIND, key[1], event.customer_id, event.expires_at)
        case CredentialsEndNoted() | EmailSent() | EmailFailed() | EmailInDoubt():
            return None
        case _:
            assert_never(event)


DEADLINES = tables.deadlines(keys_of, evolve)
