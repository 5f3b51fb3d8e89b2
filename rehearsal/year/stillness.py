"""Has all happened that a day leads to? The services' databases and the log say so, however busy the machine is."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime

from operations.surroundings import SERVICES, OperationFailed, Surroundings, declaration
from runtime.kafka.log import LogReader, Partition, log_reader, partitions_of
from runtime.postgres.inspection import Inspection, inspections

_BETWEEN_LOOKS = 0.03
_SECONDS = 120.0
"""After so long, what still moves will not come to rest by itself."""


class Stillness:
    """Looks until nothing is due, nothing waits to be sent, and everything that was appended is applied."""

    def __init__(
        self, log: LogReader, databases: Mapping[str, Inspection], read_by: Mapping[str, list[Partition]]
    ) -> None:
        self._log = log
        self._databases = databases
        self._read_by = read_by

    async def come(self, now: datetime) -> None:
        """Wait until nothing moves. Raises OperationFailed, and says what does, when that takes minutes."""
        until = time.monotonic() + _SECONDS
        while moving := await self._moving(now):
            if time.monotonic() > until:
                raise OperationFailed(f"the day does not end: {moving}")
            await asyncio.sleep(_BETWEEN_LOOKS)

    async def _moving(self, now: datetime) -> str:
        """Say what moves: what a service is about to do first, then, since that moves others, what it has not read."""
        applied: dict[str, dict[Partition, int]] = {}
        for name, database in self._databases.items():
            (upcoming,) = await database.fetch("upcoming", now)
            if any(upcoming):
                return f"{name}: {', '.join(f'{number} {what}' for what, number in upcoming.items())} wait"
            rows = await database.fetch("positions")
            applied[name] = {(row["topic"], row["partition"]): row["next_offset"] for row in rows}
        ends = await self._log.ends({place for places in self._read_by.values() for place in places})
        behind = [
            f"{name}: {topic}[{number}] is not applied"
            for name, places in self._read_by.items()
            for topic, number in places
            if applied[name].get((topic, number), 0) < ends[topic, number]
        ]
        return ", ".join(behind)


@asynccontextmanager
async def stillness(where: Surroundings) -> AsyncIterator[Stillness]:
    """Open what is looked at."""
    read_by = {name: partitions_of(where.namespace + topic for topic in declaration(name).topics) for name in SERVICES}
    async with AsyncExitStack() as stack:
        log = await stack.enter_async_context(log_reader(where.brokers))
        databases = {name: await stack.enter_async_context(inspections(where.dsn(name))) for name in SERVICES}
        yield Stillness(log, databases, read_by)
