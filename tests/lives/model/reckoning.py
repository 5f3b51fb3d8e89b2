"""How are days and cents reckoned? R1 to R5, in the model's own arithmetic."""

from calendar import monthrange
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

ROME = ZoneInfo("Europe/Rome")
DAY = timedelta(days=1)


def rome_day(instant: datetime) -> date:
    """Return the business date of an instant (R1)."""
    return instant.astimezone(ROME).date()


def instant_of(day: date, hour: int = 0) -> datetime:
    """Return an hour of a day in Rome."""
    return datetime(day.year, day.month, day.day, hour, tzinfo=ROME).astimezone(UTC)


def add_months(day: date, months: int) -> date:
    """Return the same day so many months on, else that month's last (R2)."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def parts(start: date, end: date) -> tuple[int, int, int]:
    """Return a term as whole months, days over, and the days of the month they are of (R16); 0 after the end."""
    months = max((count for count in range(1200) if add_months(start, count) <= end), default=0)
    whole, following = add_months(start, months), add_months(start, months + 1)
    return months, max(0, (end - whole).days), (following - whole).days


def term(start: date, end: date) -> Fraction:
    """Return a term in months, exactly."""
    months, days, days_in_month = parts(start, end)
    return months + Fraction(days, days_in_month)


def cents(exact: Fraction) -> int:
    """Round once, half up (R4)."""
    return int((2 * exact + 1) // 2)


def with_vat(net: int) -> int:
    """Return a document's total (R5)."""
    return net + cents(net * Fraction(22, 100))
