"""Is every event exported exactly once, whenever the process ends, however the log is cut into runs?"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from operations.export.batch import Batch
from operations.export.checking import check
from operations.export.command import require
from operations.export.folder import Folder, parquet_files, read_manifest
from operations.export.manifest import Manifest
from operations.export.rows import row_of
from operations.export.tables import TABLES
from operations.export.taking import changed_tables
from operations.surroundings import OperationFailed
from runtime.errors import CotermError
from tests.unit.operations.export.literals import Record, record, stretch

NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)
ROOT = Path(__file__).parents[4]
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
        _add(batch, records)
        return batch.commit(NOON)


def _add(batch: Batch, records: tuple[Record, ...]) -> None:
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


class TestWhenEventsAreExported:
    def test_each_stands_in_its_type_and_its_day_in_rome(self, tmp_path: Path) -> None:
        take(tmp_path, *LOG)
        assert sorted(parquet_files(tmp_path)) == [
            f"{PLACED}/day=2026-01-15/part-0001.parquet",
            f"{PLACED}/day=2026-01-16/part-0001.parquet",
            "topic=orders.events/type=PaymentRegistered/day=2026-01-15/part-0001.parquet",
        ]
        assert check(tmp_path, silent=True).wrong == []

    def test_a_services_own_bookkeeping_is_left_out_and_passed(self, tmp_path: Path) -> None:
        manifest = take(tmp_path, *LOG[:3])
        assert sum(file.rows for file in manifest.files) == 2
        assert manifest.positions[0].next_offset == 3

    def test_many_runs_leave_the_same_bytes_as_one(self, tmp_path: Path) -> None:
        take(tmp_path / "once", *LOG)
        for each in LOG:
            take(tmp_path / "often", each)
        assert content(tmp_path / "often") == content(tmp_path / "once")
        assert read_manifest(tmp_path / "often").files == read_manifest(tmp_path / "once").files

    def test_a_late_event_joins_the_day_it_happened_on(self, tmp_path: Path) -> None:
        take(tmp_path, *LOG)
        take(tmp_path, placed(7, "2026-01-15T08:00:00.000000Z"))
        assert offsets(tmp_path) == [7, 0, 3]
        assert check(tmp_path, silent=True).wrong == []

    def test_a_full_file_is_followed_by_another(self, tmp_path: Path) -> None:
        for offset in range(5):
            take(tmp_path, placed(offset), rows_per_file=2)
        assert [path.rpartition("/")[2] for path in parquet_files(tmp_path)] == [
            "part-0001.parquet", "part-0002.parquet", "part-0003.parquet",
        ]  # fmt: skip
        assert offsets(tmp_path) == [0, 1, 2, 3, 4]

    def test_several_flushes_of_one_commit_meet_in_one_file(self, tmp_path: Path) -> None:
        with Folder(tmp_path).held() as folder:
            batch = Batch(folder)
            for each in LOG:
                _add(batch, (each,))
                batch.flush()
            batch.commit(NOON)
        assert offsets(tmp_path) == [0, 3]


class TestWhenARecordCanNotBeRead:
    def test_it_is_named_and_nothing_is_left_out(self) -> None:
        with pytest.raises(OperationFailed, match=r"orders\.events\[0\] at offset 9 can't be exported: unknown type"):
            row_of(Record(ORDERS, 0, 9, json.dumps(_envelope("orders.OrderPondered.v1")).encode()))

    def test_no_cloudevent_is_told_as_such(self) -> None:
        with pytest.raises(OperationFailed, match="no structured CloudEvent"):
            row_of(Record(ORDERS, 0, 9, b"\xff"))

    def test_data_that_does_not_fit_is_told_without_its_values(self) -> None:
        envelope = _envelope("orders.OrderHeld.v1") | {"data": {"customer_id": "c-1", "order_id": {"canary": 1}}}
        with pytest.raises(OperationFailed, match="does not fit its schema") as told:
            row_of(Record(ORDERS, 0, 9, json.dumps(envelope).encode()))
        assert "canary" not in str(told.value)


def _envelope(event_type: str) -> dict[str, Any]:
    return {
        "specversion": "1.0", "id": "e-1", "source": "/orders", "type": event_type, "subject": "c-1",
        "time": "2026-01-15T09:00:00.000000Z", "sequence": "1", "data": {},
    }  # fmt: skip


KILLED_RUN = """
import sys
from pathlib import Path
from runtime import failpoints
from tests.unit.operations.export.test_folder import LOG, take
failpoints.arm(sys.argv[2])
take(Path(sys.argv[1]), *LOG[2:])
"""


class TestWhenAnExportIsKilled:
    @pytest.mark.parametrize(
        ("failpoint", "committed"),
        [
            ("export.staged", False),
            ("export.prepared", True),
            ("export.placed:1", True),
            ("export.placed:2", True),
            ("export.committed", True),
        ],
    )
    def test_the_next_one_leaves_the_same_bytes_as_if_it_had_not_been(
        self, tmp_path: Path, failpoint: str, committed: bool
    ) -> None:
        take(tmp_path / "calm", *LOG[:2])
        take(tmp_path / "calm", *LOG[2:])
        killed = tmp_path / "killed"
        take(killed, *LOG[:2])
        ended = subprocess.run(
            [sys.executable, "-c", KILLED_RUN, str(killed), failpoint], cwd=ROOT, env={**os.environ}, check=False
        )
        assert ended.returncode == -signal.SIGKILL
        with Folder(killed).held() as folder:
            assert (folder.manifest.generation == 2) is committed
        if not committed:
            take(killed, *LOG[2:])
        assert content(killed) == content(tmp_path / "calm")
        assert check(killed, silent=True).wrong == []
        assert sorted(path.name for path in killed.iterdir()) == [
            ".lock", "manifest.json", "tables.sql", "topic=orders.events",
        ]  # fmt: skip


class TestWhenAnExportIsDamaged:
    def test_a_changed_byte_shows(self, tmp_path: Path) -> None:
        take(tmp_path, *LOG)
        path = next(iter(parquet_files(tmp_path)))
        with does_not_hold(tmp_path, f"{path}: its hash is another"):
            changed = bytearray((tmp_path / path).read_bytes())
            changed[len(changed) // 2] ^= 1
            (tmp_path / path).write_bytes(changed)

    def test_a_missing_file_shows(self, tmp_path: Path) -> None:
        take(tmp_path, *LOG)
        with does_not_hold(tmp_path, ": missing"):
            (tmp_path / next(iter(parquet_files(tmp_path)))).unlink()

    def test_a_file_that_the_manifest_does_not_know_shows(self, tmp_path: Path) -> None:
        take(tmp_path, *LOG)
        with does_not_hold(tmp_path, "the manifest does not know it"):
            path = tmp_path / next(iter(parquet_files(tmp_path)))
            path.with_name("part-0009.parquet").write_bytes(path.read_bytes())

    def test_an_event_that_was_taken_twice_shows(self, tmp_path: Path) -> None:
        take(tmp_path, *LOG)
        with does_not_hold(tmp_path, "orders.events[0] offset 3: exported 2 times"):
            take(tmp_path, placed(3))

    def test_an_event_beyond_the_positions_shows(self, tmp_path: Path) -> None:
        take(tmp_path, *LOG)
        with does_not_hold(tmp_path, "offset 4: beyond the manifest's position 1"):
            manifest = tmp_path / "manifest.json"
            manifest.write_text(manifest.read_text().replace('"next_offset": 5', '"next_offset": 1'))

    def test_a_manifest_that_can_not_be_read_is_told(self, tmp_path: Path) -> None:
        take(tmp_path, *LOG)
        (tmp_path / "manifest.json").write_text("{")
        with pytest.raises(OperationFailed, match=r"manifest\.json can't be read"):
            check(tmp_path, silent=True)

    def test_a_folder_without_a_manifest_is_no_export(self, tmp_path: Path) -> None:
        with pytest.raises(OperationFailed, match="is no export"):
            check(tmp_path, silent=True)


class TestWhenAFileWasChangedByHand:
    @pytest.mark.parametrize(
        ("change", "told"),
        [
            (lambda path: pq.write_table(pq.read_table(path, partitioning=None).slice(0, 0), path), "bytes, not"),
            (lambda path: os.truncate(path, 100), "100 bytes, not"),
            (lambda path: path.unlink(), "missing"),
        ],
        ids=["rows taken out", "cut off", "removed"],
    )
    def test_the_next_run_adds_nothing_to_it_and_says_so(
        self, tmp_path: Path, change: Callable[[Path], None], told: str
    ) -> None:
        take(tmp_path, *LOG)
        path = tmp_path / f"{PLACED}/day=2026-01-15/part-0001.parquet"
        change(path)
        before = (tmp_path / "manifest.json").read_bytes()
        with pytest.raises(OperationFailed, match=f"part-0001.parquet is not as it was exported \\([0-9 ]*{told}"):
            take(tmp_path, placed(5))
        assert (tmp_path / "manifest.json").read_bytes() == before
        assert any(told in wrong for wrong in check(tmp_path, silent=True).wrong)


class TestWhenTheDiskRefuses:
    def test_a_full_one_is_told_as_the_disks_and_the_next_run_takes_everything(self, tmp_path: Path) -> None:
        staged = tmp_path / ".staged" / f"{PLACED}/day=2026-01-15/part-0001.parquet".replace("/", "~")
        with Folder(tmp_path).held() as folder:
            batch = Batch(folder)
            _add(batch, LOG)
            staged.parent.mkdir()
            staged.symlink_to("/dev/full")
            with pytest.raises(OperationFailed, match=f"^{tmp_path} can't be used: No space left on device$"):
                batch.commit(NOON)
        take(tmp_path, *LOG)
        assert offsets(tmp_path) == [0, 3]
        assert check(tmp_path, silent=True).wrong == []

    def test_a_folder_that_can_not_be_made_is_told(self) -> None:
        with pytest.raises(OperationFailed, match=r"^/proc/none can't be used: No such file or directory$"):
            take(Path("/proc/none"), *LOG)


class TestWhenTheFolderIsNotFree:
    def test_another_export_at_work_is_told(self, tmp_path: Path) -> None:
        with Folder(tmp_path).held(), pytest.raises(OperationFailed, match="another export is writing"):
            take(tmp_path, *LOG)

    def test_it_is_not_judged_while_one_is_at_work(self, tmp_path: Path) -> None:
        take(tmp_path, *LOG)
        with Folder(tmp_path).held(), pytest.raises(OperationFailed, match="an export is writing to"):
            check(tmp_path, silent=True)

    def test_it_is_not_judged_half_way(self, tmp_path: Path) -> None:
        take(tmp_path, *LOG)
        (tmp_path / ".next-manifest.json").write_bytes((tmp_path / "manifest.json").read_bytes())
        with pytest.raises(OperationFailed, match="ended while its files took their places"):
            check(tmp_path, silent=True)

    def test_something_else_in_it_is_not_touched(self, tmp_path: Path) -> None:
        (tmp_path / "thesis.txt").write_text("mine")
        with pytest.raises(OperationFailed, match="holds something else"):
            take(tmp_path, *LOG)


class TestWhenColumnsChange:
    def test_the_table_is_known_by_its_columns_and_its_version(self, tmp_path: Path) -> None:
        manifest = take(tmp_path, *LOG)
        assert changed_tables(manifest) == ()
        older = {**manifest.tables[0].columns}
        older.pop("warnings")
        written = tmp_path / "manifest.json"
        said = json.loads(written.read_text())
        said["tables"][0]["columns"] = older
        said["tables"][2]["event_type"] = "orders.PaymentRegistered.v0"
        written.write_text(json.dumps(said))
        assert changed_tables(read_manifest(tmp_path)) == (TABLES[0], TABLES[2])

    def test_it_is_taken_anew_and_its_old_files_go(self, tmp_path: Path) -> None:
        take(tmp_path, *LOG)
        with Folder(tmp_path).held() as folder:
            batch = Batch(folder, without=TABLES[:1])
            batch.add(row for each in (LOG[0],) if (row := row_of(each)) is not None)
            batch.commit(NOON)
        assert offsets(tmp_path) == [0]
        assert len(list(parquet_files(tmp_path))) == 2
        assert check(tmp_path, silent=True).wrong == []

    def test_nothing_changes_before_the_first_run(self) -> None:
        assert changed_tables(Manifest()) == ()


class TestWhenALibraryIsMissing:
    def test_one_sentence_says_how_to_get_it(self) -> None:
        with pytest.raises(CotermError, match=r"^nosucharrow is not installed: run `pip install --require-hashes -r "):
            require("json", "nosucharrow")
