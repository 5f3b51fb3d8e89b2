"""Which mail does a neighbour's event cause? Its text, its key and the facts it tells: nothing personal."""

from collections.abc import Collection

from schemas.billing import OrderPriced
from schemas.mail import (
    CausedMail,
    MailExtension,
    MailFacts,
    MailLine,
    MailPrice,
)
from schemas.orders import OrderCancelled, OrderExpired
from schemas.payments import MoneyDestination, PaymentRegistered
from schemas.provisioning import ServiceActivated
from schemas.vocabulary import ActivationOrigin, Branch, TemplateName
from services.notifications.domain.model import Correspondence, Credential
from services.notifications.domain.rows import OrderNote
from services.notifications.domain.texts import (
    ACTIVATION_CREDENTIALS,
    AUTOMATIC_RENEWAL_PLACED,
    CREDENTIALS_REISSUED,
    ORDER_CLOSED,
    ORDER_RECEIVED,
    PAYMENT_SHORT,
    activation_text,
)


def mail_price(event: OrderPriced) -> MailPrice:
    """Keep of a price what the mail tells."""
    return MailPrice(
        lines=[MailLine(product=line.product, years=line.years, net_cents=line.net_cents) for line in event.lines],
        extensions=[
            MailExtension(
                product=extension.product,
                previous_expiry=extension.previous_expiry,
                new_expiry=extension.new_expiry,
                months=extension.missing_term.months,
                days=extension.missing_term.days,
                net_cents=extension.net_cents,
            )
            for extension in event.extensions
        ],
        net_cents=event.net_cents,
        vat_cents=event.vat_cents,
        total_cents=event.total_cents,
        credit_cents=event.credit_cents,
    )


def is_dearer(note: OrderNote, price: MailPrice) -> bool:
    """Tell whether an order costs more than its storefront showed: orders closes it (R22), nobody is to pay for it."""
    return note.expected_total_cents is not None and note.expected_total_cents < price.total_cents


def due_cents(note: OrderNote, price: MailPrice) -> int:
    """Return what is still to be paid."""
    return price.total_cents - price.credit_cents if note.due_cents is None else note.due_cents


def order_received(note: OrderNote) -> CausedMail | None:
    """Return the mail that asks for payment, once the order and its price are both known.

    None while one is missing, once it was asked for, once the order is closed, and for a price above the one the
    storefront showed: orders closes that order (R22), nobody is asked to pay for it.
    """
    if not note.placed or note.price is None or note.price_event_id is None:
        return None
    price = MailPrice.model_validate_json(note.price)
    if note.closed or note.received_requested or is_dearer(note, price):
        return None
    facts = MailFacts(
        order_id=note.order_id,
        price=price,
        due_cents=due_cents(note, price),
        credit_cents=price.credit_cents or None,
        payable_until=note.payable_until,
    )
    template = AUTOMATIC_RENEWAL_PLACED if note.placed_itself else ORDER_RECEIVED
    return about_order(template, note.order_id, note.price_event_id, facts)


def credentials_mail(state: Correspondence, credential: Credential, event_id: str) -> CausedMail:
    """Return the mail that carries a temporary password; the secret itself is never a fact."""
    return CausedMail(
        template=CREDENTIALS_REISSUED if credential.reissued else ACTIVATION_CREDENTIALS,
        subject=credential.credential_id,
        event_id=event_id,
        order_id=credential.order_id,
        facts=MailFacts(order_id=credential.order_id, expiries=state.expiries(), valid_until=credential.expires_at),
        credential_id=credential.credential_id,
    )


def payment_short(event: PaymentRegistered, event_id: str) -> CausedMail | None:
    """Return the mail that asks for the rest, or None where nothing more is to be paid (R23)."""
    if event.outstanding_cents == 0 or event.order_closed:
        return None
    facts = MailFacts(order_id=event.order_id, amount_cents=event.amount_cents, due_cents=event.outstanding_cents)
    return about_order(PAYMENT_SHORT, event.order_id, event_id, facts)


def order_closed(event: OrderCancelled | OrderExpired, event_id: str) -> CausedMail:
    """Return the mail that says why an order was closed, and what of the money became credit.

    Of what is paid back a mail of its own tells (R29).
    """
    is_paid_back = isinstance(event, OrderCancelled) and event.money is MoneyDestination.TO_REFUND
    facts = MailFacts(
        order_id=event.order_id,
        reason=event.reason,
        closed_on=event.closed_on if isinstance(event, OrderCancelled) else event.expired_on,
        surplus_cents=0 if is_paid_back else event.surplus_cents,
    )
    return about_order(ORDER_CLOSED, event.order_id, event_id, facts)


def service_activated(event: ServiceActivated, event_id: str, texts: Collection[TemplateName]) -> CausedMail | None:
    """Return the mail that confirms what was added later, or None.

    A first purchase is confirmed with its credentials (R35), what is added with a renewal by the renewal's mail.
    """
    if event.origin is not ActivationOrigin.ADD_ON or event.branch is Branch.RENEWED:
        return None
    facts = MailFacts(
        order_id=event.order_id,
        product=event.product,
        activated_on=event.activated_on,
        expires_on=event.expires_on,
        base=event.requires,
        base_previous_expiry=event.base_previous_expiry,
        base_expires_on=event.base_expires_on,
    )
    return about_order(activation_text(event.product, texts), event.order_id, event_id, facts)


def about_order(template: TemplateName, order_id: str, event_id: str, facts: MailFacts) -> CausedMail:
    """Draft a mail about an order."""
    return CausedMail(template=template, subject=order_id, event_id=event_id, order_id=order_id, facts=facts)
