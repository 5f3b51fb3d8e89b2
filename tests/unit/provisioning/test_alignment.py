from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.provisioning import ActivationHeld, ExpiryAligned, MovedService, OrderActivated, ServiceActivated
from schemas.terms import add_months
from schemas.vocabulary import Branch, CloseReason, ExpiryReason, HoldReason
from services.provisioning.domain.alignment import Term, aligned, extended
from tests.unit.provisioning.builders import (
    DOCUMENTS,
    E_INVOICING,
    RECEIVE_ONLY,
    active,
    day,
    e_invoicing,
    released,
    settled,
)
from tests.unit.provisioning.spec import Provisioning, names

SETTLED = "orders.OrderSettled.v1"


def expiries(owner: Provisioning) -> tuple[str, str]:
    return str(owner.service("E_INVOICING").expires_on), str(owner.service("DOCUMENTS").expires_on)


class TestWhenTheExtensionIsOn:
    @pytest.mark.parametrize(
        ("expiry", "paid_on", "new_expiry"),
        [
            ("2026-06-30", "2026-01-15", "2027-01-15"),
            ("2026-12-01", "2026-06-01", "2027-06-01"),
            ("2026-01-16", "2026-01-15", "2027-01-15"),
            ("2028-02-29", "2027-10-31", "2028-10-31"),
            ("2026-12-10", "2026-02-17", "2027-02-17"),
            ("2026-12-31", "2026-03-15", "2027-03-15"),
            ("2026-01-15", "2026-01-15", "2027-01-15"),
        ],
        ids=["A", "B", "C", "E", "G", "H", "I: E = O"],
    )
    def test_both_expire_on_d(self, expiry: str, paid_on: str, new_expiry: str) -> None:
        owner = Provisioning().at(f"{paid_on}T09:00:00Z").given(e_invoicing(expiry))

        events = owner.when(settled(Branch.EXTENDED, paid_on, expiry))

        assert names(events) == "ExpiryAligned ServiceActivated OrderActivated"
        moved, documents, activated = events
        assert isinstance(moved, ExpiryAligned)
        assert isinstance(documents, ServiceActivated)
        assert isinstance(activated, OrderActivated)
        assert (moved.product, moved.previous_expiry, moved.new_expiry, moved.reason) == (
            E_INVOICING,
            day(expiry),
            day(new_expiry),
            ExpiryReason.EXTENSION,
        )
        assert (moved.anchor_on, moved.months) == (day(new_expiry), 0)
        assert (documents.base_previous_expiry, documents.base_expires_on) == (day(expiry), day(new_expiry))
        assert activated.extended == [
            MovedService(
                product=E_INVOICING,
                shown_expiry=day(expiry),
                previous_expiry=day(expiry),
                new_expiry=day(new_expiry),
            )
        ]
        assert activated.expiries == {E_INVOICING: day(new_expiry), DOCUMENTS: day(new_expiry)}
        assert expiries(owner) == (new_expiry, new_expiry)

    def test_a_slow_transfer_moves_the_dates_to_the_payment(self) -> None:
        owner = Provisioning().at("2026-01-25T09:00:00Z").given(e_invoicing("2026-06-30"))
        owner.when(settled(Branch.EXTENDED, "2026-01-25", "2026-06-30", ordered_on="2026-01-15"))
        assert expiries(owner) == ("2027-01-25", "2027-01-25")

    def test_a_payment_on_29_february_ends_on_28_february(self) -> None:
        owner = Provisioning().at("2028-02-29T09:00:00Z").given(e_invoicing("2028-06-30"))
        owner.when(settled(Branch.EXTENDED, "2028-02-29", "2028-06-30"))
        assert expiries(owner) == ("2029-02-28", "2029-02-28")

    def test_an_expiry_reached_from_29_february_keeps_its_anchor_until_it_moves(self) -> None:
        owner = Provisioning().given(e_invoicing("2028-02-29", anchor_on="2024-02-29", months=48))
        owner.when(settled(Branch.ALIGNED_LONG, "2026-01-15", "2028-02-29"))
        assert (owner.service("E_INVOICING").anchor_on, owner.service("E_INVOICING").months) == (day("2024-02-29"), 48)


class TestWhenTheExtensionIsOff:
    def test_documents_is_aligned_to_the_existing_expiry(self) -> None:
        owner = Provisioning().given(e_invoicing("2026-06-30"))

        events = owner.when(settled(Branch.ALIGNED_SHORT, "2026-01-15", "2026-06-30"))

        assert names(events) == "ServiceActivated ExpiryAligned OrderActivated"
        aligned = events[1]
        assert isinstance(aligned, ExpiryAligned)
        assert (aligned.product, aligned.previous_expiry, aligned.new_expiry, aligned.reason) == (
            DOCUMENTS,
            day("2027-01-15"),
            day("2026-06-30"),
            ExpiryReason.ALIGNMENT,
        )
        assert expiries(owner) == ("2026-06-30", "2026-06-30")

    @pytest.mark.parametrize(
        ("shown", "renewed_to", "documents"),
        [
            ("2026-06-30", "2026-12-31", "2026-12-31"),
            ("2026-06-30", "2028-06-30", "2027-01-15"),
            ("2026-01-16", "2027-02-10", "2027-01-15"),
        ],
        ids=["before D", "beyond D", "the day after the order"],
    )
    def test_renewed_in_between_it_runs_with_e_invoicing_up_to_d(
        self, shown: str, renewed_to: str, documents: str
    ) -> None:
        owner = Provisioning().given(e_invoicing(renewed_to))
        owner.when(settled(Branch.ALIGNED_SHORT, "2026-01-15", shown))
        assert expiries(owner) == (renewed_to, documents)


class TestWhenEInvoicingRunsLonger:
    @pytest.mark.parametrize(
        ("expiry", "paid_on"),
        [("2028-09-30", "2026-01-15"), ("2027-01-15", "2026-01-15"), ("2027-01-15", "2026-02-03")],
        ids=["F", "D: nothing to align", "D passed E by the payment"],
    )
    def test_documents_expires_with_it(self, expiry: str, paid_on: str) -> None:
        owner = Provisioning().at(f"{paid_on}T09:00:00Z").given(e_invoicing(expiry))
        events = owner.when(settled(Branch.ALIGNED_LONG, paid_on, expiry))
        assert expiries(owner) == (expiry, expiry)
        assert not any(isinstance(event, ExpiryAligned) and event.product == E_INVOICING for event in events)

    def test_renewed_in_between_it_ends_on_the_date_that_was_paid_for(self) -> None:
        owner = Provisioning().given(e_invoicing("2030-09-30"))
        owner.when(settled(Branch.ALIGNED_LONG, "2026-01-15", "2028-09-30"))
        assert expiries(owner) == ("2030-09-30", "2028-09-30")

    def test_without_a_difference_nothing_is_aligned(self) -> None:
        owner = Provisioning().given(e_invoicing("2027-01-15"))
        events = owner.when(settled(Branch.ALIGNED_LONG, "2026-01-15", "2027-01-15"))
        assert names(events) == "ServiceActivated OrderActivated"


class TestWhenEInvoicingChangedSinceTheOrder:
    @pytest.mark.parametrize(
        ("now_expires", "base", "documents"),
        [
            ("2026-09-30", "2027-01-15", "2027-01-15"),
            ("2027-01-15", "2027-01-15", "2027-01-15"),
            ("2027-06-30", "2027-06-30", "2027-01-15"),
            ("2036-06-30", "2036-06-30", "2027-01-15"),
        ],
    )
    def test_on_extends_to_the_later_and_caps_documents(self, now_expires: str, base: str, documents: str) -> None:
        owner = Provisioning().given(e_invoicing(now_expires))
        owner.when(settled(Branch.EXTENDED, "2026-01-15", "2026-06-30"))
        assert expiries(owner) == (base, documents)

    def test_a_shorter_one_is_held(self) -> None:
        owner = Provisioning().given(e_invoicing("2026-06-29"))

        (held,) = owner.when(settled(Branch.EXTENDED, "2026-01-15", "2026-06-30"))

        assert isinstance(held, ActivationHeld)
        assert (held.reason, held.closes) == (HoldReason.BASE_SHORTENED, None)
        assert owner.state.service(DOCUMENTS) is None
        assert [(row.order_id, row.status) for row in owner.table("activations")] == [("o-1", "HELD")]

    def test_an_operators_release_accepts_the_shorter_one(self) -> None:
        owner = Provisioning().given(e_invoicing("2026-06-29"))
        owner.when(settled(Branch.EXTENDED, "2026-01-15", "2026-06-30"))
        owner.when(released(Branch.EXTENDED, "2026-01-15", "2026-06-30"))
        assert expiries(owner) == ("2027-01-15", "2027-01-15")

    def test_a_terminated_one_is_held(self) -> None:
        owner = Provisioning().at("2026-09-29T09:00:00Z").given(e_invoicing("2026-06-30"))
        events = owner.when(settled(Branch.EXTENDED, "2026-09-29", "2026-06-30"))
        assert names(events) == "ServiceEnteredGrace ServiceTerminated ActivationHeld"
        assert owner.table("activations")[0].reason == HoldReason.BASE_TERMINATED

    def test_none_at_all_is_held(self) -> None:
        (held,) = Provisioning().when(settled(Branch.EXTENDED, "2026-01-15", "2026-06-30"))
        assert isinstance(held, ActivationHeld)
        assert held.reason is HoldReason.BASE_TERMINATED

    def test_in_grace_on_runs_from_the_old_expiry_without_a_gap(self) -> None:
        owner = Provisioning().at("2026-07-10T09:00:00Z").given(e_invoicing("2026-06-30"))

        events = owner.when(settled(Branch.EXTENDED, "2026-07-10", "2026-06-30"))

        assert names(events) == "ServiceEnteredGrace ExpiryAligned ServiceActivated OrderActivated"
        assert isinstance(events[1], ExpiryAligned)
        assert events[1].previous_expiry == day("2026-06-30")
        assert expiries(owner) == ("2027-07-10", "2027-07-10")
        assert owner.service("E_INVOICING").status == "ACTIVE"

    @pytest.mark.parametrize("branch", [Branch.ALIGNED_SHORT, Branch.ALIGNED_LONG])
    def test_in_grace_an_aligned_order_closes(self, branch: Branch) -> None:
        owner = Provisioning().at("2026-07-01T09:00:00Z").given(e_invoicing("2026-06-30"))

        events = owner.when(settled(branch, "2026-07-01", "2026-06-30"))

        assert isinstance(events[-1], ActivationHeld)
        assert (events[-1].reason, events[-1].closes) == (None, CloseReason.BASE_NOT_ACTIVE)
        assert owner.table("activations")[0].status == "CLOSED"

    def test_on_its_last_day_it_is_active(self) -> None:
        owner = Provisioning().at("2026-06-30T21:59:59Z").given(e_invoicing("2026-06-30"))
        owner.when(settled(Branch.ALIGNED_SHORT, "2026-06-30", "2026-06-30"))
        assert expiries(owner) == ("2026-06-30", "2026-06-30")

    def test_a_payment_of_the_last_day_counts_though_the_timer_was_faster(self) -> None:
        owner = Provisioning().at("2026-06-30T22:00:05Z").given(e_invoicing("2026-06-30"))
        assert names(owner.fire()) == "ServiceEnteredGrace"
        events = owner.when(settled(Branch.ALIGNED_SHORT, "2026-06-30", "2026-06-30"))
        assert names(events) == "ServiceActivated ExpiryAligned OrderActivated"
        assert expiries(owner) == ("2026-06-30", "2026-06-30")
        assert names(owner.fire()) == "ServiceEnteredGrace"

    def test_a_payment_of_the_last_day_counts_though_it_comes_in_after_midnight(self) -> None:
        owner = Provisioning().at("2026-06-30T22:00:05Z").given(e_invoicing("2026-06-30"))
        events = owner.when(settled(Branch.ALIGNED_SHORT, "2026-06-30", "2026-06-30"))
        assert names(events) == "ServiceActivated ExpiryAligned OrderActivated"

    def test_receive_only_is_no_base(self) -> None:
        owner = Provisioning().given(active(RECEIVE_ONLY, "2026-06-30"))
        (held,) = owner.when(settled(Branch.EXTENDED, "2026-01-15", "2026-06-30"))
        assert isinstance(held, ActivationHeld)


class TestWhateverTheDates:
    @given(
        paid_on=st.dates(day("2025-01-01"), day("2035-12-31")),
        shown=st.dates(day("2025-01-01"), day("2036-12-31")),
        current=st.dates(day("2025-01-01"), day("2046-12-31")),
    )
    def test_an_extension_never_shortens_and_documents_never_runs_longer(
        self, paid_on: date, shown: date, current: date
    ) -> None:
        natural = add_months(paid_on, 12)
        base = extended(Term(current, 0), natural)
        assert base.expires_on == max(current, natural)
        assert aligned(base, natural, shown).expires_on <= base.expires_on
