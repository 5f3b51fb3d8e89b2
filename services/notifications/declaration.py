"""What does notifications consume, decide, fold and keep? Its declaration for the runtime."""

import base64
import binascii
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, assert_never, cast

from runtime.edge import Edge
from runtime.service import (
    Deadline,
    Decided,
    Duplicate,
    EffectFate,
    EffectIntent,
    Fate,
    Incoming,
    Input,
    KeptSecret,
    Known,
    Outcome,
    RowKey,
    Service,
)
from schemas.billing import OrderPriced
from schemas.envelope import Event
from schemas.handover import CredentialsHandedOver
from schemas.mail import CausedMail
from schemas.notifications import EmailFailed, EmailInDoubt, EmailRequested, EmailSent, HandoverNoted
from schemas.orders import OrderCancelled, OrderExpired, OrderPlaced, PersonalDataErased
from schemas.payments import PaymentRegistered
from schemas.provisioning import (
    CredentialsIssued,
    CredentialsVoided,
    ExpiryAligned,
    OrderActivated,
    ServiceActivated,
)
from schemas.refusal import Refusal
from schemas.topics import (
    BILLING_EVENTS,
    CREDENTIALS_HANDOVER,
    NOTIFICATIONS_EVENTS,
    ORDERS_EVENTS,
    PROVISIONING_EVENTS,
)
from schemas.vocabulary import EmailFailure
from services.notifications.adapters.texts import TEXTS
from services.notifications.domain import reactions
from services.notifications.domain.commands import CorrectContact, EmailOutcome, ReissueEmail
from services.notifications.domain.decisions import correct_contact, forgotten, record_outcome, reissue
from services.notifications.domain.drafts import order_closed, payment_short, service_activated
from services.notifications.domain.erasing import on_personal_data_erased
from services.notifications.domain.model import (
    CREDENTIALS_OVERDUE,
    Correspondence,
    Email,
    NotificationsEvent,
    OrderNote,
    evolve,
)
from services.notifications.domain.requests import email_id
from services.notifications.projections.contacts import CONTACTS
from services.notifications.projections.deadlines import DEADLINES
from services.notifications.projections.emails import EMAILS
from services.notifications.projections.order_notes import ORDER_NOTES
from services.notifications.settings import mail_domain

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
    domain = mail_domain(None if edge is None else edge.settings)
    return Service(
        name="notifications",
        topic=NOTIFICATIONS_EVENTS,
        fold_version=FOLD_VERSION,
        state=Correspondence,
        initial=Correspondence,
        evolve=cast(Callable[[Correspondence, Event], Correspondence], evolve),
        inputs=(*_neighbours(domain), *_own(domain)),
        projections=(EMAILS, ORDER_NOTES, CONTACTS, DEADLINES),
        neighbours=(ORDERS_EVENTS, BILLING_EVENTS, PROVISIONING_EVENTS),
        handovers_from=CREDENTIALS_HANDOVER,
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
    def placed(data: Inbound, state: Correspondence, known: Known) -> Outcome:
        return _decided(reactions.on_order_placed(data.event, state, _note(data, known), known.now, domain))

    def priced(data: Inbound, state: Correspondence, known: Known) -> Outcome:
        note = _note(data, known)
        return _decided(reactions.on_order_priced(data.event, data.id, state, note, known.now, domain))

    def paid(data: Inbound, state: Correspondence, known: Known) -> Outcome:
        note, email, mail = _note(data, known), _email(data, known), _caused(data)
        return _decided(reactions.on_payment_registered(data.event, mail, state, note, email, known.now, domain))

    def closed(data: Inbound, state: Correspondence, known: Known) -> Outcome:
        note, mail = _note(data, known), order_closed(data.event, data.id)
        return _decided(reactions.on_order_closed(data.event, mail, state, note, known.now, domain))

    def activated(data: Inbound, state: Correspondence, known: Known) -> Outcome:
        email, mail = _email(data, known), _caused(data)
        return _decided(reactions.on_service_activated(data.event, mail, state, email, known.now, domain))

    def aligned(data: Inbound, _: Correspondence, __: Known) -> Outcome:
        return _decided(reactions.on_expiry_aligned(data.event))

    def order_activated(data: Inbound, state: Correspondence, known: Known) -> Outcome:
        return _decided(reactions.on_order_activated(data.event, state, known.now, domain))

    def issued(data: Inbound, state: Correspondence, known: Known) -> Outcome:
        return _decided(reactions.on_credentials_issued(data.event, data.id, state, known.now, domain))

    def handed_over(data: Inbound, state: Correspondence, known: Known) -> Outcome:
        decided = _decided(reactions.on_credentials_handed_over(data.event, state, known.now, domain))
        return _keeping(decided, data.event)

    def voided(data: Inbound, state: Correspondence, known: Known) -> Outcome:
        return _decided(reactions.on_credentials_voided(data.event, state, known.now, domain))

    def erased(data: Inbound, state: Correspondence, _: Known) -> Outcome:
        return _decided(on_personal_data_erased(data.event, state))

    return (
        _input(OrderPlaced, placed, _order_rows),
        _input(OrderPriced, priced, _order_rows),
        _input(PaymentRegistered, paid, _order_and_mail_rows),
        _input(OrderCancelled, closed, _order_rows),
        _input(OrderExpired, closed, _order_rows),
        _input(ServiceActivated, activated, _mail_rows),
        _input(ExpiryAligned, aligned),
        _input(OrderActivated, order_activated),
        _input(CredentialsIssued, issued),
        _input(CredentialsHandedOver, handed_over),
        _input(CredentialsVoided, voided),
        _input(PersonalDataErased, erased),
    )


def _own(domain: str) -> tuple[Input, ...]:
    def overdue(data: Deadline, state: Correspondence, known: Known) -> Outcome:
        if known.now < data.due_at:
            return Refusal("NOT_DUE", f"credentials {data.key} are not overdue yet")
        return _decided(reactions.on_credentials_overdue(data.customer_id, data.key, state, known.now, domain))

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
        Input(CREDENTIALS_OVERDUE, overdue),
        Input(EmailOutcome.TYPE, outcome, rows=lambda data: [(EMAILS.table, (data.email_id,))]),
        Input(CorrectContact.TYPE, correction),
        Input(ReissueEmail.TYPE, again, rows=lambda data: [(EMAILS.table, (data.email_id,))]),
    )


def _input(
    event: type[Event],
    handle: Callable[[Inbound, Correspondence, Known], Outcome],
    rows: Callable[[Inbound], Iterable[RowKey]] = lambda _: (),
) -> Input:
    return Input(event.EVENT_TYPE, handle, rows=rows, prepare=with_its_id)


def _order_rows(data: Inbound) -> list[RowKey]:
    return [(ORDER_NOTES.table, (data.event.customer_id, data.event.order_id))]


def _mail_rows(data: Inbound) -> list[RowKey]:
    mail = _caused(data)
    return [] if mail is None else [(EMAILS.table, (email_id(mail),))]


def _caused(data: Inbound) -> CausedMail | None:
    match data.event:
        case PaymentRegistered():
            return payment_short(data.event, data.id)
        case ServiceActivated():
            return service_activated(data.event, data.id, TEXTS)
        case _:
            return None


def _order_and_mail_rows(data: Inbound) -> list[RowKey]:
    return [*_order_rows(data), *_mail_rows(data)]


def _note(data: Inbound, known: Known) -> OrderNote | None:
    note: OrderNote | None = known.rows.get(_order_rows(data)[0])
    return note


def _email(data: Inbound, known: Known) -> Email | None:
    found = [known.rows.get(key) for key in _mail_rows(data)]
    email: Email | None = found[0] if found else None
    return email


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
