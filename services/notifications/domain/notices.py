"""When does the calendar have something to tell? Planned at each change; once due, the latest alone is told (R40)."""

from collections.abc import Sequence
from datetime import date, datetime

from schemas.mail import CausedMail, MailFacts, MailService
from schemas.notices import NoticesGiven, NoticesPlanned
from schemas.vocabulary import ServiceStatus, TemplateName
from services.notifications.domain.credit import CreditMove, balance_cents
from services.notifications.domain.model import Correspondence, NotificationsEvent, evolve
from services.notifications.domain.occasion import Occasion
from services.notifications.domain.schedule import Group, at_hour, credit_day, due_day, groups, others, untold_days
from services.notifications.domain.services import Service, Services, Suspension
from services.notifications.domain.texts import (
    CREDIT_EXPIRING,
    CREDIT_RETURNED,
    CREDIT_USED,
    EXPIRY_NOTICE,
    GRACE_NOTICE,
    SERVICE_ENDED,
    SERVICE_RESUMED,
    SERVICE_SUSPENDED,
)


def planned(customer_id: str, events: Sequence[NotificationsEvent], occasion: Occasion) -> list[NotificationsEvent]:
    """Return events and, where they change it, the plan of what is told next."""
    state = occasion.state
    for event in events:
        state = evolve(state, event)
    notice_at = _next(state, occasion)
    if notice_at == state.notice_at:
        return list(events)
    plan = NoticesPlanned(
        customer_id=customer_id, plan=str(int(state.plan) + 1), replaces=state.plan, notice_at=notice_at
    )
    return [*events, plan]


def deadline_key(customer_id: str, plan: str) -> str:
    """Name the deadline of a customer's plan."""
    return f"{customer_id}:{plan}"


def on_notice_due(customer_id: str, key: str, occasion: Occasion) -> list[NotificationsEvent]:
    """Tell what is due, one mail for each group; an empty list where this plan is void or not due yet."""
    state = occasion.state
    is_due = state.notice_at is not None and state.notice_at <= occasion.now
    if not is_due or key != deadline_key(customer_id, state.plan):
        return []
    days = [(group, _due(group, occasion)) for group in groups(state.services)]
    due = [(group, day) for group, day in days if day is not None]
    credit_ids = _expiring(occasion)
    notices = NoticesGiven(
        customer_id=customer_id,
        plan=state.plan,
        notified_on=occasion.today,
        services={product: day for group, day in due for product in group.products},
        credit_ids=credit_ids,
        order_ids=sorted(
            {move.order_id for move in state.credit_moves} | {each.order_id for each in state.suspensions}
        ),
        mails=[
            *_of_suspensions(occasion),
            *(mail for group, _ in due if (mail := _of_services(group, occasion)) is not None),
            *_of_moves(occasion),
            *_of_credit(credit_ids, occasion),
        ],
    )
    return planned(customer_id, [notices, *occasion.mails(customer_id, *notices.mails)], occasion)


def services_told(services: Services) -> list[MailService]:
    """Keep of services what a mail tells."""
    return [
        MailService(product=each.product, expires_on=each.expires_on, previous_expiry=each.previous_expiry)
        for each in services
    ]


def _next(state: Correspondence, occasion: Occasion) -> datetime | None:
    catalogue = occasion.catalogue
    of_services = [untold_days(group, state.automatic, catalogue)[:1] for group in groups(state.services)]
    of_credit = [credit_day(credit, catalogue) for credit in state.credits]
    days = [*(day for days in of_services for day in days), *(day for day in of_credit if day is not None)]
    at_once = [*(move.moved_at for move in state.credit_moves), *(each.tell_at for each in state.suspensions)]
    return min([*(at_hour(day, catalogue) for day in days), *at_once], default=None)


def _due(group: Group, occasion: Occasion) -> date | None:
    days = untold_days(group, occasion.state.automatic, occasion.catalogue)
    return due_day(days, occasion.now, occasion.catalogue)


def _of_services(group: Group, occasion: Occasion) -> CausedMail | None:
    """Return the mail about a group; None where provisioning must have more to say of it than we know yet."""
    head, today = group.head, occasion.today
    facts = MailFacts(
        services=services_told(tuple(_still(each) for each in group.services)),
        others=services_told(tuple(_still(each) for each in others(group, occasion.state.services))),
        expires_on=head.expires_on,
        notified_on=today,
    )
    if head.status is ServiceStatus.TERMINATED:
        ended = facts.model_copy(update={"ended_on": head.ends_on, "cancelled": head.cancelled, "others": []})
        return _about(SERVICE_ENDED, head.product, occasion, ended)
    last = head.ends_on if head.status is ServiceStatus.GRACE else head.expires_on
    if last is None or today > last:
        return None
    facts = facts.model_copy(update={"remaining_days": (last - today).days})
    if head.status is ServiceStatus.GRACE:
        return _about(GRACE_NOTICE, head.product, occasion, facts.model_copy(update={"grace_until": last}))
    renews = head.product in occasion.state.automatic
    return _about(EXPIRY_NOTICE, head.product, occasion, facts.model_copy(update={"renews_by_itself": renews}))


def _still(service: Service) -> Service:
    return Service(service.product, service.expires_on)


def _expiring(occasion: Occasion) -> list[str]:
    return [
        credit.credit_id
        for credit in occasion.state.credits
        if (day := credit_day(credit, occasion.catalogue)) is not None
        and at_hour(day, occasion.catalogue) <= occasion.now
    ]


def _of_credit(credit_ids: list[str], occasion: Occasion) -> list[CausedMail]:
    """Return one mail for all credit that runs out on the same date; none for what has run out already."""
    credits = [credit for credit in occasion.state.credits if credit.credit_id in credit_ids]
    dates = sorted({credit.expires_on for credit in credits if credit.expires_on >= occasion.today})
    return [
        _about(
            CREDIT_EXPIRING,
            str(expires_on),
            occasion,
            MailFacts(
                amount_cents=sum(credit.amount_cents for credit in credits if credit.expires_on == expires_on),
                credit_expires_on=expires_on,
                balance_cents=balance_cents(occasion.state.credits),
                remaining_days=(expires_on - occasion.today).days,
                notified_on=occasion.today,
            ),
        )
        for expires_on in dates
    ]


def _of_suspensions(occasion: Occasion) -> list[CausedMail]:
    """Return one mail for the services of an order that were suspended, or go on."""
    by_order: dict[tuple[str, bool], list[Suspension]] = {}
    for each in occasion.state.suspensions:
        by_order.setdefault((each.order_id, each.suspended), []).append(each)
    return [
        _about(
            SERVICE_SUSPENDED if suspended else SERVICE_RESUMED,
            order_id,
            occasion,
            MailFacts(
                order_id=order_id,
                services=[MailService(product=each.product, expires_on=each.expires_on) for each in news],
                notified_on=occasion.today,
            ),
        )
        for (order_id, suspended), news in by_order.items()
    ]


def _of_moves(occasion: Occasion) -> list[CausedMail]:
    """Return one mail for each order: what credit paid of it, or, where it closed since, what came back."""
    by_order: dict[str, list[CreditMove]] = {}
    for move in occasion.state.credit_moves:
        by_order.setdefault(move.order_id, []).append(move)
    return [_of_order(order_id, moves, occasion) for order_id, moves in by_order.items()]


def _of_order(order_id: str, moves: list[CreditMove], occasion: Occasion) -> CausedMail:
    returned = [move for move in moves if move.returned]
    facts = MailFacts(
        order_id=order_id,
        amount_cents=sum(move.amount_cents for move in returned or moves),
        balance_cents=balance_cents(occasion.state.credits),
        credit_expires_on=min(move.expires_on for move in returned) if returned else None,
        notified_on=occasion.today,
    )
    return _about(CREDIT_RETURNED if returned else CREDIT_USED, order_id, occasion, facts)


def _about(template: TemplateName, subject: str, occasion: Occasion, facts: MailFacts) -> CausedMail:
    return CausedMail(
        template=template, subject=subject, event_id=occasion.event_id, order_id=facts.order_id, facts=facts
    )
