"""How far apart are two expiries? Months from an anchor, never iterated (R2, R16)."""

import calendar
from datetime import UTC, date, datetime, time
from fractions import Fraction
from functools import cache, lru_cache
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field

ROME = ZoneInfo("Europe/Rome")
MONTHS_A_YEAR = 12


class MissingTerm(BaseModel):
    """Measure a term as `months` whole months plus `days` days of a month of `days_in_month` days."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    months: int = Field(ge=0)
    days: int = Field(ge=0)
    days_in_month: int = Field(ge=28, le=31)

    @property
    def exact_months(self) -> Fraction:
        """The term in months, exactly: m + r/L."""
        return self.months + Fraction(self.days, self.days_in_month)


def business_date(instant: datetime) -> date:
    """Return the Europe/Rome date of an aware instant (R1)."""
    return instant.astimezone(ROME).date()


@lru_cache
def start_of(day: date) -> datetime:
    """Return the instant at which a day begins in Rome, in UTC (R1)."""
    return datetime.combine(day, time(), ROME).astimezone(UTC)


def add_months(day: date, months: int) -> date:
    """Return the same day number `months` later, else that month's last day (R2)."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, _days_in(year, month + 1)))


@cache
def _days_in(year: int, month: int) -> int:
    return calendar.monthrange(year, month)[1]


def missing_term(start: date, end: date) -> MissingTerm:
    """Measure from `start` to `end` (R16): the largest m with add_months(start, m) <= end, then r days of L.

    Raises ValueError when `end` is before `start`.
    """
    if end < start:
        raise ValueError(f"a term can't run backwards: {start} to {end}")
    months = (end.year - start.year) * 12 + end.month - start.month
    if add_months(start, months) > end:
        months -= 1
    reached = add_months(start, months)
    days_in_month = (add_months(start, months + 1) - reached).days
    return MissingTerm(months=months, days=(end - reached).days, days_in_month=days_in_month)


def renewed(anchor: date, expiry: date, years: int) -> date:
    """Return where a term that ran from `anchor` to `expiry` ends once some years are added to it (R2, R31)."""
    return add_months(anchor, missing_term(anchor, expiry).months + MONTHS_A_YEAR * years)
