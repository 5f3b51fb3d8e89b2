"""Does the arithmetic of docs/scaling.md hold, and does the page show what it gives?"""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.scaling import LOADS, Choices, Measured, carried, cores, lines, rebuild_hours, size

PAGE = Path(__file__).parents[3] / "docs" / "scaling.md"
MEASURED = Measured(
    cpu_ms={"orders": 5.0, "billing": 4.0, "provisioning": 9.0, "notifications": 20.0, "PostgreSQL": 9.0, "Kafka": 8.0},
    log_bytes=20_000, journal_bytes=40_000, rows_bytes=10_000, fold_events=10_000.0,
)  # fmt: skip
CHOICES = Choices(partitions=12, busy=0.5, replicas=3, mean_to_peak=0.25, journal_days=73)


class TestInstances:
    def test_a_core_is_filled_to_its_share_and_no_further(self) -> None:
        assert [cores(load, 5.0, CHOICES) for load in (1.0, 100.0, 100.1, 1_000.0)] == [1, 1, 2, 10]

    def test_the_service_that_costs_most_is_full_first(self) -> None:
        assert carried(MEASURED, CHOICES) == ("notifications", 300.0)  # 12 cores, half full, 20 ms each

    def test_more_partitions_carry_more(self) -> None:
        assert carried(MEASURED, replace(CHOICES, partitions=96)) == ("notifications", 2_400.0)


class TestASystem:
    @pytest.mark.parametrize(("load", "cells"), [(10, 1), (300, 1), (301, 2), (3_000, 10)])
    def test_what_one_cell_can_not_carry_goes_to_another(self, load: float, cells: int) -> None:
        assert size(load, MEASURED, CHOICES).cells == cells

    def test_no_service_ever_needs_more_instances_than_there_are_partitions(self) -> None:
        for load in (1.0, 299.0, 301.0, 12_345.0, 100_000.0):
            assert max(size(load, MEASURED, CHOICES).instances.values()) <= CHOICES.partitions

    def test_disks_fill_by_the_mean_and_every_copy_counts(self) -> None:
        found = size(100.0, MEASURED, CHOICES)
        orders = 100 * 0.25 * 86_400 * 365
        assert found.log_terabytes_a_year == pytest.approx(orders * 20_000 * 3 / 1e12)
        assert found.journal_terabytes_a_year == pytest.approx(orders * 40_000 / 1e12)
        assert found.journal_terabytes_kept == pytest.approx(found.journal_terabytes_a_year / 5)

    def test_there_are_never_fewer_brokers_than_copies(self) -> None:
        assert size(1.0, MEASURED, CHOICES).brokers == 3


class TestARebuild:
    def test_a_process_for_each_partition_divides_its_time(self) -> None:
        assert rebuild_hours(12 * 10_000 * 3_600, MEASURED, CHOICES) == pytest.approx(1.0)

    def test_a_cell_is_rebuilt_from_its_own_history_alone(self) -> None:
        one, ten = size(300.0, MEASURED, CHOICES), size(3_000.0, MEASURED, CHOICES)
        assert ten.rebuild_hours == pytest.approx(one.rebuild_hours)


class TestThePage:
    def test_it_shows_what_the_script_prints(self) -> None:
        shown = re.search(r"<!-- scaling -->\n(.*?)\n<!-- /scaling -->", PAGE.read_text(), re.DOTALL)
        assert shown is not None
        assert shown[1] == "\n".join(lines(LOADS, Measured(), Choices()))
