"""A scene for the engine of effects: a store in memory, an actor with a script, an edge that remembers, a watch."""

import asyncio
from dataclasses import dataclass, field
from typing import Any, ClassVar
from uuid import UUID, uuid5

from runtime.edge import Submitted
from runtime.effect import Effect, PointOfNoReturn, Retry, Taken, Verdict
from runtime.process.effects import BackOff, Effects
from runtime.service import Decided, Fate
from tests.unit.runtime.effects_memory import MemoryEffects

NAMES = UUID("11111111-1111-5111-8111-111111111111")
SENT = Verdict(Fate.SENT)


def effect(number: int = 1) -> Effect:
    name = uuid5(NAMES, str(number))
    return Effect(name, "letter", "c-1", name, {"number": number})


@dataclass(frozen=True, slots=True)
class Ended:
    TYPE: ClassVar[str] = "test.Ended"

    customer_id: str
    key: str
    verdict: Verdict


@dataclass
class Postbox:
    """An actor that does what the script says, and counts what really left."""

    script: list[Any]
    kind: str = "letter"
    left: int = 0
    closed: bool = False

    async def act(self, effect: Effect, no_return: PointOfNoReturn) -> Verdict | Retry | Taken:
        step = self.script.pop(0) if self.script else SENT
        if isinstance(step, Retry):
            return step
        if isinstance(step, Exception):
            raise step
        if not await no_return():
            return Taken()
        self.left += 1
        if isinstance(step, Verdict):
            return step
        raise RuntimeError("after the point of no return")

    def outcome(self, effect: Effect, verdict: Verdict) -> "Ended":
        return Ended(effect.customer_id, str(effect.effect_id), verdict)

    def exhausted(self, effect: Effect, last: Retry) -> Verdict:
        return Verdict(Fate.FAILED, "EXHAUSTED", last.code)

    async def close(self) -> None:
        self.closed = True


@dataclass
class Outcomes:
    """The edge: remembers what was submitted, or refuses it."""

    verdicts: list[Verdict] = field(default_factory=list)
    refuses: Exception | None = None
    commits: asyncio.Event | None = None
    """Where there is one, every outcome waits for it."""

    async def submit(self, command: Ended, traceparent: str | None = None) -> Submitted:
        if self.commits is not None:
            await self.commits.wait()
        if self.refuses is not None:
            raise self.refuses
        self.verdicts.append(command.verdict)
        return Submitted(Decided([]), [])


@dataclass
class Wristwatch:
    now: float = 0.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Scene:
    script: list[Any]
    store: MemoryEffects = field(default_factory=MemoryEffects)
    outcomes: Outcomes = field(default_factory=Outcomes)
    watch: Wristwatch = field(default_factory=Wristwatch)
    attempts: int = 30

    def __post_init__(self) -> None:
        self.box = Postbox(self.script)
        self.engine = self.restarted()

    def restarted(self) -> Effects:
        back_off = BackOff(attempts=self.attempts)
        self.engine = Effects(self.store, [self.box], self.outcomes, back_off, monotonic=self.watch)  # type: ignore[arg-type]
        return self.engine

    async def rounds(self, count: int = 1) -> None:
        for _ in range(count):
            await self.engine.round()
            await self.engine.drained()
