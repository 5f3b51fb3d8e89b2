"""How are days and cents reckoned? R1 to R5, in the model's own arithmetic."""

from calendar import monthrange
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

ROME = ZoneInfo("Europe/Rome")
VAT = Fraction(22, 100)
DAY = timedelta(days=1)


def rome_day(instant: datetime) -> date:
    """Return the business date of an instant (R1)."""
    return instant.astimezone(ROME).date()


def first_instant(day: date) -> datetime:
    """Return 00:00 in Rome of a day."""
    return datetime(day.year, day.month, day.day, tzinfo=ROME).astimezone(UTC)


def add_months(day: date, months: int) -> date:
    """Return the same day so many months on, else that month's last (R2)."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def parts(start: date, end: date) -> tuple[int, int, int]:
    """Return a term as whole months, days over, and the days of the month they are of (R16)."""
    months = max(count for count in range(1200) if add_months(start, count) <= end)
    whole, following = add_months(start, months), add_months(start, months + 1)
    return months, (end - whole).days, (following - whole).days


def term(start: date, end: date) -> Fraction:
    """Return a term in months, exactly; none where nothing is missing."""
    if start >= end:
        return Fraction(0)
    months, days, days_in_month = parts(start, end)
    return months + Fraction(days, days_in_month)


def cents(exact: Fraction) -> int:
    """Round once, half up (R4)."""
    return int((2 * exact + 1) // 2)


def with_vat(net: int) -> int:
    """Return a document's total (R5)."""
    return net + cents(net * VAT)
