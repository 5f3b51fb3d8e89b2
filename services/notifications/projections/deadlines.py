"""What does the calendar bring next? A notice, a reminder, word of a held order, the end of unsent credentials."""

from collections.abc import Iterable
from typing import assert_never

from runtime import tables
from runtime.projection import Key
from runtime.service import Deadline
from schemas.envelope import Event
from schemas.notices import (
    HoldNoted,
    HoldNotified,
    NoticesGiven,
    NoticesPlanned,
    ReleaseNoted,
    ReminderNoted,
    SettlementNoted,
)
from schemas.notifications import (
    ClosingNoted,
    ContactNoted,
    CredentialsEndNoted,
    CredentialsNoted,
    EmailFailed,
    EmailInDoubt,
    EmailSent,
    HandoverNoted,
)
from services.notifications.domain.notices import deadline_key

CREDENTIALS_OVERDUE = "credentials_overdue"
"""The moment at which credentials that were not sent are void."""
NOTICE = "notice"
"""The moment at which a customer is told what is due of services and credit."""
PAYMENT_REMINDER = "payment_reminder"
"""The moment at which the customer of an unpaid order is reminded."""
HELD_ORDER = "held_order"
"""The moment at which the customer of a held order hears of it."""
KINDS = (CREDENTIALS_OVERDUE, NOTICE, PAYMENT_REMINDER, HELD_ORDER)
OF_ORDERS = (PAYMENT_REMINDER, HELD_ORDER)
"""Their key is an order's id."""

_Credentials = HandoverNoted | CredentialsNoted | CredentialsEndNoted | EmailSent | EmailFailed | EmailInDoubt
_Notices = NoticesPlanned | NoticesGiven
_Reminders = ContactNoted | ReminderNoted | SettlementNoted | ClosingNoted
_Holds = HoldNoted | HoldNotified | ReleaseNoted | ClosingNoted


def keys_of(event: Event) -> Iterable[Key]:
    """Name the deadlines that an event sets, moves or ends."""
    keys: list[Key] = []
    if isinstance(event, _Credentials) and event.credential_id is not None:
        keys.append((CREDENTIALS_OVERDUE, event.credential_id))
    if isinstance(event, NoticesPlanned):
        keys.append((NOTICE, deadline_key(event.customer_id, event.replaces)))
    if isinstance(event, _Notices):
        keys.append((NOTICE, deadline_key(event.customer_id, event.plan)))
    if isinstance(event, _Reminders):
        keys.append((PAYMENT_REMINDER, event.order_id))
    if isinstance(event, _Holds):
        keys.append((HELD_ORDER, event.order_id))
    return keys


def evolve(_: Deadline | None, event: _Credentials | _Notices | _Reminders | _Holds, key: Key) -> Deadline | None:
    """Stand until its moment is told or means nothing any more."""
    kind, name = key
    due_at = None
    match event:
        case HandoverNoted() | CredentialsNoted():
            due_at = event.expires_at
        case NoticesPlanned() if name == deadline_key(event.customer_id, event.plan):
            due_at = event.notice_at
        case ContactNoted() | ReminderNoted():
            due_at = event.remind_at
        case HoldNoted():
            due_at = event.tell_at
        case (
            NoticesPlanned()
            | NoticesGiven()
            | SettlementNoted()
            | ClosingNoted()
            | HoldNotified()
            | ReleaseNoted()
            | CredentialsEndNoted()
            | EmailSent()
            | EmailFailed()
            | EmailInDoubt()
        ):
            pass
        case _:
            assert_never(event)
    return None if due_at is None else Deadline(kind, name, event.customer_id, due_at)


DEADLINES = tables.deadlines(keys_of, evolve, replaced_by=_Credentials | _Notices | _Reminders | _Holds)
