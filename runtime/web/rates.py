"""How often may one caller ask? A bucket of tokens each, on the monotonic clock."""

import time
from collections import OrderedDict
from collections.abc import Callable
from math import ceil

from runtime.web.problems import Problem

_MOST_CALLERS = 10_000


class RateLimit:
    """Allow each caller `burst` requests at once and `per_second` in the long run; forgets those unseen for longest."""

    def __init__(self, per_second: float, burst: int, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._per_second = per_second
        self._burst = float(burst)
        self._monotonic = monotonic
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait_for(self, caller: str) -> float:
        """Take one token of the caller; 0.0 when there was one, else the seconds until there is."""
        now = self._monotonic()
        tokens, seen = self._buckets.pop(caller, (self._burst, now))
        tokens = min(self._burst, tokens + (now - seen) * self._per_second)
        granted = tokens >= 1.0
        self._buckets[caller] = (tokens - 1.0 if granted else tokens, now)
        if len(self._buckets) > _MOST_CALLERS:
            self._buckets.popitem(last=False)
        return 0.0 if granted else (1.0 - tokens) / self._per_second

    def check(self, caller: str) -> None:
        """Take one token. Raises Problem 429 with Retry-After when there is none."""
        seconds = self.wait_for(caller)
        if seconds > 0.0:
            raise Problem(429, "TOO_MANY_REQUESTS", "too many requests", {"Retry-After": str(max(1, ceil(seconds)))})
