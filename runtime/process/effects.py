"""How does an act outside happen at most once? Its `sending` is committed before it can't be taken back.

intended → sending → sent | failed | in_doubt. One instance leads. An answer is written to the effect's row first and
then recorded as an own event by the service's command, so that no crash loses an answer that was received; a crash
between the point of no return and the answer leaves `sending`, which the next leader turns into a doubt.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from uuid import UUID

import structlog

from runtime import failpoints, metrics
from runtime.edge import AccountParked, Edge
from runtime.effect import (
    Actor,
    Effect,
    EffectStore,
    PointOfNoReturn,
    Retry,
    StoreAway,
    Taken,
    Verdict,
)
from runtime.process.hold import Hold
from runtime.service import Fate
from schemas.refusal import Refusal

log = structlog.get_logger(__name__)

ROUND = 64
"""How many intents are read at once."""


@dataclass(frozen=True, slots=True)
class BackOff:
    """Wait longer after each attempt, in monotonic seconds, and not for ever."""

    first: float = 1.0
    factor: float = 2.0
    longest: float = 900.0
    attempts: int = 30

    def after(self, attempt: int) -> float:
        """Return the wait after the attempt of this number, from 1."""
        return min(self.longest, self.first * self.factor ** min(attempt - 1, 32))


@dataclass
class Effects:
    """Work on the effects of one service until stopped."""

    store: EffectStore
    actors: Sequence[Actor]
    edge: Edge
    back_off: BackOff = field(default_factory=BackOff)
    at_once: int = 8
    poll_seconds: float = 1.0
    monotonic: Callable[[], float] = time.monotonic

    def __post_init__(self) -> None:
        self._by_kind = {actor.kind: actor for actor in self.actors}
        self._woken = asyncio.Event()
        self._running: dict[UUID, asyncio.Task[None]] = {}
        self._recording: dict[UUID, asyncio.Task[None]] = {}
        """Their answer is written, and waits for its commit beside others: it holds up no other act."""
        self._not_before: dict[UUID, float] = {}
        self._outages = 0
        self._resume_at = 0.0
        self._unrecorded_at = 0.0
        self._recorded: list[UUID] = []
        self._leads = False
        self._stopping = False
        self.hold = Hold("effects wait for the database")
        self._away: tuple[type[BaseException], ...] = (StoreAway, *self.store.database_errors)

    def wake(self) -> None:
        """Look for work now; called when events were published."""
        self._woken.set()

    async def run(self) -> None:
        """Take rounds until `stop`; a store that is away is tried again."""
        while not self._stopping:
            try:
                busy = await self.round()
                self.hold.over()
            except self.store.database_errors as error:
                self._leads = False
                await self.hold.wait(error)
                busy = False
            if not busy:
                await self._rest()

    async def stop(self, seconds: float = 10.0) -> None:
        """Begin nothing new, let what runs finish for a while, and give up the lead."""
        self._stopping = True
        self.wake()
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self.drained()
        late = self._tasks()
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)  # its store is closed only behind the last of them
        await asyncio.gather(*(actor.close() for actor in self.actors))
        with suppress(*self.store.database_errors):
            await self._mark_recorded()
            await self.store.close()

    async def round(self) -> bool:
        """Take the lead, finish what is unrecorded, begin what is due; True when there may be more at once."""
        if not await self._lead():
            return False
        if self.monotonic() >= self._unrecorded_at:
            await self._record_ended()
            self._unrecorded_at = self.monotonic() + self.poll_seconds
        if self.monotonic() < self._resume_at:
            return False
        free = min(self.at_once, ROUND - len(self._recording)) - len(self._running)
        if self._outages:
            free = min(free, 1 - len(self._running))
        if free <= 0:
            await asyncio.wait(self._tasks(), timeout=self.poll_seconds, return_when=asyncio.FIRST_COMPLETED)
            return True
        effects = await self.store.due(list(self._by_kind), self._busy(), free)
        for effect in effects:
            self._running[effect.effect_id] = asyncio.create_task(self._work(effect))
        return len(effects) == free

    async def drained(self) -> None:
        """Wait until nothing runs; for tests and a graceful end."""
        while self._tasks():
            await asyncio.wait(self._tasks())

    def _tasks(self) -> list[asyncio.Task[None]]:
        return [*self._running.values(), *self._recording.values()]

    async def _lead(self) -> bool:
        led, self._leads = self._leads, await self.store.lead()
        if self._leads and not led:
            self._unrecorded_at = 0.0
            for effect in await self.store.interrupted(list(self._running)):
                log.warning("an effect is in doubt", action="effects.in_doubt", effect_id=str(effect.effect_id))
                await self.store.settle(effect.effect_id, Verdict(Fate.IN_DOUBT))
                metrics.EFFECTS.labels(effect.kind, str(Fate.IN_DOUBT)).inc()
        return self._leads

    async def _record_ended(self) -> None:
        await self._mark_recorded()
        for effect, verdict in await self.store.unrecorded(ROUND):
            is_under_way = effect.effect_id in self._running or effect.effect_id in self._recording
            if effect.kind in self._by_kind and not is_under_way and not self._waits(effect.effect_id):
                await self._record(effect, verdict)

    async def _mark_recorded(self) -> None:
        # Together, and not at once: who finds one unmarked submits its outcome again, and that changes nothing.
        marked, self._recorded = self._recorded, []
        if marked:
            await self.store.recorded(marked)

    async def _work(self, effect: Effect) -> None:
        begun = False

        async def no_return() -> bool:
            nonlocal begun
            try:
                begun = not self._stopping and await self.store.begin(effect.effect_id)
            except self.store.database_errors as error:
                raise StoreAway from error
            failpoints.reached("effect.sending")
            return begun

        try:
            result = await self._act(effect, no_return, lambda: begun)
            await self._conclude(effect, result)
        except self._away as error:
            # The row stays as it is: intended is tried again, sending becomes a doubt at the next taking of the lead.
            self._leads = False
            log.warning("an effect's answer can't be written", action="effects.store_away", error=type(error).__name__)
        finally:
            self._running.pop(effect.effect_id, None)

    async def _act(
        self, effect: Effect, no_return: PointOfNoReturn, begun: Callable[[], bool]
    ) -> Verdict | Retry | Taken:
        try:
            return await self._by_kind[effect.kind].act(effect, no_return)
        except StoreAway:
            raise
        except Exception as error:
            if not begun() and isinstance(error, self.store.database_errors):
                # A key or a secret can't be read: no attempt of the act.
                self._not_before[effect.effect_id] = self.monotonic() + self.back_off.first
                raise StoreAway from error
            name = type(error).__name__
            log.warning("an effect broke", action="effects.broke", effect_id=str(effect.effect_id), error=name)
            return Verdict(Fate.IN_DOUBT, name) if begun() else Retry(name)

    async def _conclude(self, effect: Effect, result: Verdict | Retry | Taken) -> None:
        match result:
            case Taken():
                self._not_before[effect.effect_id] = self.monotonic() + self.poll_seconds
            case Retry() if effect.attempts + 1 < self.back_off.attempts:
                await self.store.again(effect.effect_id)
                metrics.EFFECTS.labels(effect.kind, "retry").inc()
                self._wait_after(effect, result)
            case Retry():
                await self._end(effect, self._by_kind[effect.kind].exhausted(effect, result))
            case Verdict():
                if result.fate is Fate.IN_DOUBT:
                    self._count_outage()  # a server that hangs: the next mails would end in doubt as well
                else:
                    self._outages = 0
                await self._end(effect, result)

    async def _end(self, effect: Effect, verdict: Verdict) -> None:
        self._not_before.pop(effect.effect_id, None)
        failpoints.reached("effect.answered")
        await self.store.settle(effect.effect_id, verdict)
        failpoints.reached("effect.settled")
        metrics.EFFECTS.labels(effect.kind, str(verdict.fate)).inc()
        self._recording[effect.effect_id] = asyncio.create_task(self._record_beside(effect, verdict))

    async def _record_beside(self, effect: Effect, verdict: Verdict) -> None:
        try:
            await self._record(effect, verdict)
        finally:
            self._recording.pop(effect.effect_id, None)

    async def _record(self, effect: Effect, verdict: Verdict) -> None:
        identity = str(effect.effect_id)
        try:
            outcome = self._by_kind[effect.kind].outcome(effect, verdict)
            submitted = await self.edge.submit(outcome, effect.traceparent)
        except Exception as error:
            # The verdict stands in the row: whatever keeps its event back, it is submitted again, never lost.
            wait = self.back_off.longest if isinstance(error, AccountParked) else self.back_off.first
            self._not_before[effect.effect_id] = self.monotonic() + wait
            name = type(error).__name__
            log.warning("an outcome waits", action="effects.outcome_waits", effect_id=identity, error=name)
            return
        if isinstance(submitted.outcome, Refusal):
            code = submitted.outcome.code
            log.error("an outcome was refused", action="effects.outcome_refused", effect_id=identity, code=code)
        self._not_before.pop(effect.effect_id, None)
        failpoints.reached("effect.recorded")
        self._recorded.append(effect.effect_id)

    def _wait_after(self, effect: Effect, retry: Retry) -> None:
        now = self.monotonic()
        self._not_before[effect.effect_id] = now + self.back_off.after(effect.attempts + 1)
        if retry.everywhere:
            self._count_outage()
        else:
            self._outages = 0
        log.info(
            "an effect is tried again later",
            action="effects.retry",
            effect_id=str(effect.effect_id),
            reason=retry.reason,
            code=retry.code,
            attempt=effect.attempts + 1,
        )

    def _count_outage(self) -> None:
        """Begin nothing for a while, then one at a time; what ran beside the one that met it counts as the same."""
        if self.monotonic() >= self._resume_at:
            self._outages += 1
            self._resume_at = self.monotonic() + self.back_off.after(self._outages)

    def _waits(self, effect_id: UUID) -> bool:
        return self._not_before.get(effect_id, 0.0) > self.monotonic()

    def _busy(self) -> list[UUID]:
        now = self.monotonic()
        for effect_id in [each for each, until in self._not_before.items() if until <= now]:
            del self._not_before[effect_id]
        return [*self._running, *self._not_before]

    async def _rest(self) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._woken.wait(), self.poll_seconds)
        self._woken.clear()
