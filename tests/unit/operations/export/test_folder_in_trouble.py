"""Does an export see that its folder was damaged, changed, full or not its own?"""

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from operations.export.batch import Batch
from operations.export.checking import check
from operations.export.folder import Folder, parquet_files
from operations.surroundings import OperationFailed
from tests.unit.operations.export.folders import LOG, NOON, PLACED, add, does_not_hold, offsets, placed, take


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

    def test_an_event_that_stands_at_two_places_shows(self, tmp_path: Path) -> None:
        take(tmp_path, *LOG)
        with does_not_hold(tmp_path, "orders.events: event 00000000-0000-0000-0000-000000000000 was exported 2 times"):
            take(tmp_path, replace(placed(0, "2026-01-14T09:00:00.000000Z"), offset=9))

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
        ("change", "sentence"),
        [
            (lambda path: pq.write_table(pq.read_table(path, partitioning=None).slice(0, 0), path), "bytes, not"),
            (lambda path: os.truncate(path, 100), "100 bytes, not"),
            (lambda path: path.unlink(), "missing"),
        ],
        ids=["rows taken out", "cut off", "removed"],
    )
    def test_the_next_run_adds_nothing_to_it_and_says_so(
        self, tmp_path: Path, change: Callable[[Path], None], sentence: str
    ) -> None:
        take(tmp_path, *LOG)
        path = tmp_path / f"{PLACED}/day=2026-01-15/part-0001.parquet"
        change(path)
        before = (tmp_path / "manifest.json").read_bytes()
        with pytest.raises(OperationFailed, match=f"part-0001.parquet is not as it was exported \\([0-9 ]*{sentence}"):
            take(tmp_path, placed(5))
        assert (tmp_path / "manifest.json").read_bytes() == before
        assert any(sentence in wrong for wrong in check(tmp_path, silent=True).wrong)


class TestWhenTheDiskRefuses:
    def test_a_full_one_is_told_as_the_disks_and_the_next_run_takes_everything(self, tmp_path: Path) -> None:
        staged = tmp_path / ".staged" / f"{PLACED}/day=2026-01-15/part-0001.parquet".replace("/", "~")
        with Folder(tmp_path).held() as folder:
            batch = Batch(folder)
            add(batch, LOG)
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
