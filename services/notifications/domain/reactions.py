"""What does notifications do when a neighbour says something? Note it, then ask for each mail that is now complete.

Topics arrive in any order against each other: a price before its order, a password before its activation. Each fact
is noted as an own event first; whichever arrives last asks for the mail.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from msgspec.structs import replace

from schemas.billing import OrderPriced
from schemas.envelope import Event
from schemas.handover import CredentialsHandedOver
from schemas.notifications import ContactNoted, EmailFailed, FactNoted, HandoverNoted, InputNoted
from schemas.orders import OrderCancelled, OrderExpired, OrderPlaced, PaymentRegistered
from schemas.provisioning import (
    CredentialsIssued,
    CredentialsVoided,
    DocumentsActivated,
    EInvoicingActivated,
    ExpiryAligned,
    OrderActivated,
)
from schemas.vocabulary import CredentialsVoidReason, EmailFailure, OrderWarning, PurchaseCase
from services.notifications.domain.drafts import credentials_mail, draft_for, iso, order_received, price_facts
from services.notifications.domain.model import (
    CREDENTIALS_OVERDUE,
    Contact,
    Correspondence,
    Credential,
    Draft,
    Email,
    OrderNote,
    contact_of,
    evolve,
)
from services.notifications.domain.requests import failed, requested

UNSENT_VOIDS = {
    CredentialsVoidReason.EXPIRED: EmailFailure.CREDENTIALS_EXPIRED,
    CredentialsVoidReason.HANDOVER_LOST: EmailFailure.HANDOVER_LOST,
}
Closing = OrderCancelled | OrderExpired
Dated = EInvoicingActivated | ExpiryAligned | OrderActivated


def on_order_placed(
    event: OrderPlaced, state: Correspondence, note: OrderNote | None, now: datetime, domain: str
) -> list[Event]:
    """Note whom to write to; ask for everything that waited for it."""
    if note is not None and note.placed:
        return [_again(event)]
    noted = ContactNoted(
        customer_id=event.customer_id,
        order_id=event.order_id,
        personal=event.personal,
        locale=event.locale,
        warnings=[warning for warning in event.warnings if warning is OrderWarning.PEC_ADDRESS],
        payable_until=event.ordered_on + timedelta(days=event.terms.payable_days),
        expected_total_cents=event.expected_total_cents,
    )
    contact = contact_of(noted.personal, noted.locale, noted.warnings)
    received = order_received(placed(note, noted))
    drafts = [*state.waiting, *([] if received is None else [received])]
    mails = [requested(event.customer_id, draft, contact, now, domain) for draft in drafts]
    return [noted, *mails, *_credentials(event.customer_id, evolve(state, noted), now, domain)]


def on_order_priced(
    event: OrderPriced, event_id: str, state: Correspondence, note: OrderNote | None, now: datetime, domain: str
) -> list[Event]:
    """Note the price; ask for the mail that says how to pay, if the order is known."""
    if note is not None and note.price is not None:
        return [_again(event)]
    price = price_facts(event)
    noted = _fact(event, {"price": price, "event_id": event_id}, event.order_id)
    known = note or unknown_order(event.customer_id, event.order_id)
    received = order_received(replace(known, price=price, price_event_id=event_id))
    return [noted, *_mails(event.customer_id, received, state.contact, now, domain)]


def on_payment_registered(
    event: PaymentRegistered,
    event_id: str,
    state: Correspondence,
    note: OrderNote | None,
    email: Email | None,
    now: datetime,
    domain: str,
) -> list[Event]:
    """Note what is still due; a short payment is answered with the difference and the order number (R23)."""
    if email is not None:
        return [_again(event)]
    draft = draft_for(event, event_id)
    if draft is not None:
        until = None if note is None else iso(note.payable_until)
        draft = replace(draft, facts={**draft.facts, "payable_until": until})
    due = {} if event.order_closed else {"due_cents": event.outstanding_cents}
    return _noted_mail(event, due, draft, state.contact, now, domain)


def on_order_closed(
    event: Closing, event_id: str, state: Correspondence, note: OrderNote | None, now: datetime, domain: str
) -> list[Event]:
    """Say that an order was closed, why, and what became of money already paid."""
    if note is not None and note.closed:
        return [_again(event)]
    return _noted_mail(event, {}, draft_for(event, event_id), state.contact, now, domain)


def on_documents_activated(
    event: DocumentsActivated, event_id: str, state: Correspondence, email: Email | None, now: datetime, domain: str
) -> list[Event]:
    """Bought for an owned base: confirm with the dates. Bundled: remember the date for the credentials mail (R35)."""
    if email is not None:
        return [_again(event)]
    expiries = {"DOCUMENTS": event.expires_on.isoformat()}
    if event.base_expires_on is not None:
        expiries["E_INVOICING"] = event.base_expires_on.isoformat()
    draft = draft_for(event, event_id)
    return _noted_mail(event, {"expiries": expiries}, draft, state.contact, now, domain)


def on_dated(event: Dated, state: Correspondence, now: datetime, domain: str) -> list[Event]:
    """Note a service's dates, and that an order is active as a whole."""
    match event:
        case EInvoicingActivated():
            facts: dict[str, Any] = {"expiries": {str(event.variant): event.expires_on.isoformat()}}
        case ExpiryAligned():
            facts = {"expiries": {str(event.product): event.new_expiry.isoformat()}}
        case OrderActivated():
            dates = {str(product): day.isoformat() for product, day in sorted(event.expiries.items())}
            is_first = event.purchase_case is PurchaseCase.FIRST_PURCHASE
            facts = {"expiries": dates, "first_purchase": is_first}
    noted = _fact(event, facts, event.order_id)
    return [noted, *_credentials(event.customer_id, evolve(state, noted), now, domain)]


def on_credentials_issued(
    event: CredentialsIssued, event_id: str, state: Correspondence, now: datetime, domain: str
) -> list[Event]:
    """Note that a password is announced; send it if its hand-over is here, give it up if it ran out already (R36)."""
    held = state.credential(event.credential_id)
    if held is not None and held.event_id is not None:
        return [_again(event)]
    facts = {
        "credential_id": event.credential_id,
        "event_id": event_id,
        "expires_at": event.expires_at.isoformat(),
        "reissued": event.reissued,
    }
    noted = _fact(event, facts, event.order_id)
    state = evolve(state, noted)
    if now >= event.expires_at:
        failure = EmailFailure.CREDENTIALS_EXPIRED
        return [noted, *_unsent(event.customer_id, state, event.credential_id, failure, now, domain)]
    return [noted, *_credentials(event.customer_id, state, now, domain)]


def on_credentials_handed_over(
    event: CredentialsHandedOver, state: Correspondence, now: datetime, domain: str
) -> list[Event]:
    """Note that a sealed password arrived; the box itself never stands in the log.

    Run out, and not announced (any more), it is given up at once: its deadline may have been before, and acts once.
    """
    held = state.credential(event.credential_id)
    if held is not None and held.handed_over:
        return [_again(event)]
    noted = HandoverNoted(customer_id=event.customer_id, credential_id=event.credential_id, expires_at=event.expires_at)
    is_announced = held is not None and held.event_id is not None
    if now >= event.expires_at and not is_announced:
        return [noted, *on_credentials_overdue(event.customer_id, event.credential_id, state, now, domain)]
    return [noted, *_credentials(event.customer_id, evolve(state, noted), now, domain)]


def on_credentials_voided(event: CredentialsVoided, state: Correspondence, now: datetime, domain: str) -> list[Event]:
    """Forget credentials that can't be used any more; unsent and run out, they are shown for re-issue (R36)."""
    noted = _fact(event, {"credential_id": event.credential_id}, event.order_id)
    failure = UNSENT_VOIDS.get(event.reason)
    return [noted, *_unsent(event.customer_id, state, event.credential_id, failure, now, domain)]


def on_credentials_overdue(
    customer_id: str, credential_id: str, state: Correspondence, now: datetime, domain: str
) -> list[Event]:
    """Give up credentials that ran out before everything their mail needs had arrived."""
    held = state.credential(credential_id)
    order_id = None if held is None else held.order_id
    noted = FactNoted(
        customer_id=customer_id,
        order_id=order_id,
        input_type=CREDENTIALS_OVERDUE,
        facts={"credential_id": credential_id},
    )
    is_here = held is not None and held.handed_over
    failure = EmailFailure.CREDENTIALS_EXPIRED if is_here else EmailFailure.HANDOVER_LOST
    return [noted, *_unsent(customer_id, state, credential_id, failure, now, domain)]


def placed(note: OrderNote | None, event: ContactNoted) -> OrderNote:
    """Fold the order's own facts into its note."""
    return replace(
        note or unknown_order(event.customer_id, event.order_id),
        placed=True,
        payable_until=event.payable_until,
        expected_total_cents=event.expected_total_cents,
    )


def unknown_order(customer_id: str, order_id: str) -> OrderNote:
    """Return the note of an order of which nothing is known yet."""
    return OrderNote(customer_id, order_id, False, None, None, None, None, None, False, False)


def _credentials(customer_id: str, state: Correspondence, now: datetime, domain: str) -> list[Event]:
    return [
        mail for credential in state.credentials for mail in _credential(customer_id, state, credential, now, domain)
    ]


def _credential(
    customer_id: str, state: Correspondence, credential: Credential, now: datetime, domain: str
) -> Sequence[Event]:
    if credential.event_id is None or not credential.handed_over or credential.requested:
        return []
    draft = credentials_mail(state, credential, credential.event_id)
    if now >= credential.expires_at:
        return [failed(customer_id, draft, EmailFailure.CREDENTIALS_EXPIRED, now, domain)]
    is_active = credential.reissued or (
        credential.order_id is not None and credential.order_id == state.activated_order
    )
    if state.contact is None or not is_active:
        return []
    return [requested(customer_id, draft, state.contact, now, domain)]


def _unsent(
    customer_id: str,
    state: Correspondence,
    credential_id: str,
    failure: EmailFailure | None,
    now: datetime,
    domain: str,
) -> list[EmailFailed]:
    held = state.credential(credential_id)
    if failure is None or held is None or held.event_id is None or held.requested:
        return []
    return [failed(customer_id, credentials_mail(state, held, held.event_id), failure, now, domain)]


def _noted_mail(
    event: Event, facts: dict[str, Any], draft: Draft | None, contact: Contact | None, now: datetime, domain: str
) -> list[Event]:
    mail = {} if draft is None else {"mail": _mail_facts(draft)}
    noted = _fact(event, {**facts, **mail}, event.correlation)
    return [noted, *_mails(event.customer_id, draft, contact, now, domain)]


def _mails(
    customer_id: str, draft: Draft | None, contact: Contact | None, now: datetime, domain: str
) -> Sequence[Event]:
    if draft is None or contact is None:
        return []
    return [requested(customer_id, draft, contact, now, domain)]


def _mail_facts(draft: Draft) -> dict[str, Any]:
    return {
        "template": str(draft.template),
        "subject": draft.subject,
        "event_id": draft.event_id,
        "facts": draft.facts,
    }


def _fact(event: Event, facts: dict[str, Any], order_id: str | None) -> FactNoted:
    return FactNoted(customer_id=event.customer_id, order_id=order_id, input_type=event.EVENT_TYPE, facts=facts)


def _again(event: Event) -> InputNoted:
    return InputNoted(
        customer_id=event.customer_id, order_id=event.correlation, input_type=event.EVENT_TYPE, note="known already"
    )
