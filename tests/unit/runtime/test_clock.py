import asyncio
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


class TestWhenARecordWasAppended:
    def test_it_counts_at_the_line_that_was_in_force_then(self, tmp_path: Path) -> None:
        (tmp_path / "clock").write_text(
            "2026-01-15T09:00:00Z @2026-11-28T10:00:00.000400Z\n2026-02-15T00:10:00+01:00 @2026-11-28T10:05:00Z\n"
        )
        clock = FileClock(tmp_path / "clock")
        assert clock.at(datetime(2026, 11, 28, 10, 0, tzinfo=UTC)) == datetime(2026, 1, 15, 9, tzinfo=UTC)
        assert clock.at(datetime(2026, 11, 28, 10, 4, 59, tzinfo=UTC)) == datetime(2026, 1, 15, 9, tzinfo=UTC)
        assert clock.at(datetime(2026, 11, 28, 10, 5, tzinfo=UTC)) == datetime(2026, 2, 14, 23, 10, tzinfo=UTC)
        assert clock.now() == datetime(2026, 2, 14, 23, 10, tzinfo=UTC)

    def test_a_bare_line_is_in_force_always(self, tmp_path: Path) -> None:
        (tmp_path / "clock").write_text("2026-01-15T09:00:00Z @2026-11-28T10:00:00Z\n2026-02-15T09:00:00Z\n")
        appended = datetime(2026, 11, 28, 10, 1, tzinfo=UTC)
        assert FileClock(tmp_path / "clock").at(appended) == datetime(2026, 2, 15, 9, tzinfo=UTC)

    @pytest.mark.parametrize("lines", ["", "2026-01-15T09:00:00Z @2026-11-28T10:00:00Z\n"])
    def test_before_any_line_the_machines_time_counts(self, tmp_path: Path, lines: str) -> None:
        (tmp_path / "clock").write_text(lines)
        appended = datetime(2026, 11, 28, 9, 59, tzinfo=UTC)
        assert FileClock(tmp_path / "clock").at(appended) == appended


class TestAPause:
    async def test_ends_as_soon_as_the_clock_is_set(self, tmp_path: Path) -> None:
        _write(tmp_path / "clock", "2026-01-15T10:00:00+01:00\n", 1_000)
        clock = FileClock(tmp_path / "clock")
        pausing = asyncio.create_task(clock.pause(3600, clock.now()))
        await asyncio.sleep(0)

        _write(tmp_path / "clock", "2026-01-16T10:00:00+01:00\n", 2_000)

        async with asyncio.timeout(60):
            await pausing

    async def test_ends_at_once_where_it_was_set_since_it_was_asked(self, tmp_path: Path) -> None:
        _write(tmp_path / "clock", "2026-01-15T10:00:00+01:00\n", 1_000)
        clock = FileClock(tmp_path / "clock")
        since = clock.now()
        _write(tmp_path / "clock", "2026-01-16T10:00:00+01:00\n", 2_000)
        assert clock.now() > since

        async with asyncio.timeout(60):
            await clock.pause(3600, since)

    @pytest.mark.parametrize("stands", [None, "2026-01-15T10:00:00+01:00\n"])
    async def test_is_over_after_its_seconds_where_nobody_sets_the_clock(
        self, tmp_path: Path, stands: str | None
    ) -> None:
        if stands is not None:
            _write(tmp_path / "clock", stands, 1_000)
        clock = FileClock(tmp_path / "clock")

        async with asyncio.timeout(60):
            await clock.pause(0.05, clock.now())
