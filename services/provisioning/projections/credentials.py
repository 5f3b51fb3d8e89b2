"""What became of each temporary password? Failed, bounced and expired ones are shown for re-issue."""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from runtime.projection import Key, Projection
from schemas.envelope import Event
from schemas.provisioning import (
    CredentialsDeliveryNoted,
    CredentialsIssued,
    CredentialsVoided,
    FirstSignInCompleted,
)
from schemas.vocabulary import CredentialsVoidReason, EmailFailure
from services.provisioning.projections import ddl


class CredentialStatus(StrEnum):
    """How far a temporary password came; the mail's words, before and after it our own."""

    ISSUED = "ISSUED"
    SENT = "SENT"
    FAILED = "FAILED"
    IN_DOUBT = "IN_DOUBT"
    BOUNCED = "BOUNCED"
    SPENT = "SPENT"
    VOID = "VOID"


class Credential(Struct, frozen=True):
    """A temporary password without the password."""

    credential_id: str
    customer_id: str
    order_id: str | None
    key_id: str
    expires_at: datetime
    reissued: bool
    status: CredentialStatus
    failure: EmailFailure | None = None
    void_reason: CredentialsVoidReason | None = None


def keys_of(event: Event) -> Iterable[Key]:
    """Name the rows that an event touches."""
    match event:
        case CredentialsIssued() | CredentialsVoided() | FirstSignInCompleted() | CredentialsDeliveryNoted():
            return [(event.credential_id,)]
        case _:
            return []


def evolve(row: Credential | None, event: Event, _: Key) -> Credential | None:
    """Fold an own event into a credential's row; what is spent or void stays so."""
    match event:
        case CredentialsIssued():
            return Credential(
                event.credential_id,
                event.customer_id,
                event.order_id,
                event.key_id,
                event.expires_at,
                event.reissued,
                CredentialStatus.ISSUED,
            )
        case _ if row is None:
            return None
        case CredentialsVoided():
            return replace(row, status=CredentialStatus.VOID, void_reason=event.reason)
        case FirstSignInCompleted():
            return replace(row, status=CredentialStatus.SPENT)
        case CredentialsDeliveryNoted():
            settled = row.status in (CredentialStatus.SPENT, CredentialStatus.VOID)
            status = row.status if settled else CredentialStatus(event.status.value)
            return replace(row, status=status, failure=event.failure)
        case _:
            return row


CREDENTIALS = Projection("credentials", Credential, ("credential_id",), keys_of, evolve, ddl("credentials"))
