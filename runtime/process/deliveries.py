"""How are endpoints told of events? At least once, each customer's in order, again and again for three days.

One instance leads. An endpoint that answers nothing is left alone for a while, then asked with one event at a time, so
that it is not flooded; the others go on.
"""

import asyncio
import math
import time
from collections.abc import Awaitable, Callable, Collection
from contextlib import suppress
from dataclasses import dataclass, field

import structlog

from runtime import metrics
from runtime.delivery import (
    GONE,
    SCHEDULE,
    Delivered,
    DeliveryStore,
    Due,
    Failed,
    NotForIt,
    NotKnownYet,
    Telling,
)
from runtime.process.effects import BackOff
from runtime.process.hold import Hold

_log = structlog.get_logger(__name__)
_KNOWN_SECONDS = 0.2
"""So long it is waited for what says whose an event is."""


@dataclass
class Endpoint:
    """How one endpoint has done lately."""

    outages: int = 0
    resume_at: float = 0.0
    running: set[int] = field(default_factory=set)


@dataclass
class Deliveries:
    """Tell the endpoints until stopped."""

    store: DeliveryStore
    endpoints: Collection[str]
    tell: Callable[[Due], Awaitable[Telling]]
    back_off: BackOff = field(default_factory=lambda: BackOff(first=1.0, longest=300.0))
    at_once: int = 16
    poll_seconds: float = 1.0
    monotonic: Callable[[], float] = time.monotonic

    def __post_init__(self) -> None:
        self._woken = asyncio.Event()
        self._running: dict[int, asyncio.Task[None]] = {}
        self._not_before: dict[int, float] = {}
        self._endpoints = {name: Endpoint() for name in self.endpoints}
        self.hold = Hold("deliveries wait for the database")

    def wake(self) -> None:
        """Look for work now: something was committed or published."""
        self._woken.set()

    async def run(self) -> None:
        """Take rounds for ever; a store that is away is tried again."""
        while True:
            try:
                begun = await self.round()
                self.hold.over()
            except self.store.database_errors as error:
                await self.hold.wait(error)
                begun = 0
            if not begun:
                await self._rest()

    async def stop(self, seconds: float = 10.0) -> None:
        """Let what is under way finish for a while, and give up the lead; what is cut off is told again."""
        if self._running:
            await asyncio.wait(self._running.values(), timeout=seconds)
        late = list(self._running.values())
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
        with suppress(*self.store.database_errors):
            await self.store.close()

    async def round(self) -> int:
        """Begin what is due, and count it."""
        if not self.endpoints or not await self.store.lead():
            return 0
        now, free = self.monotonic(), self.at_once - len(self._running)
        well = [name for name, each in self._endpoints.items() if not each.outages]
        # Of one that was away, one at a time, once it has been left alone.
        ill = [name for name, each in self._endpoints.items() if self._may_be_asked(each, now)]
        self._not_before = {number: until for number, until in self._not_before.items() if until > now}
        busy = [*self._running, *self._not_before]
        due = await self.store.due(well, busy, free) if well and free > 0 else []
        for name in ill:
            due += await self.store.due([name], busy, 1)
        for each in due:
            self._endpoints[each.endpoint].running.add(each.id)
            self._running[each.id] = asyncio.create_task(self._work(each))
        return len(due)

    async def drained(self) -> None:
        """Wait until nothing runs."""
        while self._running:
            await asyncio.wait(list(self._running.values()))

    def _may_be_asked(self, endpoint: Endpoint, now: float) -> bool:
        return endpoint.outages > 0 and endpoint.resume_at <= now and not endpoint.running

    async def _work(self, due: Due) -> None:
        try:
            await self._conclude(due, await self.tell(due))
        except self.store.database_errors as error:
            # Whether it was told is not written: it is told again.
            self._not_before[due.id] = self.monotonic() + self.poll_seconds
            _log.warning("a delivery's end can't be written", action="webhooks.store_away", error=type(error).__name__)
        finally:
            self._running.pop(due.id, None)
            self._endpoints[due.endpoint].running.discard(due.id)
            self.wake()

    async def _conclude(self, due: Due, result: Telling) -> None:
        endpoint = self._endpoints[due.endpoint]
        match result:
            case Delivered():
                endpoint.outages = 0
                await self.store.done(due.id)
                metrics.WEBHOOK_SECONDS.labels(due.endpoint).observe(due.seconds)
                metrics.WEBHOOKS.labels(due.endpoint, "delivered").inc()
            case NotForIt():
                await self.store.done(due.id)
            case NotKnownYet():
                self._not_before[due.id] = self.monotonic() + _KNOWN_SECONDS
            case Failed():
                self._leave_alone(endpoint, result)
                await self._fail(due, result)

    async def _fail(self, due: Due, failed: Failed) -> None:
        is_last = failed.reason == GONE or due.attempts >= len(SCHEDULE)
        if is_last:
            await self.store.fail(due.id, failed.reason)
        else:
            await self.store.again(due.id, failed.reason, max(failed.seconds, SCHEDULE[due.attempts]))
        metrics.WEBHOOKS.labels(due.endpoint, "failed" if is_last else "retry").inc()
        _log.warning(
            "an endpoint was not told, for good" if is_last else "an endpoint was not told; it is tried again",
            action="webhooks.failed" if is_last else "webhooks.retry",
            endpoint=due.endpoint,
            event_id=str(due.event_id),
            reason=failed.reason,
            attempt=due.attempts + 1,
        )

    def _leave_alone(self, endpoint: Endpoint, failed: Failed) -> None:
        if not failed.everywhere:
            endpoint.outages = 0
        elif self.monotonic() >= endpoint.resume_at:
            endpoint.outages += 1
            endpoint.resume_at = self.monotonic() + max(failed.seconds, self.back_off.after(endpoint.outages))

    async def _rest(self) -> None:
        """Rest until woken, until the first of what waits for a moment may be tried again, or for a look's time."""
        soonest = min(self._not_before.values(), default=math.inf) - self.monotonic()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._woken.wait(), max(0.0, min(soonest, self.poll_seconds)))
        self._woken.clear()
