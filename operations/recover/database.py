"""How does a lost database come back? All of it from its service's own topic; what its neighbours said gives the inbox.

Nothing is sent, charged or activated by it: it folds, and whatever is read again afterwards is known by its version,
claim or id. An act whose fate no event tells becomes in doubt.
"""

from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from uuid import UUID

from operations.progress import Advance, progress
from operations.surroundings import OperationFailed, Surroundings, declaration, kafka, may_use
from runtime.kafka.log import LogReader, LogRecord, Partition, log_reader
from runtime.kafka.topics import topic_differences
from runtime.postgres.migrate import ensure_generation, migrate, role_of
from runtime.postgres.recovery import Refill, journal_rows, refill, sessions
from runtime.recovery import Cause, Recovered, Trouble, cause_of, causes_asked_for, recover
from runtime.service import Service
from schemas.topics import PARTITIONS

SHOWN = 5
"""So many troubles are written out."""


@dataclass(slots=True)
class Refilled:
    """What was found in the topic, and written unless it was only looked at."""

    service: str
    topic: str
    written: bool = False
    events: int = 0
    accounts: int = 0
    rows: dict[str, int] = field(default_factory=dict)
    heard: int = 0
    effects: int = 0
    in_doubt: int = 0
    repeated: int = 0
    proved: int = 0

    def add(self, found: Recovered) -> None:
        """Count one partition."""
        self.events += len(found.journal)
        self.accounts += len(found.states)
        for table, rows in found.rows.items():
            self.rows[table] = self.rows.get(table, 0) + len(rows)
        self.heard += len(found.inbox)
        self.effects += len(found.effects)
        self.in_doubt += found.in_doubt
        self.repeated += found.repeated
        self.proved += found.proved


async def refuse_what_lives(where: Surroundings, name: str) -> None:
    """Refuse a database that is not lost, or in use. Raises OperationFailed, saying what to do."""
    async with may_use(name):
        kept = await journal_rows(where.dsn(name))
        used = await sessions(where.dsn(name))
    if kept:
        raise OperationFailed(
            f"the database of {name} is not lost: its journal holds {kept:,} events (to fold them again: "
            f"`coterm rebuild {name}`; a damaged database is emptied or dropped first)"
        )
    if used:
        told = ", ".join(f"{count} of {role}" for role, count in used.items())
        raise OperationFailed(f"stop {name} first: its database has open sessions ({told})")


async def refill_database(where: Surroundings, name: str, *, write: bool, silent: bool) -> Refilled:
    """Read a service's topic and say what its database held; fill it, if it is to be written.

    Raises OperationFailed for a database that is not lost, a topic that is missing or does not tell everything, a
    broker or database that is away; nothing is written then.
    """
    service = declaration(name)
    await refuse_what_lives(where, name)
    async with kafka(where.brokers):
        topics = {where.namespace + topic for topic in (service.topic, *service.topics)}
        missing = await topic_differences(where.brokers, where.namespace, topics)
        if missing:
            raise OperationFailed("; ".join(missing) + ": recover the log first (`coterm recover log TOPIC`)")
        async with log_reader(where.brokers) as log, may_use(name), _target(where, service, write) as target:
            done = await _partitions(where, service, log, target, silent=silent)
            if target is not None:
                await target.start_positions(await log.starts(_inputs(where, service)))
    done.written = write
    return done


@asynccontextmanager
async def _target(where: Surroundings, service: Service, write: bool) -> AsyncIterator[Refill | None]:
    if not write:
        yield None
        return
    dsn = where.dsn(service.name)
    await migrate(dsn, "service")
    await ensure_generation(dsn, service, role_of(where.app_dsn(service.name)))
    async with refill(dsn, service, where.namespace) as target:
        yield target


async def _partitions(
    where: Surroundings, service: Service, log: LogReader, target: Refill | None, *, silent: bool
) -> Refilled:
    done = Refilled(service.name, service.topic)
    topics = (service.topic, *service.neighbours)
    places = [(where.namespace + topic, number) for topic in topics for number in range(PARTITIONS)]
    bounds = _Bounds(await log.starts(places), await log.ends(places))
    what = f"reading {service.topic}" + (f" beside {', '.join(service.neighbours)}" if service.neighbours else "")
    with progress(what, bounds.records(), "records", silent=silent) as advance:
        for number in range(PARTITIONS):
            found = await _partition(where, service, number, _Reading(log, bounds, advance))
            if found.troubles:
                raise OperationFailed(_refusal(service, number, found.troubles))
            if target is not None:
                await target.write(found)
            done.add(found)
    return done


@dataclass(frozen=True, slots=True)
class _Bounds:
    starts: Mapping[Partition, int]
    ends: Mapping[Partition, int]

    def records(self) -> int:
        return sum(end - self.starts[place] for place, end in self.ends.items())


@dataclass(frozen=True, slots=True)
class _Reading:
    log: LogReader
    bounds: _Bounds
    advance: Advance

    async def records(self, place: Partition) -> AsyncIterator[LogRecord]:
        async for record in self.log.from_place(place, self.bounds.starts[place], self.bounds.ends[place]):
            self.advance(1)
            yield record


async def _partition(where: Surroundings, service: Service, number: int, reading: _Reading) -> Recovered:
    """Recover one partition: an account's events stand in the same one everywhere, its neighbours' too."""
    own = [record async for record in reading.records((where.namespace + service.topic, number))]
    asked, causes = causes_asked_for(own), dict[UUID, Cause]()
    for topic in service.neighbours:
        async for record in reading.records((where.namespace + topic, number)):
            found = cause_of(record, topic, asked)
            if found is not None:
                causes.setdefault(*found)
    return recover(service, own, causes)


def _inputs(where: Surroundings, service: Service) -> list[Partition]:
    return [(where.namespace + topic, number) for topic in service.topics for number in range(PARTITIONS)]


def _refusal(service: Service, number: int, troubles: Iterable[Trouble]) -> str:
    found = list(troubles)
    told = [f"{_place(each, service.topic, number)}: {each.what}" for each in found[:SHOWN]]
    more = f"; and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
    return f"{service.topic} does not tell what {service.name} held, nothing was written: " + "; ".join(told) + more


def _place(trouble: Trouble, topic: str, number: int) -> str:
    account = f" {trouble.customer_id} version {trouble.version}" if trouble.customer_id else ""
    return f"{topic}[{number}]@{trouble.offset}{account}"
