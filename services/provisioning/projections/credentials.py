"""What became of each temporary password? Failed, bounced and expired ones are shown for re-issue."""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import assert_never

from msgspec import Struct
from msgspec.structs import replace

from runtime.projection import Key, Projection, ddl
from schemas.envelope import Event
from schemas.provisioning import (
    CredentialsDeliveryNoted,
    CredentialsIssued,
    CredentialsVoided,
    FirstSignInCompleted,
)
from schemas.vocabulary import CredentialsVoidReason, EmailFailure


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


_CredentialEvent = CredentialsIssued | CredentialsVoided | FirstSignInCompleted | CredentialsDeliveryNoted


def keys_of(event: Event) -> Iterable[Key]:
    """Name the rows that an event touches."""
    return [(event.credential_id,)] if isinstance(event, _CredentialEvent) else []


def evolve(row: Credential | None, event: _CredentialEvent, _: Key) -> Credential | None:
    """Fold an own event into a credential's row; what is spent or void stays so."""
    if isinstance(event, CredentialsIssued):
        return Credential(
            event.credential_id,
            event.customer_id,
            event.order_id,
            event.key_id,
            event.expires_at,
            event.reissued,
            CredentialStatus.ISSUED,
        )
    if row is None:
        return None
    match event:
        case CredentialsVoided():
            return replace(row, status=CredentialStatus.VOID, void_reason=event.reason)
        case FirstSignInCompleted():
            return replace(row, status=CredentialStatus.SPENT)
        case CredentialsDeliveryNoted():
            settled = row.status in (CredentialStatus.SPENT, CredentialStatus.VOID)
            status = row.status if settled else CredentialStatus(event.status.value)
            return replace(row, status=status, failure=event.failure)
        case _:
            assert_never(event)


CREDENTIALS = Projection(
    "credentials", Credential, ("credential_id",), keys_of, evolve, ddl(__file__), replaced_by=CredentialsIssued
)
