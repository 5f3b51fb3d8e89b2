import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from runtime.clock import FileClock, SystemClock


def _write(path: Path, text: str, stamp: int) -> None:
    path.write_text(text)
    os.utime(path, ns=(stamp, stamp))


class TestWhenNoFileReplacesTheClock:
    def test_the_instant_is_aware_and_in_utc(self) -> None:
        assert SystemClock().now().tzinfo is UTC

    def test_an_absent_or_empty_file_means_the_machines_time(self, tmp_path: Path) -> None:
        clock = FileClock(tmp_path / "clock")
        before = datetime.now(UTC)
        assert before <= clock.now()
        (tmp_path / "clock").write_text("\n")
        assert before <= clock.now()


class TestWhenAFileReplacesTheClock:
    def test_its_instant_stands_still_in_utc(self, tmp_path: Path) -> None:
        _write(tmp_path / "clock", "2026-01-15T10:00:00+01:00\n", 1_000)
        clock = FileClock(tmp_path / "clock")
        assert clock.now() == clock.now() == datetime(2026, 1, 15, 9, tzinfo=UTC)
        assert clock.now().tzinfo is UTC

    def test_it_is_read_at_each_call(self, tmp_path: Path) -> None:
        clock = FileClock(tmp_path / "clock")
        _write(tmp_path / "clock", "2026-01-15T10:00:00Z", 1_000)
        assert clock.now().day == 15
        _write(tmp_path / "clock", "2026-01-14T10:00:00Z", 2_000)
        assert clock.now().day == 14
        (tmp_path / "clock").unlink()
        assert clock.now() > datetime(2026, 1, 16, tzinfo=UTC)

    @pytest.mark.parametrize("text", ["2026-01-15T10:00:00", "tomorrow"])
    def test_anything_else_is_an_error(self, tmp_path: Path, text: str) -> None:
        (tmp_path / "clock").write_text(text)
        with pytest.raises(ValueError, match=r"zone|Invalid isoformat"):
            FileClock(tmp_path / "clock").now()
