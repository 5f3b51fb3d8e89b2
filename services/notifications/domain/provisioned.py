"""What is done when provisioning says something of a service? It is noted, told, and notices are planned anew."""

from collections.abc import Collection

from schemas.ends import ServiceResumed, ServiceSuspended
from schemas.mail import CausedMail, MailFacts
from schemas.notices import ServiceNoted
from schemas.notifications import ActivationNoted, ExpiriesNoted
from schemas.provisioning import (
    ExpiryAligned,
    OrderActivated,
    ServiceActivated,
    ServiceCancelled,
    ServiceEnteredGrace,
    ServiceTerminated,
)
from schemas.vocabulary import PurchaseCase, ServiceStatus, TemplateName
from services.notifications.domain.credentials import complete
from services.notifications.domain.drafts import about_order, service_activated
from services.notifications.domain.model import NotificationsEvent, evolve
from services.notifications.domain.notices import planned, services_told
from services.notifications.domain.occasion import Occasion, known_already, nothing_to_tell
from services.notifications.domain.services import service
from services.notifications.domain.texts import RENEWAL_CONFIRMED

UNKNOWN = "no such service is known"


def on_service_activated(
    event: ServiceActivated, occasion: Occasion, texts: Collection[TemplateName]
) -> list[NotificationsEvent]:
    """Confirm what was added later, with its dates; remember those of a first purchase for its credentials (R35)."""
    if occasion.email is not None:
        return [known_already(event)]
    mail = service_activated(event, occasion.event_id, texts)
    expiries = {event.product: event.expires_on}
    if event.requires is not None and event.base_expires_on is not None:
        expiries[event.requires] = event.base_expires_on
    noted = ExpiriesNoted(
        customer_id=event.customer_id,
        order_id=event.order_id,
        expiries=expiries,
        activated=event.product,
        activated_on=event.activated_on,
        requires=event.requires,
        mail=mail,
    )
    return planned(event.customer_id, [noted, *occasion.mails(event.customer_id, mail)], occasion)


def on_expiry_aligned(event: ExpiryAligned, occasion: Occasion) -> list[NotificationsEvent]:
    """Note when a service expires from now on: what was to be told of the old date is void."""
    expiries = {event.product: event.new_expiry}
    noted = ExpiriesNoted(customer_id=event.customer_id, order_id=event.order_id, expiries=expiries)
    return planned(event.customer_id, [noted], occasion)


def on_order_activated(event: OrderActivated, occasion: Occasion) -> list[NotificationsEvent]:
    """Note that an order is active as a whole; confirm a renewal, send the credentials that waited for it."""
    mail = _renewal(event, occasion)
    noted = ActivationNoted(
        customer_id=event.customer_id,
        order_id=event.order_id,
        expiries=dict(sorted(event.expiries.items())),
        first_purchase=event.purchase_case is PurchaseCase.FIRST_PURCHASE,
        mail=mail,
    )
    credentials = complete(event.customer_id, evolve(occasion.state, noted), occasion)
    return planned(event.customer_id, [noted, *occasion.mails(event.customer_id, mail), *credentials], occasion)


def on_service_entered_grace(event: ServiceEnteredGrace, occasion: Occasion) -> list[NotificationsEvent]:
    """Note that a service is limited, and until when it can be renewed."""
    known = service(occasion.state.services, event.product)
    if known is None:
        return [nothing_to_tell(event, UNKNOWN)]
    noted = ServiceNoted(
        customer_id=event.customer_id, product=event.product, status=ServiceStatus.GRACE, ends_on=event.grace_until
    )
    return planned(event.customer_id, [noted], occasion)


def on_service_terminated(event: ServiceTerminated, occasion: Occasion) -> list[NotificationsEvent]:
    """Note that a service has ended: its customer hears so with all that ended with it."""
    known = service(occasion.state.services, event.product)
    if known is None:
        return [nothing_to_tell(event, UNKNOWN)]
    noted = ServiceNoted(
        customer_id=event.customer_id,
        product=event.product,
        status=ServiceStatus.TERMINATED,
        cancelled=known.cancelled,
        ends_on=event.terminated_on,
    )
    return planned(event.customer_id, [noted], occasion)


def on_service_cancelled(event: ServiceCancelled, occasion: Occasion) -> list[NotificationsEvent]:
    """Note that a service was cancelled: nobody is asked to renew it; when it has ended, its customer hears so."""
    known = service(occasion.state.services, event.product)
    if known is None:
        return [nothing_to_tell(event, UNKNOWN)]
    noted = ServiceNoted(
        customer_id=event.customer_id,
        product=event.product,
        status=known.status,
        cancelled=True,
        ends_on=known.ends_on,
    )
    return planned(event.customer_id, [noted], occasion)


def on_service_suspended(event: ServiceSuspended | ServiceResumed, occasion: Occasion) -> list[NotificationsEvent]:
    """Note that a service is suspended, or goes on: its customer hears so at once, of all that the order activated."""
    known = service(occasion.state.services, event.product)
    if known is None:
        return [nothing_to_tell(event, UNKNOWN)]
    noted = ServiceNoted(
        customer_id=event.customer_id,
        order_id=event.order_id,
        product=event.product,
        status=event.status if isinstance(event, ServiceResumed) else ServiceStatus.SUSPENDED,
        cancelled=known.cancelled,
        ends_on=known.ends_on,
        tell_at=occasion.now,
    )
    return planned(event.customer_id, [noted], occasion)


def _renewal(event: OrderActivated, occasion: Occasion) -> CausedMail | None:
    """Return the mail that tells the dates after a renewal: of what it moved, and of what was added with it."""
    if event.purchase_case is not PurchaseCase.RENEWAL:
        return None
    moved = [each for each in occasion.state.services if each.moved_by == event.order_id]
    base_first = sorted(
        moved, key=lambda each: (each.requires or each.product, each.requires is not None, each.product)
    )
    facts = MailFacts(
        order_id=event.order_id, activated_on=event.activated_on, services=services_told(tuple(base_first))
    )
    return about_order(RENEWAL_CONFIRMED, event.order_id, occasion.event_id, facts)
