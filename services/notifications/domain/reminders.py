"""Who hears of an order that rests, and when? Who has not paid it (R21); who has, where people look at it (R29)."""

from datetime import date, datetime, timedelta

from schemas.catalogue import Catalogue
from schemas.mail import CausedMail, MailFacts, MailPrice
from schemas.notices import HoldNoted, HoldNotified, ReleaseNoted, ReminderNoted, SettlementNoted
from schemas.orders import OrderHeld, OrderReleased, OrderSettled
from services.notifications.domain.drafts import about_order, due_cents, is_dearer
from services.notifications.domain.model import NotificationsEvent
from services.notifications.domain.occasion import Occasion
from services.notifications.domain.rows import OrderNote
from services.notifications.domain.schedule import at_hour
from services.notifications.domain.texts import ORDER_HELD, PAYMENT_REMINDER


def next_reminder(ordered_on: date, after: date, catalogue: Catalogue) -> datetime | None:
    """Return the first reminder of an order after a day, or None."""
    days = [ordered_on + timedelta(days=days) for days in catalogue.reminder_days]
    return min((at_hour(day, catalogue) for day in days if day > after), default=None)


def on_reminder_due(note: OrderNote, occasion: Occasion) -> list[NotificationsEvent]:
    """Remind of what is due, once for all reminders that are overdue; an order that is paid or closed has none."""
    mail = _reminder(note, occasion)
    noted = ReminderNoted(
        customer_id=note.customer_id,
        order_id=note.order_id,
        remind_at=_after_today(note, occasion),
        mail=mail,
    )
    return [noted, *occasion.mails(note.customer_id, mail)]


def on_order_settled(event: OrderSettled, _: Occasion) -> list[NotificationsEvent]:
    """Note that nothing is to be paid any more."""
    return [SettlementNoted(customer_id=event.customer_id, order_id=event.order_id)]


def on_order_held(event: OrderHeld, occasion: Occasion) -> list[NotificationsEvent]:
    """Note that an order is held; its customer hears of it if it still is in a while, and once."""
    was_told = occasion.note is not None and occasion.note.hold_notified
    tell_at = occasion.now + timedelta(hours=occasion.catalogue.held_order_notice_hours)
    return [
        HoldNoted(
            customer_id=event.customer_id,
            order_id=event.order_id,
            reason=event.reason,
            tell_at=None if was_told else tell_at,
        )
    ]


def on_order_released(event: OrderReleased, _: Occasion) -> list[NotificationsEvent]:
    """Note that a held order goes on."""
    return [ReleaseNoted(customer_id=event.customer_id, order_id=event.order_id)]


def on_hold_due(note: OrderNote, occasion: Occasion) -> list[NotificationsEvent]:
    """Say that people look at the order; an empty list where it is held no more, or was told."""
    if note.held is None or note.hold_notified or note.closed:
        return []
    facts = MailFacts(order_id=note.order_id, hold_reason=note.held)
    mail = about_order(ORDER_HELD, note.order_id, occasion.event_id, facts)
    hold_notified = HoldNotified(customer_id=note.customer_id, order_id=note.order_id, mail=mail)
    return [hold_notified, *occasion.mails(note.customer_id, mail)]


def _after_today(note: OrderNote, occasion: Occasion) -> datetime | None:
    if note.ordered_on is None or note.closed or note.settled:
        return None
    return next_reminder(note.ordered_on, occasion.today, occasion.catalogue)


def _reminder(note: OrderNote, occasion: Occasion) -> CausedMail | None:
    if note.closed or note.settled or note.price is None or note.payable_until is None:
        return None
    price = MailPrice.model_validate_json(note.price)
    due = due_cents(note, price)
    if is_dearer(note, price) or due == 0 or occasion.today > note.payable_until:
        return None
    facts = MailFacts(
        order_id=note.order_id,
        price=price,
        due_cents=due,
        credit_cents=price.credit_cents or None,
        payable_until=note.payable_until,
        remaining_days=(note.payable_until - occasion.today).days,
        notified_on=occasion.today,
    )
    return about_order(PAYMENT_REMINDER, note.order_id, occasion.event_id, facts)
