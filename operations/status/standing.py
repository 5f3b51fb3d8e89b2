"""What is looked at of a running system, and what of it is not as it should be? Plain values and a judgement."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

LATE = timedelta(seconds=60)
"""Older than this, an unpublished event or a record not yet applied is called late."""

HELD_BACK = timedelta(seconds=5)
"""A transaction that is open for longer is called hanging: a storefront's takes milliseconds."""

NAMED = 5
"""So many parked accounts of a service are named."""


@dataclass(frozen=True, slots=True)
class Lag:
    """How far a service has applied one topic."""

    topic: str
    applied: int
    end: int
    records: int
    oldest_at: datetime | None = None
    """When the first record that it has not applied was written."""
    beyond: int = 0
    """Partitions that end before what it has applied: this is not the log that it knew."""
    held_back: int = 0
    """Records that nobody can read yet: they stand at or behind the first one of an open transaction."""
    held_back_since: datetime | None = None
    """When the oldest open transaction's first record was written."""


@dataclass
class Standing:
    """One service."""

    service: str
    process: str
    """`ready`, or why not, in the process's own words."""
    away: str | None = None
    """Why its database could not be asked."""
    events: int = 0
    last_event_at: datetime | None = None
    lags: list[Lag] | None = None
    unpublished: int = 0
    oldest_unpublished_at: datetime | None = None
    parked: list[dict[str, Any]] = field(default_factory=list)
    quarantined: int = 0
    effects: dict[str, int] = field(default_factory=dict)
    generation: dict[str, Any] = field(default_factory=dict)
    rebuild: dict[str, Any] | None = None
    scrubbed: dict[str, Any] | None = None
    waits: dict[str, int] = field(default_factory=dict)
    """What of its business waits for an operator: mails_in_doubt, payments_held, orders_held …"""

    @property
    def behind(self) -> int:
        """Count the records that it has not applied, whether it could or not."""
        return sum(lag.records + lag.held_back for lag in self.lags or ())

    @property
    def oldest_at(self) -> datetime | None:
        """Tell since when the oldest of them waits that it could read."""
        return min((lag.oldest_at for lag in self.lags or () if lag.oldest_at is not None), default=None)


@dataclass
class Report:
    """Everything, at one moment."""

    at: datetime
    """By the services' clock: events are dated by it."""
    real_at: datetime
    """By the machine's: the brokers date records by it."""
    brokers: str
    services: list[Standing]
    kafka_away: str | None = None
    topics_gone: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that is broken, or that waits for an operator's decision, and the command that shows more."""

    is_broken: bool
    service: str
    what: str
    look: str = ""


def notices(report: Report) -> list[Notice]:
    """Judge a report: what is broken first, then what waits."""
    found = [notice for standing in report.services for notice in _of(standing, report)]
    found += [
        Notice(True, "kafka", f"topic {gone} is missing", f"coterm recover log {gone}") for gone in report.topics_gone
    ]
    if report.kafka_away:
        found.insert(0, Notice(True, "kafka", report.kafka_away))
    return sorted(found, key=lambda notice: not notice.is_broken)


def _of(standing: Standing, report: Report) -> Iterator[Notice]:
    name = standing.service
    if standing.away is not None:
        yield Notice(True, name, standing.away)
    if standing.process != "ready":
        away = standing.process.startswith(("does not answer", "something else", "ready, but"))
        yield Notice(True, name, standing.process, "" if away else f"coterm positions show {name}")
    if standing.away is None:
        yield from _lost(standing)
        yield from _held_back(standing, report)
        yield from _late(standing, report)
        yield from _set_aside(standing)
        yield from _checked(standing)
        yield from _business(standing)


def _lost(standing: Standing) -> Iterator[Notice]:
    for lag in standing.lags or ():
        if lag.beyond:
            what = f"{lag.topic} ends before what was applied, in {count(lag.beyond, 'partition')}"
            yield Notice(True, standing.service, what, f"coterm recover log {lag.topic}")


def _held_back(standing: Standing, report: Report) -> Iterator[Notice]:
    for lag in standing.lags or ():
        since = lag.held_back_since
        if since is not None and report.real_at - since > HELD_BACK:
            what = f"{lag.topic} is held back by an open transaction since {instant(since)}, {_records(lag.held_back)}"
            yield Notice(True, standing.service, what)


def _records(number: int) -> str:
    return f"{count(number, 'record')} in and behind it"


def _late(standing: Standing, report: Report) -> Iterator[Notice]:
    name, oldest, unpublished = standing.service, standing.oldest_at, standing.oldest_unpublished_at
    if oldest is not None and report.real_at - oldest > LATE:
        waited = duration(report.real_at - oldest)
        late = sum(lag.records for lag in standing.lags or ())
        yield Notice(True, name, f"{count(late, 'record')} behind for {waited}", f"coterm positions show {name}")
    if unpublished is not None and report.at - unpublished > LATE:
        waited = duration(report.at - unpublished)
        yield Notice(True, name, f"{count(standing.unpublished, 'event')} unpublished for {waited}")


def _set_aside(standing: Standing) -> Iterator[Notice]:
    for account in standing.parked[:NAMED]:
        yield Notice(
            True,
            standing.service,
            f"account {account['customer_id']} parked, {count(account['inputs'], 'input')}: {account['reason']}",
            f"coterm parked show {standing.service} {account['customer_id']}",
        )
    if len(standing.parked) > NAMED:
        others = count(len(standing.parked) - NAMED, "more account")
        yield Notice(True, standing.service, f"{others} parked", f"coterm parked list {standing.service}")
    if standing.quarantined:
        what = f"{count(standing.quarantined, 'record')} in quarantine"
        yield Notice(False, standing.service, what, "coterm quarantine list")


def _checked(standing: Standing) -> Iterator[Notice]:
    name, rebuild = standing.service, standing.rebuild
    if standing.scrubbed and standing.scrubbed["differing"]:
        differing = count(standing.scrubbed["differing"], "account")
        yield Notice(True, name, f"the scrubber finds {differing} unlike the events", "coterm verify")
    if rebuild is not None and rebuild["outcome"] is None:
        yield Notice(False, name, f"a rebuild is not finished: {rebuild['stage']}", f"coterm rebuild show {name}")


_BUSINESS = {
    "mails_in_doubt": (True, "mail", "in doubt", "coterm mails list"),
    "webhooks_failed": (True, "event", "that an endpoint could not be told", "coterm webhooks list"),
    "orders_held": (False, "order", "held", "coterm orders list"),
    "payments_held": (False, "payment", "held", "coterm payments list --status held"),
    "payments_conflicted": (False, "payment", "conflicting", "coterm payments list --status conflicted"),
    "refunds_due": (False, "refund", "due", "coterm refunds list"),
}


def _business(standing: Standing) -> Iterator[Notice]:
    for kind, number in standing.waits.items():
        is_broken, noun, words, look = _BUSINESS[kind]
        if number:
            yield Notice(is_broken, standing.service, f"{count(number, noun)} {words}", look)


def count(number: int, noun: str) -> str:
    """Write a number with its noun."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def instant(at: datetime) -> str:
    """Write an instant as RFC 3339 has it, to the second."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def duration(span: timedelta) -> str:
    """Write a span as people say it: 4 s, 3 min, 2 h 5 min, 12 d 3 h."""
    seconds = max(0, int(span.total_seconds()))
    for unit, size, smaller, part in (("d", 86_400, "h", 3_600), ("h", 3_600, "min", 60)):
        if seconds >= size:
            rest = seconds % size // part
            return f"{seconds // size} {unit}" + (f" {rest} {smaller}" if rest else "")
    return f"{seconds // 60} min" if seconds >= 60 else f"{seconds} s"
