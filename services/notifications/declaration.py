"""What does notifications consume, decide, fold and keep? Its declaration for the runtime."""

import base64
import binascii
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, assert_never, cast

from runtime.edge import Edge
from runtime.service import (
    Deadline,
    Decided,
    Duplicate,
    EffectFate,
    EffectIntent,
    Fate,
    Handle,
    Incoming,
    Input,
    KeptSecret,
    Known,
    Outcome,
    RowKey,
    Service,
)
from schemas import billing, ends, provisioning, reversals
from schemas.automatic_renewals import AutomaticRenewalFailed, AutomaticRenewalSet
from schemas.catalogue import catalogue_on
from schemas.envelope import Event
from schemas.handover import CredentialsHandedOver
from schemas.notifications import EmailFailed, EmailInDoubt, EmailRequested, EmailSent, HandoverNoted
from schemas.orders import (
    OrderCancelled,
    OrderExpired,
    OrderHeld,
    OrderPlaced,
    OrderRefused,
    OrderReleased,
    OrderSettled,
    PersonalDataErased,
)
from schemas.payments import PaymentRegistered
from schemas.refusal import Refusal
from schemas.terms import business_date
from schemas.topics import (
    BILLING_EVENTS,
    CREDENTIALS_HANDOVER,
    NOTIFICATIONS_EVENTS,
    ORDERS_EVENTS,
    PROVISIONING_EVENTS,
)
from schemas.vocabulary import EmailFailure
from services.notifications.adapters.texts import TEXTS
from services.notifications.domain import credentials, credited, provisioned, reactions, reminders
from services.notifications.domain.commands import CorrectContact, EmailOutcome, ReissueEmail
from services.notifications.domain.credentials import on_credentials_handed_over
from services.notifications.domain.decisions import correct_contact, forgotten, record_outcome, reissue
from services.notifications.domain.drafts import payment_short, service_activated
from services.notifications.domain.model import Correspondence, NotificationsEvent, evolve
from services.notifications.domain.notices import on_notice_due
from services.notifications.domain.occasion import Occasion
from services.notifications.domain.requests import email_id
from services.notifications.domain.rows import Email
from services.notifications.projections import deadlines
from services.notifications.projections.contacts import CONTACTS
from services.notifications.projections.emails import EMAILS
from services.notifications.projections.order_notes import ORDER_NOTES
from services.notifications.settings import mail_domain, subscribers

NAME = "notifications"
FOLD_VERSION = 1
EMAIL = "email"
"""The kind of effect that a requested mail is."""


@dataclass(frozen=True, slots=True)
class Inbound:
    """A neighbour's event with its id, from which the keys of its mails are made."""

    id: str
    event: Any


async def with_its_id(incoming: Incoming) -> Incoming:
    """Let a reaction see the id of the event it reacts to."""
    return replace(incoming, data=Inbound(str(incoming.id), incoming.data))


def declare(edge: Edge | None = None) -> Service:
    """Declare notifications; without an edge it folds and reacts as ever, under the example mail domain."""
    settings = None if edge is None else edge.settings
    domain = mail_domain(settings)
    return Service(
        name=NAME,
        topic=NOTIFICATIONS_EVENTS,
        fold_version=FOLD_VERSION,
        state=Correspondence,
        initial=Correspondence,
        evolve=cast(Callable[[Correspondence, Event], Correspondence], evolve),
        inputs=(*_neighbours(domain), *_own(domain)),
        projections=(EMAILS, ORDER_NOTES, CONTACTS, deadlines.DEADLINES),
        neighbours=(ORDERS_EVENTS, BILLING_EVENTS, PROVISIONING_EVENTS),
        handovers_from=CREDENTIALS_HANDOVER,
        is_awaited=bool(getattr(settings, "webhooks", ())),  # an endpoint outside waits, a mailbox does not
        subscribers=subscribers(settings),
        effects_of=effects_of,
        fate_of=fate_of,
    )


def effects_of(event: Event) -> tuple[EffectIntent, ...]:
    """Ask for the one act outside, a mail; its recipient stays sealed."""
    if not isinstance(event, EmailRequested):
        return ()
    return (EffectIntent(EMAIL, event.model_dump(mode="json"), key=event.email_id),)


def fate_of(event: Event) -> EffectFate | None:
    """Read how a mail ended; an operator's word resolves the doubt for people, not for the ledger."""
    if not isinstance(event, EmailSent | EmailFailed | EmailInDoubt):
        return None
    match event:
        case EmailSent(confirmed_by_operator=False):
            return EffectFate(EMAIL, event.email_id, Fate.SENT)
        case EmailFailed() if event.failure is not EmailFailure.DISCARDED_BY_OPERATOR:
            return EffectFate(EMAIL, event.email_id, Fate.FAILED)
        case EmailInDoubt() | EmailSent() | EmailFailed():
            return EffectFate(EMAIL, event.email_id, Fate.IN_DOUBT)
        case _:
            assert_never(event)


def _neighbours(domain: str) -> tuple[Input, ...]:
    def reacting(react: Callable[[Any, Occasion], Sequence[Event]]) -> Handle:
        def handle(data: Inbound, state: Correspondence, known: Known) -> Outcome:
            return _decided(react(data.event, _occasion(data, state, known, domain)))

        return handle

    def handed_over(data: Inbound, state: Correspondence, known: Known) -> Outcome:
        decided = _decided(on_credentials_handed_over(data.event, _occasion(data, state, known, domain)))
        return _keeping(decided, data.event)

    return (
        *(_input(event, reacting(react), _order_rows) for event, react in OF_ORDERS.items()),
        *(_input(event, reacting(react)) for event, react in OF_ACCOUNTS.items()),
        _input(PaymentRegistered, reacting(reactions.on_payment_registered), _order_and_mail_rows),
        _input(
            provisioning.ServiceActivated, reacting(partial(provisioned.on_service_activated, texts=TEXTS)), _mail_rows
        ),
        _input(CredentialsHandedOver, handed_over),
    )


OF_ORDERS: dict[type[Event], Callable[[Any, Occasion], Sequence[Event]]] = {
    OrderPlaced: reactions.on_order_placed,
    OrderRefused: reactions.on_order_refused,
    billing.OrderPriced: reactions.on_order_priced,
    OrderSettled: reminders.on_order_settled,
    OrderHeld: reminders.on_order_held,
    OrderReleased: reminders.on_order_released,
    OrderCancelled: reactions.on_order_closed,
    OrderExpired: reactions.on_order_closed,
    AutomaticRenewalFailed: reactions.on_automatic_renewal_failed,
}
"""The reaction to each event about an order."""

OF_ACCOUNTS: dict[type[Event], Callable[[Any, Occasion], Sequence[Event]]] = {
    provisioning.ExpiryAligned: provisioned.on_expiry_aligned,
    provisioning.OrderActivated: provisioned.on_order_activated,
    provisioning.ServiceEnteredGrace: provisioned.on_service_entered_grace,
    provisioning.ServiceTerminated: provisioned.on_service_terminated,
    provisioning.ServiceCancelled: provisioned.on_service_cancelled,
    ends.ServiceSuspended: provisioned.on_service_suspended,
    ends.ServiceResumed: provisioned.on_service_suspended,
    billing.CreditGranted: credited.on_credit_granted,
    billing.CreditUsed: credited.on_credit_used,
    billing.CreditReturned: credited.on_credit_returned,
    billing.CreditExpired: credited.on_credit_ended,
    billing.CreditRefunded: credited.on_credit_ended,
    reversals.CreditReversed: credited.on_credit_reversed,
    billing.RefundDue: credited.on_refund_due,
    billing.RefundPaid: credited.on_refund_paid,
    provisioning.CredentialsIssued: credentials.on_credentials_issued,
    provisioning.CredentialsVoided: credentials.on_credentials_voided,
    AutomaticRenewalSet: reactions.on_automatic_renewal_set,
    PersonalDataErased: credentials.on_personal_data_erased,
}
"""The reaction to each event about services, credit and credentials."""


def _own(domain: str) -> tuple[Input, ...]:
    def overdue(data: Inbound, state: Correspondence, known: Known) -> Outcome:
        due: Deadline = data.event
        if known.now < due.due_at:
            return Refusal("NOT_DUE", f"{due.kind} of {due.key} is not due yet")
        occasion = _occasion(data, state, known, domain)
        events = _fallen_due(due, occasion)
        return _decided(events) if events else Duplicate()

    def outcome(data: EmailOutcome, _: Correspondence, known: Known) -> Outcome:
        email: Email | None = known.rows.get((EMAILS.table, (data.email_id,)))
        if email is not None and email.customer_id != data.customer_id:
            email = None
        return _command(record_outcome(email, data, known.now))

    def again(data: ReissueEmail, state: Correspondence, known: Known) -> Outcome:
        email: Email | None = known.rows.get((EMAILS.table, (data.email_id,)))
        return _command(reissue(email, data, state.contact, known.now, domain))

    def correction(data: CorrectContact, state: Correspondence, _: Known) -> Outcome:
        return _command(correct_contact(state.contact, data))

    return (
        *(Input(f"{NAME}.{kind}", overdue, rows=_due_rows, prepare=with_its_id) for kind in deadlines.KINDS),
        Input(EmailOutcome.TYPE, outcome, rows=lambda data: [(EMAILS.table, (data.email_id,))]),
        Input(CorrectContact.TYPE, correction),
        Input(ReissueEmail.TYPE, again, rows=lambda data: [(EMAILS.table, (data.email_id,))]),
    )


def _fallen_due(due: Deadline, occasion: Occasion) -> Sequence[Event]:
    note = occasion.note
    match due.kind:
        case deadlines.CREDENTIALS_OVERDUE:
            return credentials.on_credentials_overdue(due.customer_id, due.key, occasion)
        case deadlines.NOTICE:
            return on_notice_due(due.customer_id, due.key, occasion)
        case deadlines.PAYMENT_REMINDER:
            return [] if note is None else reminders.on_reminder_due(note, occasion)
        case _:
            return [] if note is None else reminders.on_hold_due(note, occasion)


def _input(
    event: type[Event],
    handle: Handle,
    rows: Callable[[Inbound], Iterable[RowKey]] = lambda _: (),
) -> Input:
    return Input(event.EVENT_TYPE, handle, rows=rows, prepare=with_its_id)


def _occasion(data: Inbound, state: Correspondence, known: Known, domain: str) -> Occasion:
    rows = [*_order_rows(data), *_mail_rows(data)]
    found = {table: known.rows.get((table, key)) for table, key in rows}
    catalogue = catalogue_on(business_date(known.now))
    return Occasion(data.id, state, known.now, domain, catalogue, found.get(ORDER_NOTES.table), found.get(EMAILS.table))


def _order_rows(data: Inbound) -> list[RowKey]:
    order_id = data.event.key if isinstance(data.event, Deadline) else getattr(data.event, "order_id", None)
    return [] if order_id is None else [(ORDER_NOTES.table, (data.event.customer_id, order_id))]


def _due_rows(data: Inbound) -> list[RowKey]:
    return _order_rows(data) if data.event.kind in deadlines.OF_ORDERS else []


def _mail_rows(data: Inbound) -> list[RowKey]:
    match data.event:
        case PaymentRegistered():
            mail = payment_short(data.event, data.id)
        case provisioning.ServiceActivated():
            mail = service_activated(data.event, data.id, TEXTS)
        case _:
            mail = None
    return [] if mail is None else [(EMAILS.table, (email_id(mail),))]


def _order_and_mail_rows(data: Inbound) -> list[RowKey]:
    return [*_order_rows(data), *_mail_rows(data)]


def _decided(events: Sequence[Event]) -> Decided:
    return Decided(events, forgets=forgotten(events))


def _command(result: list[NotificationsEvent] | Refusal) -> Outcome:
    if isinstance(result, Refusal):
        return result
    return _decided(result) if result else Duplicate()


def _keeping(decided: Decided, event: CredentialsHandedOver) -> Decided:
    """Keep the box in the transaction that notes its arrival, unless its mail has failed in the same one."""
    is_noted = any(isinstance(own, HandoverNoted) for own in decided.events)
    if not is_noted or event.credential_id in decided.forgets:
        return decided
    try:
        box = base64.b64decode(event.box, validate=True)
    except binascii.Error:
        box = b""
    return replace(decided, keeps=(KeptSecret(event.credential_id, event.customer_id, box, event.expires_at),))


SERVICE = declare()
