"""Is the simulated traffic the same for a seed, whole, and possible where it is to be played?"""

from collections import Counter
from datetime import date
from typing import Any

import pytest

from rehearsal.play.stage import Way
from rehearsal.simulate import owners
from rehearsal.simulate.plan import CASES, PURCHASES, Plan, plan
from rehearsal.simulate.scenarios import Pay, Scenario, Submit, Until
from schemas.catalogue import catalogue_on
from schemas.storefront import OrderSubmitted

CATALOGUE = catalogue_on(date(2026, 1, 15))


def planned(seed: int = 7, orders: int = 120, run: str = "r", **more: Any) -> Plan:
    return plan(seed, orders, run, CATALOGUE, **more)


def steps(scenario: Scenario) -> list[Any]:
    return [*scenario.before, *scenario.steps]


class TestWhenItIsPlannedTwice:
    def test_the_same_seed_and_run_are_the_same_plan(self) -> None:
        assert planned() == planned()

    def test_another_run_is_the_same_traffic_by_other_customers(self) -> None:
        one, other = planned(run="r"), planned(run="q")
        assert [(each.case, each.starts_after) for each in one.scenarios] == [
            (each.case, each.starts_after) for each in other.scenarios
        ]
        assert not _names(one) & _names(other)

    def test_another_seed_is_another_day(self) -> None:
        assert [each.case for each in planned(7).scenarios] != [each.case for each in planned(8).scenarios]


class TestWhatIsPlanned:
    @pytest.mark.parametrize("orders", [0, 1, 2, 3, 20, 45, 200])
    def test_it_has_just_so_many_orders(self, orders: int) -> None:
        scenarios = planned(orders=orders).scenarios
        submitted = {step.order_id for scenario in scenarios for step in steps(scenario) if isinstance(step, Submit)}
        assert len(submitted) == sum(scenario.orders for scenario in scenarios) == orders

    def test_every_case_is_there_before_any_comes_twice(self) -> None:
        once = planned(orders=60, may_set_the_clock=True)
        assert len({_kind(scenario) for scenario in once.scenarios}) >= len(CASES)
        assert max(Counter(_kind(scenario) for scenario in planned(orders=20).scenarios).values()) == 1

    def test_every_channel_and_both_answers_to_the_extension_are_there(self) -> None:
        carts = [step.body for scenario in planned().scenarios for step in steps(scenario) if isinstance(step, Submit)]
        added = [cart for cart in carts if [line["product"] for line in cart["lines"]] == ["DOCUMENTS"]]
        assert {cart["channel"] for cart in added} == set(owners.CHANNELS)
        assert {cart.get("extend_active_services") for cart in added} == {None, True, False}

    def test_every_cart_fits_the_interface(self) -> None:
        for scenario in planned().scenarios:
            for step in steps(scenario):
                if isinstance(step, Submit):
                    OrderSubmitted.model_validate(step.body)

    def test_what_must_come_second_waits_for_the_first(self) -> None:
        """Over two ways nobody knows what comes first, unless one waits."""
        for scenario in planned(orders=300).scenarios:
            sent: dict[str, str] = {}
            for step in steps(scenario):
                if isinstance(step, Until):
                    sent.pop(step.order_id, None)
                elif isinstance(step, Submit):
                    assert sent.get(step.order_id, step.way) == step.way, scenario
                    sent[step.order_id] = step.way

    def test_no_two_customers_share_a_tax_identifier_unless_the_case_is_about_that(self) -> None:
        whose: dict[str, set[str]] = {}
        for scenario in planned(orders=300).scenarios:
            if scenario.case == "two for one tax identifier" or scenario.case.startswith("refused: "):
                continue
            for step in steps(scenario):
                if isinstance(step, Submit):
                    customer = step.body["customer"]
                    identifier = customer["vat_number"] or customer["tax_code"]
                    whose.setdefault(identifier, set()).add(customer["customer_id"])
        assert {len(customers) for customers in whose.values()} == {1}

    def test_arrivals_never_run_backwards_and_keep_the_rate(self) -> None:
        moments = [scenario.starts_after for scenario in planned(orders=2000).scenarios]
        assert moments == sorted(moments)
        assert 0.9 < moments[-1] / 2000 < 1.1

    def test_ten_thousand_orders_are_planned_at_once(self) -> None:
        assert planned(orders=10_000).orders == 10_000


class TestWhereItIsToBePlayed:
    @pytest.mark.parametrize("ways", [("http",), ("structured", "binary")])
    def test_only_the_given_ways_are_used(self, ways: tuple[Way, ...]) -> None:
        used = {
            step.way for each in planned(ways=ways).scenarios for step in steps(each) if isinstance(step, Submit | Pay)
        }
        assert used == set(ways)

    def test_without_a_clock_nobody_can_be_in_grace(self) -> None:
        assert "Documents in grace" not in planned(orders=400).cases()
        assert "Documents in grace" in planned(orders=400, may_set_the_clock=True).cases()

    def test_a_benchmark_takes_first_purchases_alone(self) -> None:
        assert planned(orders=50, cases=PURCHASES, ways=("structured",)).cases() == {"both products": 50}


def _names(planned: Plan) -> set[str]:
    return {expected.order_id for scenario in planned.scenarios for expected in scenario.expected}


def _kind(scenario: Scenario) -> str:
    """Name the case as the plan knows it: the toggle and the mistake are chances within one."""
    return scenario.case.partition(", extension")[0].partition("refused:")[0] or "refused"
