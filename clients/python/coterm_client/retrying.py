"""When is a call made again? Every call here may be: an order, a payment and a cancellation have ids of their own.

What is tried again: no connection, no answer in time, 408, 429, 502, 503 and 504. Nothing else: a 500 is a defect, and
a refusal stays one. `Retry-After` is obeyed; otherwise the pauses grow and are drawn at random, so that many clients
that were cut off together do not come back together.
"""

import asyncio
import email.utils
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import httpx

from coterm_client.problems import AccountParked, Unreachable, problem_of

AGAIN = frozenset({408, 429, 502, 503, 504})
_HOPELESS = (httpx.UnsupportedProtocol, httpx.LocalProtocolError)
_DICE = random.SystemRandom()


UNTIL_ACCEPTED = 5
"""So many seconds what was stored waits for Kafka before it is answered 202, and not 201."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long one call may take in all, tries and pauses (0: one try); and how the pauses grow (seconds)."""

    seconds: float = 30.0
    first_pause: float = 0.2
    longest_pause: float = 5.0

    def pause(self, tries: int, retry_after: float | None) -> float:
        """Return how long to wait after so many tries.

        That is what the server asked for and a little, or a random part of a span that doubles.
        """
        if retry_after is not None:
            return retry_after + _DICE.uniform(0, min(1.0, retry_after / 4))
        return _DICE.uniform(0, min(self.longest_pause, self.first_pause * 2 ** min(tries, 16)))


async def patiently(
    ask: Callable[[], Awaitable[httpx.Response]], patience: Patience, *, wait: float = 0
) -> httpx.Response:
    """Ask until there is an answer that asking again would not change.

    `wait` is what the service may take for its answer: it is no part of the patience, within which a next try begins.
    Raises Unreachable, or the Problem of the last answer, when the patience is over.
    """
    until = time.monotonic() + patience.seconds
    tries = 0
    failure: Exception | None = None
    while True:
        tries += 1
        retry_after: float | None = None
        try:
            async with asyncio.timeout(max(0.0, until + wait - time.monotonic()) or None):
                response = await ask()
        except _HOPELESS:
            raise
        except TimeoutError as error:
            raise failure or _unreachable(tries, error) from error
        except httpx.TransportError as error:
            failure = _unreachable(tries, error)
        else:
            if response.status_code not in AGAIN:
                return response
            failure = problem_of(response)
            retry_after = seconds_to_wait(response.headers.get("retry-after"))
        pause = patience.pause(tries - 1, retry_after)
        if isinstance(failure, AccountParked) or time.monotonic() + pause > until:
            raise failure
        await asyncio.sleep(pause)


def _unreachable(tries: int, error: Exception) -> Unreachable:
    failure = Unreachable(f"no answer after {tries} tries: {type(error).__name__}: {error}".rstrip(": "))
    failure.__cause__ = error
    return failure


def seconds_to_wait(retry_after: str | None) -> float | None:
    """Read `Retry-After`, seconds or a date; None where it is missing or unreadable."""
    if not retry_after:
        return None
    if retry_after.isascii() and retry_after.isdigit():
        return float(retry_after[:9])
    try:
        moment = email.utils.parsedate_to_datetime(retry_after)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())
