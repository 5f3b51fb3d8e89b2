"""What does the edge of a running process do? Commands go to its commit loop, reads to its pool."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from runtime.clock import Clock
from runtime.edge import CatchingUp, Keyring, Submitted
from runtime.ids import Command
from runtime.kafka.log import KAFKA_ERRORS
from runtime.postgres.outbox import JournalReads
from runtime.postgres.reads import ProjectionReads
from runtime.process.backlog import Backlog
from runtime.process.committer import Committer
from runtime.process.hold import Hold
from runtime.process.rehearsing import Rehearsal
from runtime.process.relay import Relay
from runtime.projection import Key, Projection
from runtime.service import CATCHING_UP, Incoming
from runtime.settings import Settings
from runtime.wire.codec import decode_attributes, decode_event
from runtime.wire.rejecting import told_in
from schemas.envelope import Event
from schemas.rejections import RecordRejected


@dataclass
class LiveEdge:
    """Stand between the outside and this process's transaction; the `Edge` of `runtime.edge`."""

    clock: Clock
    keyring: Keyring
    settings: Settings
    relay: Relay
    reads: ProjectionReads
    journal: JournalReads
    backlog: Backlog
    """Of intake."""
    holds: list[Hold] = field(default_factory=list)
    """What may be held while the rest goes on: the loops beside the committer."""
    committer: Committer = field(init=False)
    """Set once the service is declared, which itself needs the edge."""
    rehearsal: Rehearsal = field(init=False)
    """The same."""

    async def submit(self, command: Command, traceparent: str | None = None) -> Submitted:
        """Commit a command, as of its acceptance. Raises CatchingUp where that must wait for intake's backlog."""
        incoming = Incoming.of(command)
        accepted = replace(incoming, traceparent=traceparent, reached_at=self.clock.now(), is_caught_up=False)
        submitted = await self.committer.submit(accepted)
        if submitted.outcome != CATCHING_UP:
            return submitted
        if not await self.is_caught_up():
            raise CatchingUp
        return await self.committer.submit(replace(accepted, is_caught_up=True))

    async def rehearse(self, *commands: Command) -> list[Submitted]:
        """Take the commands in a transaction that is rolled back."""
        return await self.rehearsal.submit(commands, is_caught_up=await self.is_caught_up())

    async def is_caught_up(self) -> bool:
        """Ask where intake ends; no, where that can't be asked."""
        try:
            return await self.backlog.is_applied()
        except KAFKA_ERRORS:
            return False

    async def durable(self, submitted: Submitted, seconds: float | None = None) -> bool:
        """Wait for this process's relay, or for another's mark; a duplicate waits for what its first left behind."""
        try:
            async with asyncio.timeout(self.settings.acknowledge_seconds if seconds is None else seconds):
                if submitted.recorded:
                    await self._published([recorded.event_id for recorded in submitted.recorded])
                else:
                    await self._published_all_of(submitted.customer_id)
            return True
        except TimeoutError:
            return False

    async def row(self, projection: Projection, key: Key) -> Any | None:
        """Read one row of a projection."""
        return await self.reads.row(projection, key)

    async def rows(
        self,
        projection: Projection,
        where: Mapping[str, Any],
        order_by: Sequence[str] = (),
        *,
        after: Sequence[Any] | None = None,
        limit: int | None = None,
    ) -> list[Any]:
        """Read the wanted rows, or a page of them."""
        return await self.reads.rows(projection, where, order_by, after=after, limit=limit)

    async def state(self, customer_id: str) -> Any | None:
        """Read an account's state."""
        return await self.reads.state(customer_id)

    async def own_events(self, customer_id: str, event_type: str) -> list[Event]:
        """Read an account's own events of one type."""
        rows = await self.journal.fetch("own_events", customer_id, event_type)
        return [decode_event(decode_attributes(row["value"])) for row in rows]

    async def rejections(
        self, storefront: str | None, after: UUID | None, limit: int
    ) -> list[tuple[str, RecordRejected]]:
        """Read what intake refused."""
        return [told_in(row["value"]) for row in await self.journal.fetch("rejections", storefront, after, limit)]

    async def deliveries(self) -> list[Any]:
        """Count by endpoint."""
        return [dict(row) for row in await self.journal.fetch("deliveries")]

    async def failed_deliveries(self, endpoint: str, limit: int) -> list[Any]:
        """Read what was given up."""
        return [dict(row) for row in await self.journal.fetch("failed_deliveries", endpoint, limit)]

    async def redeliver(self, endpoint: str) -> None:
        """Begin anew; whoever leads sees it within a second."""
        await self.journal.execute("redeliver", endpoint)

    async def _published(self, events: Sequence[UUID]) -> None:
        """Wait for our own relay, which tells; the database is asked only where another's may have them."""
        acknowledged = [self.relay.acknowledged(event) for event in events]
        try:
            while (await asyncio.wait(acknowledged, timeout=0.25))[1]:
                (row,) = await self.journal.fetch("published_among", events)
                if row["count"] == len(events):
                    return
        finally:
            for event in events:
                self.relay.forget(event)

    async def _published_all_of(self, customer_id: str) -> None:
        while True:
            (row,) = await self.journal.fetch("unpublished_of", customer_id)
            if row["count"] == 0:
                return
            await asyncio.sleep(0.05)
