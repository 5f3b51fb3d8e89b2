"""What becomes of the rows that were read? They join their table's day, and the next manifest knows them."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc

from operations.export.folder import Folder
from operations.export.manifest import Manifest, Standing, StoredTable, in_order
from operations.export.rows import Row, arrow_table
from operations.export.tables import ENVELOPE, TABLES, Table
from runtime.kafka.log import Partition, Stretch
from runtime.wire.fingerprint import record_hash

ROWS_PER_FILE = 500_000
"""A day of one type is one file, until it holds so many rows; then another begins."""
_ONLY_IDS = pa.schema([ENVELOPE[0].field])
_ORDER = [("event_time", "ascending"), ("kafka_partition", "ascending"), ("kafka_offset", "ascending")]


@dataclass(frozen=True, slots=True)
class Where:
    """A day of a table."""

    table: Table
    day: str

    def path(self, number: int) -> str:
        """Name one of its files."""
        return f"{self.table.folder}/day={self.day}/part-{number:04}.parquet"


class Batch:
    """Rows on their way into an export: staged as they come, committed together.

    A service that crashed between sending an event and noting so sends it again, the same bytes: the log holds it twice
    then, and the export once, where it stood first.
    """

    def __init__(self, folder: Folder, *, without: Collection[Table] = (), rows_per_file: int = ROWS_PER_FILE) -> None:
        emptied = tuple(f"{table.folder}/" for table in without)
        self._folder = folder
        self._rows_per_file = rows_per_file
        self._files = {path: file for path, file in folder.manifest.stored().items() if not path.startswith(emptied)}
        self._staged: set[str] = set()
        self._waiting: dict[Where, dict[str, Row]] = defaultdict(dict)
        self.events: Counter[str] = Counter()
        """New events, by their table's folder."""
        self.standings: dict[Partition, Standing] = folder.manifest.standings()

    @property
    def has_moved(self) -> bool:
        """Tell whether there is anything that the committed manifest does not say."""
        return self.standings != self._folder.manifest.standings() or bool(self._staged or self._waiting)

    def begin(self, topic: str, partition: int, start: int) -> None:
        """Let a partition that was never read stand where it is read from."""
        self.standings.setdefault((topic, partition), Standing(topic, partition, start))

    def add(self, rows: Iterable[Row]) -> None:
        """Let rows join their table's day."""
        for row in rows:
            self._waiting[Where(row.table, row.day.isoformat())].setdefault(row.attributes.id, row)

    def moved(self, topic: str, stretch: Stretch) -> None:
        """Note how far a partition, by its declared topic, was read, and the last record there."""
        partition = (topic, stretch.partition[1])
        before = self.standings[partition]
        last_offset, last_record = before.last_offset, before.last_record
        if stretch.records:
            last = stretch.records[-1]
            last_offset, last_record = last.offset, record_hash(last.key, last.value).hex()
        self.standings[partition] = Standing(*partition, stretch.next_offset, last_offset, last_record)

    def flush(self) -> None:
        """Stage what waits."""
        for where, rows in self._waiting.items():
            self._stage(where, arrow_table(where.table, list(rows.values())))
        self._waiting.clear()

    def commit(self, taken_at: datetime) -> Manifest:
        """Let everything that was added be part of the export."""
        self.flush()
        manifest = Manifest(
            generation=self._folder.manifest.generation + 1,
            taken_at=taken_at,
            tables=tuple(StoredTable(table.folder, table.event_type, table.described) for table in TABLES),
            positions=tuple(self.standings[partition] for partition in sorted(self.standings)),
            files=in_order(self._files),
        )
        self._folder.commit(manifest)
        self._staged.clear()
        return manifest

    def _stage(self, where: Where, new: pa.Table) -> None:
        number = 1
        while where.path(number) in self._files and self._files[where.path(number)].rows >= self._rows_per_file:
            new = _unknown(new, self._read(where, number, _ONLY_IDS))
            number += 1
        path = where.path(number)
        before = (
            self._read(where, number, where.table.schema) if path in self._files else where.table.schema.empty_table()
        )
        new = _unknown(new, before)
        if not new.num_rows:
            return
        self.events[where.table.folder] += new.num_rows
        self._files[path] = self._folder.stage(path, pa.concat_tables([before, new]).sort_by(_ORDER).combine_chunks())
        self._staged.add(path)

    def _read(self, where: Where, number: int, columns: pa.Schema) -> pa.Table:
        path = where.path(number)
        return self._folder.read(self._files[path], columns, staged=path in self._staged)


def _unknown(new: pa.Table, known: pa.Table) -> pa.Table:
    """Leave out the events that stand there already."""
    return new.filter(pc.invert(pc.is_in(new["event_id"], value_set=known["event_id"])))
