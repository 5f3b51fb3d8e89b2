"""Are the things of a stage taken in turns, within their time, and does one stage's failure leave the others alone?"""

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from benchmarks.rows import ROWS, STAGES
from benchmarks.running import Shares, run
from benchmarks.stages.stage import QUICK, Opened, Sizes, Stage
from benchmarks.takes import CPU, RATE, Row, Take, Verdict
from deploy.local.layout import Layout

ROW = Row("G1", "one ÷ other", "one", "other", at_least=2, stage="counting")
SIZES = replace(QUICK, repeats=3, minutes=1.0)


def counting(folder: Path, order: list[str], breaks: str = "") -> Stage:
    """Make a stage of two rates that are known, and note in which order they are taken."""

    @asynccontextmanager
    async def opened(_sizes: Sizes, _wanted: Collection[str]) -> AsyncIterator[Opened]:
        async def take(name: str, rate: float) -> Take:
            order.append(name)
            if name == breaks:
                raise RuntimeError("the broker went away")
            return Take({RATE: rate}, units=4)

        yield Opened(Layout(folder), {"one": lambda: take("one", 30.0), "other": lambda: take("other", 10.0)})

    return opened


class TestWhenAStageIsRun:
    async def test_each_round_takes_all_and_begins_with_another(self, tmp_path: Path) -> None:
        order: list[str] = []
        (found,) = await run([ROW], {"counting": (counting(tmp_path, order), 1.0)}, SIZES)
        assert order == ["one", "other", "other", "one", "one", "other"]
        assert (found.ratios, found.verdict) == ([3.0, 3.0, 3.0], Verdict.HOLDS)

    async def test_cpu_is_told_per_unit_of_work(self, tmp_path: Path) -> None:
        row = replace(ROW, yardstick=None, measure=CPU, at_least=None)
        (found,) = await run([row], {"counting": (counting(tmp_path, []), 1.0)}, SIZES)
        assert found.ours == [0.0, 0.0, 0.0]  # no process of a stack ran

    async def test_no_round_begins_when_the_time_is_over_but_two_are_made(self, tmp_path: Path) -> None:
        order: list[str] = []
        sizes = replace(SIZES, repeats=5, minutes=0.0)
        (found,) = await run([ROW], {"counting": (counting(tmp_path, order), 1.0)}, sizes)
        assert len(found.ratios) == 2

    async def test_a_thing_that_fails_voids_its_rows_alone_and_is_not_tried_again(self, tmp_path: Path) -> None:
        order: list[str] = []
        alone = replace(ROW, yardstick=None)
        stages = {"counting": (counting(tmp_path, order, breaks="other"), 1.0)}
        both, ours = await run([ROW, alone], stages, SIZES)
        assert (both.verdict, both.why) == (Verdict.VOID, "other: RuntimeError: the broker went away")
        assert ours.verdict is Verdict.HOLDS
        assert order == ["one", "other", "one", "one"]

    async def test_a_stage_that_does_not_open_is_told_and_the_next_is_measured(self, tmp_path: Path) -> None:
        @asynccontextmanager
        async def closed(_: Sizes, names: Collection[str]) -> AsyncIterator[Opened]:
            if not names:
                yield Opened(Layout(tmp_path), {})
            raise RuntimeError("no port is free")

        stages: dict[str, tuple[Stage, float]] = {
            "closed": (closed, 1.0), "counting": (counting(tmp_path, []), 1.0)
        }  # fmt: skip
        first, second = await run([replace(ROW, stage="closed"), ROW], stages, SIZES)
        assert (first.verdict, first.why) == (Verdict.NOT_MEASURED, "RuntimeError: no port is free")
        assert second.verdict is Verdict.HOLDS


class TestTheTime:
    def test_what_a_stage_leaves_is_the_next_ones(self) -> None:
        shares = Shares(began=100.0, minutes=10.0, weights={"first": 1.0, "second": 4.0})
        assert (shares.until("first"), shares.until("second")) == (220.0, 700.0)


class TestTheRows:
    def test_every_row_has_a_stage_and_every_goal_a_row(self) -> None:
        assert {row.stage for row in ROWS} == set(STAGES)
        goals = [row.name for row in ROWS if row.name.startswith("G")]
        assert list(dict.fromkeys(goals)) == [f"G{number}" for number in range(1, 16)]
