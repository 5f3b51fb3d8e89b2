"""What does a renewal cost, and what does its quote promise? Worked renewals J to N, to the cent and the day."""

from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.billing import OrderPriced, PricingRefused
from schemas.cart import OrderLine, OwnedService
from schemas.catalogue import Catalogue
from schemas.orders import OrderPlaced
from schemas.terms import add_months, missing_term
from schemas.vocabulary import Branch, PriceReason, PurchaseCase, ServiceStatus
from services.billing.domain.cart import NotPriceable
from services.billing.domain.pricing import price_order
from services.billing.domain.quotes import Outcome, quote
from tests.unit.billing.builders import (
    ARCHIVE,
    CATALOGUE,
    DOCUMENTS,
    FURTHER,
    MAILBOX,
    STARTED_MONTHS,
    day,
    owned,
    placed,
    renew,
)

BASE, ADD_ON, ONLY = "E_INVOICING", "DOCUMENTS", "E_INVOICING_RECEIVE_ONLY"
FULL, ALIGNED, PRORATED = PriceReason.FULL_PRICE, PriceReason.ALIGNED_TO_BASE, PriceReason.PRORATED


def base(expires_on: str, anchor_on: str | None = None) -> OwnedService:
    return owned(expires_on, anchor_on=anchor_on)


def documents(expires_on: str) -> OwnedService:
    return owned(expires_on, product=ADD_ON)


def priced(
    lines: list[OrderLine], services: list[OwnedService], today: str, catalogue: Catalogue = CATALOGUE
) -> OrderPriced:
    event = price_order(_order(lines, services, day(today)), catalogue, day(today))[-1]
    assert isinstance(event, OrderPriced), event
    return event


def quoted(
    lines: list[OrderLine], services: list[OwnedService], today: str, catalogue: Catalogue = CATALOGUE
) -> Outcome:
    found = quote(lines, services, day(today), catalogue)
    assert found.purchase_case is PurchaseCase.RENEWAL
    (outcome,) = found.outcomes
    assert (outcome.branch, outcome.extend_active_services, outcome.warnings) == (Branch.RENEWED, None, [])
    return outcome


def _order(lines: list[OrderLine], services: list[OwnedService], today: date) -> OrderPlaced:
    return placed(
        lines=lines, owned=services, ordered_on=today, branch=Branch.RENEWED, purchase_case=PurchaseCase.RENEWAL
    )


BOTH = [renew(BASE), renew(ADD_ON)]
J = ([renew(BASE, 2), renew(ADD_ON, 2)], [base("2027-01-15"), documents("2027-01-15")], "2026-12-01")
K = ([renew(BASE, 3)], [base("2029-02-28", "2028-02-29")], "2029-01-10")
L = ([renew(BASE), DOCUMENTS], [base("2027-01-15")], "2027-03-01")
M = ([renew(BASE, 2), DOCUMENTS], [base("2027-06-30")], "2027-01-15")
N = (BOTH, [base("2028-01-15"), documents("2027-02-10")], "2027-01-20")


class TestTheWorkedRenewals:
    @pytest.mark.parametrize(
        ("example", "until", "nets", "reasons", "vat", "total"),
        [
            (J, "2029-01-15", [6000, 4000], [FULL, FULL], 2200, 12200),
            (K, "2032-02-29", [9000], [FULL], 1980, 10980),
            (L, "2028-01-15", [3000, 2000], [FULL, ALIGNED], 1100, 6100),
            (M, "2029-06-30", [6000, 4917], [FULL, ALIGNED], 2402, 13319),
            (N, "2029-01-15", [3000, 3860], [FULL, PRORATED], 1509, 8369),
        ],
        ids=["J", "K", "L", "M", "N"],
    )
    def test_they_come_out_to_the_cent_and_the_day(
        self,
        example: tuple[list[OrderLine], list[OwnedService], str],
        until: str,
        nets: list[int],
        reasons: list[PriceReason],
        vat: int,
        total: int,
    ) -> None:
        event, outcome = priced(*example), quoted(*example)
        assert [line.net_cents for line in event.lines] == nets
        assert [line.reason for line in event.lines] == reasons
        assert (event.vat_cents, event.total_cents) == (vat, total)
        assert event.extensions == []
        assert outcome.priced.lines == event.lines
        assert set(outcome.expiries.values()) == {day(until)}

    def test_each_line_says_how_it_was_computed(self) -> None:
        assert [line.explanation for line in priced(*J).lines] == [
            "30.00 € a year × 2 = 60.00 €",
            "20.00 € a year × 2 = 40.00 €",
        ]
        assert priced(*L).lines[1].explanation == "20.00 € a year, a whole year at least = 20.00 €"
        assert priced(*M).lines[1].explanation == "20.00 € a year × (29 + 15/30) / 12 = 49.17 €"
        assert priced(*N).lines[1].explanation == "20.00 € a year × (23 + 5/31) / 12 = 38.60 €"

    def test_a_part_of_a_year_says_which_term_it_is(self) -> None:
        term = priced(*N).lines[1].term
        assert term is not None
        assert (term.months, term.days, term.days_in_month) == (23, 5, 31)

    def test_started_months_count_whole(self) -> None:
        assert [line.net_cents for line in priced(*N, STARTED_MONTHS).lines] == [3000, 4000]
        assert [line.net_cents for line in priced(*M, STARTED_MONTHS).lines] == [6000, 5000]

    def test_a_month_costs_what_its_term_costs(self) -> None:
        assert quoted(*J).net_cents_per_month == {BASE: 250, ADD_ON: 167}
        assert quoted(*K).net_cents_per_month == {BASE: 250}
        assert quoted(*L).net_cents_per_month == {BASE: 250, ADD_ON: 191}  # 20.00 for 10 + 15/31 months
        assert quoted(*N).net_cents_per_month == {BASE: 250, ADD_ON: 167}


class TestWhatIsRenewed:
    def test_receive_only_renews_at_its_own_price(self) -> None:
        event = priced([renew(ONLY, 2)], [owned("2026-06-30", product=ONLY)], "2026-01-15")
        assert event.total_cents == 2928

    def test_the_years_are_added_to_the_anchor(self) -> None:
        outcome = quoted([renew(BASE)], [base("2027-02-28", "2024-02-29")], "2027-01-15")
        assert outcome.expiries == {BASE: day("2028-02-29")}

    @pytest.mark.parametrize(("today", "is_sold"), [("2026-06-30", True), ("2026-09-28", True), ("2026-09-29", False)])
    def test_to_the_last_day_of_grace(self, today: str, is_sold: bool) -> None:
        services = [base("2026-06-30"), documents("2026-06-30")]
        if is_sold:
            assert quoted(BOTH, services, today).expiries == {BASE: day("2027-06-30"), ADD_ON: day("2027-06-30")}
        else:
            refused(BOTH, services, today, "nothing to renew")

    def test_an_add_on_that_ended_before_its_base_is_added_beside_it(self) -> None:
        services = [base("2026-12-31"), documents("2026-06-30")]
        refused(BOTH, services, "2026-07-01", "added beside the renewal instead")
        outcome = quoted([renew(BASE), DOCUMENTS], services, "2026-07-01")
        assert [line.net_cents for line in outcome.priced.lines] == [3000, 2995]  # 17 + 30/31 months

    def test_not_even_in_the_grace_of_its_base(self) -> None:
        refused(BOTH, [base("2026-06-30"), documents("2026-06-15")], "2026-07-01", "added beside the renewal instead")

    def test_on_its_last_day_it_is_renewed(self) -> None:
        outcome = quoted(BOTH, [base("2026-12-31"), documents("2026-06-30")], "2026-06-30")
        assert [line.net_cents for line in outcome.priced.lines] == [3000, 3005]  # 18 + 1/31 months
        assert outcome.priced.lines[1].reason is PRORATED

    def test_several_bases_each_with_its_own_years_and_add_ons(self) -> None:
        services = [
            base("2026-06-30"),
            documents("2026-06-30"),
            owned("2026-06-30", product="ARCHIVE"),
            owned("2027-01-15", product="MAILBOX"),
        ]
        lines = [renew("MAILBOX", 3), renew(ADD_ON), renew(BASE), renew("ARCHIVE")]
        outcome = quoted(lines, services, "2026-01-15", FURTHER)
        assert [line.net_cents for line in outcome.priced.lines] == [4500, 2000, 3000, 1200]
        assert {product: str(until) for product, until in outcome.expiries.items()} == {
            "MAILBOX": "2030-01-15",
            ADD_ON: "2027-06-30",
            BASE: "2027-06-30",
            "ARCHIVE": "2027-06-30",
        }

    def test_one_add_on_is_renewed_while_another_is_added(self) -> None:
        services = [base("2026-06-30"), documents("2026-06-30")]
        outcome = quoted([*BOTH, ARCHIVE], services, "2026-01-15", FURTHER)
        assert [line.net_cents for line in outcome.priced.lines] == [3000, 2000, 1750]  # 17 + 15/30 months


class TestWhatIsNoRenewal:
    @pytest.mark.parametrize(
        ("lines", "services", "why"),
        [
            ([renew(ADD_ON)], [base("2026-06-30"), documents("2026-06-30")], "together with its base only"),
            ([renew(BASE)], [], "nothing to renew"),
            ([renew(BASE)], [owned("2026-06-30", product=ONLY)], "nothing to renew"),
            ([renew(BASE)], [owned("2026-06-30", status=ServiceStatus.TERMINATED)], "nothing to renew"),
            ([renew(BASE)], [owned("2026-06-30", status=ServiceStatus.SUSPENDED)], "nothing to renew"),
            (BOTH, [base("2026-06-30")], "added beside the renewal instead"),
            ([renew(BASE), DOCUMENTS], [base("2026-06-30"), documents("2026-06-30")], "renewed instead"),
            ([renew(ONLY), DOCUMENTS], [owned("2026-06-30", product=ONLY)], "needs E_INVOICING"),
            ([renew(ONLY), renew(ADD_ON)], [owned("2026-06-30", product=ONLY)], "needs E_INVOICING"),
            ([renew(BASE), MAILBOX], [base("2026-06-30")], "bought apart from a renewal"),
        ],
        ids=[
            "an add-on alone",
            "nothing owned",
            "another variant owned",
            "terminated",
            "suspended",
            "an add-on that is not owned",
            "an add-on that is active, added again",
            "an add-on beside receive-only",
            "an add-on with receive-only",
            "a new base",
        ],
    )
    def test_it_has_no_price(self, lines: list[OrderLine], services: list[OwnedService], why: str) -> None:
        refused(lines, services, "2026-01-15", why)


class TestAQuoteAndItsOrder:
    @given(
        today=st.dates(date(2026, 1, 1), date(2050, 1, 1)),
        residual=st.integers(-90, 1500),
        apart=st.integers(0, 400),
        bought=st.integers(1, 5),
        years=st.integers(1, 10),
        is_added=st.booleans(),
    )
    def test_they_cost_the_same_and_every_month_is_paid_for(
        self, today: date, residual: int, apart: int, bought: int, years: int, is_added: bool
    ) -> None:
        expiry = today + timedelta(days=residual)
        anchor = add_months(expiry, -12 * bought)
        service = owned(str(add_months(anchor, 12 * bought)), anchor_on=anchor)
        add_on = owned(
            str(max(service.expires_on - timedelta(days=apart), min(service.expires_on, today))), product=ADD_ON
        )
        services = [service] if is_added else [service, add_on]
        lines = [renew(BASE, years), DOCUMENTS if is_added else renew(ADD_ON, years)]

        (outcome,) = quote(lines, services, today, CATALOGUE).outcomes
        event = price_order(_order(lines, services, today), CATALOGUE, today)[-1]

        assert isinstance(event, OrderPriced)
        assert (event.total_cents, event.lines) == (outcome.priced.total_cents, outcome.priced.lines)
        assert outcome.expiries == {BASE: add_months(anchor, 12 * (bought + years))} | {ADD_ON: outcome.expiries[BASE]}
        began, least = (today, Fraction(12)) if is_added else (add_on.expires_on, Fraction(0))
        months = max(least, missing_term(began, outcome.expiries[ADD_ON]).exact_months)
        # A month's end may give a day more than whole years have: it is free.
        assert outcome.priced.lines[1].net_cents + 6 >= 2000 * months / 12


def refused(lines: list[OrderLine], services: list[OwnedService], today: str, why: str) -> None:
    """A quote and an order refuse alike."""
    with pytest.raises(NotPriceable, match=why):
        quote(lines, services, day(today), FURTHER)
    (event,) = price_order(_order(lines, services, day(today)), FURTHER, day(today))
    assert isinstance(event, PricingRefused)
    assert why in event.detail
