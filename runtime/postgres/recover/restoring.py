"""How do a journal and its readers' bookkeeping take part when a topic is written again? Marks, places, positions."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import asyncpg

from runtime.commit.page import Position
from runtime.kafka.log import Partition
from runtime.postgres import session
from runtime.postgres.outbox import Unpublished
from runtime.postgres.sqlfile import queries
from runtime.postgres.store import position
from runtime.repair.lost_topic import Row

_PAGE = 50_000


class Bookkeeping:
    """Ask and change what one service keeps beside its projections, as the database's owner."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection
        self._sql = {**queries("recovery"), "reset_position": queries("journal")["reset_position"]}

    async def rows(self, bucket: int) -> list[Row]:
        """Return a bucket's journal, without its bytes."""
        return [Row(**row) for row in await self._connection.fetch(self._sql["journal_of_bucket"], bucket)]

    async def values(self, rows: Sequence[Row], bucket: int) -> list[Unpublished]:
        """Return what is to be published of these rows, in their order."""
        found = {row["id"]: row for row in await self._fetch("values_of", [row.id for row in rows])}
        return [Unpublished(event_id=row.event_id, bucket=bucket, **found[row.id]) for row in rows]

    async def mark(self, partition: int, marks: Sequence[tuple[int, int]]) -> None:
        """Record where each row now stands: (row id, offset)."""
        await self._execute("mark_again", [row for row, _ in marks], partition, [offset for _, offset in marks])

    async def places(self) -> AsyncIterator[list[Any]]:
        """Yield pages of (event id, partition, offset) of everything that is published."""
        last = 0
        while page := await self._fetch("places", last, _PAGE):
            last = page[-1]["id"]
            yield [(row["event_id"], row["published_partition"], row["published_offset"]) for row in page]

    async def positions(self, topic: str) -> dict[Partition, Position]:
        """Return how far a topic is applied."""
        found = await self._connection.fetch(queries("journal")["all_positions"])
        return {(row["topic"], row["partition"]): position(row) for row in found if row["topic"] == topic}

    def together(self) -> AbstractAsyncContextManager[Any]:
        """Let the next changes happen together or not at all."""
        found: AbstractAsyncContextManager[Any] = self._connection.transaction()
        return found

    async def leave(self, topic: str, partitions: Sequence[int]) -> None:
        """Let nothing that was set aside claim a place in a log that was made anew."""
        await self._execute("leave_parked_places", topic, list(partitions))
        await self._execute("leave_quarantined_places", topic, list(partitions))

    async def move(self, topic: str, places: Sequence[tuple[Any, int, int]]) -> int:
        """Remember where causes and parked inputs stand now; return how many causes had moved."""
        columns = [list(column) for column in zip(*places, strict=True)]
        await self._execute("take_parked_places", topic, *columns)
        return int((await self._execute("move_causes", topic, *columns)).split()[-1])

    async def reset(self, starts: Mapping[Partition, int]) -> None:
        """Set positions back to the log's start, without a memory of another log."""
        for (topic, number), start in starts.items():
            await self._execute("reset_position", topic, number, start)

    async def _fetch(self, name: str, *arguments: Any) -> list[Any]:
        found: list[Any] = await self._connection.fetch(self._sql[name], *arguments)
        return found

    async def _execute(self, name: str, *arguments: Any) -> str:
        return str(await self._connection.execute(self._sql[name], *arguments))


@asynccontextmanager
async def bookkeeping(dsn: str) -> AsyncIterator[Bookkeeping]:
    """Connect without a transaction: what was published and marked stays so when the rest breaks off."""
    connection = await session.connect(dsn, session.UNHURRIED)
    try:
        yield Bookkeeping(connection)
    finally:
        await connection.close()
