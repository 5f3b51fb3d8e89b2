"""Has all happened that a day leads to? The services' databases and the log say so, however busy the machine is."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime

from operations.surroundings import SERVICES, OperationFailed, Surroundings, declaration
from rehearsal.play.broker import Record
from runtime.kafka.log import LogReader, Partition, log_reader, partitions_of
from runtime.postgres.inspection import Inspection, inspections
from runtime.service import Service
from schemas.topics import ANALYSED

_BETWEEN_LOOKS = 0.02
_SECONDS = 120.0
"""After so long, what still moves will not come to rest by itself."""


class Arrived:
    """How far the services' topics have come, and how far with what concerns each service."""

    def __init__(self, services: Iterable[Service]) -> None:
        self._services = tuple(services)
        self._ends: dict[Partition, int] = {}
        self._concerning: dict[tuple[str, Partition], int] = {}

    def take(self, record: Record) -> None:
        """Note a record: whom does it concern?"""
        place, behind = (record.topic, record.partition), record.offset + 1
        self._ends[place] = behind
        type_ = record.headers["type"].decode()
        for service in self._services:
            if record.topic in service.topics and type_ in service.consumed:
                self._concerning[service.name, place] = behind

    def has_come_to(self, ends: Mapping[Partition, int]) -> bool:
        """Tell whether all that stands before some places is noted; what others write is not followed."""
        return all(self._ends.get(place, 0) >= end for place, end in ends.items() if place[0] in ANALYSED)

    def concerning(self, service: str, place: Partition, end: int) -> int:
        """Return up to where a service must have applied: what it ignores changes nothing, and may wait for company."""
        return self._concerning.get((service, place), 0) if place[0] in ANALYSED else end


class Stillness:
    """Looks until nothing is due, nothing waits to be sent, and everything that concerns a service is applied."""

    def __init__(self, where: Surroundings, log: LogReader, databases: Mapping[str, Inspection]) -> None:
        services = [declaration(name) for name in databases]
        self.arrived = Arrived(services)
        self._namespace = where.namespace
        self._log = log
        self._databases = databases
        self._read_by = {each.name: partitions_of(each.topics) for each in services}
        self._busy = ""
        """Who was seen to have something to do: asked first, and alone until that is done."""

    async def come(self, now: datetime) -> None:
        """Wait until nothing moves. Raises OperationFailed, and says what does, when that takes minutes."""
        until = time.monotonic() + _SECONDS
        while moving := await self._moving(now):
            if time.monotonic() > until:
                raise OperationFailed(f"the day does not end: {moving}")
            await asyncio.sleep(_BETWEEN_LOOKS)

    async def _moving(self, now: datetime) -> str:
        """Say what moves. A service that has applied all, and then has nothing to do, is moved by a new record alone.

        So the log's ends are asked for last.
        """
        if self._busy and (waiting := _waiting(self._busy, await self._upcoming(self._databases[self._busy], now))):
            return waiting
        self._busy, names = "", list(self._databases)
        looks = await asyncio.gather(*(self._look(database, now) for database in self._databases.values()))
        for name, (_, upcoming) in zip(names, looks, strict=True):
            if waiting := _waiting(name, upcoming):
                self._busy = name
                return waiting
        ends = await self._ends()
        if not self.arrived.has_come_to(ends):
            return "the topics are not read to their ends"
        behind = [
            f"{name}: {place[0]}[{place[1]}] is not applied"
            for name, (applied, _) in zip(names, looks, strict=True)
            for place in self._read_by[name]
            if applied.get(place, 0) < self.arrived.concerning(name, place, ends[place])
        ]
        return ", ".join(behind)

    async def _look(self, database: Inspection, now: datetime) -> tuple[dict[Partition, int], Mapping[str, int]]:
        """Read how far a service has applied, and then what it is about to do."""
        rows = await database.fetch("positions")
        applied = {(row["topic"].removeprefix(self._namespace), row["partition"]): row["next_offset"] for row in rows}
        return applied, await self._upcoming(database, now)

    async def _upcoming(self, database: Inspection, now: datetime) -> Mapping[str, int]:
        (upcoming,) = await database.fetch("upcoming", now)
        return dict(upcoming)

    async def _ends(self) -> dict[Partition, int]:
        places = {place for places in self._read_by.values() for place in places}
        found = await self._log.ends((self._namespace + topic, number) for topic, number in places)
        return {(topic.removeprefix(self._namespace), number): end for (topic, number), end in found.items()}


def _waiting(name: str, upcoming: Mapping[str, int]) -> str:
    number_of = ", ".join(f"{number} {what}" for what, number in upcoming.items())
    return f"{name}: {number_of} wait" if any(upcoming.values()) else ""


@asynccontextmanager
async def stillness(where: Surroundings) -> AsyncIterator[Stillness]:
    """Open what is looked at."""
    async with AsyncExitStack() as stack:
        log = await stack.enter_async_context(log_reader(where.brokers))
        databases = {name: await stack.enter_async_context(inspections(where.dsn(name))) for name in SERVICES}
        yield Stillness(where, log, databases)
