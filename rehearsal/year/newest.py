"""Has it come of what was done? Each event that tells an outcome is worth another look at what it is told of."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from rehearsal.play.broker import Following, Record
from rehearsal.play.patience import eventually
from schemas.notifications import EmailSent
from schemas.orders import (
    OrderActivationNoted,
    OrderCancelled,
    OrderExpired,
    OrderHeld,
    OrderPriceNoted,
    OrderRefused,
)

T = TypeVar("T")

_SECONDS = 60.0
"""So long an outcome may take on a busy machine."""
_BETWEEN_LOOKS = 0.5
"""Where no event comes that would be worth another look."""
_ENDINGS = (OrderRefused, OrderPriceNoted, OrderActivationNoted, OrderHeld, OrderCancelled, OrderExpired, EmailSent)
_OUTCOMES = frozenset(each.EVENT_TYPE for each in _ENDINGS)


def is_outcome(record: Record) -> bool:
    """Tell whether a record ends what a customer waits for; what lies between need not be looked at."""
    return record.headers.get("type", b"").decode() in _OUTCOMES


@dataclass(frozen=True)
class Newest:
    """The events as they come."""

    following: Following

    async def until(self, look: Callable[[], Awaitable[T | None]], what: str, customer_id: str, topic: str) -> T:
        """Look now, and after each outcome of a customer on a topic until something is there. Raises NotInTime."""
        self.following.forget(customer_id, topic)
        pause = partial(self.following.news, customer_id, topic, _BETWEEN_LOOKS)
        return await eventually(look, f"{what} of {customer_id}", seconds=_SECONDS, pause=pause)
