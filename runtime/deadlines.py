"""What is due? Polled by real time, fired once each by a derived id, and only when the backlog is applied."""

import asyncio
from datetime import UTC

import structlog

from runtime.clock import Clock
from runtime.codec import encode_state
from runtime.committer import Committer
from runtime.ids import command_id
from runtime.kafka.brokers import Brokers
from runtime.kafka.log import KAFKA_ERRORS, log_reader
from runtime.postgres.outbox import JournalReads
from runtime.postgres.store import CONNECTION_ERRORS, position
from runtime.service import Deadline, Incoming, RawRecord, Service

_LIMIT = 500
"""So many share a round: as many inputs as share a transaction."""
_AWAY = CONNECTION_ERRORS + KAFKA_ERRORS
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
        self._brokers = brokers
        self._topics = {namespace + topic for topic in service.topics}

    async def run(self, seconds: float) -> None:
        """Poll for ever, every so many real seconds."""
        while True:
            try:
                while await self.fire() == _LIMIT:
                    continue
            except _AWAY as error:
                _log.warning("deadlines can't be read", action="deadlines_held", error=type(error).__name__)
            await asyncio.sleep(seconds)

    async def fire(self) -> int:
        """Apply what is due now; return how many deadlines that were, 0 while inputs wait in the log."""
        if not any(projection.table == "deadlines" for projection in self._service.projections):
            return 0
        rows = await self._reads.fetch("due_deadlines", self._clock.now(), _LIMIT)
        if not rows or not await self._is_caught_up():
            return 0
        due = [Deadline(**row) for row in rows]
        results = await asyncio.gather(
            *(self._committer.apply(deadline_input(self._service.name, each)) for each in due)
        )
        for deadline, result in zip(due, results, strict=True):
            if result.fault is not None:
                _log.error("a deadline parked its account", action="deadline_parked", kind=deadline.kind)
        return len(due)

    async def _is_caught_up(self) -> bool:
        rows = await self._reads.fetch("all_positions")
        held = {(row["topic"], row["partition"]): position(row) for row in rows if row["topic"] in self._topics}
        if not held:
            return not self._topics
        async with log_reader(self._brokers) as log:
            ends = await log.ends(held)
            behind = {part: at.next_offset for part, at in held.items() if at.next_offset < ends[part]}
            # Behind the end may stand only a transaction's marker, which no reader ever sees.
            backlog = await log.first_from(behind) if behind else {}
        return not backlog


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
