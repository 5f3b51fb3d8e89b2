"""Is every event exported exactly once, whenever the process ends, however the log is cut into runs?"""

import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

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
from tests.unit.operations.export.folders import LOG, NOON, ORDERS, PLACED, add, content, offsets, paid, placed, take
from tests.unit.operations.export.literals import Record

ROOT = Path(__file__).parents[4]


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

    def test_one_that_was_sent_twice_stands_where_it_stood_first(self, tmp_path: Path) -> None:
        for most in (1, 2, 1000):
            root = tmp_path / str(most)
            take(root, placed(0), paid(1), _again(placed(0), 2), rows_per_file=most)
            take(root, placed(3), _again(paid(1), 4), _again(placed(0), 5), rows_per_file=most)
            assert offsets(root) == [0, 3]
            assert offsets(root, "topic=orders.events/type=PaymentRegistered") == [1]
            assert read_manifest(root).positions[0].next_offset == 6
            assert check(root, silent=True).wrong == []

    def test_several_flushes_of_one_commit_meet_in_one_file(self, tmp_path: Path) -> None:
        with Folder(tmp_path).held() as folder:
            batch = Batch(folder)
            for each in LOG:
                add(batch, (each,))
                batch.flush()
            batch.commit(NOON)
        assert offsets(tmp_path) == [0, 3]


def _again(record: Record, offset: int) -> Record:
    return replace(record, offset=offset)


class TestWhenARecordCanNotBeRead:
    def test_it_is_named_and_nothing_is_left_out(self) -> None:
        with pytest.raises(OperationFailed, match=r"orders\.events\[0\] at offset 9 can't be exported: unknown type"):
            row_of(Record(ORDERS, 0, 9, json.dumps(_envelope("orders.OrderPondered.v1")).encode()))

    def test_no_cloudevent_is_told_as_such(self) -> None:
        with pytest.raises(OperationFailed, match="no structured CloudEvent"):
            row_of(Record(ORDERS, 0, 9, b"\xff"))

    def test_data_that_does_not_fit_is_told_without_its_values(self) -> None:
        envelope = _envelope("orders.OrderHeld.v1") | {"data": {"customer_id": "c-1", "order_id": {"canary": 1}}}
        with pytest.raises(OperationFailed, match="does not fit its schema") as raised:
            row_of(Record(ORDERS, 0, 9, json.dumps(envelope).encode()))
        assert "canary" not in str(raised.value)


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


class TestWhenColumnsChange:
    def test_the_table_is_known_by_its_columns_and_its_version(self, tmp_path: Path) -> None:
        manifest = take(tmp_path, *LOG)
        assert changed_tables(manifest) == ()
        older = {**manifest.tables[0].columns}
        older.pop("warnings")
        written = tmp_path / "manifest.json"
        document = json.loads(written.read_text())
        document["tables"][0]["columns"] = older
        document["tables"][2]["event_type"] = "orders.PaymentRegistered.v0"
        written.write_text(json.dumps(document))
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

    def test_views_that_an_older_coterm_wrote_are_written_anew_though_nothing_new_happened(
        self, tmp_path: Path
    ) -> None:
        take(tmp_path, *LOG)
        text = (tmp_path / "tables.sql").read_text()
        (tmp_path / "tables.sql").write_text(text.partition("\n-- One row per order")[0])
        with Folder(tmp_path).held():
            pass
        assert (tmp_path / "tables.sql").read_text() == text

    def test_nothing_changes_before_the_first_run(self) -> None:
        assert changed_tables(Manifest()) == ()


class TestWhenALibraryIsMissing:
    def test_one_sentence_says_how_to_get_it(self) -> None:
        with pytest.raises(CotermError, match=r"^nosucharrow is not installed: run `pip install '\.\[analysis\]'`"):
            require("json", "nosucharrow")
