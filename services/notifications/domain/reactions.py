"""What does notifications do when orders and billing say something of an order? Note it, then ask for what is complete.

Topics arrive in any order against each other: a price before its order, a password before its activation. Each fact
is noted as an own event first; whichever arrives last asks for the mail.
"""

from msgspec.structs import replace

from schemas.automatic_renewals import AutomaticRenewalFailed, AutomaticRenewalSet
from schemas.billing import OrderPriced
from schemas.mail import CausedMail, MailFacts, MailPrice, MailService
from schemas.notices import AutomaticRenewalNoted, MailNoted
from schemas.notifications import (
    ClosingNoted,
    ContactNoted,
    EmailRequested,
    PaymentNoted,
    PriceNoted,
    RefusedBuyerNoted,
)
from schemas.orders import OrderCancelled, OrderExpired, OrderPlaced, OrderRefused
from schemas.payments import PaymentRegistered
from schemas.vocabulary import Channel
from services.notifications.domain.credentials import complete
from services.notifications.domain.drafts import (
    about_order,
    due_cents,
    mail_price,
    order_closed,
    order_received,
    payment_short,
)
from services.notifications.domain.model import Contact, NotificationsEvent, as_text, contact_of, evolve
from services.notifications.domain.notices import planned
from services.notifications.domain.occasion import Occasion, known_already, nothing_to_tell
from services.notifications.domain.reminders import next_reminder
from services.notifications.domain.requests import requested
from services.notifications.domain.rows import OrderNote
from services.notifications.domain.services import service
from services.notifications.domain.texts import AUTOMATIC_RENEWAL_FAILED


def on_order_placed(event: OrderPlaced, occasion: Occasion) -> list[NotificationsEvent]:
    """Note whom to write to, as before for an id alone, even corrected; ask for everything that waited for it."""
    note, state = occasion.note, occasion.state
    if note is not None and note.placed:
        return [known_already(event)]
    ordered_with = contact_of(event.personal, event.locale, event.warnings)
    contact = state.contact if event.customer_on_record and state.contact is not None else ordered_with
    noted = ContactNoted(
        customer_id=event.customer_id,
        order_id=event.order_id,
        storefront=event.storefront,
        personal=contact.sealed,
        locale=contact.locale,
        warnings=contact.warnings,
        payable_until=event.payable_until,
        expected_total_cents=event.expected_total_cents,
        ordered_on=event.ordered_on,
        remind_at=next_reminder(event.ordered_on, occasion.today, occasion.catalogue),
        placed_itself=event.channel is Channel.AUTOMATIC,
    )
    received = order_received(placed(note, noted))
    mails = _waiting(event.customer_id, contact, occasion, *([] if received is None else [received]))
    return [noted, *mails, *complete(event.customer_id, evolve(state, noted), occasion)]


def on_order_refused(event: OrderRefused, occasion: Occasion) -> list[NotificationsEvent]:
    """Note whom to write to, where nobody is known: money may come for a refused order, and is answered (R26, R28)."""
    if occasion.state.contact is not None:
        return [known_already(event)]
    contact = contact_of(event.personal, event.locale, event.warnings)
    noted = RefusedBuyerNoted(
        customer_id=event.customer_id,
        order_id=event.order_id,
        personal=contact.sealed,
        locale=contact.locale,
        warnings=contact.warnings,
    )
    return [noted, *_waiting(event.customer_id, contact, occasion)]


def on_order_priced(event: OrderPriced, occasion: Occasion) -> list[NotificationsEvent]:
    """Note the price; ask for the mail that says how to pay, if the order is known."""
    note = occasion.note
    if note is not None and note.price is not None:
        return [known_already(event)]
    noted = PriceNoted(
        customer_id=event.customer_id, order_id=event.order_id, price=mail_price(event), event_id=occasion.event_id
    )
    received = order_received(priced(note or unknown_order(event.customer_id, event.order_id), noted))
    return [noted, *occasion.mails(event.customer_id, received)]


def on_payment_registered(event: PaymentRegistered, occasion: Occasion) -> list[NotificationsEvent]:
    """Note what is still due; a short payment is answered with the difference and the order number (R23)."""
    if occasion.email is not None:
        return [known_already(event)]
    mail = payment_short(event, occasion.event_id)
    if mail is not None and occasion.note is not None:
        facts = mail.facts.model_copy(update={"payable_until": occasion.note.payable_until})
        mail = mail.model_copy(update={"facts": facts})
    due = None if event.order_closed else event.outstanding_cents
    noted = PaymentNoted(customer_id=event.customer_id, order_id=event.order_id, due_cents=due, mail=mail)
    return [noted, *occasion.mails(event.customer_id, mail)]


def on_order_closed(event: OrderCancelled | OrderExpired, occasion: Occasion) -> list[NotificationsEvent]:
    """Say that an order was closed, why, and what became of money already paid."""
    if occasion.note is not None and occasion.note.closed:
        return [known_already(event)]
    mail = order_closed(event, occasion.event_id)
    noted = ClosingNoted(customer_id=event.customer_id, order_id=event.order_id, mail=mail)
    return [noted, *occasion.mails(event.customer_id, mail)]


def _waiting(customer_id: str, contact: Contact, occasion: Occasion, *more: CausedMail) -> list[EmailRequested]:
    """Ask for what waited for its recipient, and for more."""
    waiting = [CausedMail.model_validate_json(mail) for mail in occasion.state.waiting]
    return [requested(customer_id, mail, contact, occasion.now, occasion.domain) for mail in (*waiting, *more)]


def placed(note: OrderNote | None, event: ContactNoted) -> OrderNote:
    """Fold the order's own facts into its note."""
    return replace(
        note or unknown_order(event.customer_id, event.order_id),
        placed=True,
        storefront=event.storefront,
        payable_until=event.payable_until,
        expected_total_cents=event.expected_total_cents,
        ordered_on=event.ordered_on,
        placed_itself=event.placed_itself,
    )


def priced(note: OrderNote, event: PriceNoted) -> OrderNote:
    """Fold the order's price into its note."""
    return replace(note, price=as_text(MailPrice, event.price), price_event_id=event.event_id)


def unknown_order(customer_id: str, order_id: str) -> OrderNote:
    """Return the note of an order of which nothing is known yet."""
    return OrderNote(customer_id, order_id, False, None, None, None, None, None, None, False, False)


def on_automatic_renewal_set(event: AutomaticRenewalSet, occasion: Occasion) -> list[NotificationsEvent]:
    """Note whether a base renews by itself: its notices are fewer, and say so."""
    noted = AutomaticRenewalNoted(customer_id=event.customer_id, product=event.product, enabled=event.enabled)
    return planned(event.customer_id, [noted], occasion)


def on_automatic_renewal_failed(event: AutomaticRenewalFailed, occasion: Occasion) -> list[NotificationsEvent]:
    """Say that a renewal was not paid by the expiry, and until when it still can be."""
    note, base = occasion.note, service(occasion.state.services, event.product)
    if note is None or note.settled or note.closed:
        return [nothing_to_tell(event, "nothing is due for this order")]
    price = None if note.price is None else MailPrice.model_validate_json(note.price)
    facts = MailFacts(
        order_id=event.order_id,
        services=[] if base is None else [MailService(product=base.product, expires_on=base.expires_on)],
        due_cents=None if price is None else due_cents(note, price),
        payable_until=note.payable_until,
    )
    mail = about_order(AUTOMATIC_RENEWAL_FAILED, event.order_id, occasion.event_id, facts)
    noted = MailNoted(customer_id=event.customer_id, order_id=event.order_id, mail=mail)
    return [noted, *occasion.mails(event.customer_id, mail)]
