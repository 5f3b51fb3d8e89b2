"""Does the simulator notice when an order ends otherwise than it must? With the worked examples' cents."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from rehearsal.simulate.judgement import differences, expiries_of, total_of
from rehearsal.simulate.order_states import OrderState
from rehearsal.simulate.scenarios import Expected
from schemas.catalogue import catalogue_on
from schemas.vocabulary import ProrationMethod

CATALOGUE = catalogue_on(date(2026, 1, 15))
BOTH = Expected("o-1", "ACTIVATED", ("E_INVOICING", "DOCUMENTS"), payments=1)
GOOD: tuple[tuple[str, dict[str, Any]], ...] = (
    ("OrderPlaced", {"ordered_on": "2026-01-15"}),
    ("OrderPriceNoted", {"total_cents": 3660}),
    ("PaymentRegistered", {"amount_cents": 3660, "surplus_cents": 0}),
    ("OrderSettled", {"settled_on": "2026-01-15"}),
    ("ServiceActivated", {"product": "E_INVOICING", "expires_on": "2027-01-15"}),
    ("ServiceActivated", {"product": "DOCUMENTS", "expires_on": "2027-01-15"}),
    ("OrderActivated", {}),
    ("OrderActivationNoted", {}),
)


def seen(*events: tuple[str, dict[str, Any]]) -> OrderState:
    order = OrderState()
    for at, (name, data) in enumerate(events):
        order.take(name, data, at)
    return order


def judged(expected: Expected, *events: tuple[str, dict[str, Any]]) -> list[str]:
    return differences(expected, {"o-1": seen(*events)}, CATALOGUE)


class TestWhenAnOrderEndsAsItMust:
    def test_nothing_is_said(self) -> None:
        assert judged(BOTH, *GOOD) == []

    def test_nor_of_one_that_is_refused_with_every_code(self) -> None:
        refused = Expected("o-1", "REFUSED", violations=("A", "B"))
        violations = [{"code": "B", "detail": ""}, {"code": "A", "detail": ""}]
        assert judged(refused, ("OrderRefused", {"violations": violations})) == []


class TestWhenItDoesNot:
    @pytest.mark.parametrize(
        ("events", "sentence"),
        [
            ((), "the status is 'UNKNOWN', not 'ACTIVATED'"),
            (GOOD[:-1], "the status is 'SETTLED', not 'ACTIVATED'"),
            ((*GOOD, GOOD[0]), "what came more than once is ['OrderPlaced'], not []"),
            ((*GOOD, GOOD[2]), "the number of payments is 2, not 1"),
            ((*GOOD, ("PaymentConflicted", {})), "the number of conflicts is 1, not 0"),
            ((*GOOD, ("CreditGranted", {"amount_cents": 5})), "the credit is 5, not 0"),
            ((GOOD[0], ("OrderPriceNoted", {"total_cents": 3661}), *GOOD[2:]), "the total is 3661, not 3660"),
            ((*GOOD, ("OrderCancelled", {"reason": "X"})), "the status is 'CANCELLED', not 'ACTIVATED'"),
            (
                (*GOOD[:4], ("ServiceActivated", {"product": "E_INVOICING", "expires_on": "2027-01-14"}), *GOOD[5:]),
                "the expiries is",
            ),
        ],
    )
    def test_it_is_said_what_it_is_instead(self, events: tuple[tuple[str, dict[str, Any]], ...], sentence: str) -> None:
        assert any(difference.startswith(sentence) for difference in judged(BOTH, *events))

    def test_a_missing_code_is_told(self) -> None:
        refused = Expected("o-1", "REFUSED", violations=("A", "B"))
        assert judged(refused, ("OrderRefused", {"violations": [{"code": "A"}]})) == [
            "the violations is ('A',), not ('A', 'B')"
        ]

    def test_so_is_another_order_in_the_way(self) -> None:
        refused = Expected("o-1", "REFUSED", violations=("A",), order_in_the_way="o-0")
        event = ("OrderRefused", {"violations": [{"code": "A", "order_id": "o-9"}]})
        assert judged(refused, event) == ["the order in the way is 'o-9', not 'o-0'"]

    def test_surplus_that_did_not_become_credit_is_told(self) -> None:
        paid = ("PaymentRegistered", {"amount_cents": 3700, "surplus_cents": 40})
        differences = judged(replace(BOTH, surplus_cents=40), *GOOD[:2], paid, *GOOD[3:])
        assert differences == ["the credit is 0, not 40"]


class TestWhatDocumentsForAnOwnerCost:
    @pytest.mark.parametrize(
        ("bought_on", "ordered_on", "extends", "total", "expiry"),
        [
            ("2025-06-30", "2026-01-15", True, 4427, "2027-01-15"),
            ("2025-12-01", "2026-06-01", True, 4270, "2027-06-01"),
            ("2025-01-16", "2026-01-15", True, 6090, "2027-01-15"),
            ("2026-01-15", "2026-01-15", True, 2440, "2027-01-15"),
            ("2027-09-30", "2026-01-15", True, 6609, "2028-09-30"),
            ("2025-06-30", "2026-01-15", False, 2440, "2026-06-30"),
            ("2025-12-10", "2026-02-17", True, 3127, "2027-02-17"),
            ("2025-12-31", "2026-03-15", True, 3198, "2027-03-15"),
            ("2025-01-15", "2026-01-15", True, 6100, "2027-01-15"),
        ],
    )
    def test_is_as_the_worked_examples_say(
        self, bought_on: str, ordered_on: str, extends: bool, total: int, expiry: str
    ) -> None:
        added = Expected("o-2", "ACTIVATED", ("DOCUMENTS",), base_order="o-1", extends=extends)
        orders = {
            "o-1": seen(("OrderSettled", {"settled_on": bought_on})),
            "o-2": seen(("OrderPlaced", {"ordered_on": ordered_on}), ("OrderSettled", {"settled_on": ordered_on})),
        }
        assert total_of(added, orders, CATALOGUE) == total
        assert expiries_of(added, orders, CATALOGUE) == {"DOCUMENTS": date.fromisoformat(expiry)}

    def test_a_started_month_counts_whole_where_the_catalogue_says_so(self) -> None:
        catalogue = CATALOGUE.model_copy(update={"proration_method": ProrationMethod.STARTED_MONTHS})
        added = Expected("o-2", "ACTIVATED", ("DOCUMENTS",), base_order="o-1")
        orders = {
            "o-1": seen(("OrderSettled", {"settled_on": "2025-06-30"})),
            "o-2": seen(("OrderPlaced", {"ordered_on": "2026-01-15"})),
        }
        assert total_of(added, orders, catalogue) == 4575  # 17.50 and 20.00, VAT 8.25
