"""What is due? Polled by real time, fired once each by a derived id, and only when the backlog is applied."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import structlog

from runtime.clock import Clock
from runtime.ids import command_id, partition_of
from runtime.kafka.brokers import Brokers
from runtime.kafka.log import KAFKA_ERRORS, Partition
from runtime.postgres.outbox import JournalReads
from runtime.postgres.store import DATABASE_ERRORS
from runtime.process.backlog import Backlog
from runtime.process.committer import Committer
from runtime.process.hold import Hold
from runtime.service import Deadline, Decided, Incoming, RawRecord, Service
from runtime.wire.codec import encode_state

_LIMIT = 500
"""So many share a round: as many inputs as share a transaction."""
_AWAY = DATABASE_ERRORS + KAFKA_ERRORS
_log = structlog.get_logger()


class Deadlines:
    """Fire what is due, after everything that waited in the log: an outage must not expire a paid order."""

    def __init__(
        self,
        service: Service,
        committer: Committer,
        reads: JournalReads,
        clock: Clock,
        *,
        brokers: Brokers,
        namespace: str,
    ) -> None:
        self._service = service
        self._committer = committer
        self._reads = reads
        self._clock = clock
        self._intake = None if service.intake is None else namespace + service.intake
        self._backlog = Backlog(brokers, reads, {namespace + topic for topic in service.topics})
        self.hold = Hold("deadlines wait for the database or the log")

    async def run(self, seconds: float) -> None:
        """Poll for ever, every so many real seconds, and at once where the clock is set."""
        while True:
            since = self._clock.now()
            try:
                while await self.fire():
                    continue
                self.hold.over()
            except _AWAY as error:
                await self.hold.wait(error)
            await self._clock.pause(seconds, since)

    async def fire(self) -> int:
        """Apply what is due now; return how many deadlines acted. An account with inputs in the log waits for them.

        The log is looked at once: what comes in after this instant changes nothing of what was due at it.
        """
        if not any(projection.table == "deadlines" for projection in self._service.projections):
            return 0
        now = self._clock.now()  # judged by this instant, before which all that came in for an account is applied
        due = await self._due(now)
        behind = await self._behind() if due else None
        acted = left = 0
        while due and behind is not None:
            ready = [each for each in due if not self._waits(each, behind)]
            applied = await self._applied(ready, now) if ready else 0
            acted += applied
            left += len(due) - applied
            due = await self._due(now, left) if len(due) == _LIMIT else []
        return acted

    async def _due(self, now: datetime, after: int = 0) -> list[Deadline]:
        return [Deadline(**row) for row in await self._reads.fetch("due_deadlines", now, _LIMIT, after)]

    async def _behind(self) -> set[Partition] | None:
        """Name where something is not applied, once what is ignored waits no longer for company."""
        await self._committer.flush()
        return await self._backlog.behind()

    def _waits(self, due: Deadline, behind: set[Partition]) -> bool:
        """Tell whether something that came in for the account may not be applied yet.

        On our own topics an account has one partition; on intake it may stand in any.
        """
        return any(topic == self._intake or number == partition_of(due.customer_id) for topic, number in behind)

    async def _applied(self, due: Sequence[Deadline], now: datetime) -> int:
        results = await asyncio.gather(
            *(self._committer.apply(replace(deadline_input(self._service.name, each), reached_at=now)) for each in due)
        )
        for deadline, result in zip(due, results, strict=True):
            if result.fault is not None:
                _log.error("a deadline parked its account", action="deadline_parked", kind=deadline.kind)
        return sum(isinstance(result.outcome, Decided) for result in results)


def deadline_input(service: str, deadline: Deadline) -> Incoming:
    """Turn a deadline into the input that it becomes, with the same id each time."""
    kind = f"{service}.{deadline.kind}"
    due_at = deadline.due_at.astimezone(UTC).isoformat()
    return Incoming(
        type=kind,
        id=command_id(kind, f"{deadline.key}\n{due_at}"),
        customer_id=deadline.customer_id,
        data=deadline,
        raw=RawRecord(deadline.customer_id.encode(), encode_state(deadline)),
    )
