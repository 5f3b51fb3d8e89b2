"""What does a run say of a goal? The median of ratios, each of one round; nothing where the work was not right."""

from dataclasses import replace

import pytest

from benchmarks.takes import P99, RATE, Round, Row, Take, Verdict, figure, percentiles

REBUILD = Row("G1", "rebuild ÷ getmany", "rebuild", "getmany", at_least=0.6)
LATENCY = Row("G9", "paid to active ÷ bare hops", "sold", "hops", P99, at_most=2.0)


def taken(ours: float, yardstick: float, wrong: str = "") -> Round:
    takes = {"rebuild": Take({RATE: ours}, 10, wrong, {"kafka": 1.5}), "getmany": Take({RATE: yardstick}, 10)}
    return Round(takes, fsync_ms=0.3, load=1.0)


class TestWhenEachRoundWasRight:
    def test_each_ratio_is_of_one_round_and_the_median_is_judged(self) -> None:
        found = figure(REBUILD, [taken(60, 100), taken(50, 100), taken(700, 1000)])
        assert found.ratios == [0.6, 0.5, 0.7]
        assert (found.ratio, found.verdict) == (0.6, Verdict.HOLDS)

    def test_a_machine_that_grows_slower_changes_no_ratio(self) -> None:
        found = figure(REBUILD, [taken(70, 100), taken(7, 10)])
        assert found.ratios == [0.7, 0.7]

    def test_a_ratio_below_what_was_to_be_reached_falls_short(self) -> None:
        assert figure(REBUILD, [taken(59, 100)]).verdict is Verdict.FALLS_SHORT

    @pytest.mark.parametrize(("p99", "verdict"), [(20.0, Verdict.HOLDS), (20.1, Verdict.FALLS_SHORT)])
    def test_a_ratio_above_what_was_allowed_falls_short(self, p99: float, verdict: Verdict) -> None:
        round_ = Round({"sold": Take({P99: p99}, 1), "hops": Take({P99: 10.0}, 1)}, 0.3, 1.0)
        assert figure(LATENCY, [round_]).verdict is verdict

    def test_a_row_without_a_goal_is_reported(self) -> None:
        assert figure(replace(REBUILD, at_least=None), [taken(1, 100)]).verdict is Verdict.REPORTED

    def test_a_figure_without_a_yardstick_is_judged_itself(self) -> None:
        memory = Row("G11", "memory", "rebuild", measure=RATE, at_most=128)
        assert (figure(memory, [taken(120, 1)]).ratio, figure(memory, [taken(120, 1)]).verdict) == (120, Verdict.HOLDS)

    def test_cpu_is_added_up_by_process_and_by_whose_work_it_was(self) -> None:
        assert figure(REBUILD, [taken(60, 100), taken(60, 100)]).cpu == {"ours: kafka": 3.0}


class TestWhenALimitStandsBesideTheRatio:
    ROW = Row("G6", "page ÷ one by one", "page", "one", at_least=20, within=(P99, 10))

    @pytest.mark.parametrize(("p99", "verdict"), [(10.0, Verdict.HOLDS), (11.0, Verdict.FALLS_SHORT)])
    def test_the_ratio_counts_only_within_it(self, p99: float, verdict: Verdict) -> None:
        round_ = Round({"page": Take({RATE: 300, P99: p99}, 1), "one": Take({RATE: 10}, 1)}, 0.3, 1.0)
        assert figure(self.ROW, [round_]).verdict is verdict


class TestWhenTheWorkWasNotRight:
    def test_one_wrong_round_voids_the_figure_and_says_why(self) -> None:
        found = figure(REBUILD, [taken(90, 100), taken(90, 100, wrong="the rebuilt tables are not the live ones")])
        assert (found.verdict, found.why) == (Verdict.VOID, "the rebuilt tables are not the live ones")
        assert found.ratios == []

    def test_a_round_that_lacks_the_yardstick_is_no_round(self) -> None:
        lacking = Round({"rebuild": Take({RATE: 1.0}, 1)}, 0.3, 1.0)
        assert figure(REBUILD, [lacking]).verdict is Verdict.NOT_MEASURED


class TestPercentiles:
    def test_the_99th_of_a_hundred_is_the_last_but_none(self) -> None:
        assert percentiles([float(n) for n in range(100, 0, -1)]) == {"p50 ms": 51.0, "p99 ms": 100.0}
