"""Until when may credentials be sent? A deadline per credential, from its first sign to its mail's fate."""

from collections.abc import Iterable
from datetime import datetime

from runtime import tables
from runtime.projection import Key
from runtime.service import Deadline
from schemas.envelope import Event
from schemas.notifications import EmailFailed, EmailInDoubt, EmailSent, FactNoted, HandoverNoted

KIND = "credentials_overdue"
ISSUED = "provisioning.CredentialsIssued.v1"
ENDED = ("provisioning.CredentialsVoided.v1", f"notifications.{KIND}")


def keys_of(event: Event) -> Iterable[Key]:
    """Name the credential that an event sets a limit to, or ends."""
    match event:
        case HandoverNoted():
            return [(KIND, event.credential_id)]
        case FactNoted() if event.input_type == ISSUED or event.input_type in ENDED:
            return [(KIND, event.facts["credential_id"])]
        case EmailSent() | EmailFailed() | EmailInDoubt() if event.credential_id is not None:
            return [(KIND, event.credential_id)]
        case _:
            return []


def evolve(_: Deadline | None, event: Event, key: Key) -> Deadline | None:
    """Stand while the credentials may still be sent."""
    match event:
        case HandoverNoted():
            return Deadline(KIND, key[1], event.customer_id, event.expires_at)
        case FactNoted() if event.input_type == ISSUED:
            return Deadline(KIND, key[1], event.customer_id, datetime.fromisoformat(event.facts["expires_at"]))
        case _:
            return None


DEADLINES = tables.deadlines(keys_of, evolve)
