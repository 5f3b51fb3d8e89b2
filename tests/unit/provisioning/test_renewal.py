from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.cart import OrderLine
from schemas.orders import OrderSettled
from schemas.provisioning import ActivationHeld, ServiceTerminated
from schemas.terms import add_months
from schemas.vocabulary import Branch, HoldReason, LineAction
from tests.unit.provisioning.builders import DOCUMENTS, E_INVOICING, active, day, e_invoicing, settled, showing
from tests.unit.provisioning.spec import Provisioning, names


def expiry(owner: Provisioning, product: str) -> str:
    return str(owner.service(product).expires_on)


def renewal(paid_on: str, *products: str, years: int = 1, adding: str | None = None, **changes: Any) -> OrderSettled:
    lines = [OrderLine(product=product, action=LineAction.RENEW, years=years) for product in products]
    lines += [OrderLine(product=adding)] if adding else []
    return settled(Branch.RENEWED, paid_on, lines=lines, **{"order_id": "o-2", **changes})


class TestWhenABaseIsRenewed:
    def test_its_months_are_added_to_the_anchor(self) -> None:
        owner = Provisioning().given(e_invoicing("2027-02-28", anchor_on="2024-02-29", months=36))
        owner.when(renewal("2026-01-15", E_INVOICING))
        assert owner.service("E_INVOICING").expires_on == day("2028-02-29")

    def test_example_k_comes_back_to_29_february(self) -> None:
        owner = Provisioning().at("2029-01-10T09:00:00Z")
        owner.given(e_invoicing("2029-02-28", anchor_on="2028-02-29", months=12))
        owner.when(renewal("2029-01-10", E_INVOICING, years=3))
        assert expiry(owner, E_INVOICING) == "2032-02-29"

    def test_in_grace_it_runs_from_the_old_date_with_documents(self) -> None:
        owner = Provisioning().given(e_invoicing("2026-06-30"))
        owner.when(settled(Branch.ALIGNED_SHORT, "2026-01-15", "2026-06-30"))
        owner.at("2026-07-15T09:00:00Z").fire()

        events = owner.when(renewal("2026-07-15", E_INVOICING, DOCUMENTS, years=2))

        assert names(events) == "ExpiryAligned ExpiryAligned OrderActivated"
        assert (expiry(owner, E_INVOICING), expiry(owner, DOCUMENTS)) == ("2028-06-30", "2028-06-30")
        assert {row.status for row in owner.table("services")} == {"ACTIVE"}

    def test_in_grace_without_documents_that_one_ended_on_the_old_date(self) -> None:
        owner = Provisioning().given(e_invoicing("2026-06-30"), active(DOCUMENTS, "2026-06-30"))
        owner.at("2026-07-15T09:00:00Z").fire()

        events = owner.when(renewal("2026-07-15", E_INVOICING))

        assert names(events) == "ExpiryAligned ServiceTerminated OrderActivated"
        ended = events[1]
        assert isinstance(ended, ServiceTerminated)
        assert (ended.product, ended.terminated_on, ended.ends_sign_in) == (DOCUMENTS, day("2026-07-01"), False)

    @pytest.mark.parametrize(
        ("base", "documents", "paid_on", "years", "until"),
        [
            ("2027-01-15", "2027-01-15", "2026-12-01", 2, "2029-01-15"),
            ("2028-01-15", "2027-02-10", "2027-01-20", 1, "2029-01-15"),
        ],
        ids=["J", "N"],
    )
    def test_its_add_on_takes_the_new_date(
        self, base: str, documents: str, paid_on: str, years: int, until: str
    ) -> None:
        owner = Provisioning().at(f"{paid_on}T09:00:00Z").given(e_invoicing(base), active(DOCUMENTS, documents))
        shown = [showing(E_INVOICING, base), showing(DOCUMENTS, documents)]
        owner.when(renewal(paid_on, E_INVOICING, DOCUMENTS, years=years, expiries_shown=shown))
        assert (expiry(owner, E_INVOICING), expiry(owner, DOCUMENTS)) == (until, until)

    @pytest.mark.parametrize(
        ("base", "paid_on", "years", "until"),
        [("2027-01-15", "2027-03-01", 1, "2028-01-15"), ("2027-06-30", "2027-01-15", 2, "2029-06-30")],
        ids=["L: in grace", "M"],
    )
    def test_an_add_on_added_beside_it_takes_the_new_date(
        self, base: str, paid_on: str, years: int, until: str
    ) -> None:
        owner = Provisioning().at(f"{paid_on}T09:00:00Z").given(e_invoicing(base))
        owner.when(
            renewal(paid_on, E_INVOICING, years=years, adding=DOCUMENTS, expiries_shown=[showing(E_INVOICING, base)])
        )
        assert (expiry(owner, E_INVOICING), expiry(owner, DOCUMENTS)) == (until, until)

    def test_an_add_on_moves_by_the_term_that_was_paid_for(self) -> None:
        owner = Provisioning().given(e_invoicing("2026-06-30"), active(DOCUMENTS, "2026-06-30"))
        shown = [showing(E_INVOICING, "2026-06-30"), showing(DOCUMENTS, "2026-06-30")]
        owner.when(renewal("2026-01-15", E_INVOICING, years=3, expiries_shown=shown))

        owner.when(renewal("2026-01-15", E_INVOICING, DOCUMENTS, expiries_shown=shown, order_id="o-3"))

        assert (expiry(owner, E_INVOICING), expiry(owner, DOCUMENTS)) == ("2030-06-30", "2027-06-30")

    def test_two_renewals_paid_in_either_order_both_count(self) -> None:
        owner = Provisioning().given(e_invoicing("2026-06-30"), active(DOCUMENTS, "2026-06-30"))
        shown = [showing(E_INVOICING, "2026-06-30"), showing(DOCUMENTS, "2026-06-30")]
        for order_id in ("o-3", "o-2"):
            owner.when(renewal("2026-01-15", E_INVOICING, DOCUMENTS, expiries_shown=shown, order_id=order_id))
        assert (expiry(owner, E_INVOICING), expiry(owner, DOCUMENTS)) == ("2028-06-30", "2028-06-30")

    @pytest.mark.parametrize("first", [1, 2])
    def test_renewals_of_different_years_too(self, first: int) -> None:
        owner = Provisioning().given(e_invoicing("2026-06-30"), active(DOCUMENTS, "2026-06-30"))
        shown = [showing(E_INVOICING, "2026-06-30"), showing(DOCUMENTS, "2026-06-30")]
        for years in (first, 3 - first):
            order = renewal("2026-01-15", E_INVOICING, DOCUMENTS, years=years, expiries_shown=shown)
            owner.when(order.model_copy(update={"order_id": f"o-{years}"}))
        assert (expiry(owner, E_INVOICING), expiry(owner, DOCUMENTS)) == ("2029-06-30", "2029-06-30")

    def test_aligned_they_stay_aligned_over_a_leap_day(self) -> None:
        owner = Provisioning().at("2030-01-10T09:00:00Z")
        owner.given(e_invoicing("2030-02-28", "2028-02-29", 24), active(DOCUMENTS, "2030-02-28"))
        shown = [showing(E_INVOICING, "2030-02-28", anchor_on="2028-02-29"), showing(DOCUMENTS, "2030-02-28")]
        for order_id, until in (("o-2", "2031-02-28"), ("o-3", "2032-02-29")):
            owner.when(renewal("2030-01-10", E_INVOICING, DOCUMENTS, expiries_shown=shown, order_id=order_id))
            assert (expiry(owner, E_INVOICING), expiry(owner, DOCUMENTS)) == (until, until)

    def test_not_aligned_it_moves_on_by_its_own_missing_term(self) -> None:
        owner = Provisioning().at("2027-01-20T09:00:00Z")
        owner.given(e_invoicing("2028-01-15"), active(DOCUMENTS, "2027-02-10"))
        shown = [showing(E_INVOICING, "2028-01-15"), showing(DOCUMENTS, "2027-02-10")]
        owner.when(renewal("2027-01-20", E_INVOICING, years=5, expiries_shown=shown))
        for order_id, until in (("o-3", "2029-01-15"), ("o-4", "2030-12-20")):
            owner.when(renewal("2027-01-20", E_INVOICING, DOCUMENTS, expiries_shown=shown, order_id=order_id))
            assert expiry(owner, DOCUMENTS) == until

    def test_an_add_on_that_lapsed_since_the_order_goes_on_from_where_it_ended(self) -> None:
        owner = Provisioning().given(e_invoicing("2028-01-15"), active(DOCUMENTS, "2027-02-10"))
        shown = [showing(E_INVOICING, "2028-01-15"), showing(DOCUMENTS, "2027-02-10")]
        owner.at("2027-02-15T09:00:00Z").fire()
        assert owner.service(DOCUMENTS).status == "TERMINATED"

        events = owner.when(renewal("2027-02-15", E_INVOICING, DOCUMENTS, expiries_shown=shown))

        assert names(events) == "ExpiryAligned ServiceActivated OrderActivated"
        assert (expiry(owner, E_INVOICING), expiry(owner, DOCUMENTS)) == ("2029-01-15", "2029-01-15")

    def test_added_beside_it_ends_where_the_order_showed(self) -> None:
        owner = Provisioning().given(e_invoicing("2026-06-30"))
        shown = [showing(E_INVOICING, "2026-06-30")]
        owner.when(renewal("2026-01-15", E_INVOICING, years=5, expiries_shown=shown))
        owner.when(renewal("2026-01-15", E_INVOICING, adding=DOCUMENTS, expiries_shown=shown, order_id="o-3"))
        assert (expiry(owner, E_INVOICING), expiry(owner, DOCUMENTS)) == ("2032-06-30", "2027-06-30")

    def test_an_add_on_that_is_active_is_not_added_again(self) -> None:
        owner = Provisioning().given(e_invoicing("2026-06-30"), active(DOCUMENTS, "2026-06-30"))
        (held,) = owner.when(renewal("2026-01-15", E_INVOICING, adding=DOCUMENTS))
        assert isinstance(held, ActivationHeld)
        assert held.reason is HoldReason.ADDON_ALREADY_ACTIVE

    def test_one_that_has_ended_is_held(self) -> None:
        (held,) = Provisioning().when(renewal("2026-01-15", E_INVOICING))
        assert isinstance(held, ActivationHeld)
        assert held.reason is HoldReason.BASE_TERMINATED

    @pytest.mark.parametrize(("paid_on", "closes"), [("2026-09-28", None), ("2026-09-29", "BASE_NOT_ACTIVE")])
    def test_paid_after_the_grace_it_closes(self, paid_on: str, closes: str | None) -> None:
        owner = Provisioning().at(f"{paid_on}T09:00:00Z").given(e_invoicing("2026-06-30"))
        last = owner.when(renewal(paid_on, E_INVOICING))[-1]
        assert getattr(last, "closes", None) == closes

    def test_cancelled_meanwhile_it_waits_for_an_operator(self) -> None:
        owner = Provisioning().given(e_invoicing("2026-06-30"))
        owner.given(_terminated("2026-01-15"))
        (held,) = owner.when(renewal("2026-01-15", E_INVOICING))
        assert isinstance(held, ActivationHeld)
        assert (held.reason, held.closes) == (HoldReason.BASE_TERMINATED, None)


def _terminated(on: str) -> ServiceTerminated:
    return ServiceTerminated(
        customer_id="c-1", product=E_INVOICING, terminated_on=day(on), expires_on=day("2026-06-30")
    )


class TestAnyTwoRenewals:
    @given(
        bought_on=st.dates(day("2024-01-01"), day("2032-12-31")),
        held=st.integers(1, 5),
        apart=st.integers(0, 364),
        years=st.tuples(st.integers(1, 4), st.integers(1, 4)),
        is_alone=st.booleans(),
    )
    def test_paid_in_either_order_they_lead_to_the_same_dates(
        self, bought_on: date, held: int, apart: int, years: tuple[int, int], is_alone: bool
    ) -> None:
        """Both show the same dates; with `is_alone` the second is of the base alone."""
        ends = add_months(bought_on, 12 * held)
        documents = ends - timedelta(days=apart)
        shown = [
            showing(E_INVOICING, str(ends), anchor_on=bought_on),
            showing(DOCUMENTS, str(documents)),
        ]
        paid_on = str(documents - timedelta(days=1))
        found = []
        for one_first in (True, False):
            owner = Provisioning().at(f"{paid_on}T09:00:00Z")
            owner.given(e_invoicing(str(ends), str(bought_on), 12 * held), active(DOCUMENTS, str(documents)))
            orders = [
                renewal(paid_on, E_INVOICING, DOCUMENTS, years=years[0], expiries_shown=shown, order_id="o-2"),
                renewal(
                    paid_on,
                    *((E_INVOICING,) if is_alone else (E_INVOICING, DOCUMENTS)),
                    years=years[1],
                    expiries_shown=shown,
                    order_id="o-3",
                ),
            ]
            for order in orders if one_first else reversed(orders):
                before = owner.service(DOCUMENTS).expires_on
                owner.when(order)
                after = owner.service(DOCUMENTS).expires_on
                assert before <= after <= owner.service(E_INVOICING).expires_on
            found.append((owner.service(E_INVOICING).expires_on, owner.service(DOCUMENTS).expires_on))
        assert found[0][0] == found[1][0] == add_months(bought_on, 12 * (held + sum(years)))
        # Never past its base: paid for first, a part of its own term may not fit yet.
        assert found[0][1] == found[1][1] or apart
