"""How does a new generation take the live one's place while the service goes on? Drained ever nearer, then in one lock.

Commits hold a lock in common (`runtime.enter`). Once those that were in flight at a moment have ended, whatever still
comes has a higher row id than any row of before: so "what lies behind this row" is all that may be missing.
"""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import asyncpg

from runtime import failpoints
from runtime.errors import CotermError
from runtime.fold.account import Folded
from runtime.postgres.rebuild.comparing import Sample, TableDifference, compare, fingerprint, touched
from runtime.postgres.rebuild.following import follow, warm_up
from runtime.postgres.rebuild.generations import flipping, grant_rights
from runtime.postgres.sqlfile import queries, quoted
from runtime.service import Service

SMALL = 64
"""So few events may be left to fold while commits wait."""
PAGE = 2000
LOCK_MS = 100
"""So long the swap waits for readers of the views, and commits with it, before it lets both go on and tries again."""
OPEN_SECONDS = 60.0
"""A commit that is open for longer is no commit any more: its statements are bounded to that."""


class NotEqual(CotermError):
    """The new generation is not what the live one is, or not what the events say they left behind."""

    def __init__(self, samples: Sequence[Sample], followed: Folded | None = None) -> None:
        super().__init__("what was rebuilt differs from the live tables")
        self.samples = samples
        self.followed = followed


class StillBusy(CotermError):
    """The lock was not to be had in time; nothing has changed."""


@dataclass
class Successor:
    """A loaded generation that is on its way to become the live one; used by one connection of the owner."""

    connection: asyncpg.Connection
    service: Service
    schema: str
    live: str
    compares: bool = True
    """Whether what the last events leave must equal the live rows: not where it differs on purpose."""
    floor: int = 0
    """Rows of the journal up to this id are folded."""

    async def settle_floor(self) -> int:
        """Return a row id below which nothing will be committed any more, once those in flight now have ended."""
        sql = queries("rebuild")
        newest: int = await self.connection.fetchval(sql["newest_id"])
        waiting = {row[0] for row in await self.connection.fetch(sql["in_flight"])}
        until = time.monotonic() + OPEN_SECONDS
        while waiting:
            if time.monotonic() > until:
                raise StillBusy(f"a commit has been open for more than {OPEN_SECONDS:.0f} s")
            await asyncio.sleep(0.005)
            waiting &= {row[0] for row in await self.connection.fetch(sql["in_flight"])}
        return newest

    async def start_below_published(self) -> None:
        """Let the journal be read from where Kafka, read to its end after this, may lack something."""
        newest = await self.settle_floor()
        unpublished = await self.connection.fetchval(queries("rebuild")["first_unpublished"])
        self.floor = newest if unpublished is None else min(newest, unpublished - 1)

    async def compare(self) -> tuple[list[TableDifference], str]:
        """Drain the journal up to one snapshot, and compare everything with the live tables in that same snapshot."""
        settled = await self.settle_floor()
        async with self.connection.transaction(isolation="repeatable_read"):
            await self._drain(None)
            found = await compare(self.connection, self.service, self.schema, self.live)
            rows_hash = await fingerprint(self.connection, self.service, self.schema)
        self.floor = settled
        return found, rows_hash

    async def approach(self) -> int:
        """Drain what was committed meanwhile, without holding anybody up; return how many events that were."""
        settled = await self.settle_floor()
        async with self.connection.transaction(isolation="repeatable_read"):
            events = await self._drain(None)
        self.floor = settled
        return events

    async def wait_for_readers(self) -> None:
        """Wait while a long read of the live views would keep the swap waiting, and every commit with it."""
        readers = {row[0] for row in await self.connection.fetch(queries("rebuild")["readers"])}
        until = time.monotonic() + OPEN_SECONDS
        while readers and time.monotonic() < until:
            await asyncio.sleep(0.02)
            readers &= {row[0] for row in await self.connection.fetch(queries("rebuild")["readers"])}

    async def swap(self, facts: Mapping[str, int | float | str]) -> float:
        """Hold the commits, fold and compare the rest, flip the views; return for how many milliseconds they were held.

        `facts` go into the book: rebuild (its id), events, seconds, rows_hash. Raises StillBusy when it would take
        long: nothing has changed then, approach and try again.
        """
        sql = queries("rebuild")
        flip = await flipping(self.connection, self.service, self.schema)
        try:
            async with self.connection.transaction():
                await self.connection.execute(f"SET LOCAL lock_timeout = {LOCK_MS}")
                began = time.monotonic()
                await self.connection.execute(sql["hold_commits"])
                failpoints.reached("rebuild.held")
                await self._drain(SMALL)
                so_far = (time.monotonic() - began) * 1000
                take_over = sql["take_over"].format(flip=flip, schema=self.schema, held=so_far, **facts)
                await self.connection.execute(take_over)
                failpoints.reached("rebuild.flipped")
            held = (time.monotonic() - began) * 1000
        except (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError) as error:
            raise StillBusy("a reader of the live views, or a commit, did not end in time") from error
        failpoints.reached("rebuild.swapped")
        await self.connection.execute(sql["held"], facts["rebuild"], held)
        return held

    async def open_up(self, rebuilder: str) -> None:
        """Give the service's role its rights on the new tables, take the rebuilder's away, make ready for the swap."""
        role = quoted(rebuilder)
        async with self.connection.transaction():
            await grant_rights(self.connection, self.schema)
            await self.connection.execute(f"REVOKE ALL ON ALL TABLES IN SCHEMA {self.schema} FROM {role}")
            await self.connection.execute(f"REVOKE ALL ON SCHEMA {self.schema} FROM {role}")
            if self.compares:
                await warm_up(self.connection, self.service, self.schema, self.live)

    async def _drain(self, limit: int | None) -> int:
        """Fold the journal behind the floor. Raises StillBusy when more than `limit` rows are left, NotEqual."""
        after, left = self.floor, Folded()
        while rows := await self._tail(after, limit):
            page = await follow(self.connection, self.service, self.schema, [row["value"] for row in rows])
            if page.faults:
                raise NotEqual([], page)
            left.events += page.events
            left.states.update(page.states)
            for table, held in page.rows.items():
                left.rows.setdefault(table, {}).update(held)
            after = rows[-1]["id"]
            if len(rows) < PAGE:
                break
        if self.compares and left.events:
            samples = await touched(self.connection, self.service, self.live, left.states, left.rows)
            if samples:
                raise NotEqual(samples)
        return left.events

    async def _tail(self, after: int, limit: int | None) -> list[asyncpg.Record]:
        rows = await self.connection.fetch(queries("rebuild")["tail"], after, PAGE if limit is None else limit + 1)
        if limit is not None and len(rows) > limit:
            raise StillBusy(f"more than {limit} events are still to fold")
        return list(rows)
