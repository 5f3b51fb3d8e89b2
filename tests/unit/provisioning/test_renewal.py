from typing import Any

import pytest

from schemas.cart import OrderLine
from schemas.orders import OrderSettled
from schemas.provisioning import ActivationHeld, ServiceTerminated
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

    def test_an_add_on_that_is_active_is_not_added_again(self) -> None:
        owner = Provisioning().given(e_invoicing("2026-06-30"), active(DOCUMENTS, "2026-06-30"))
        (held,) = owner.when(renewal("2026-01-15", E_INVOICING, adding=DOCUMENTS))
        assert isinstance(held, ActivationHeld)
        assert held.reason is HoldReason.ADDON_ALREADY_ACTIVE

    def test_one_that_has_ended_is_held(self) -> None:
        (held,) = Provisioning().when(renewal("2026-01-15", E_INVOICING))
        assert isinstance(held, ActivationHeld)
        assert held.reason is HoldReason.BASE_TERMINATED
