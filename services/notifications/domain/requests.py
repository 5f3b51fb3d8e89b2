"""When does a caused mail become a requested one? As soon as its recipient is known; its id hangs from its key."""

from datetime import datetime
from uuid import UUID, uuid5

from schemas.mail import CausedMail
from schemas.notifications import EmailFailed, EmailRequested
from schemas.vocabulary import EmailFailure
from services.notifications.domain.model import Contact

EMAILS = UUID("0a6f7d52-6c0e-5a3b-9d1f-2b8f1c7e4a90")
"""The root of every mail's id. Never changed: ids of published events hang from it."""


def email_key(mail: CausedMail) -> str:
    """Return the stable key under which a mail is sent once (R38)."""
    return f"{mail.template}:{mail.subject}:{mail.event_id}"


def email_id(mail: CausedMail) -> str:
    """Derive a mail's id from its key: the same cause asks for the same mail."""
    return str(uuid5(EMAILS, email_key(mail)))


def message_id(identity: str, domain: str) -> str:
    """Derive the Message-ID from the mail's id, so that a second arrival is recognisable."""
    return f"<{identity}@{domain}>"


def requested(customer_id: str, mail: CausedMail, contact: Contact, now: datetime, domain: str) -> EmailRequested:
    """Ask for a mail; recorded before anything is sent."""
    identity = email_id(mail)
    return EmailRequested(
        customer_id=customer_id,
        order_id=mail.order_id,
        email_id=identity,
        email_key=email_key(mail),
        template=mail.template,
        locale=contact.locale,
        message_id=message_id(identity, domain),
        recipient=contact.sealed,
        facts=mail.facts,
        credential_id=mail.credential_id,
        warnings=contact.warnings,
        requested_at=now,
    )


def failed(customer_id: str, mail: CausedMail, failure: EmailFailure, now: datetime, domain: str) -> EmailFailed:
    """Say that a mail can't be asked for any more: its secret is gone."""
    identity = email_id(mail)
    return EmailFailed(
        customer_id=customer_id,
        order_id=mail.order_id,
        email_id=identity,
        template=mail.template,
        message_id=message_id(identity, domain),
        credential_id=mail.credential_id,
        failure=failure,
        failed_at=now,
    )
