"""What does a part of a year cost, whatever the dates? R16, R19."""

from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.terms import add_months
from schemas.vocabulary import ProrationMethod
from services.billing.domain.proration import align_up, extend
from tests.unit.billing.builders import day

MONTH_FRACTION, STARTED_MONTHS = ProrationMethod.MONTH_FRACTION, ProrationMethod.STARTED_MONTHS
days = st.dates(date(2020, 1, 1), date(2060, 12, 31))
methods = st.sampled_from(ProrationMethod)
prices = st.integers(0, 10**7)


def extension_cents(previous: date, new: date, method: ProrationMethod = MONTH_FRACTION, annual: int = 3000) -> int:
    return extend("E_INVOICING", annual, previous, new, method).net_cents


class TestAnExtension:
    @pytest.mark.parametrize(
        ("previous", "new", "method", "explanation"),
        [
            ("2026-06-30", "2027-01-15", MONTH_FRACTION, "30.00 € a year × (6 + 16/31) / 12 = 16.29 €"),
            ("2026-12-01", "2027-06-01", MONTH_FRACTION, "30.00 € a year × 6 / 12 = 15.00 €"),
            ("2026-12-10", "2027-02-17", MONTH_FRACTION, "30.00 € a year × (2 + 7/28) / 12 = 5.63 €"),
            ("2026-06-30", "2027-01-15", STARTED_MONTHS, "30.00 € a year × 7 started months / 12 = 17.50 €"),
            ("2026-12-01", "2027-06-01", STARTED_MONTHS, "30.00 € a year × 6 started months / 12 = 15.00 €"),
        ],
    )
    def test_it_is_explained(self, previous: str, new: str, method: ProrationMethod, explanation: str) -> None:
        assert extend("E_INVOICING", 3000, day(previous), day(new), method).explanation == explanation

    def test_nothing_missing_costs_nothing(self) -> None:
        assert extension_cents(day("2027-01-15"), day("2027-01-15")) == 0

    def test_it_never_runs_backwards(self) -> None:
        with pytest.raises(ValueError, match="backwards"):
            extend("E_INVOICING", 3000, day("2027-01-16"), day("2027-01-15"), MONTH_FRACTION)

    def test_a_day_after_a_29th_of_february_counts_in_a_month_of_29(self) -> None:
        extension = extend("E_INVOICING", 3000, day("2028-02-29"), day("2028-03-28"), MONTH_FRACTION)
        assert (extension.missing_term.days, extension.missing_term.days_in_month) == (28, 29)

    @given(days, st.integers(0, 1500), methods, prices)
    def test_it_is_never_negative(self, previous: date, length: int, method: ProrationMethod, annual: int) -> None:
        assert extension_cents(previous, previous + timedelta(days=length), method, annual) >= 0

    @given(days, st.integers(0, 800), st.integers(0, 800), methods)
    def test_a_later_new_expiry_is_never_cheaper(self, previous: date, a: int, b: int, method: ProrationMethod) -> None:
        shorter, longer = sorted((a, b))
        assert extension_cents(previous, previous + timedelta(days=shorter), method) <= extension_cents(
            previous, previous + timedelta(days=longer), method
        )

    @given(days, st.integers(0, 60), prices)
    def test_whole_months_cost_the_same_either_way(self, previous: date, months: int, annual: int) -> None:
        new = add_months(previous, months)
        expected = int((Decimal(annual * months) / 12).quantize(Decimal(1), ROUND_HALF_UP))
        assert extension_cents(previous, new, MONTH_FRACTION, annual) == expected
        assert extension_cents(previous, new, STARTED_MONTHS, annual) == expected

    @given(days, st.integers(0, 1500), prices)
    def test_started_months_never_cost_less(self, previous: date, length: int, annual: int) -> None:
        new = previous + timedelta(days=length)
        assert extension_cents(previous, new, STARTED_MONTHS, annual) >= extension_cents(
            previous, new, MONTH_FRACTION, annual
        )


class TestAligningUpToALongBase:
    @pytest.mark.parametrize(
        ("expiry", "method", "net", "explanation"),
        [
            ("2028-09-30", MONTH_FRACTION, 5417, "20.00 € a year × (32 + 15/30) / 12 = 54.17 €"),
            ("2028-09-30", STARTED_MONTHS, 5500, "20.00 € a year × 33 started months / 12 = 55.00 €"),
            ("2027-01-15", MONTH_FRACTION, 2000, "20.00 € a year × 12 / 12 = 20.00 €"),
            ("2026-06-30", MONTH_FRACTION, 2000, "20.00 € a year, a whole year at least = 20.00 €"),
        ],
    )
    def test_it_costs_the_residual_and_a_year_at_least(
        self, expiry: str, method: ProrationMethod, net: int, explanation: str
    ) -> None:
        line = align_up("DOCUMENTS", 2000, 12, day("2026-01-15"), day(expiry), method)
        assert (line.net_cents, line.explanation) == (net, explanation)

    @given(days, st.integers(0, 3650), st.integers(0, 3650), methods)
    def test_a_later_base_is_never_cheaper(self, ordered: date, a: int, b: int, method: ProrationMethod) -> None:
        sooner, later = sorted((a, b))
        prices = [
            align_up("DOCUMENTS", 2000, 12, ordered, ordered + timedelta(days=length), method).net_cents
            for length in (sooner, later)
        ]
        assert 2000 <= prices[0] <= prices[1]
