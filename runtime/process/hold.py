"""What is held because a wait will cure it, since when tried again, and why?"""

import asyncio
import time

import structlog

from runtime.log import described

FIRST_SECONDS = 0.5
LONGEST_SECONDS = 8.0
_log = structlog.get_logger()


class Hold:
    """Wait longer after each failure in turn, and tell why while it lasts."""

    def __init__(self, what: str) -> None:
        """Name what is held, as the beginning of a sentence: "commits wait for the database"."""
        self._what = what
        self._failures = 0
        self._until = 0.0
        self.why: str | None = None
        """What is held at the moment, and by which kind of error: anybody may read it, so it names no host."""

    async def wait(self, error: BaseException) -> None:
        """Wait before the next try; only the first failure in turn is a line in the log."""
        if self.why is None:
            _log.warning("something waits", action="held", what=self._what, why=described(error))
        self.why = f"{self._what}: {type(error).__name__}"
        if time.monotonic() >= self._until:  # else it failed beside one that waits already
            seconds = min(LONGEST_SECONDS, FIRST_SECONDS * 2 ** min(self._failures, 16))
            self._until = time.monotonic() + seconds
            self._failures += 1
        await asyncio.sleep(self._until - time.monotonic())

    def over(self) -> None:
        """Go on: what was held has succeeded."""
        if self.why is not None:
            _log.info("it goes on", action="held_over", what=self._what, failures=self._failures)
        self.why, self._failures = None, 0
