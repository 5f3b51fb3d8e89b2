"""What is told to an endpoint outside, and how can one telling end? In doubt it is told again: at least once."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

SCHEDULE = (5.0, 300.0, 1800.0, 7200.0, 18_000.0, 36_000.0, 50_400.0, 72_000.0, 75_600.0)
"""Seconds to wait after each failure, as Standard Webhooks propose: ten attempts in three days."""
GONE = "GONE"
"""The endpoint answered 410: it is told of nothing more until an operator says so."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """An event that an endpoint is told of, as its bytes stand in Kafka."""

    endpoint: str
    event_id: UUID
    customer_id: str
    order_id: str | None
    type: str
    value: bytes


@dataclass(frozen=True, slots=True)
class Due(Delivery):
    """One whose turn it is: the first of its customer at its endpoint."""

    id: int
    attempts: int
    queued_at: datetime
    seconds: float
    """How long it has waited."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """The endpoint has it."""


@dataclass(frozen=True, slots=True)
class NotForIt:
    """It is of another storefront: the endpoint is not told."""


@dataclass(frozen=True, slots=True)
class NotKnownYet:
    """Whose it is will be known in a moment."""


@dataclass(frozen=True, slots=True)
class Failed:
    """The endpoint does not have it, as far as is known; `everywhere`: nor would it take another now."""

    reason: str
    everywhere: bool = False
    seconds: float = 0.0
    """How long the endpoint asks to be left alone."""


Telling = Delivered | NotForIt | NotKnownYet | Failed


@dataclass(frozen=True, slots=True)
class Standing:
    """How things stand at one endpoint."""

    endpoint: str
    waiting: int
    failed: int
    oldest_at: datetime | None
    is_gone: bool


class DeliveryStore(Protocol):
    """Keep what is to be told; every method raises one of `database_errors` when the store is away."""

    database_errors: tuple[type[BaseException], ...]

    async def lead(self) -> bool:
        """Take or keep the lead; False while another instance has it."""
        ...

    async def due(self, endpoints: Sequence[str], but: Collection[int], limit: int) -> list[Due]:
        """Return the first of each customer at each endpoint that is due, oldest first."""
        ...

    async def done(self, number: int) -> None:
        """Forget one that was delivered, or that is not for its endpoint."""
        ...

    async def again(self, number: int, reason: str, seconds: float) -> None:
        """Count an attempt, and let it wait."""
        ...

    async def fail(self, number: int, reason: str) -> None:
        """Count an attempt, and keep it for an operator."""
        ...

    async def standings(self) -> Mapping[str, Standing]:
        """Tell how things stand, by endpoint."""
        ...

    async def close(self) -> None:
        """Give up the lead."""
        ...
