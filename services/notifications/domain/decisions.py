"""What may operators and the mail server's answers change? A mail's fate, and the address it goes to."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from schemas.envelope import Event
from schemas.mail import CausedMail
from schemas.notifications import (
    ContactAddressCorrected,
    CredentialsEndNoted,
    EmailBounced,
    EmailFailed,
    EmailInDoubt,
    EmailRequested,
    EmailSent,
)
from schemas.refusal import Refusal
from schemas.vocabulary import EmailFailure, EmailStatus
from services.notifications.domain.commands import CorrectContact, EmailOutcome, ReissueEmail
from services.notifications.domain.model import Contact, NotificationsEvent
from services.notifications.domain.requests import email_id, requested
from services.notifications.domain.rows import Email

FOLLOWS = {
    EmailStatus.SENT: {EmailStatus.REQUESTED, EmailStatus.IN_DOUBT},
    EmailStatus.FAILED: {EmailStatus.REQUESTED},
    EmailStatus.IN_DOUBT: {EmailStatus.REQUESTED},
    EmailStatus.BOUNCED: {EmailStatus.SENT, EmailStatus.IN_DOUBT},
}
"""Which fate may follow which: an answer that comes late resolves a doubt, nothing else is ever changed."""

BY_OPERATOR = {**FOLLOWS, EmailStatus.FAILED: {EmailStatus.IN_DOUBT}}
"""An operator alone may take a doubtful mail for lost."""

REISSUABLE = (EmailStatus.IN_DOUBT, EmailStatus.FAILED, EmailStatus.BOUNCED)


def record_outcome(email: Email | None, outcome: EmailOutcome, now: datetime) -> list[NotificationsEvent] | Refusal:
    """Record a mail's fate. An empty list means that it is recorded already, or contradicts what is final."""
    if email is None:
        return Refusal("EMAIL_UNKNOWN", f"no mail {outcome.email_id}", 404)
    if email.status == outcome.fate:
        return []
    follows = BY_OPERATOR if outcome.by_operator else FOLLOWS
    refused = email.status not in follows.get(outcome.fate, set())
    is_early = email.status is EmailStatus.REQUESTED
    if outcome.by_operator and (refused or is_early):
        return Refusal("EMAIL_NOT_IN_DOUBT", f"the mail is {email.status}")
    if refused:
        return []
    return [_fate(email, outcome, now)]


def correct_contact(contact: Contact | None, command: CorrectContact) -> list[NotificationsEvent] | Refusal:
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


def reissue(
    email: Email | None, command: ReissueEmail, contact: Contact | None, now: datetime, domain: str
) -> list[NotificationsEvent] | Refusal:
    """Ask for a mail anew that may not have arrived; one in doubt counts as lost from now on."""
    if email is None:
        return Refusal("EMAIL_UNKNOWN", f"no mail {command.email_id}", 404)
    if email.credential_id is not None:
        return Refusal("CREDENTIALS_MAIL", "a password is mailed once: issue the credentials anew")
    if email.status not in REISSUABLE:
        return Refusal("EMAIL_NOT_REISSUABLE", f"the mail is {email.status}")
    if contact is None:
        return Refusal("CUSTOMER_UNKNOWN", "no order of this customer is known", 404)
    lost = EmailOutcome(email.customer_id, email.email_id, EmailStatus.FAILED, EmailFailure.DISCARDED_BY_OPERATOR)
    ended = [_fate(email, lost, now)] if email.status is EmailStatus.IN_DOUBT else []
    return [*ended, requested(email.customer_id, _again(command.original), contact, now, domain)]


def reissued_id(original: EmailRequested) -> str:
    """Name the mail that a re-issue asks for: the same, however often it is asked."""
    return email_id(_again(original))


def forgotten(events: Iterable[Event]) -> tuple[str, ...]:
    """Name the credentials whose sealed box is not needed after these events: nothing will send it any more."""
    names: list[str] = []
    for event in events:
        match event:
            case EmailSent() | EmailFailed() | EmailInDoubt() if event.credential_id is not None:
                names.append(event.credential_id)
            case CredentialsEndNoted():
                names.append(event.credential_id)
            case _:
                pass
    return tuple(dict.fromkeys(names))


def _again(original: EmailRequested) -> CausedMail:
    subject = original.email_key.removeprefix(f"{original.template}:").rpartition(":")[0]
    return CausedMail(
        template=original.template,
        subject=subject,
        event_id=original.email_id,
        order_id=original.order_id,
        facts=original.facts,
    )


def _fate(email: Email, outcome: EmailOutcome, now: datetime) -> EmailSent | EmailBounced | EmailInDoubt | EmailFailed:
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
