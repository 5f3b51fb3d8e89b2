"""How does a lost database come back? All of it from its service's own topic; what its neighbours said gives the inbox.

Nothing is sent, charged or activated by it: it folds, and whatever is read again afterwards is known by its version,
claim or id. An act whose fate no event tells becomes in doubt.
"""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from uuid import UUID

from operations.progress import ProgressDisplay
from operations.reading import bounds_of, records_of
from operations.surroundings import OperationFailed, Surroundings, declaration, kafka, may_use, refuse_another
from runtime.kafka.log import Appended
from runtime.kafka.topics import topic_differences
from runtime.postgres.migrate import ensure_generation, migrate, role_of
from runtime.postgres.recover.recovery import Refill, journal_rows, refill, sessions
from runtime.repair.lost_rows import Cause, Recovered, Trouble, cause_of, recover
from runtime.service import Service

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
    inbox: int = 0
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
        self.inbox += len(found.inbox)
        self.effects += len(found.effects)
        self.in_doubt += found.in_doubt
        self.repeated += found.repeated
        self.proved += found.compared


async def refuse_what_lives(where: Surroundings, name: str) -> None:
    """Refuse a database that is not lost, or in use, or another's. Raises OperationFailed, saying what to do."""
    await refuse_another(where, name)
    async with may_use(name):
        kept = await journal_rows(where.dsn(name))
        used = await sessions(where.dsn(name))
    if kept:
        raise OperationFailed(
            f"the database of {name} is not lost: its journal holds {kept:,} events (to fold them again: "
            f"`coterm rebuild {name}`; a damaged database is emptied or dropped first)"
        )
    if used:
        counts = ", ".join(f"{count} of {role}" for role, count in used.items())
        raise OperationFailed(f"stop {name} first: its database has open sessions ({counts})")


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
        async with may_use(name), _target(where, service, write) as target:
            done = await _read(where, service, target, silent=silent)
            if target is not None:
                await target.start_positions((await bounds_of(where, service.topics)).starts)
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


async def _read(where: Surroundings, service: Service, target: Refill | None, *, silent: bool) -> Refilled:
    done = Refilled(service.name, service.topic)
    bounds = await bounds_of(where, (service.topic, *service.neighbours))
    what = f"reading {service.topic}" + (f" beside {', '.join(service.neighbours)}" if service.neighbours else "")
    with ProgressDisplay(silent=silent).working(what, bounds.size(), "records") as advance:
        for numbers in bounds.shares():
            found = await _share(where, service, records_of(where, bounds, numbers, advance))
            if found.troubles:
                raise OperationFailed(_refusal(service, found.troubles))
            if target is not None:
                await target.write(found)
            done.add(found)
    return done


async def _share(where: Surroundings, service: Service, records: AsyncIterator[Appended]) -> Recovered:
    own, causes = [], dict[UUID, Cause]()
    async for record in records:
        topic = record.topic.removeprefix(where.namespace)
        if topic == service.topic:
            own.append(record)
        else:
            causes.setdefault(*cause_of(record, topic))
    return recover(service, own, causes)


def _refusal(service: Service, troubles: Iterable[Trouble]) -> str:
    found = list(troubles)
    sentences = [f"{_place(each, service.topic)}: {each.what}" for each in found[:SHOWN]]
    more = f"; and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
    return (
        f"{service.topic} does not tell what {service.name} held, nothing was written: " + "; ".join(sentences) + more
    )


def _place(trouble: Trouble, topic: str) -> str:
    account = f" {trouble.customer_id} version {trouble.version}" if trouble.customer_id else ""
    return f"{topic}[{trouble.partition}]@{trouble.offset}{account}"
