"""What may operators and the mail server's answers change? A mail's fate, and the address it goes to."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from schemas.envelope import Event
from schemas.notifications import (
    ContactAddressCorrected,
    EmailBounced,
    EmailFailed,
    EmailInDoubt,
    EmailSent,
    FactNoted,
)
from schemas.personal import SealedBlock
from schemas.vocabulary import EmailFailure, EmailStatus, OrderWarning
from services.notifications.domain.model import CREDENTIALS_OVERDUE, Contact, Email

FOLLOWS = {
    EmailStatus.SENT: {EmailStatus.REQUESTED, EmailStatus.IN_DOUBT},
    EmailStatus.FAILED: {EmailStatus.REQUESTED},
    EmailStatus.IN_DOUBT: {EmailStatus.REQUESTED},
    EmailStatus.BOUNCED: {EmailStatus.SENT, EmailStatus.IN_DOUBT},
}
"""Which fate may follow which: an answer that comes late resolves a doubt, nothing else is ever changed."""


VOIDING = (CREDENTIALS_OVERDUE, "provisioning.CredentialsVoided.v1")


@dataclass(frozen=True, slots=True)
class EmailOutcome:
    """What became of a mail, as the mail server or an operator says."""

    customer_id: str
    email_id: str
    fate: EmailStatus
    failure: EmailFailure | None = None
    smtp_code: int | None = None
    by_operator: bool = False


@dataclass(frozen=True, slots=True)
class CorrectContact:
    """Write to another address from now on; `replaces` is the nonce of the block it was made from."""

    customer_id: str
    personal: SealedBlock
    replaces: str
    warnings: tuple[OrderWarning, ...]


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a command changes nothing."""

    code: str
    detail: str
    status: int = 409


def record_outcome(email: Email | None, outcome: EmailOutcome, now: datetime) -> list[Event] | Refusal:
    """Record a mail's fate. An empty list means that it is recorded already, or contradicts what is final."""
    if email is None:
        return Refusal("EMAIL_UNKNOWN", f"no mail {outcome.email_id}", 404)
    if email.status == outcome.fate:
        return []
    refused = email.status not in FOLLOWS.get(outcome.fate, set())
    is_early = email.status is EmailStatus.REQUESTED
    if outcome.by_operator and (refused or is_early):
        return Refusal("EMAIL_NOT_IN_DOUBT", f"the mail is {email.status}")
    if refused:
        return []
    return [_fate(email, outcome, now)]


def correct_contact(contact: Contact | None, command: CorrectContact) -> list[Event] | Refusal:
    """Replace the sealed recipient, unless it changed since the operator's screen read it."""
    if contact is None:
        return Refusal("CUSTOMER_UNKNOWN", "no order of this customer is known", 404)
    if contact.nonce != command.replaces:
        return Refusal("CONTACT_CHANGED", "the contact was changed meanwhile")
    return [
        ContactAddressCorrected(
            customer_id=command.customer_id, personal=command.personal, warnings=list(command.warnings)
        )
    ]


def forgotten(events: Iterable[Event]) -> tuple[str, ...]:
    """Name the credentials whose sealed box is not needed after these events: nothing will send it any more."""
    names: list[str] = []
    for event in events:
        match event:
            case EmailSent() | EmailFailed() | EmailInDoubt() if event.credential_id is not None:
                names.append(event.credential_id)
            case FactNoted() if event.input_type in VOIDING:
                names.append(event.facts["credential_id"])
            case _:
                pass
    return tuple(dict.fromkeys(names))


def _fate(email: Email, outcome: EmailOutcome, now: datetime) -> Event:
    common: dict[str, Any] = {
        "customer_id": email.customer_id,
        "order_id": email.order_id,
        "email_id": email.email_id,
        "template": email.template,
        "message_id": email.message_id,
        "credential_id": email.credential_id,
    }
    match outcome.fate:
        case EmailStatus.SENT:
            return EmailSent(**common, sent_at=now, confirmed_by_operator=outcome.by_operator)
        case EmailStatus.BOUNCED:
            return EmailBounced(**common, bounced_at=now)
        case EmailStatus.IN_DOUBT:
            return EmailInDoubt(**common, in_doubt_at=now)
        case _:
            failure = outcome.failure or EmailFailure.REFUSED_BY_SERVER
            return EmailFailed(**common, failure=failure, smtp_code=outcome.smtp_code, failed_at=now)
