"""What is told when billing says something of a customer's credit? Each grant, and what an order used, in one (R26)."""

from schemas.billing import (
    CreditExpired,
    CreditGranted,
    CreditRefunded,
    CreditReturned,
    CreditUsed,
    RefundDue,
    RefundPaid,
)
from schemas.mail import CausedMail, MailFacts
from schemas.notices import CreditMoved, CreditNoted, MailNoted
from schemas.reversals import CreditReversed
from services.notifications.domain.credit import balance_cents
from services.notifications.domain.model import NotificationsEvent
from services.notifications.domain.notices import planned
from services.notifications.domain.occasion import Occasion
from services.notifications.domain.texts import CREDIT_GRANTED, REFUND_DUE, REFUND_PAID


def on_credit_granted(event: CreditGranted, occasion: Occasion) -> list[NotificationsEvent]:
    """Say how much was granted, why, and until when it can be used."""
    mail = _granted(event, occasion)
    noted = CreditNoted(
        customer_id=event.customer_id,
        order_id=event.order_id,
        credit_id=event.credit_id,
        remaining_cents=event.amount_cents,
        expires_on=event.expires_on,
        noted_on=event.granted_on,
        mail=mail,
    )
    return planned(event.customer_id, [noted, *occasion.mails(event.customer_id, mail)], occasion)


def on_credit_ended(event: CreditExpired | CreditRefunded, occasion: Occasion) -> list[NotificationsEvent]:
    """Note that a credit is gone; that it would was told before, or its refund is told."""
    ended_on = event.expired_on if isinstance(event, CreditExpired) else event.refunded_on
    noted = CreditNoted(
        customer_id=event.customer_id,
        order_id=event.order_id,
        credit_id=event.credit_id,
        remaining_cents=0,
        expires_on=ended_on,
        noted_on=ended_on,
    )
    return planned(event.customer_id, [noted], occasion)


def on_credit_used(event: CreditUsed, occasion: Occasion) -> list[NotificationsEvent]:
    """Note what credit pays of an order: all of it is told in one mail."""
    stands = CreditNoted(
        customer_id=event.customer_id,
        order_id=event.order_id,
        credit_id=event.credit_id,
        remaining_cents=event.remaining_cents,
        expires_on=event.expires_on,
        noted_on=event.used_on,
    )
    return planned(event.customer_id, [stands, _moved(event, occasion, returned=False)], occasion)


def on_credit_returned(event: CreditReturned, occasion: Occasion) -> list[NotificationsEvent]:
    """Note what came back from an order that closed: all of it is told in one mail."""
    stands = CreditNoted(
        customer_id=event.customer_id,
        order_id=event.order_id,
        credit_id=event.credit_id,
        remaining_cents=event.amount_cents,
        expires_on=event.expires_on,
        noted_on=event.returned_on,
    )
    return planned(event.customer_id, [stands, _moved(event, occasion, returned=True)], occasion)


def on_credit_reversed(event: CreditReversed, occasion: Occasion) -> list[NotificationsEvent]:
    """Note what a chargeback left of a credit; that its services are suspended is told."""
    held = next((each for each in occasion.state.credits if each.credit_id == event.credit_id), None)
    noted = CreditNoted(
        customer_id=event.customer_id,
        order_id=event.order_id,
        credit_id=event.credit_id,
        remaining_cents=0 if held is None else event.remaining_cents,
        expires_on=event.reversed_on if held is None else held.expires_on,
        noted_on=event.reversed_on,
    )
    return planned(event.customer_id, [noted], occasion)


def on_refund_due(event: RefundDue, occasion: Occasion) -> list[NotificationsEvent]:
    """Say that money goes back, and how."""
    facts = MailFacts(order_id=event.order_id, amount_cents=event.amount_cents, method=event.method)
    return _mailed(
        event,
        CausedMail(
            template=REFUND_DUE,
            subject=event.refund_id,
            event_id=occasion.event_id,
            order_id=event.order_id,
            facts=facts,
        ),
        occasion,
    )


def on_refund_paid(event: RefundPaid, occasion: Occasion) -> list[NotificationsEvent]:
    """Say that it went."""
    facts = MailFacts(
        order_id=event.order_id, amount_cents=event.amount_cents, paid_on=event.paid_on, reference=event.reference
    )
    return _mailed(
        event,
        CausedMail(
            template=REFUND_PAID,
            subject=event.refund_id,
            event_id=occasion.event_id,
            order_id=event.order_id,
            facts=facts,
        ),
        occasion,
    )


def _mailed(event: RefundDue | RefundPaid, mail: CausedMail, occasion: Occasion) -> list[NotificationsEvent]:
    noted = MailNoted(customer_id=event.customer_id, order_id=event.order_id, mail=mail)
    return [noted, *occasion.mails(event.customer_id, mail)]


def _moved(event: CreditUsed | CreditReturned, occasion: Occasion, *, returned: bool) -> CreditMoved:
    return CreditMoved(
        customer_id=event.customer_id,
        order_id=event.order_id,
        amount_cents=event.amount_cents,
        returned=returned,
        expires_on=event.expires_on,
        moved_at=occasion.now,
    )


def _granted(event: CreditGranted, occasion: Occasion) -> CausedMail:
    facts = MailFacts(
        order_id=event.order_id,
        amount_cents=event.amount_cents,
        credit_origin=event.origin,
        credit_expires_on=event.expires_on,
        balance_cents=balance_cents(occasion.state.credits) + event.amount_cents,
    )
    return CausedMail(
        template=CREDIT_GRANTED,
        subject=event.credit_id,
        event_id=occasion.event_id,
        order_id=event.order_id,
        facts=facts,
    )
