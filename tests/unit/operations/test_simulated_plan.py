"""Is the simulated traffic the same for a seed, whole, and possible where it is to be played?"""

from collections import Counter
from datetime import date
from typing import Any

import pytest

from rehearsal.play.stage import Way
from rehearsal.simulate import owners
from rehearsal.simulate.errands import Errand, Pay, Submit, Until
from rehearsal.simulate.plan import CASES, PURCHASES, Plan, plan
from schemas.catalogue import catalogue_on
from schemas.storefront import OrderSubmitted

CATALOGUE = catalogue_on(date(2026, 1, 15))


def planned(seed: int = 7, orders: int = 120, run: str = "r", **more: Any) -> Plan:
    return plan(seed, orders, run, CATALOGUE, **more)


def steps(errand: Errand) -> list[Any]:
    return [*errand.before, *errand.steps]


class TestWhenItIsPlannedTwice:
    def test_the_same_seed_and_run_are_the_same_plan(self) -> None:
        assert planned() == planned()

    def test_another_run_is_the_same_traffic_by_other_customers(self) -> None:
        one, other = planned(run="r"), planned(run="q")
        assert [(each.case, each.starts_after) for each in one.errands] == [
            (each.case, each.starts_after) for each in other.errands
        ]
        assert not _names(one) & _names(other)

    def test_another_seed_is_another_day(self) -> None:
        assert [each.case for each in planned(7).errands] != [each.case for each in planned(8).errands]


class TestWhatIsPlanned:
    @pytest.mark.parametrize("orders", [0, 1, 2, 3, 20, 45, 200])
    def test_it_has_just_so_many_orders(self, orders: int) -> None:
        errands = planned(orders=orders).errands
        submitted = {step.order_id for errand in errands for step in steps(errand) if isinstance(step, Submit)}
        assert len(submitted) == sum(errand.orders for errand in errands) == orders

    def test_every_case_is_there_before_any_comes_twice(self) -> None:
        once = planned(orders=60, may_set_the_clock=True)
        assert len({_kind(errand) for errand in once.errands}) >= len(CASES)
        assert max(Counter(_kind(errand) for errand in planned(orders=20).errands).values()) == 1

    def test_every_channel_and_both_answers_to_the_extension_are_there(self) -> None:
        carts = [step.body for errand in planned().errands for step in steps(errand) if isinstance(step, Submit)]
        added = [cart for cart in carts if [line["product"] for line in cart["lines"]] == ["DOCUMENTS"]]
        assert {cart["channel"] for cart in added} == set(owners.CHANNELS)
        assert {cart.get("extend_active_services") for cart in added} == {None, True, False}

    def test_every_cart_fits_the_interface(self) -> None:
        for errand in planned().errands:
            for step in steps(errand):
                if isinstance(step, Submit):
                    OrderSubmitted.model_validate(step.body)

    def test_what_must_come_second_waits_for_the_first(self) -> None:
        """Over two ways nobody knows what comes first, unless one waits."""
        for errand in planned(orders=300).errands:
            sent: dict[str, str] = {}
            for step in steps(errand):
                if isinstance(step, Until):
                    sent.pop(step.order_id, None)
                elif isinstance(step, Submit):
                    assert sent.get(step.order_id, step.way) == step.way, errand
                    sent[step.order_id] = step.way

    def test_no_two_customers_share_a_tax_identifier_unless_the_case_is_about_that(self) -> None:
        whose: dict[str, set[str]] = {}
        for errand in planned(orders=300).errands:
            if errand.case == "two for one tax identifier" or errand.case.startswith("refused: "):
                continue
            for step in steps(errand):
                if isinstance(step, Submit):
                    customer = step.body["customer"]
                    identifier = customer["vat_number"] or customer["tax_code"]
                    whose.setdefault(identifier, set()).add(customer["customer_id"])
        assert {len(customers) for customers in whose.values()} == {1}

    def test_arrivals_never_run_backwards_and_keep_the_rate(self) -> None:
        moments = [errand.starts_after for errand in planned(orders=2000).errands]
        assert moments == sorted(moments)
        assert 0.9 < moments[-1] / 2000 < 1.1

    def test_ten_thousand_orders_are_planned_at_once(self) -> None:
        assert planned(orders=10_000).orders == 10_000


class TestWhereItIsToBePlayed:
    @pytest.mark.parametrize("ways", [("http",), ("structured", "binary")])
    def test_only_the_given_ways_are_used(self, ways: tuple[Way, ...]) -> None:
        used = {
            step.way for each in planned(ways=ways).errands for step in steps(each) if isinstance(step, Submit | Pay)
        }
        assert used == set(ways)

    def test_without_a_clock_nobody_can_be_in_grace(self) -> None:
        assert "Documents in grace" not in planned(orders=400).cases()
        assert "Documents in grace" in planned(orders=400, may_set_the_clock=True).cases()

    def test_a_benchmark_takes_first_purchases_alone(self) -> None:
        assert planned(orders=50, cases=PURCHASES, ways=("structured",)).cases() == {"both products": 50}


def _names(planned: Plan) -> set[str]:
    return {expected.order_id for errand in planned.errands for expected in errand.expected}


def _kind(errand: Errand) -> str:
    """Name the case as the plan knows it: the toggle and the mistake are chances within one."""
    return errand.case.partition(", extension")[0].partition("refused:")[0] or "refused"
