"""Where does each partition go on, and is this still the log it was?

A position remembers the record before it. Another record there, or a place outside the log, means another log than the
one that was applied: the partition stops and shows, until `coterm positions reset` restarts it at the log's start.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import structlog

from runtime.commit.page import Expected, Position
from runtime.kafka.brokers import Brokers
from runtime.kafka.log import LogReader, LogRecord, Partition, log_reader
from runtime.postgres.outbox import JournalReads
from runtime.postgres.store import DATABASE_ERRORS, position
from runtime.process.hold import Hold
from runtime.wire.fingerprint import record_hash

_log = structlog.get_logger()


class Positions:
    """Keep what this process fetched from, and which partitions stand still."""

    def __init__(self, brokers: Brokers, reads: JournalReads) -> None:
        self._brokers = brokers
        self._reads = reads
        self.expected: Expected = {}
        self.stopped: dict[Partition, str] = {}
        self.hold = Hold("new partitions wait for the database")
        self.generation = -1
        """The generation of the group that `expected` belongs to; -1 before the first."""

    async def assign(self, assigned: set[Partition], generation: int) -> Mapping[Partition, int]:
        """Take over the assigned partitions: return where each is read from, stopped ones at their end.

        Waits for a database that is away: the process is a member of its group, and the next assignment asks again.
        """
        while True:
            try:
                found = await self._assign(assigned, generation)
                self.hold.over()
                return found
            except DATABASE_ERRORS as error:
                await self.hold.wait(error)

    async def _assign(self, assigned: set[Partition], generation: int) -> Mapping[Partition, int]:
        held, found = await self._places(assigned) if assigned else ({}, {})
        self.generation = generation
        self.expected.clear()
        self.stopped.clear()
        for partition, at in held.items():
            why = found[partition].why
            if why is None:
                self.expected[partition] = at
            else:
                self.stop(partition, why)
        return {part: at.next_offset if part in self.expected else found[part].end for part, at in held.items()}

    async def _places(self, assigned: set[Partition]) -> tuple[Expected, Mapping[Partition, "Place"]]:
        async with log_reader(self._brokers, committed_only=False) as log:
            await self._make(await log.starts(assigned))
            held = await self._read(assigned)
            return held, await places(log, held)

    async def catch_up(self, partition: Partition) -> bool:
        """Follow a position that another instance has moved on; false when there is nothing to follow.

        Whoever lost this partition may have committed a last batch after it was read here. All from the old position
        on comes in here too, in order, so going on behind the new one skips nothing.
        """
        before = self.expected.get(partition)
        now = (await self._read([partition])).get(partition)
        if before is None or now is None or now.next_offset <= before.next_offset:
            return False
        if self.expected.get(partition) == before:
            self.expected[partition] = now
            _log.info("another instance moved a position on", action="position_followed", partition=list(partition))
        return partition in self.expected

    def stop(self, partition: Partition, why: str) -> None:
        """Let a partition stand still, and show why."""
        self.expected.pop(partition, None)
        if partition not in self.stopped:
            _log.error("a partition stands still", action="partition_stopped", partition=list(partition), why=why)
        self.stopped[partition] = why

    async def _make(self, starts: Mapping[Partition, int]) -> None:
        topics, numbers = _columns(starts)
        offsets = [starts[partition] for partition in zip(topics, numbers, strict=True)]
        await self._reads.execute("make_positions", topics, numbers, offsets)

    async def _read(self, assigned: Iterable[Partition]) -> dict[Partition, Position]:
        rows = await self._reads.fetch("read_positions", *_columns(assigned))
        return {(row["topic"], row["partition"]): position(row) for row in rows}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a partition's log begins and ends, and why its position can't go on from there, if so."""

    start: int
    end: int
    why: str | None


async def places(log: LogReader, held: Expected) -> dict[Partition, Place]:
    """Compare each position with the log; `log` reads uncommitted records too, for one may be the remembered one."""
    starts, ends = await log.starts(held), await log.ends(held)
    remembered = {
        partition: at.last_offset
        for partition, at in held.items()
        if at.last_offset is not None and starts[partition] <= at.last_offset < ends[partition]
    }
    found = await log.first_from(remembered) if remembered else {}
    return {
        partition: Place(
            starts[partition], ends[partition], _strange(at, starts[partition], ends[partition], found.get(partition))
        )
        for partition, at in held.items()
    }


def _strange(at: Position, start: int, end: int, found: LogRecord | None) -> str | None:
    if at.next_offset < start:
        return f"position {at.next_offset} lies below the log's start {start}: records went before they were applied"
    if at.next_offset > end:
        return f"position {at.next_offset} lies beyond the log's end {end}: this is not the log that was applied"
    if at.last_offset is None or at.last_offset < start:
        return None
    if found is None or found.offset != at.last_offset or record_hash(found.key, found.value) != at.digest:
        return f"another record stands at offset {at.last_offset}: this is not the log that was applied"
    return None


def _columns(partitions: Iterable[Partition]) -> tuple[list[str], list[int]]:
    ordered = sorted(partitions)
    return [topic for topic, _ in ordered], [number for _, number in ordered]
