"""How is the log taken into an export? From where the manifest stands to the log's end of now, batch by batch.

Where columns have changed since (a new optional field, a new version with an upcast), the tables concerned are first
taken anew from the log's start, which is kept for ever, in one commit. So every file of a table has the same columns.
"""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from operations import surroundings
from operations.export.batch import Batch
from operations.export.folder import Folder
from operations.export.manifest import FORMAT, Manifest
from operations.export.rows import row_of
from operations.export.tables import TABLES, Table
from operations.progress import ProgressDisplay
from operations.surroundings import OperationFailed, Surroundings
from runtime.clock import Clock
from runtime.kafka.log import MUCH, Partition, Stretch, log_reader, partitions_of
from runtime.kafka.topics import check_topics
from runtime.process.positions import places
from schemas.topics import ANALYSED

EVENTS_PER_COMMIT = 200_000
EVENTS_PER_FLUSH = 50_000
"""So many rows wait in memory at most, or little more."""
Offsets = Mapping[Partition, int]


@dataclass
class Taken:
    """What one run did."""

    manifest: Manifest
    events: Counter[str] = field(default_factory=Counter)
    """New events, by their table's folder."""
    records: int = 0
    """Records read, public or not."""
    anew: tuple[str, ...] = ()
    """Tables whose columns had changed, taken anew."""


@dataclass(frozen=True, slots=True)
class _Bounds:
    firsts: Offsets
    starts: Offsets
    ends: Offsets


async def take(
    where: Surroundings, root: Path, clock: Clock, *, before: datetime | None = None, silent: bool = False
) -> Taken:
    """Bring an export up to the log's end, or to what was appended before an instant.

    Raises OperationFailed in one sentence when the brokers are away, the log is not the one that the export knows, a
    record can't be read, or another export is at work.
    """
    with Folder(root).held() as folder:
        async with surroundings.kafka(where.brokers):
            topics = [where.namespace + topic for topic in ANALYSED]
            await check_topics(where.brokers, where.namespace, set(topics))
            bounds = await _bounds(where, root, folder.manifest, before)
            run = _Run(where, folder, clock, silent=silent)
            if changed := changed_tables(folder.manifest):
                await run.anew(changed, bounds)
            await run.forward(bounds)
            return run.taken


def changed_tables(manifest: Manifest) -> tuple[Table, ...]:
    """List the tables whose columns are not those that the export was written with."""
    if not manifest.generation:
        return ()
    known = {table.folder: table for table in manifest.tables} if manifest.format == FORMAT else {}
    written = {folder: (table.event_type, table.columns) for folder, table in known.items()}
    return tuple(table for table in TABLES if written.get(table.folder) != (table.event_type, table.described))


class _Run:
    """One run over the log: what it reads with, and what it did."""

    def __init__(self, where: Surroundings, folder: Folder, clock: Clock, *, silent: bool) -> None:
        self._where = where
        self._folder = folder
        self._clock = clock
        self._silent = silent
        self.taken = Taken(folder.manifest)

    async def anew(self, tables: Collection[Table], bounds: _Bounds) -> None:
        """Take some tables from the log's start again, up to where the export stands, in one commit."""
        topics = {self._where.namespace + table.topic for table in tables}
        ends = {at: next_offset for at, next_offset in bounds.starts.items() if at[0] in topics}
        batch = Batch(self._folder, without=tables)
        await self._read(batch, bounds.firsts, ends, "taking changed tables anew", only=tables)
        self.taken.manifest = batch.commit(self._clock.now())
        self.taken.anew = tuple(table.folder for table in tables)

    async def forward(self, bounds: _Bounds) -> None:
        """Take what is new, a commit for every so many events."""
        batch = Batch(self._folder)
        for (topic, number), start in bounds.starts.items():
            batch.begin(topic.removeprefix(self._where.namespace), number, start)
        await self._read(batch, bounds.starts, bounds.ends, "exporting")
        if batch.has_moved:
            self.taken.manifest = batch.commit(self._clock.now())
        self.taken.events = batch.events

    async def _read(
        self, batch: Batch, starts: Offsets, ends: Offsets, what: str, only: Collection[Table] = ()
    ) -> None:
        reached = {at: starts[at] for at in ends}
        total = sum(max(0, ends[at] - start) for at, start in reached.items())
        uncommitted = unflushed = 0
        with ProgressDisplay(silent=self._silent).working(what, total, "records") as advance:
            async with log_reader(self._where.brokers, at_once=MUCH) as log:
                async for stretch in log.stretches(dict(reached), ends):
                    count = self._take(batch, stretch, only)
                    uncommitted, unflushed = uncommitted + count, unflushed + count
                    advance(stretch.next_offset - reached[stretch.partition])
                    reached[stretch.partition] = stretch.next_offset
                    if uncommitted >= EVENTS_PER_COMMIT and not only:
                        self.taken.manifest = batch.commit(self._clock.now())
                        uncommitted = unflushed = 0
                    elif unflushed >= EVENTS_PER_FLUSH:
                        batch.flush()
                        unflushed = 0

    def _take(self, batch: Batch, stretch: Stretch, only: Collection[Table]) -> int:
        rows = [row for record in stretch.records if (row := row_of(record)) is not None]
        if only:
            rows = [row for row in rows if row.table in only]
        else:
            batch.moved(stretch.partition[0].removeprefix(self._where.namespace), stretch)
            self.taken.records += len(stretch.records)
        batch.add(rows)
        return len(rows)


async def _bounds(where: Surroundings, root: Path, manifest: Manifest, before: datetime | None) -> _Bounds:
    held = {(where.namespace + at.topic, at.partition): at.position for at in manifest.positions}
    everywhere = partitions_of(where.namespace + topic for topic in ANALYSED)
    async with log_reader(where.brokers) as log:
        ends = await log.ends(everywhere, before)
    async with log_reader(where.brokers, committed_only=False) as log:
        firsts = await log.starts(everywhere)
        found = await places(log, held)
    strange = [f"{topic}[{number}]: {at.why}" for (topic, number), at in sorted(found.items()) if at.why]
    if strange:
        more = f" (and {len(strange) - 1} partitions more)" if len(strange) > 1 else ""
        raise OperationFailed(
            f"{root} was exported from another log: {strange[0]}{more}; export this log into another folder"
        )
    starts = {at: held[at].next_offset if at in held else first for at, first in firsts.items()}
    return _Bounds(firsts, starts, ends)
