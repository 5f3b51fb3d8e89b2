"""Has it come of what was done? Each event of a customer is worth another look."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from rehearsal.play.broker import Following
from rehearsal.play.patience import eventually

T = TypeVar("T")

_SECONDS = 60.0
"""So long an outcome may take on a busy machine."""
_BETWEEN_LOOKS = 0.5
"""Where no event comes that would be worth another look."""


@dataclass(frozen=True)
class Newest:
    """The events as they come."""

    following: Following

    async def until(self, look: Callable[[], Awaitable[T | None]], what: str, customer_id: str, topic: str) -> T:
        """Look again after each event of a customer on a topic until something is there. Raises NotInTime."""
        pause = partial(self.following.news, customer_id, topic, _BETWEEN_LOOKS)
        return await eventually(look, f"{what} of {customer_id}", seconds=_SECONDS, pause=pause)
