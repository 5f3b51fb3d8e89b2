"""What is an act outside, how can it end, and what must an actor and a store of effects promise?"""

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from runtime.ids import Command
from runtime.service import Fate


class StoreAway(Exception):
    """The store could not say whether an act may begin. An actor lets it pass."""


@dataclass(frozen=True, slots=True)
class Effect:
    """An act that an own event asked for."""

    effect_id: UUID
    kind: str
    customer_id: str
    event_id: UUID
    payload: dict[str, Any]
    attempts: int = 0
    traceparent: str | None = None
    """Of the event that asked for it."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """How an act ended, for good."""

    fate: Fate
    reason: str | None = None
    code: int | None = None


@dataclass(frozen=True, slots=True)
class Retry:
    """The act did not happen and may be tried again; `everywhere`: nothing else will succeed at present either."""

    reason: str
    code: int | None = None
    everywhere: bool = False


@dataclass(frozen=True, slots=True)
class Taken:
    """Another instance has the act: leave it."""


PointOfNoReturn = Callable[[], Awaitable[bool]]
"""To be awaited directly before what can't be taken back; False, or StoreAway, means: don't."""


class Actor(Protocol):
    """Carry out one kind of effect, and say what its outcome means to the service."""

    kind: str

    async def act(self, effect: Effect, no_return: PointOfNoReturn) -> Verdict | Retry | Taken:
        """Do it. An exception before the point of no return counts as a retry, one after it as a doubt."""
        ...

    def outcome(self, effect: Effect, verdict: Verdict) -> Command:
        """Return the command that records the verdict as an own event; the same verdict gives the same id."""
        ...

    def exhausted(self, effect: Effect, last: Retry) -> Verdict:
        """Return how the effect ends when it was retried often enough."""
        ...

    async def close(self) -> None:
        """Give up what is kept open between two effects."""
        ...


class EffectStore(Protocol):
    """Keep the effects' states; every method raises one of `database_errors` when the store is away."""

    database_errors: tuple[type[BaseException], ...]

    async def lead(self) -> bool:
        """Take or keep the lead; False while another instance has it."""
        ...

    async def due(self, kinds: Sequence[str], but: Collection[UUID], limit: int) -> list[Effect]:
        """Return the oldest intended effects whose event Kafka has."""
        ...

    async def interrupted(self, but: Collection[UUID]) -> list[Effect]:
        """Return the effects that a dead instance left `sending`."""
        ...

    async def unrecorded(self, limit: int) -> list[tuple[Effect, Verdict]]:
        """Return the effects that ended but whose outcome is no event yet."""
        ...

    async def begin(self, effect_id: UUID) -> bool:
        """Commit intended → sending, under the lead; False when it is not intended or the lead is lost."""
        ...

    async def again(self, effect_id: UUID) -> None:
        """Commit → intended and count the attempt."""
        ...

    async def settle(self, effect_id: UUID, verdict: Verdict) -> None:
        """Commit the verdict, not yet recorded; a sent one also replaces a doubt."""
        ...

    async def recorded(self, effect_ids: Collection[UUID]) -> None:
        """Commit that these outcomes are own events."""
        ...

    async def close(self) -> None:
        """Give up the lead."""
        ...
