"""What is there to check? Topics first, then one snapshot per database, so that every record's journal row is seen."""

import asyncio
import email
import json
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.policy import default
from functools import cached_property
from pathlib import Path
from typing import Any

from operations.play.mailbox import Mail
from operations.surroundings import SERVICES, OperationFailed, Surroundings, declaration
from runtime.codec import Attributes, decode_attributes, decode_event
from runtime.errors import Unreadable
from runtime.kafka.log import LogRecord, Partition
from runtime.kafka.survey import Survey, ends_of, survey
from runtime.postgres.inspection import Inspection, inspection
from runtime.postgres.store import DATABASE_ERRORS
from runtime.projection import Key
from runtime.service import Service
from schemas.envelope import Event
from schemas.topics import CREDENTIALS_HANDOVER, EVENTS, STOREFRONT_INTAKE

TOPICS = (STOREFRONT_INTAKE, *EVENTS)


@dataclass(frozen=True, slots=True)
class Seen:
    """A record of one of our topics, read as far as it can be."""

    record: LogRecord
    attributes: Attributes | None
    event: Event | None
    fault: str = ""

    @property
    def value(self) -> bytes | None:
        """The event's bytes."""
        return self.record.value

    @property
    def version(self) -> int:
        """The account's version, 0 where none can be read."""
        text = self.attributes.sequence if self.attributes else None
        return int(text) if text and text.isdecimal() else 0

    @property
    def account(self) -> str:
        """The account, as the key says."""
        return (self.record.key or b"").decode("utf-8", "replace")


@dataclass(frozen=True, slots=True)
class Committed:
    """A row of a journal."""

    customer_id: str
    version: int
    event_id: str
    type: str
    bucket: int
    value: bytes
    last_of_input: bool
    cause_id: str
    cause: tuple[str, int, int] | None
    mark: tuple[int, int] | None


@dataclass
class Held:
    """What one service holds."""

    service: Service
    log: list[Seen]
    journal: list[Committed]
    accounts: dict[str, tuple[int, bytes | None]]
    rows: dict[str, dict[Key, Any]]
    positions: dict[Partition, Any]
    inbox: dict[tuple[str, str], int]
    parked: list[Any]
    quarantine: list[Any]
    effects: list[Any]

    @property
    def name(self) -> str:
        """Name the service."""
        return self.service.name

    @cached_property
    def by_id(self) -> dict[str, Committed]:
        """Find a journal row by its event's id."""
        return {row.event_id: row for row in self.journal}

    @cached_property
    def causes(self) -> set[str]:
        """Name every input that left an own event."""
        return {row.cause_id for row in self.journal}

    @cached_property
    def events(self) -> dict[str, list[Seen]]:
        """Name per account the committed events, each version once: from the log, the unpublished from the journal."""
        found: dict[str, dict[int, Seen]] = defaultdict(dict)
        for seen in self.log:
            if seen.event is not None and seen.attributes is not None and seen.attributes.id in self.by_id:
                found[seen.attributes.subject].setdefault(seen.version, seen)
        for row in self.journal:
            if row.version not in found[row.customer_id]:
                found[row.customer_id][row.version] = unpublished(self.service, row)
        return {account: [events[number] for number in sorted(events)] for account, events in sorted(found.items())}

    def facts(self, account: str, *kinds: type[Event]) -> list[Any]:
        """Return an account's events of some types, in their order."""
        return [seen.event for seen in self.events.get(account, []) if isinstance(seen.event, kinds)]


@dataclass
class Evidence:
    """Everything that was found."""

    log: Survey
    ends: dict[Partition, int]
    """Where the topics ended once the databases were read: nobody can have applied more."""
    services: Mapping[str, Held]
    intake: list[LogRecord]
    handovers: list[Seen]
    mails: list[Mail] | None
    """None where there is no mail catcher to look into."""
    earlier: frozenset[str] = frozenset()
    """The mails that had arrived before the databases were read: their requests must be there."""
    namespace: str = ""
    undrained: str = ""
    accounts: list[str] = field(default_factory=list)

    @cached_property
    def places(self) -> dict[tuple[str, int, int], Seen]:
        """Find a record of ours by its place."""
        everything = [*self.handovers, *(seen for held in self.services.values() for seen in held.log)]
        return {(seen.record.topic, seen.record.partition, seen.record.offset): seen for seen in everything}

    def is_later(self, topic: str, partition: int, offset: int) -> bool:
        """Tell whether a place came after the log was read."""
        return offset >= self.log.ends.get((topic, partition), 0)

    def held(self, service: str) -> Held:
        """Return what one service holds."""
        return self.services[service]

    def topic(self, service: str) -> str:
        """Name a service's own topic as Kafka knows it."""
        return self.namespace + self.services[service].service.topic


async def gather(where: Surroundings, seconds: float) -> Evidence:
    """Wait until nothing moves, for some time at most, and read everything."""
    undrained = await drain(where, seconds)
    log = await survey(where.brokers, [where.namespace + topic for topic in TOPICS])
    folder = where.described.get("maildir")
    earlier = frozenset(mail.message_id for mail in _mails(folder) or ())
    # Who is told is read before who tells, so that no effect is met without its cause.
    services = {name: await _held(where, name, log) for name in reversed(SERVICES)}
    accounts = sorted({account for held in services.values() for account in held.events})
    return Evidence(
        log=log,
        ends=await ends_of(where.brokers, [where.namespace + topic for topic in TOPICS]),
        services=services,
        intake=_records(log, where.namespace + STOREFRONT_INTAKE),
        handovers=[read(record) for record in _records(log, where.namespace + CREDENTIALS_HANDOVER)],
        mails=_mails(folder),
        earlier=earlier,
        namespace=where.namespace,
        undrained=undrained,
        accounts=accounts,
    )


@asynccontextmanager
async def snapshot(where: Surroundings, name: str) -> AsyncIterator[Inspection]:
    """Open one snapshot of a service's database. Raises OperationFailed in one sentence when it can't be read."""
    try:
        async with inspection(where.dsn(name)) as found:
            yield found
    except DATABASE_ERRORS as error:
        raise OperationFailed(f"the database of {name} can't be read: {type(error).__name__}: {error}") from error


async def drain(where: Surroundings, seconds: float) -> str:
    """Wait until every journal is published and every position at its end; return what still moves after that."""
    until = time.monotonic() + seconds
    quiet = 0
    while True:
        moving = await _moving(where)
        quiet = 0 if moving else quiet + 1
        if quiet == 2 or (moving and time.monotonic() > until):
            return moving
        await asyncio.sleep(0.1 if quiet else 0.3)


async def _moving(where: Surroundings) -> str:
    positions: dict[str, dict[Partition, int]] = {}
    for name in SERVICES:
        async with snapshot(where, name) as database:
            found = await database.fetch("positions")
            positions[name] = {(row["topic"], row["partition"]): row["next_offset"] for row in found}
            (undone,) = await database.fetch("undone")
        for what in ("unpublished", "handovers", "effects"):
            if undone[what]:
                return f"{name}: {undone[what]} {what}"
    ends = await ends_of(where.brokers, [where.namespace + topic for topic in TOPICS])
    for name in SERVICES:
        consumed = {where.namespace + topic for topic in declaration(name).topics}
        for (topic, number), end in ends.items():
            if topic in consumed and positions[name].get((topic, number), 0) < end:
                return f"{name}: {topic}[{number}] is applied up to {positions[name].get((topic, number), 0)} of {end}"
    return ""


def read(record: LogRecord) -> Seen:
    """Read a record as far as it can be."""
    attributes = None
    try:
        attributes = decode_attributes(record.value or b"")
        return Seen(record, attributes, decode_event(attributes))
    except (Unreadable, ValueError, KeyError) as error:
        return Seen(record, attributes, None, f"{type(error).__name__}: {error}"[:300])


def unpublished(service: Service, row: Committed) -> Seen:
    """Read a journal row as the record that it is to become."""
    return read(LogRecord(service.topic, row.bucket, -1, row.customer_id.encode(), row.value, ()))


async def _held(where: Surroundings, name: str, log: Survey) -> Held:
    service = declaration(name)
    async with snapshot(where, name) as database:
        return Held(
            service=service,
            log=[read(record) for record in _records(log, where.namespace + service.topic)],
            journal=[_committed(row) for row in await database.fetch("journal")],
            accounts={row["customer_id"]: _account(row) for row in await database.fetch("accounts")},
            rows={projection.table: await database.rows(projection) for projection in service.projections},
            positions={(row["topic"], row["partition"]): row for row in await database.fetch("positions")},
            inbox=await _inbox(database),
            parked=await database.fetch("parked"),
            quarantine=await database.fetch("quarantine"),
            effects=await database.fetch("effects"),
        )


async def _inbox(database: Inspection) -> dict[tuple[str, str], int]:
    return {(row["source"], row["customer_id"]): row["version"] for row in await database.fetch("inbox")}


def _account(row: Any) -> tuple[int, bytes | None]:
    return row["version"], None if row["state"] is None else row["state"].encode()


def _committed(row: Any) -> Committed:
    cause = (row["cause_topic"], row["cause_partition"], row["cause_offset"])
    mark = (row["published_partition"], row["published_offset"])
    return Committed(
        row["customer_id"],
        row["version"],
        str(row["event_id"]),
        row["type"],
        row["bucket"],
        row["value"],
        row["last_of_input"],
        str(row["cause_id"]),
        None if cause[0] is None else cause,
        None if mark[1] is None else mark,
    )


def _records(log: Survey, topic: str) -> list[LogRecord]:
    return [record for (name, _), records in sorted(log.records.items()) if name == topic for record in records]


def _mails(folder: str | None) -> list[Mail] | None:
    if folder is None or not (Path(folder) / "new").is_dir():
        return None
    files = sorted((Path(folder) / "new").iterdir())
    return [Mail(email.message_from_bytes(path.read_bytes(), policy=default)) for path in files]


def payload(effect: Any) -> dict[str, Any]:
    """Return what an effect was asked to do."""
    found: dict[str, Any] = json.loads(effect["payload"])
    return found


def grouped(rows: Mapping[Key, Any]) -> dict[str, dict[Key, Any]]:
    """Sort a projection's rows by their account."""
    found: dict[str, dict[Key, Any]] = defaultdict(dict)
    for key, row in rows.items():
        found[row.customer_id][key] = row
    return found
