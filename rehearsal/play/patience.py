"""How long does one wait for an outcome? Until it is there, asked again and again, never longer than a deadline."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")

PATIENCE_SECONDS = 45.0
_BETWEEN_LOOKS = 0.03


class NotInTime(AssertionError):
    """What was waited for did not come; the message tells what was seen instead."""


async def eventually(
    look: Callable[[], Awaitable[T | None]],
    what: str,
    *,
    seconds: float = PATIENCE_SECONDS,
    seen: Callable[[], str] = str,
    pause: Callable[[], Awaitable[object]] = lambda: asyncio.sleep(_BETWEEN_LOOKS),
) -> T:
    """Look until something other than None or False is there, and return it.

    `pause` ends when another look is worth it. Raises NotInTime when it did not come within `seconds`; `seen` then says
    what was there instead.
    """
    deadline = time.monotonic() + seconds
    while True:
        found = await look()
        if found is not None and found is not False:
            return found
        if time.monotonic() > deadline:
            raise NotInTime(f"waited {seconds:.0f} s for {what}\n{seen()}".rstrip())
        await pause()
