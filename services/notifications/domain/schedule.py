"""On which days is something to be told of services and credit, and what is the latest of it that is due?"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import assert_never

from schemas.catalogue import Catalogue
from schemas.terms import ROME
from schemas.vocabulary import Product, ServiceStatus
from services.notifications.domain.credit import Credit
from services.notifications.domain.services import Service, Services, service

_NEVER: tuple[date, ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """A base and the add-ons that expire, or have ended, with it: told in one mail. Or an add-on that goes alone."""

    head: Service
    add_ons: Services = ()

    @property
    def services(self) -> Services:
        """The base before its add-ons, those that stand as it does."""
        alike = [each for each in self.add_ons if each.status is self.head.status]
        return (self.head, *(each for each in alike if not each.cancelled or self._has_ended))

    @property
    def products(self) -> list[Product]:
        """Name all of them, told of or not."""
        return [each.product for each in (self.head, *self.add_ons)]

    @property
    def _has_ended(self) -> bool:
        return self.head.status is ServiceStatus.TERMINATED


def at_hour(day: date, catalogue: Catalogue) -> datetime:
    """Return the instant at which mails leave on a day: an hour of Rome's clocks, in UTC."""
    return datetime.combine(day, time(catalogue.notice_hour), ROME).astimezone(UTC)


def groups(services: Services) -> list[Group]:
    """Put those together that are told of in one mail."""
    heads = [each for each in services if _goes_with(each, services) is None]
    return [
        Group(head, tuple(each for each in services if _goes_with(each, services) == head.product)) for head in heads
    ]


def others(group: Group, services: Services) -> Services:
    """Return the add-ons of a group's base that expire on another date; of an add-on that goes alone there are none."""
    return tuple(
        each
        for each in services
        if each.requires == group.head.product
        and each.product not in group.products
        and each.status is ServiceStatus.ACTIVE
    )


def untold_days(group: Group, automatic: tuple[Product, ...], catalogue: Catalogue) -> list[date]:
    """Return the days on which something of a group is still to be told, past ones included, the earliest first."""
    days = _days(group.head, catalogue, renews_by_itself=group.head.product in automatic)
    notified_on = group.head.notified_on
    return sorted(day for day in days if notified_on is None or day > notified_on)


def due_day(days: Iterable[date], now: datetime, catalogue: Catalogue) -> date | None:
    """Return the latest of some days whose hour has come: what was overdue before it is not told any more."""
    return max((day for day in days if at_hour(day, catalogue) <= now), default=None)


def credit_day(credit: Credit, catalogue: Catalogue) -> date | None:
    """Return the day on which is told that a credit expires; None once that is told, or was never to be."""
    day = credit.expires_on - timedelta(days=catalogue.credit_notice_days)
    return day if day > credit.notified_on else None


def _goes_with(one: Service, services: Services) -> Product | None:
    base = service(services, one.requires)
    if base is None:
        return None
    has_ended = [each.status is ServiceStatus.TERMINATED for each in (one, base)]
    if any(has_ended):
        return base.product if all(has_ended) and one.ends_on == base.ends_on else None
    return base.product if one.expires_on == base.expires_on else None


def _days(head: Service, catalogue: Catalogue, *, renews_by_itself: bool) -> Iterable[date]:
    match head.status:
        case ServiceStatus.ACTIVE if head.cancelled:
            return _NEVER
        case ServiceStatus.ACTIVE:
            before = [days for days in catalogue.expiry_notice_days if days <= 0]
            return _from(head.expires_on, catalogue.automatic_renewal_notice_days if renews_by_itself else before)
        case ServiceStatus.GRACE:
            return _from(head.expires_on, (1, *(days for days in catalogue.expiry_notice_days if days > 0)))
        case ServiceStatus.SUSPENDED:
            return _NEVER
        case ServiceStatus.TERMINATED:
            return _NEVER if head.ends_on is None else (head.ends_on,)
        case _:
            assert_never(head.status)


def _from(day: date, offsets: Iterable[int]) -> list[date]:
    return [day + timedelta(days=days) for days in offsets]
