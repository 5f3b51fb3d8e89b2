"""What does a test of the export's folder write, and how is the folder looked at?"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pyarrow.parquet as pq

from operations.export.batch import Batch
from operations.export.checking import check
from operations.export.folder import Folder, parquet_files
from operations.export.manifest import Manifest
from operations.export.rows import row_of
from tests.unit.operations.export.literals import Record, record, stretch

NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)
ORDERS = "orders.events"
PLACED = "topic=orders.events/type=OrderPlaced"


def placed(offset: int, time: str = "2026-01-15T09:00:00.000000Z", partition: int = 0) -> Record:
    return record(ORDERS, "orders.OrderPlaced.v1", offset=offset, time=time, partition=partition)


def paid(offset: int, time: str = "2026-01-15T10:00:00.000000Z") -> Record:
    return record(ORDERS, "orders.PaymentRegistered.v1", offset=offset, time=time)


LOG = (
    placed(0),
    paid(1),
    record(ORDERS, "orders.OrderPriceNoted.v1", offset=2),
    placed(3, "2026-01-15T23:30:00.000000Z"),
    paid(4),
)


def take(root: Path, *records: Record, rows_per_file: int = 1000) -> Manifest:
    """Export records as one run does that meets nothing else in the log."""
    with Folder(root).held() as folder:
        batch = Batch(folder, rows_per_file=rows_per_file)
        add(batch, records)
        return batch.commit(NOON)


def add(batch: Batch, records: tuple[Record, ...]) -> None:
    found = stretch(*records)
    batch.begin(*found.partition, 0)
    batch.add(row for each in records if (row := row_of(each)) is not None)
    batch.moved(found.partition[0], found)


def offsets(root: Path, folder: str = PLACED) -> list[int]:
    """List what stands in a table, in the order of the files."""
    paths = [path for path in parquet_files(root) if path.startswith(folder)]
    found = [pq.read_table(root / path, partitioning=None)["kafka_offset"].to_pylist() for path in paths]
    return [offset for each in found for offset in each]


def content(root: Path) -> dict[str, bytes]:
    return {path: (root / path).read_bytes() for path in parquet_files(root)}


@contextmanager
def does_not_hold(root: Path, complaint: str) -> Iterator[None]:
    yield
    assert any(complaint in wrong for wrong in check(root, silent=True).wrong), check(root, silent=True).wrong
