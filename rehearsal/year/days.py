"""Which day is it? The year's days by number, and the two instants of each at which something is done."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from datetime import time as clock_time

from rehearsal.play.clock import Time
from schemas.terms import ROME, business_date

NOTICED, MORNING, EVENING = clock_time(9, 30), clock_time(10), clock_time(18)
"""In Rome: customers act after the day's notices, and whoever sees to what waits acts after the customers."""


class YearIsOver(Exception):
    """What comes next is after the last day."""


@dataclass(frozen=True)
class Days:
    """The days of a year from its first, day 0; what is before has negative numbers."""

    first: date
    count: int
    time: Time

    @property
    def today(self) -> int:
        """Return the number of the present day."""
        return self.number(business_date(self.time.now()))

    def number(self, day: date) -> int:
        """Return a date's number."""
        return (day - self.first).days

    def date(self, number: int) -> date:
        """Return the date of a number."""
        return self.first + timedelta(days=number)

    def instant(self, number: int, at: clock_time) -> str:
        """Write an instant of a day."""
        return datetime.combine(self.date(number), at, ROME).isoformat()

    async def morning(self, number: int) -> None:
        """Go on in the morning of a day, or at once where that is past. Raises YearIsOver after the last."""
        if number <= self.today:
            return
        if number >= self.count:
            raise YearIsOver
        await self.time.at(self.instant(number, MORNING))

    async def noticed(self, number: int) -> None:
        """Go on after the notices of a day."""
        await self.time.at(self.instant(number, NOTICED))

    async def evening(self, number: int) -> None:
        """Go on in the evening of a day."""
        await self.time.at(self.instant(number, EVENING))
