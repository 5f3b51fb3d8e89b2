"""How is a plan played? Each scenario begins at its moment, many at once, and is judged when all is quiet."""

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
from rehearsal.simulate.judgement import differences
from rehearsal.simulate.order_states import OrderStates
from rehearsal.simulate.plan import Plan
from rehearsal.simulate.scenarios import Scenario, Step, intent
from rehearsal.simulate.sender import Sender, Tally
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
class Target:
    """Where to play: brokers, and HTTP where its addresses and key are known."""

    brokers: Brokers
    namespace: str = ""
    front: Storefront | None = None


@dataclass(frozen=True)
class Verdict:
    """How one scenario ended: nothing is wrong, or what is, each with its order."""

    scenario: Scenario
    wrong: tuple[tuple[str, str], ...]


class Run:
    """One play of a plan; `tally` and `states` may be watched meanwhile."""

    def __init__(
        self,
        plan: Plan,
        target: Target,
        catalogue: Catalogue,
        *,
        rate: float = 0.0,
        at_once: int = AT_ONCE,
        patience_seconds: float = PATIENCE_SECONDS,
    ) -> None:
        self.plan = plan
        self.tally = Tally(plan.orders)
        self.states = OrderStates(plan.run)
        self.seconds = 0.0
        self._target = target
        self._catalogue = catalogue
        self._rate = rate
        self._at_once = asyncio.Semaphore(at_once)
        self._patience = patience_seconds

    async def play(self, clock: Time | None = None, at: datetime | None = None) -> list[Verdict]:
        """Play it all, and judge every order.

        With a clock, what was bought earlier is bought earlier, and the rest happens `at` an instant. Raises what the
        broker's client raises when Kafka goes away.
        """
        async with self._opened() as sender:
            began = time.monotonic()
            if clock is not None and at is not None:
                await self._history(sender, clock, at)
            await self._all(
                [(scenario, self._now(scenario, clock)) for scenario in self.plan.scenarios], sender, end=True
            )
            self.seconds = time.monotonic() - began
            await self._quiet()
        return self._judged()

    @asynccontextmanager
    async def _opened(self) -> AsyncIterator[Sender]:
        target = self._target
        async with (
            Publisher(target.brokers, target.namespace) as publisher,
            Following(target.brokers, FOLLOWED, self.states.take, target.namespace) as following,
        ):
            self.states.last_news = time.monotonic()
            yield Sender(target.front, publisher, self.states, self.tally, self._patience)
            following.check()

    @staticmethod
    def _now(scenario: Scenario, clock: Time | None) -> tuple[Step, ...]:
        is_done = clock is not None and scenario.bought_months_ago > 0
        return scenario.steps if is_done else (*scenario.before, *scenario.steps)

    async def _history(self, sender: Sender, clock: Time, at: datetime) -> None:
        earlier = [scenario for scenario in self.plan.scenarios if scenario.bought_months_ago]
        for months in sorted({scenario.bought_months_ago for scenario in earlier}, reverse=True):
            await clock.at(_months_before(at, months))
            await self._all([(each, each.before) for each in earlier if each.bought_months_ago == months], sender)
        await clock.at(at.isoformat())

    async def _all(
        self, parts: Sequence[tuple[Scenario, Sequence[Step]]], sender: Sender, *, end: bool = False
    ) -> None:
        began = time.monotonic()
        tasks = [asyncio.create_task(self._one(scenario, steps, sender, began, end)) for scenario, steps in parts]
        try:
            await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()

    async def _one(self, scenario: Scenario, steps: Sequence[Step], sender: Sender, began: float, end: bool) -> None:
        if self._rate and end:  # the past has no arrivals
            await asyncio.sleep(max(0.0, began + scenario.starts_after / self._rate - time.monotonic()))
        async with self._at_once:
            try:
                for step in steps:
                    await sender.carry_out(step)
            except NotInTime as silence:
                self.tally.wrong[scenario.expected[-1].order_id].append(f"{silence}, waiting to {intent(step)}")
                return
            if end:
                await self._until_as_expected(scenario)
                self.tally.ended += scenario.orders

    async def _until_as_expected(self, scenario: Scenario) -> None:
        orders = [expected.order_id for expected in scenario.expected]
        with suppress(NotInTime):  # what is missing then is reported by the judgement
            while any(differences(each, self.states.orders, self._catalogue) for each in scenario.expected):
                await self.states.news_of(orders, self._patience)

    async def _quiet(self) -> None:
        """Wait until nothing comes any more: an effect that should not be there may be on its way."""
        until = time.monotonic() + _LONGEST_QUIET
        while (left := min(until, self.states.last_news + _QUIET_SECONDS) - time.monotonic()) > 0:  # noqa: ASYNC110
            await asyncio.sleep(left)

    def _judged(self) -> list[Verdict]:
        verdicts = []
        for scenario in self.plan.scenarios:
            wrong = [
                (each.order_id, what)
                for each in scenario.expected
                for what in (
                    *self.tally.wrong.get(each.order_id, ()),
                    *differences(each, self.states.orders, self._catalogue),
                )
            ]
            verdicts.append(Verdict(scenario, tuple(wrong)))
        return verdicts


def _months_before(at: datetime, months: int) -> str:
    local = at.astimezone(ROME)
    day = add_months(local.date(), -months)
    return datetime.combine(day, clock_time(9), ROME).astimezone(UTC).isoformat()
