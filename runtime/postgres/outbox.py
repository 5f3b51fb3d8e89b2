"""What of the journal is not in Kafka yet? The relay's side of PostgreSQL, on a connection of its own."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg

from runtime.postgres import session
from runtime.postgres.sqlfile import queries
from runtime.postgres.store import connect

_LOCK_CLASS = 0x636F  # one lock per bucket: pg_try_advisory_lock(class, bucket)
IDLE_SECONDS = 30
"""After this long without a word from a stopped process, PostgreSQL ends its session and frees its buckets."""


@dataclass(frozen=True, slots=True)
class Unpublished:
    """A journal row that is not marked as published."""

    id: int
    event_id: UUID
    customer_id: str
    version: int
    type: str
    bucket: int
    value: bytes
    last_of_input: bool


@dataclass(frozen=True, slots=True)
class Waiting:
    """A record beside the events that is not in Kafka yet: a sealed secret, a rejection."""

    id: int
    bucket: int
    key: bytes | None
    type: str
    value: bytes


class Outbox:
    """Hold the buckets' locks for as long as this connection lives, and page through what they hold."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection
        self._sql = queries("journal")

    @classmethod
    async def open(cls, dsn: str, on_wake: Callable[[], None]) -> "Outbox":
        """Connect; call `on_wake` whenever a commit of any process announces new rows."""
        connection = await connect(dsn, idle_session_timeout=f"{IDLE_SECONDS}s")
        outbox = cls(connection)
        await connection.add_listener("coterm_journal", lambda *_: on_wake())
        return outbox

    async def take_buckets(self, buckets: Sequence[int]) -> list[int]:
        """Try the locks of these buckets; return those now ours. Asked for none, it keeps the session alive."""
        taken = await self._connection.fetch(self._sql["try_buckets"], _LOCK_CLASS, list(buckets))
        return [row["bucket"] for row in taken if row["ours"]]

    async def page(self, buckets: Sequence[int], limit: int) -> tuple[Mapping[int, list[Unpublished]], set[int]]:
        """Return the first unmarked rows of each bucket, and the buckets in which more may wait.

        Whole inputs, each account's in the order of their commits.
        """
        found = await self._connection.fetch(self._sql["unpublished"], list(buckets), limit)
        counted = Counter(row["bucket"] for row in found)
        full = {bucket for bucket, count in counted.items() if count == limit}
        return whole_inputs(Unpublished(**row) for row in found), full

    async def mark(self, marks: Sequence[tuple[int, int, int]]) -> None:
        """Record where each row now stands in the log: (row id, partition, offset)."""
        await self._connection.execute(self._sql["mark_published"], *map(list, zip(*marks, strict=True)))

    async def waiting(self, name: str, buckets: Sequence[int], limit: int) -> list[Waiting]:
        """Return the first records that wait in each bucket, oldest first; `name` is the query of their kind."""
        rows = await self._connection.fetch(self._sql[name], list(buckets), limit)
        return [Waiting(**row) for row in rows]

    async def sent(self, name: str, ids: Sequence[int]) -> None:
        """Remember that Kafka has them; `name` is the statement of their kind."""
        await self._connection.execute(self._sql[name], list(ids))

    async def close(self) -> None:
        """Close the connection."""
        try:
            async with asyncio.timeout(2):
                await self._connection.close()
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
            self._connection.terminate()


def whole_inputs(rows: Iterable[Unpublished]) -> Mapping[int, list[Unpublished]]:
    """Bring each input's rows together, per bucket, and leave out an input whose end is not among them.

    Two processes that commit at once draw their ids in turns, so that inputs of two accounts may stand mixed.
    """
    inputs: dict[str, list[Unpublished]] = defaultdict(list)
    whole: dict[int, list[Unpublished]] = defaultdict(list)
    for row in rows:
        inputs[row.customer_id].append(row)
        if row.last_of_input:
            whole[row.bucket] += inputs.pop(row.customer_id)
    return whole


class JournalReads:
    """Answer what waits and what stands, for health, deadlines, redrives and acknowledgements."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool
        self._sql = queries("journal")

    async def fetch(self, name: str, *arguments: Any) -> list[Any]:
        """Run one named query."""
        found: list[Any] = await self._pool.fetch(self._sql[name], *arguments)
        return found

    async def execute(self, name: str, *arguments: Any) -> None:
        """Run one named statement."""
        await self._pool.execute(self._sql[name], *arguments)


async def open_pool(dsn: str, size: int = 6) -> asyncpg.Pool:
    """Open the pool that reads are answered from."""
    return await session.open_pool(dsn, size, {"search_path": "live, runtime", "statement_timeout": "15s"}, 20)
