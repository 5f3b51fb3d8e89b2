"""What does an order cost? The worked examples of the domain, to the cent and the day."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.billing import ExtensionComputed, OrderPriced, PricingRefused
from schemas.catalogue import Catalogue
from schemas.orders import OrderPlaced
from schemas.terms import add_months
from schemas.vocabulary import Branch, PriceReason, ProrationMethod
from services.billing.domain.pricing import price_order
from tests.unit.billing.builders import (
    CATALOGUE,
    DOCUMENTS,
    E_INVOICING,
    RECEIVE_ONLY,
    STARTED_MONTHS,
    bundle,
    day,
    owned,
    placed,
)


def priced(order: OrderPlaced, catalogue: Catalogue = CATALOGUE) -> OrderPriced:
    event = price_order(order, catalogue, order.ordered_on)[-1]
    assert isinstance(event, OrderPriced), event
    return event


def refused(order: OrderPlaced, catalogue: Catalogue = CATALOGUE) -> str:
    (event,) = price_order(order, catalogue, order.ordered_on)
    assert isinstance(event, PricingRefused)
    return event.detail


EXTENDED = [
    ("A", "2026-06-30", "2026-01-15", "2027-01-15", (6, 16, 31), 1629, 798, 4427),
    ("B", "2026-12-01", "2026-06-01", "2027-06-01", (6, 0, 30), 1500, 770, 4270),
    ("C", "2026-01-16", "2026-01-15", "2027-01-15", (11, 30, 31), 2992, 1098, 6090),
    ("E", "2028-02-29", "2027-10-31", "2028-10-31", (8, 2, 31), 2016, 884, 4900),
    ("G", "2026-12-10", "2026-02-17", "2027-02-17", (2, 7, 28), 563, 564, 3127),
    ("H", "2026-12-31", "2026-03-15", "2027-03-15", (2, 15, 31), 621, 577, 3198),
    ("I", "2026-01-15", "2026-01-15", "2027-01-15", (12, 0, 31), 3000, 1100, 6100),
]


class TestWhenTheExtensionIsOn:
    @pytest.mark.parametrize(
        ("expiry", "ordered", "new_expiry", "term", "extension", "vat", "total"),
        [example[1:] for example in EXTENDED],
        ids=[example[0] for example in EXTENDED],
    )
    def test_the_worked_examples(
        self,
        expiry: str,
        ordered: str,
        new_expiry: str,
        term: tuple[int, int, int],
        extension: int,
        vat: int,
        total: int,
    ) -> None:
        order = placed(ordered_on=day(ordered), owned=[owned(expiry)])
        computed, event = price_order(order, CATALOGUE, day(ordered))
        assert isinstance(computed, ExtensionComputed)
        assert isinstance(event, OrderPriced)
        assert (computed.previous_expiry, computed.new_expiry) == (day(expiry), day(new_expiry))
        missing = computed.missing_term
        assert (missing.months, missing.days, missing.days_in_month) == term
        assert computed.net_cents == extension
        assert [line.net_cents for line in event.lines] == [2000]
        assert (event.net_cents, event.vat_cents, event.total_cents) == (2000 + extension, vat, total)

    def test_the_price_carries_the_extension_it_was_computed_with(self) -> None:
        computed, event = price_order(placed(), CATALOGUE, day("2026-01-15"))
        assert isinstance(computed, ExtensionComputed)
        assert isinstance(event, OrderPriced)
        assert computed.model_dump(exclude={"customer_id", "order_id"}) == event.extensions[0].model_dump()
        assert computed.explanation == "30.00 € a year × (6 + 16/31) / 12 = 16.29 €"
        assert (computed.method, computed.annual_cents) == (ProrationMethod.MONTH_FRACTION, 3000)
        assert (event.catalogue_version, event.vat_percent) == ("2026-01", 22)

    def test_started_months_count_whole(self) -> None:
        event = priced(placed(), STARTED_MONTHS)
        assert event.extensions[0].net_cents == 1750
        assert (event.net_cents, event.vat_cents, event.total_cents) == (3750, 825, 4575)

    def test_the_order_date_stands_for_the_payment_date(self) -> None:
        order = placed()
        assert (
            price_order(order, CATALOGUE, day("2026-01-25"))[0] == price_order(order, CATALOGUE, day("2026-01-15"))[0]
        )

    def test_nothing_to_extend_is_refused(self) -> None:
        assert "nothing to extend" in refused(placed(owned=[owned("2027-01-15")]))

    def test_the_day_before_documents_expiry_extends_by_a_day(self) -> None:
        event = priced(placed(owned=[owned("2027-01-14")]))
        assert event.extensions[0].net_cents == 8

    def test_a_base_in_grace_is_extended_without_a_gap(self) -> None:
        event = priced(placed(owned=[owned("2026-01-01")]))
        assert event.extensions[0].previous_expiry == day("2026-01-01")
        assert event.extensions[0].net_cents == 3113


class TestWhenTheExtensionIsOff:
    def test_example_a_off(self) -> None:
        event = priced(placed(branch=Branch.ALIGNED_SHORT, extend_active_services=False))
        assert event.extensions == []
        assert [(line.net_cents, line.reason) for line in event.lines] == [(2000, PriceReason.FULL_PRICE)]
        assert (event.net_cents, event.vat_cents, event.total_cents) == (2000, 440, 2440)
        assert "2026-06-30" in event.lines[0].explanation

    def test_full_price_even_for_a_single_day(self) -> None:
        order = placed(branch=Branch.ALIGNED_SHORT, extend_active_services=False, owned=[owned("2026-01-15")])
        assert priced(order).total_cents == 2440

    def test_no_extension_is_announced(self) -> None:
        order = placed(branch=Branch.ALIGNED_SHORT, extend_active_services=False)
        assert [type(event) for event in price_order(order, CATALOGUE, day("2026-01-15"))] == [OrderPriced]


class TestWhenEInvoicingRunsPastDocuments:
    @pytest.mark.parametrize("toggle", [True, False])
    @pytest.mark.parametrize(
        ("expiry", "documents", "vat", "total"),
        [("2027-01-15", 2000, 440, 2440), ("2028-09-30", 5417, 1192, 6609)],
        ids=["D", "F"],
    )
    def test_the_worked_examples(self, toggle: bool, expiry: str, documents: int, vat: int, total: int) -> None:
        order = placed(branch=Branch.ALIGNED_LONG, extend_active_services=toggle, owned=[owned(expiry)])
        event = priced(order)
        assert event.extensions == []
        assert [(line.net_cents, line.reason) for line in event.lines] == [(documents, PriceReason.ALIGNED_TO_BASE)]
        assert (event.net_cents, event.vat_cents, event.total_cents) == (documents, vat, total)

    def test_the_event_says_what_was_charged(self) -> None:
        (line,) = priced(placed(branch=Branch.ALIGNED_LONG, owned=[owned("2028-09-30")])).lines
        assert line.term is not None
        assert (line.term.months, line.term.days, line.term.days_in_month) == (32, 15, 30)
        assert line.method is ProrationMethod.MONTH_FRACTION

    def test_a_base_that_has_expired_has_no_residual(self) -> None:
        assert "expired" in refused(placed(branch=Branch.ALIGNED_LONG, owned=[owned("2026-01-14")]))


class TestAFirstPurchase:
    def test_case_1_charges_e_invoicing_and_shows_documents_at_nothing(self) -> None:
        event = priced(bundle())
        assert [(line.product, line.net_cents, line.reason) for line in event.lines] == [
            ("E_INVOICING", 3000, PriceReason.FULL_PRICE),
            ("DOCUMENTS", 0, PriceReason.FREE_WITH_BASE),
        ]
        assert (event.net_cents, event.vat_cents, event.total_cents) == (3000, 660, 3660)
        assert event.extensions == []

    def test_documents_stands_there_only_if_it_was_put_in_the_cart(self) -> None:
        event = priced(bundle(lines=[E_INVOICING]))
        assert [line.product for line in event.lines] == ["E_INVOICING"]
        assert event.total_cents == 3660

    def test_the_toggle_is_ignored(self) -> None:
        assert priced(bundle(extend_active_services=False)).total_cents == 3660

    def test_receive_only_has_its_own_price(self) -> None:
        assert priced(bundle(lines=[RECEIVE_ONLY])).total_cents == 1464

    def test_documents_with_receive_only_has_no_price(self) -> None:
        assert "needs E_INVOICING" in refused(bundle(lines=[RECEIVE_ONLY, DOCUMENTS]))

    def test_an_empty_cart_has_no_price(self) -> None:
        assert "empty" in refused(bundle(lines=[]))


class TestWhenThereIsNoBase:
    @pytest.mark.parametrize("branch", [Branch.EXTENDED, Branch.ALIGNED_SHORT, Branch.ALIGNED_LONG])
    def test_documents_alone_has_no_price(self, branch: Branch) -> None:
        assert "needs E_INVOICING, in the same order or active" in refused(placed(branch=branch, owned=[]))

    def test_receive_only_is_no_base(self) -> None:
        only = owned("2026-06-30", product="E_INVOICING_RECEIVE_ONLY")
        assert "needs E_INVOICING, in the same order or active" in refused(placed(owned=[only]))

    def test_the_refusal_names_its_order(self) -> None:
        (event,) = price_order(placed(owned=[]), CATALOGUE, day("2026-01-15"))
        assert (event.customer_id, event.correlation) == ("c-1", "o-1")


class TestAnyDates:
    @given(st.dates(date(2024, 1, 1), date(2050, 1, 1)), st.integers(0, 364))
    def test_a_later_expiry_of_e_invoicing_never_costs_more(self, ordered: date, ahead: int) -> None:
        expiries = [date.fromordinal(ordered.toordinal() + days) for days in (ahead, ahead + 1)]
        if expiries[1] >= add_months(ordered, 12):
            return
        totals = [priced(placed(ordered_on=ordered, owned=[owned(str(e))])).total_cents for e in expiries]
        assert totals[0] >= totals[1] >= 2440
