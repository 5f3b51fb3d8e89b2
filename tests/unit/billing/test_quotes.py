"""What may a customer choose between, and what does each choice cost? R17, R19, INTERFACE."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.cart import OrderLine, OwnedService
from schemas.vocabulary import Branch, OrderWarning, PurchaseCase, ServiceStatus
from services.billing.domain.cart import NotPriceable
from services.billing.domain.pricing import price_order
from services.billing.domain.quotes import Quote, quote
from tests.unit.billing.builders import (
    CATALOGUE,
    DOCUMENTS,
    E_INVOICING,
    RECEIVE_ONLY,
    day,
    owned,
    placed,
)

BASE, ADD_ON = "E_INVOICING", "DOCUMENTS"


def quoted(lines: list[OrderLine], services: list[OwnedService], today: str = "2026-01-15") -> Quote:
    return quote(lines, services, day(today), CATALOGUE)


class TestWhenEInvoicingExpiresBeforeDocuments:
    def test_the_extension_is_proposed_first(self) -> None:
        found = quoted([DOCUMENTS], [owned("2026-06-30")])
        assert found.purchase_case is PurchaseCase.ADD_ON_TO_OWNED
        assert [(outcome.extend_active_services, outcome.branch) for outcome in found.outcomes] == [
            (True, Branch.EXTENDED),
            (False, Branch.ALIGNED_SHORT),
        ]

    def test_with_the_extension(self) -> None:
        outcome = quoted([DOCUMENTS], [owned("2026-06-30")]).outcomes[0]
        assert (outcome.priced.net_cents, outcome.priced.vat_cents, outcome.priced.total_cents) == (3629, 798, 4427)
        assert outcome.expiries == {BASE: day("2027-01-15"), ADD_ON: day("2027-01-15")}
        assert outcome.net_cents_per_month == {ADD_ON: 167, BASE: 250}
        assert outcome.warnings == []

    def test_without_it(self) -> None:
        outcome = quoted([DOCUMENTS], [owned("2026-06-30")]).outcomes[1]
        assert (outcome.priced.net_cents, outcome.priced.total_cents) == (2000, 2440)
        assert outcome.expiries == {BASE: day("2026-06-30"), ADD_ON: day("2026-06-30")}
        assert outcome.net_cents_per_month == {ADD_ON: 364}

    @pytest.mark.parametrize(
        ("residual", "warnings"),
        [
            (0, [OrderWarning.SHORT_RESIDUAL]),
            (1, [OrderWarning.SHORT_RESIDUAL]),
            (89, [OrderWarning.SHORT_RESIDUAL]),
            (90, []),
            (91, []),
        ],
    )
    def test_a_short_residual_is_warned_of(self, residual: int, warnings: list[OrderWarning]) -> None:
        expiry = day("2026-01-15") + timedelta(days=residual)
        extended, short = quoted([DOCUMENTS], [owned(str(expiry))]).outcomes
        assert short.warnings == warnings
        assert extended.warnings == []

    def test_a_term_of_nothing_has_no_price_per_month(self) -> None:
        extended, short = quoted([DOCUMENTS], [owned("2026-01-15")]).outcomes
        assert short.net_cents_per_month == {ADD_ON: None}
        assert extended.net_cents_per_month == {ADD_ON: 167, BASE: 250}


class TestWhenEInvoicingRunsAsLongAsDocuments:
    @pytest.mark.parametrize(
        ("expiry", "net", "total", "per_month"), [("2027-01-15", 2000, 2440, 167), ("2028-09-30", 5417, 6609, 167)]
    )
    def test_there_is_one_outcome(self, expiry: str, net: int, total: int, per_month: int) -> None:
        (outcome,) = quoted([DOCUMENTS], [owned(expiry)]).outcomes
        assert outcome.branch is Branch.ALIGNED_LONG
        assert (outcome.priced.net_cents, outcome.priced.total_cents) == (net, total)
        assert outcome.expiries == {BASE: day(expiry), ADD_ON: day(expiry)}
        assert outcome.net_cents_per_month == {ADD_ON: per_month}

    def test_a_day_less_gives_the_choice(self) -> None:
        assert len(quoted([DOCUMENTS], [owned("2027-01-14")]).outcomes) == 2


class TestAFirstPurchase:
    def test_there_is_one_outcome(self) -> None:
        found = quoted([E_INVOICING, DOCUMENTS], [])
        (outcome,) = found.outcomes
        assert (found.purchase_case, outcome.branch) == (PurchaseCase.FIRST_PURCHASE, Branch.BUNDLE)
        assert outcome.priced.total_cents == 3660
        assert outcome.expiries == {BASE: day("2027-01-15"), ADD_ON: day("2027-01-15")}
        assert outcome.net_cents_per_month == {BASE: 250, ADD_ON: 0}

    def test_receive_only_alone(self) -> None:
        (outcome,) = quoted([RECEIVE_ONLY], []).outcomes
        assert outcome.priced.total_cents == 1464


class TestWhatCantBePriced:
    @pytest.mark.parametrize(
        ("lines", "services"),
        [
            ([DOCUMENTS], []),
            ([DOCUMENTS], [owned("2026-06-30", product="E_INVOICING_RECEIVE_ONLY")]),
            ([DOCUMENTS], [owned("2026-06-30", status=ServiceStatus.TERMINATED)]),
            ([DOCUMENTS], [owned("2026-01-10", status=ServiceStatus.GRACE)]),
            ([DOCUMENTS], [owned("2026-06-30", status=ServiceStatus.SUSPENDED)]),
            ([DOCUMENTS], [owned("2026-01-14")]),
            ([RECEIVE_ONLY, DOCUMENTS], []),
            ([E_INVOICING, RECEIVE_ONLY], []),
            ([DOCUMENTS, DOCUMENTS], [owned("2026-06-30")]),
            ([], []),
        ],
        ids=[
            "no base",
            "receive-only",
            "terminated",
            "in grace",
            "suspended",
            "expired, not yet told",
            "receive-only in the cart",
            "both variants",
            "twice",
            "empty",
        ],
    )
    def test_it_is_refused(self, lines: list[OrderLine], services: list[OwnedService]) -> None:
        with pytest.raises(NotPriceable):
            quoted(lines, services)


class TestAQuoteAndItsOrder:
    @given(st.dates(date(2026, 1, 1), date(2050, 1, 1)), st.integers(0, 1500))
    def test_they_cost_the_same(self, today: date, residual: int) -> None:
        services = [owned(str(today + timedelta(days=residual)))]
        for outcome in quote([DOCUMENTS], services, today, CATALOGUE).outcomes:
            order = placed(
                ordered_on=today,
                owned=services,
                branch=outcome.branch,
                extend_active_services=outcome.extend_active_services,
            )
            event = price_order(order, CATALOGUE, today)[-1]
            assert event.model_dump()["total_cents"] == outcome.priced.total_cents
            assert outcome.priced.net_cents >= 2000
            assert outcome.expiries[BASE] == outcome.expiries[ADD_ON]
