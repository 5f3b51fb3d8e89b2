"""How is a plan played? Each errand begins at its moment, many at once, and is judged when all is quiet."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from datetime import time as clock_time

from rehearsal.play.broker import Following, Publisher
from rehearsal.play.clock import Time
from rehearsal.play.patience import NotInTime
from rehearsal.play.storefront import Storefront
from rehearsal.simulate.errands import Errand, Step, intent
from rehearsal.simulate.judgement import differences
from rehearsal.simulate.messenger import Messenger
from rehearsal.simulate.plan import Plan
from rehearsal.simulate.sightings import Sightings
from rehearsal.simulate.tally import Tally
from runtime.kafka.brokers import Brokers
from schemas.catalogue import Catalogue
from schemas.terms import ROME, add_months
from schemas.topics import BILLING_EVENTS, ORDERS_EVENTS, PROVISIONING_EVENTS

FOLLOWED = (ORDERS_EVENTS, BILLING_EVENTS, PROVISIONING_EVENTS)
PATIENCE_SECONDS = 30.0
AT_ONCE = 400
_QUIET_SECONDS = 0.7
_LONGEST_QUIET = 10.0


@dataclass(frozen=True)
class Ground:
    """Where to play: brokers, and HTTP where its addresses and key are known."""

    brokers: Brokers
    namespace: str = ""
    front: Storefront | None = None


@dataclass(frozen=True)
class Verdict:
    """How one errand ended: nothing is wrong, or what is, each with its order."""

    errand: Errand
    wrong: tuple[tuple[str, str], ...]


class Run:
    """Play one plan; `tally` and `sightings` may be watched meanwhile."""

    def __init__(
        self,
        plan: Plan,
        ground: Ground,
        catalogue: Catalogue,
        *,
        rate: float = 0.0,
        at_once: int = AT_ONCE,
        patience_seconds: float = PATIENCE_SECONDS,
    ) -> None:
        self.plan = plan
        self.tally = Tally(plan.orders)
        self.sightings = Sightings(plan.run)
        self.seconds = 0.0
        self._ground = ground
        self._catalogue = catalogue
        self._rate = rate
        self._at_once = asyncio.Semaphore(at_once)
        self._patience = patience_seconds

    async def play(self, clock: Time | None = None, at: datetime | None = None) -> list[Verdict]:
        """Play it all, and judge every order.

        With a clock, what was bought earlier is bought earlier, and the rest happens `at` an instant. Raises what the
        broker's client raises when Kafka goes away.
        """
        async with self._opened() as messenger:
            began = time.monotonic()
            if clock is not None and at is not None:
                await self._history(messenger, clock, at)
            await self._all([(errand, self._now(errand, clock)) for errand in self.plan.errands], messenger, end=True)
            self.seconds = time.monotonic() - began
            await self._quiet()
        return self._judged()

    @asynccontextmanager
    async def _opened(self) -> AsyncIterator[Messenger]:
        ground = self._ground
        async with (
            Publisher(ground.brokers, ground.namespace) as publisher,
            Following(ground.brokers, FOLLOWED, self.sightings.take, ground.namespace) as following,
        ):
            self.sightings.last_news = time.monotonic()
            yield Messenger(ground.front, publisher, self.sightings, self.tally, self._patience)
            following.check()

    @staticmethod
    def _now(errand: Errand, clock: Time | None) -> tuple[Step, ...]:
        is_done = clock is not None and errand.bought_months_ago > 0
        return errand.steps if is_done else (*errand.before, *errand.steps)

    async def _history(self, messenger: Messenger, clock: Time, at: datetime) -> None:
        earlier = [errand for errand in self.plan.errands if errand.bought_months_ago]
        for months in sorted({errand.bought_months_ago for errand in earlier}, reverse=True):
            await clock.at(_months_before(at, months))
            await self._all([(each, each.before) for each in earlier if each.bought_months_ago == months], messenger)
        await clock.at(at.isoformat())

    async def _all(
        self, parts: Sequence[tuple[Errand, Sequence[Step]]], messenger: Messenger, *, end: bool = False
    ) -> None:
        began = time.monotonic()
        tasks = [asyncio.create_task(self._one(errand, steps, messenger, began, end)) for errand, steps in parts]
        try:
            await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()

    async def _one(self, errand: Errand, steps: Sequence[Step], messenger: Messenger, began: float, end: bool) -> None:
        if self._rate and end:  # the past has no arrivals
            await asyncio.sleep(max(0.0, began + errand.starts_after / self._rate - time.monotonic()))
        async with self._at_once:
            try:
                for step in steps:
                    await messenger.carry_out(step)
            except NotInTime as silence:
                self.tally.wrong[errand.expected[-1].order_id].append(f"{silence}, waiting to {intent(step)}")
                return
            if end:
                await self._come_true(errand)
                self.tally.ended += errand.orders

    async def _come_true(self, errand: Errand) -> None:
        orders = [expected.order_id for expected in errand.expected]
        with suppress(NotInTime):  # what is missing then is told by the judgement
            while any(differences(each, self.sightings.orders, self._catalogue) for each in errand.expected):
                await self.sightings.news_of(orders, self._patience)

    async def _quiet(self) -> None:
        """Wait until nothing comes any more: an effect that should not be there may be on its way."""
        until = time.monotonic() + _LONGEST_QUIET
        while (left := min(until, self.sightings.last_news + _QUIET_SECONDS) - time.monotonic()) > 0:  # noqa: ASYNC110
            await asyncio.sleep(left)

    def _judged(self) -> list[Verdict]:
        verdicts = []
        for errand in self.plan.errands:
            wrong = [
                (each.order_id, what)
                for each in errand.expected
                for what in (
                    *self.tally.wrong.get(each.order_id, ()),
                    *differences(each, self.sightings.orders, self._catalogue),
                )
            ]
            verdicts.append(Verdict(errand, tuple(wrong)))
        return verdicts


def _months_before(at: datetime, months: int) -> str:
    local = at.astimezone(ROME)
    day = add_months(local.date(), -months)
    return datetime.combine(day, clock_time(9), ROME).astimezone(UTC).isoformat()
