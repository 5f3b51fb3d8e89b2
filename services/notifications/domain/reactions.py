"""What does notifications do when a neighbour says something? Note it, then ask for each mail that is now complete.

Topics arrive in any order against each other: a price before its order, a password before its activation. Each fact
is noted as an own event first; whichever arrives last asks for the mail.
"""

from collections.abc import Sequence
from datetime import datetime

from msgspec.structs import replace

from schemas.billing import OrderPriced
from schemas.envelope import Event
from schemas.handover import CredentialsHandedOver
from schemas.mail import CausedMail, MailPrice
from schemas.notifications import (
    ActivationNoted,
    ClosingNoted,
    ContactNoted,
    CredentialsEndNoted,
    CredentialsNoted,
    EmailFailed,
    EmailRequested,
    ExpiriesNoted,
    HandoverNoted,
    InputNoted,
    PaymentNoted,
    PriceNoted,
)
from schemas.orders import OrderCancelled, OrderExpired, OrderPlaced
from schemas.payments import PaymentRegistered
from schemas.provisioning import (
    CredentialsIssued,
    CredentialsVoided,
    ExpiryAligned,
    OrderActivated,
    ServiceActivated,
)
from schemas.vocabulary import CredentialsVoidReason, EmailFailure, PurchaseCase
from services.notifications.domain.drafts import credentials_mail, mail_price, order_received
from services.notifications.domain.model import (
    Contact,
    Correspondence,
    Credential,
    Email,
    NotificationsEvent,
    OrderNote,
    as_text,
    contact_of,
    evolve,
)
from services.notifications.domain.requests import failed, requested

UNSENT_VOIDS = {
    CredentialsVoidReason.EXPIRED: EmailFailure.CREDENTIALS_EXPIRED,
    CredentialsVoidReason.HANDOVER_LOST: EmailFailure.HANDOVER_LOST,
}


def on_order_placed(
    event: OrderPlaced, state: Correspondence, note: OrderNote | None, now: datetime, domain: str
) -> list[NotificationsEvent]:
    """Note whom to write to, as before for an id alone, even corrected; ask for everything that waited for it."""
    if note is not None and note.placed:
        return [_again(event)]
    told = contact_of(event.personal, event.locale, event.warnings)
    contact = state.contact if event.customer_on_record and state.contact is not None else told
    noted = ContactNoted(
        customer_id=event.customer_id,
        order_id=event.order_id,
        storefront=event.storefront,
        personal=contact.sealed,
        locale=contact.locale,
        warnings=contact.warnings,
        payable_until=event.payable_until,
        expected_total_cents=event.expected_total_cents,
    )
    received = order_received(placed(note, noted))
    waiting = [CausedMail.model_validate_json(mail) for mail in state.waiting]
    caused = [*waiting, *([] if received is None else [received])]
    mails = [requested(event.customer_id, mail, contact, now, domain) for mail in caused]
    return [noted, *mails, *_credentials(event.customer_id, evolve(state, noted), now, domain)]


def on_order_priced(
    event: OrderPriced, event_id: str, state: Correspondence, note: OrderNote | None, now: datetime, domain: str
) -> list[NotificationsEvent]:
    """Note the price; ask for the mail that says how to pay, if the order is known."""
    if note is not None and note.price is not None:
        return [_again(event)]
    noted = PriceNoted(
        customer_id=event.customer_id, order_id=event.order_id, price=mail_price(event), event_id=event_id
    )
    received = order_received(priced(note or unknown_order(event.customer_id, event.order_id), noted))
    return [noted, *_mails(event.customer_id, received, state.contact, now, domain)]


def on_payment_registered(
    event: PaymentRegistered,
    mail: CausedMail | None,
    state: Correspondence,
    note: OrderNote | None,
    email: Email | None,
    now: datetime,
    domain: str,
) -> list[NotificationsEvent]:
    """Note what is still due; a short payment is answered with the difference and the order number (R23)."""
    if email is not None:
        return [_again(event)]
    if mail is not None and note is not None:
        facts = mail.facts.model_copy(update={"payable_until": note.payable_until})
        mail = mail.model_copy(update={"facts": facts})
    due = None if event.order_closed else event.outstanding_cents
    noted = PaymentNoted(customer_id=event.customer_id, order_id=event.order_id, due_cents=due, mail=mail)
    return [noted, *_mails(event.customer_id, mail, state.contact, now, domain)]


def on_order_closed(
    event: OrderCancelled | OrderExpired,
    mail: CausedMail,
    state: Correspondence,
    note: OrderNote | None,
    now: datetime,
    domain: str,
) -> list[NotificationsEvent]:
    """Say that an order was closed, why, and what became of money already paid."""
    if note is not None and note.closed:
        return [_again(event)]
    noted = ClosingNoted(customer_id=event.customer_id, order_id=event.order_id, mail=mail)
    return [noted, *_mails(event.customer_id, mail, state.contact, now, domain)]


def on_service_activated(
    event: ServiceActivated,
    mail: CausedMail | None,
    state: Correspondence,
    email: Email | None,
    now: datetime,
    domain: str,
) -> list[NotificationsEvent]:
    """Confirm what was added later, with its dates; remember those of a first purchase for its credentials (R35)."""
    if email is not None:
        return [_again(event)]
    expiries = {event.product: event.expires_on}
    if event.requires is not None and event.base_expires_on is not None:
        expiries[event.requires] = event.base_expires_on
    noted = ExpiriesNoted(customer_id=event.customer_id, order_id=event.order_id, expiries=expiries, mail=mail)
    return [noted, *_mails(event.customer_id, mail, state.contact, now, domain)]


def on_expiry_aligned(event: ExpiryAligned) -> list[NotificationsEvent]:
    """Note when a service expires from now on."""
    expiries = {event.product: event.new_expiry}
    return [ExpiriesNoted(customer_id=event.customer_id, order_id=event.order_id, expiries=expiries)]


def on_order_activated(
    event: OrderActivated, state: Correspondence, now: datetime, domain: str
) -> list[NotificationsEvent]:
    """Note that an order is active as a whole; send the credentials that waited for it."""
    noted = ActivationNoted(
        customer_id=event.customer_id,
        order_id=event.order_id,
        expiries=dict(sorted(event.expiries.items())),
        first_purchase=event.purchase_case is PurchaseCase.FIRST_PURCHASE,
    )
    return [noted, *_credentials(event.customer_id, evolve(state, noted), now, domain)]


def on_credentials_issued(
    event: CredentialsIssued, event_id: str, state: Correspondence, now: datetime, domain: str
) -> list[NotificationsEvent]:
    """Note that a password is announced; send it if its hand-over is here, give it up if it ran out already (R36)."""
    held = state.credential(event.credential_id)
    if held is not None and held.event_id is not None:
        return [_again(event)]
    noted = CredentialsNoted(
        customer_id=event.customer_id,
        order_id=event.order_id,
        credential_id=event.credential_id,
        event_id=event_id,
        expires_at=event.expires_at,
        reissued=event.reissued,
    )
    state = evolve(state, noted)
    if now >= event.expires_at:
        failure = EmailFailure.CREDENTIALS_EXPIRED
        return [noted, *_unsent(event.customer_id, state, event.credential_id, failure, now, domain)]
    return [noted, *_credentials(event.customer_id, state, now, domain)]


def on_credentials_handed_over(
    event: CredentialsHandedOver, state: Correspondence, now: datetime, domain: str
) -> list[NotificationsEvent]:
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


def on_credentials_voided(
    event: CredentialsVoided, state: Correspondence, now: datetime, domain: str
) -> list[NotificationsEvent]:
    """Forget credentials that can't be used any more; unsent and run out, they are shown for re-issue (R36)."""
    noted = CredentialsEndNoted(
        customer_id=event.customer_id, order_id=event.order_id, credential_id=event.credential_id
    )
    failure = UNSENT_VOIDS.get(event.reason)
    return [noted, *_unsent(event.customer_id, state, event.credential_id, failure, now, domain)]


def on_credentials_overdue(
    customer_id: str, credential_id: str, state: Correspondence, now: datetime, domain: str
) -> list[NotificationsEvent]:
    """Give up credentials that ran out before everything their mail needs had arrived."""
    held = state.credential(credential_id)
    order_id = None if held is None else held.order_id
    noted = CredentialsEndNoted(customer_id=customer_id, order_id=order_id, credential_id=credential_id)
    is_here = held is not None and held.handed_over
    failure = EmailFailure.CREDENTIALS_EXPIRED if is_here else EmailFailure.HANDOVER_LOST
    return [noted, *_unsent(customer_id, state, credential_id, failure, now, domain)]


def placed(note: OrderNote | None, event: ContactNoted) -> OrderNote:
    """Fold the order's own facts into its note."""
    return replace(
        note or unknown_order(event.customer_id, event.order_id),
        placed=True,
        storefront=event.storefront,
        payable_until=event.payable_until,
        expected_total_cents=event.expected_total_cents,
    )


def priced(note: OrderNote, event: PriceNoted) -> OrderNote:
    """Fold the order's price into its note."""
    return replace(note, price=as_text(MailPrice, event.price), price_event_id=event.event_id)


def unknown_order(customer_id: str, order_id: str) -> OrderNote:
    """Return the note of an order of which nothing is known yet."""
    return OrderNote(customer_id, order_id, False, None, None, None, None, None, None, False, False)


def _credentials(customer_id: str, state: Correspondence, now: datetime, domain: str) -> list[NotificationsEvent]:
    return [
        mail for credential in state.credentials for mail in _credential(customer_id, state, credential, now, domain)
    ]


def _credential(
    customer_id: str, state: Correspondence, credential: Credential, now: datetime, domain: str
) -> Sequence[EmailRequested | EmailFailed]:
    if credential.event_id is None or not credential.handed_over or credential.requested:
        return []
    mail = credentials_mail(state, credential, credential.event_id)
    if now >= credential.expires_at:
        return [failed(customer_id, mail, EmailFailure.CREDENTIALS_EXPIRED, now, domain)]
    is_active = credential.reissued or (
        credential.order_id is not None and credential.order_id == state.activated_order
    )
    if state.contact is None or not is_active:
        return []
    return [requested(customer_id, mail, state.contact, now, domain)]


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


def _mails(
    customer_id: str, mail: CausedMail | None, contact: Contact | None, now: datetime, domain: str
) -> Sequence[EmailRequested]:
    if mail is None or contact is None:
        return []
    return [requested(customer_id, mail, contact, now, domain)]


def _again(event: Event) -> InputNoted:
    return InputNoted(
        customer_id=event.customer_id, order_id=event.correlation, input_type=event.EVENT_TYPE, note="known already"
    )
