"""Does the clock of a play move only when everyone waits, and to the earliest asked-for instant first?"""

import asyncio
from datetime import datetime
from pathlib import Path

import pytest

from rehearsal.play.clock import ClockDriver, ClockFile
from runtime.clock import FileClock

JANUARY, JUNE = "2026-01-15T09:00:00+00:00", "2026-06-01T09:00:00+00:00"


@pytest.fixture
def clock(tmp_path: Path) -> ClockFile:
    return ClockFile(tmp_path / "clock")


class TestWhenCasesAskForInstants:
    async def test_the_earliest_comes_first_and_those_who_asked_for_it_go_on_together(self, clock: ClockFile) -> None:
        driver, seen = ClockDriver(clock), []

        async def case(name: str, *instants: str) -> None:
            for instant in instants:
                await driver.at(instant)
                seen.append((name, driver.now().isoformat()))
                await asyncio.sleep(0)

        await driver.play([lambda: case("a", JUNE), lambda: case("b", JANUARY, JUNE), lambda: case("c", JANUARY)])

        assert sorted(seen[:2]) == [("b", JANUARY), ("c", JANUARY)]
        assert sorted(seen[2:]) == [("a", JUNE), ("b", JUNE)]

    async def test_it_goes_back_for_a_case_that_asks_for_an_earlier_instant(self, clock: ClockFile) -> None:
        driver, seen = ClockDriver(clock), []

        async def case() -> None:
            for instant in (JUNE, JANUARY):
                await driver.at(instant)
                seen.append(driver.now().isoformat())

        await driver.play([case])

        assert seen == [JUNE, JANUARY]

    async def test_an_instant_that_stands_already_is_not_waited_for(self, clock: ClockFile) -> None:
        driver = ClockDriver(clock)
        clock.set(JANUARY)

        async def case() -> str:
            await driver.at(JANUARY)
            return "went on"

        assert await driver.play([case]) == ["went on"]


class TestWhenACaseFails:
    async def test_the_others_still_play(self, clock: ClockFile) -> None:
        driver = ClockDriver(clock)

        async def fails() -> str:
            raise ValueError("no")

        async def plays() -> str:
            await driver.at(JANUARY)
            return "played"

        failed, played = await driver.play([fails, plays])

        assert isinstance(failed, ValueError)
        assert played == "played"


class TestWhenTheClockIsSet:
    def test_an_instant_without_zone_is_refused(self, clock: ClockFile) -> None:
        with pytest.raises(ValueError, match="zone"):
            clock.set("2026-01-15T09:00:00")

    def test_removing_it_twice_is_harmless(self, clock: ClockFile) -> None:
        clock.set(JANUARY)
        clock.remove()
        clock.remove()


class TestWhenSomebodyElseWroteTheFile:
    def test_a_last_line_without_its_end_stays_a_line(self, tmp_path: Path) -> None:
        (tmp_path / "clock").write_text(JANUARY)
        ClockFile(tmp_path / "clock").set(JUNE)
        lines = (tmp_path / "clock").read_text().splitlines()
        assert [line.partition(" @")[0] for line in lines] == [JANUARY, JUNE]
        assert FileClock(tmp_path / "clock").now() == datetime.fromisoformat(JUNE)


class TestWhenAPlayIsInterrupted:
    async def test_the_clock_stays_where_it_is(self, clock: ClockFile) -> None:
        driver, begun = ClockDriver(clock), asyncio.Event()
        clock.set(JANUARY)

        async def waits() -> None:
            await driver.at(JUNE)

        async def works() -> None:
            begun.set()
            await asyncio.Event().wait()

        play = asyncio.create_task(driver.play([waits, works]))
        await begun.wait()
        play.cancel()
        with pytest.raises(asyncio.CancelledError):
            await play
        assert clock.stands_at(JANUARY)
