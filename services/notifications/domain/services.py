"""Which services does a customer have, as notices tell of them? With their expiries, and what was told already."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime

from msgspec import Struct
from msgspec.structs import replace

from schemas.notices import ServiceNoted
from schemas.notifications import ActivationNoted, ExpiriesNoted
from schemas.vocabulary import Product, ServiceStatus


class Service(Struct, frozen=True):
    """A service, until it has ended and its customer has heard so."""

    product: Product
    expires_on: date
    requires: Product | None = None
    status: ServiceStatus = ServiceStatus.ACTIVE
    ends_on: date | None = None
    """In grace its last date, once it has ended the first one without it."""
    cancelled: bool = False
    notified_on: date | None = None
    """What was to be told of it on this date or before, is told or was never due."""
    moved_by: str | None = None
    """The order that moved its expiry, or activated it, and is not reported as active whole yet."""
    previous_expiry: date | None = None
    """Its expiry before that order."""


class Suspension(Struct, frozen=True):
    """That a service was suspended, or goes on; not told yet."""

    order_id: str
    product: Product
    expires_on: date
    suspended: bool
    tell_at: datetime


Services = tuple[Service, ...]
Suspensions = tuple[Suspension, ...]


def service(services: Services, product: Product | None) -> Service | None:
    """Find a service, or None."""
    return next((each for each in services if each.product == product), None)


def dated(services: Services, event: ExpiriesNoted) -> Services:
    """Fold new expiries: an activation begins anew, a move ends a grace and takes a cancellation back (R10)."""
    changed = [_dated(service(services, product), product, event) for product in sorted(event.expiries)]
    return with_those(services, changed)


def standing(services: Services, event: ServiceNoted) -> Services:
    """Fold where a service stands; that it has ended is to be told, whatever was told before."""
    known = service(services, event.product)
    if known is None:
        return services
    notified_on = None if event.status is ServiceStatus.TERMINATED else known.notified_on
    changed = replace(
        known, status=event.status, cancelled=event.cancelled, ends_on=event.ends_on, notified_on=notified_on
    )
    return with_those(services, [changed])


def suspensions(untold: Suspensions, services: Services, event: ServiceNoted) -> Suspensions:
    """Fold that a service was suspended or goes on; the last word alone is told."""
    known = service(services, event.product)
    if known is None or event.tell_at is None or event.order_id is None:
        return untold
    is_suspended = event.status is ServiceStatus.SUSPENDED
    news = Suspension(event.order_id, event.product, known.expires_on, is_suspended, event.tell_at)
    return (*(each for each in untold if each.product != event.product), news)


def active_whole(services: Services, event: ActivationNoted) -> Services:
    """Fold that an order is active as a whole: it names every service that is alive."""
    ended = [
        each for each in services if each.status is ServiceStatus.TERMINATED and each.product not in event.expiries
    ]
    living = []
    for product, expires_on in event.expiries.items():
        known = service(services, product) or Service(product, expires_on)
        is_done = known.moved_by == event.order_id
        moved_by, previous = (None, None) if is_done else (known.moved_by, known.previous_expiry)
        living.append(replace(known, expires_on=expires_on, moved_by=moved_by, previous_expiry=previous))
    return with_those((), [*ended, *living])


def notified(services: Services, days: Mapping[Product, date]) -> Services:
    """Fold what was told, due on which day; of what has ended nothing is left to tell."""
    kept = [each for each in services if each.status is not ServiceStatus.TERMINATED or each.product not in days]
    return tuple(replace(each, notified_on=days.get(each.product, each.notified_on)) for each in kept)


def with_those(services: Services, changed: Iterable[Service]) -> Services:
    """Put services in the place of those of the same product, in the order of their names."""
    known = {each.product: each for each in (*services, *changed)}
    return tuple(known[product] for product in sorted(known))


def _dated(known: Service | None, product: Product, event: ExpiriesNoted) -> Service:
    expires_on = event.expiries[product]
    if product == event.activated:
        notified_on = event.activated_on
        return Service(product, expires_on, event.requires, notified_on=notified_on, moved_by=event.order_id)
    if known is None:
        return Service(product, expires_on)
    if known.expires_on == expires_on:
        return known
    is_first = known.moved_by != event.order_id
    return replace(
        known,
        expires_on=expires_on,
        status=ServiceStatus.ACTIVE if known.status is ServiceStatus.GRACE else known.status,
        ends_on=None,
        cancelled=False,
        moved_by=event.order_id,
        previous_expiry=known.expires_on if is_first else known.previous_expiry,
    )
