"""How is a year played? Every customer's life side by side on one clock, which goes on when all of a day is done."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date
from functools import partial

from coterm_client import CotermError as ClientError
from coterm_client import Storefront as Shop
from operations.mails.mail import Maildir
from operations.progress import ProgressDisplay
from operations.surroundings import OperationFailed, Surroundings
from operations.verify.checking import verify_described
from operations.verify.findings import Report
from rehearsal.play.broker import Following, Publisher, Record
from rehearsal.play.buyers import Buyer, Names
from rehearsal.play.clock import ClockDriver, ClockFile
from rehearsal.play.endpoints import Endpoints
from rehearsal.play.storefront import Storefront
from rehearsal.year.calendar import Calendar
from rehearsal.year.customer import Means, OneCustomer
from rehearsal.year.days import EVENING, Days, YearIsOver
from rehearsal.year.newest import Newest, is_outcome
from rehearsal.year.operator import Operator
from rehearsal.year.panel import Panel
from rehearsal.year.plan import DAYS_BETWEEN, MONTHS_BEFORE, Life
from rehearsal.year.stillness import Stillness, stillness
from schemas.topics import ANALYSED

_DRAIN_SECONDS = 120.0
_CANARIES = 3
FRIDAY = 4


@dataclass
class Year:
    """One year and what has happened in it so far."""

    lives: tuple[Life, ...]
    first: date
    days: int
    run: str
    calendar: Calendar = field(default_factory=Calendar)
    operator: dict[str, int] = field(default_factory=dict)
    wrong: list[tuple[str, str]] = field(default_factory=list)
    """Whose life went otherwise than it can go, and how."""
    is_on: int = 0
    """The day that it has come to."""
    seconds: float = 0.0
    report: Report | None = None

    async def play(self, where: Surroundings, endpoints: Endpoints, clock: ClockFile, *, quietly: bool) -> None:
        """Play it from the first day to the last, then check every invariant; the clock stands again as it was."""
        began = time.monotonic()
        buyers = self._buyers()
        progress = ProgressDisplay(silent=quietly)
        try:
            with clock.kept():
                driver = ClockDriver(clock)
                days = Days(self.first, self.days, driver)
                async with stillness(where) as still, self._opened(where, endpoints, still) as means:
                    clock.set(days.instant(-DAYS_BETWEEN * MONTHS_BEFORE - 1, EVENING))
                    await _check_clock(means.shop, days)
                    customers = [
                        OneCustomer(life, buyer, means, days) for life, buyer in zip(self.lives, buyers, strict=True)
                    ]
                    self.operator = means.operator.done
                    lives = [partial(self._lived, each) for each in customers]
                    await driver.play([partial(self._evenings, days, means, still, progress), *lives])
                canaries = [str(buyer.body[name]) for buyer in buyers[:_CANARIES] for name in ("email", "vat_number")]
                self.report = await verify_described(where, seconds=_DRAIN_SECONDS, canaries=canaries, silent=quietly)
        finally:
            self.seconds = time.monotonic() - began

    def _buyers(self) -> list[Buyer]:
        names = Names(self.run)
        return [names.buyer(life.kind.value, locale=life.locale.value) for life in self.lives]

    @asynccontextmanager
    async def _opened(self, where: Surroundings, endpoints: Endpoints, still: Stillness) -> AsyncIterator[Means]:
        others = {name: getattr(endpoints, name) for name in ("billing", "provisioning", "notifications")}
        async with (
            Shop(endpoints.orders, endpoints.keys.storefront, **others) as shop,
            Storefront(endpoints) as front,
            Publisher(where.brokers, where.namespace) as publisher,
        ):
            operator = Operator(front)

            def take(record: Record) -> None:
                for each in (still.arrived, self.calendar, operator):
                    each.take(record)

            async with Following(where.brokers, ANALYSED, take, where.namespace, is_news=is_outcome) as following:
                newest = Newest(following)
                panel = Panel(front, Maildir(endpoints.maildir, from_now=True), newest)
                yield Means(shop, publisher, panel, operator, newest)

    async def _lived(self, customer: OneCustomer) -> None:
        try:
            await customer.live()
        except YearIsOver:
            pass
        except Exception as error:  # one life gone wrong is told at the end, and the others go on
            on = customer.days.date(customer.days.today)
            self.wrong.append((customer.buyer.customer_id, f"{on}: {type(error).__name__}: {error}"))

    async def _evenings(self, days: Days, means: Means, still: Stillness, progress: ProgressDisplay) -> None:
        """See to each day: that its notices are told before anyone acts, at its end that all it led to has come.

        And to what waits for an operator then.
        """

        async def day(number: int) -> None:
            await days.noticed(number)
            await still.come(days.time.now())
            await days.evening(number)
            await still.come(days.time.now())
            means.newest.following.check()
            await means.operator.see_to_what_waits()
            if days.date(number).weekday() == FRIDAY:
                await means.operator.pay_back()

        try:
            with progress.waiting("what was bought in the months before"):
                for number in range(-DAYS_BETWEEN * MONTHS_BEFORE, 0, DAYS_BETWEEN):
                    await day(number)
            with progress.working(f"{self.days} days of {len(self.lives)} customers", self.days, "days") as advance:
                for number in range(self.days):
                    self.is_on = number
                    await day(number)
                    advance(1)
        except Exception as error:
            self.wrong.append(("the operator", f"{days.date(days.today)}: {type(error).__name__}: {error}"))


async def _check_clock(shop: Shop, days: Days) -> None:
    """Refuse a stack whose services do not follow the clock that its description names. Raises OperationFailed."""
    today = days.date(days.today)
    try:
        on = (await shop.catalogue()).on
    except ClientError as error:
        raise OperationFailed(f"orders can't be asked for its day: {error}") from None
    if on != today:
        raise OperationFailed(
            f"the services say that it is {on} where their clock's file says {today}: a year is played where they "
            "follow it (COTERM_CLOCK_FILE)"
        )
