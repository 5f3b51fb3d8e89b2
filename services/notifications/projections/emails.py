"""Which mails were asked for, and what became of each?"""

from collections.abc import Iterable
from typing import assert_never

from msgspec.structs import replace

from runtime.projection import Key, Projection, ddl
from schemas.envelope import Event
from schemas.notifications import EmailBounced, EmailFailed, EmailInDoubt, EmailRequested, EmailSent
from schemas.vocabulary import EmailStatus, OrderWarning
from services.notifications.domain.rows import Email

Mail = EmailRequested | EmailSent | EmailFailed | EmailInDoubt | EmailBounced


def keys_of(event: Event) -> Iterable[Key]:
    """Name the mail that an event is about."""
    return [(event.email_id,)] if isinstance(event, Mail) else []


def evolve(row: Email | None, event: Mail, _: Key) -> Email | None:
    """Follow a mail from its request to its fate."""
    match event:
        case EmailRequested():
            return row or _requested(event)
        case EmailSent():
            return replace(row, status=EmailStatus.SENT, sent_at=event.sent_at) if row else None
        case EmailInDoubt():
            return replace(row, status=EmailStatus.IN_DOUBT) if row else None
        case EmailBounced():
            return replace(row, status=EmailStatus.BOUNCED) if row else None
        case EmailFailed():
            return replace(row or _never_requested(event), status=EmailStatus.FAILED, failure=str(event.failure))
        case _:
            assert_never(event)


def _requested(event: EmailRequested) -> Email:
    return Email(
        event.email_id,
        event.customer_id,
        event.order_id,
        event.template,
        EmailStatus.REQUESTED,
        event.message_id,
        event.credential_id,
        event.requested_at,
        None,
        None,
        OrderWarning.PEC_ADDRESS in event.warnings,
    )


def _never_requested(event: EmailFailed) -> Email:
    return Email(
        event.email_id,
        event.customer_id,
        event.order_id,
        event.template,
        EmailStatus.FAILED,
        event.message_id,
        event.credential_id,
        event.failed_at,
        None,
        str(event.failure),
        False,
    )


EMAILS = Projection("emails", Email, ("email_id",), keys_of, evolve, ddl(__file__))
