"""Do months from an anchor behave? R1, R2, R16."""

from datetime import UTC, date, datetime
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.terms import MissingTerm, add_months, business_date, missing_term

days = st.dates(date(2000, 1, 1), date(2100, 12, 31))
months = st.integers(0, 240)


class TestBusinessDates:
    @pytest.mark.parametrize(
        ("instant", "expected"),
        [
            ("2026-01-14T22:59:59.999999+00:00", "2026-01-14"),
            ("2026-01-14T23:00:00+00:00", "2026-01-15"),
            ("2026-07-14T21:59:59+00:00", "2026-07-14"),
            ("2026-07-14T22:00:00+00:00", "2026-07-15"),
            ("2026-10-24T22:30:00+00:00", "2026-10-25"),
            ("2026-10-25T22:30:00+00:00", "2026-10-25"),
            ("2026-10-25T23:00:00+00:00", "2026-10-26"),
            ("2026-03-28T23:00:00+00:00", "2026-03-29"),
            ("2026-03-29T22:00:00+00:00", "2026-03-30"),
        ],
    )
    def test_the_date_is_the_one_in_rome(self, instant: str, expected: str) -> None:
        assert business_date(datetime.fromisoformat(instant)) == date.fromisoformat(expected)

    def test_any_zone_of_the_same_instant_gives_the_same_date(self) -> None:
        instant = datetime.fromisoformat("2026-01-15T08:00:00+09:00")
        assert business_date(instant) == business_date(instant.astimezone(UTC)) == date(2026, 1, 15)


class TestAddingMonths:
    @pytest.mark.parametrize(
        ("start", "count", "expected"),
        [
            ("2026-01-15", 12, "2027-01-15"),
            ("2026-01-31", 1, "2026-02-28"),
            ("2026-01-31", 12, "2027-01-31"),
            ("2026-08-31", 6, "2027-02-28"),
            ("2027-08-31", 6, "2028-02-29"),
            ("2024-02-29", 12, "2025-02-28"),
            ("2024-02-29", 48, "2028-02-29"),
            ("2026-12-31", 2, "2027-02-28"),
            ("2026-11-30", 1, "2026-12-30"),
            ("2026-03-31", -1, "2026-02-28"),
            ("2026-01-15", 0, "2026-01-15"),
        ],
    )
    def test_it_keeps_the_day_number_or_takes_the_last_day(self, start: str, count: int, expected: str) -> None:
        assert add_months(date.fromisoformat(start), count) == date.fromisoformat(expected)

    def test_iterating_would_lose_three_days(self) -> None:
        iterated = date(2026, 1, 31)
        for _ in range(12):
            iterated = add_months(iterated, 1)
        assert iterated == date(2027, 1, 28)
        assert add_months(date(2026, 1, 31), 12) == date(2027, 1, 31)

    def test_a_29th_of_february_comes_back_after_years_bought_on_its_anchor(self) -> None:
        anchor = date(2024, 2, 29)
        assert [add_months(anchor, 12 * years) for years in (1, 2, 3, 4)] == [
            date(2025, 2, 28),
            date(2026, 2, 28),
            date(2027, 2, 28),
            date(2028, 2, 29),
        ]

    @given(days, months)
    def test_it_lands_in_the_month_so_many_later(self, start: date, count: int) -> None:
        later = add_months(start, count)
        assert (later.year * 12 + later.month) - (start.year * 12 + start.month) == count
        assert later.day <= start.day

    @given(days, months, months)
    def test_more_months_are_never_earlier(self, start: date, one: int, other: int) -> None:
        fewer, more = sorted((one, other))
        assert add_months(start, fewer) <= add_months(start, more)

    @given(days, days, months)
    def test_a_later_start_is_never_earlier(self, one: date, other: date, count: int) -> None:
        first, second = sorted((one, other))
        assert add_months(first, count) <= add_months(second, count)


class TestMissingTerm:
    @pytest.mark.parametrize(
        ("start", "end", "expected"),
        [
            ("2026-06-30", "2027-01-15", (6, 16, 31)),
            ("2026-12-01", "2027-06-01", (6, 0, 30)),
            ("2026-01-16", "2027-01-15", (11, 30, 31)),
            ("2027-01-15", "2027-01-15", (0, 0, 31)),
            ("2028-02-29", "2028-10-31", (8, 2, 31)),
            ("2026-01-15", "2028-09-30", (32, 15, 30)),
            ("2026-12-10", "2027-02-17", (2, 7, 28)),
            ("2026-12-31", "2027-03-15", (2, 15, 31)),
            ("2026-01-15", "2027-01-15", (12, 0, 31)),
            ("2026-01-31", "2026-02-28", (1, 0, 31)),
            ("2028-01-31", "2028-02-28", (0, 28, 29)),
            ("2026-06-30", "2026-06-30", (0, 0, 30)),
        ],
    )
    def test_it_counts_whole_months_then_days_of_the_next(
        self, start: str, end: str, expected: tuple[int, int, int]
    ) -> None:
        term = missing_term(date.fromisoformat(start), date.fromisoformat(end))
        assert (term.months, term.days, term.days_in_month) == expected

    def test_a_term_never_runs_backwards(self) -> None:
        with pytest.raises(ValueError, match="backwards"):
            missing_term(date(2026, 1, 2), date(2026, 1, 1))

    def test_its_months_are_exact(self) -> None:
        assert MissingTerm(months=6, days=16, days_in_month=31).exact_months == Fraction(202, 31)

    @given(days, days)
    def test_adding_it_again_gives_the_end(self, one: date, other: date) -> None:
        start, end = sorted((one, other))
        term = missing_term(start, end)
        reached = add_months(start, term.months)
        assert (end - reached).days == term.days
        assert 0 <= term.days < term.days_in_month
        assert end < add_months(start, term.months + 1)

    @given(days, months)
    def test_whole_months_leave_no_days(self, start: date, count: int) -> None:
        term = missing_term(start, add_months(start, count))
        assert (term.months, term.days) == (count, 0)

    @given(days, days, days)
    def test_a_later_end_is_never_shorter(self, one: date, other: date, third: date) -> None:
        start, end, later = sorted((one, other, third))
        assert missing_term(start, end).exact_months <= missing_term(start, later).exact_months
