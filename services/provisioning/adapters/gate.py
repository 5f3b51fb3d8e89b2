"""Who may try to sign in now, who waits a little, and who is told to come back?

By address and account together, so that nobody's tries shut out another: a known device passes, tries of others only
slow down an account or an address, and the right password is never refused for them. What is tried at once is bounded.
"""

import asyncio
import hashlib
import hmac
import secrets
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from ipaddress import IPv6Address

from runtime.web import Problem, RateLimit, Source
from runtime.web.addresses import ip_of

MOST_AT_ONCE = 32
"""Tries of strangers, waiting or being judged."""
MOST_PER_ADDRESS = 8
MOST_OF_DEVICES = 32
"""Tries of known devices, which have places of their own."""
LONGEST_DELAY = 3.0
DEVICE_SECONDS = 180 * 24 * 3600
_MOST_REMEMBERED = 10_000


def network_of(address: str) -> str:
    """Return what counts as one address: an IPv6 customer has a /64 at least."""
    known = ip_of(address)
    if isinstance(known, IPv6Address):
        return str(IPv6Address(int(known) >> 64 << 64))
    return address if known is None else str(known)


class Gate:
    """Let tries in: each address may try ten times at one account, then once in six seconds; failures slow down."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._own_tries = RateLimit(per_second=1 / 6, burst=10, monotonic=monotonic)
        self._accounts = _Failures(free=10, per_minute=1.0, monotonic=monotonic)
        self._addresses = _Failures(free=50, per_minute=30.0, monotonic=monotonic)
        self._devices = 0
        self._strangers = 0
        self._of_address: dict[str, int] = {}

    @asynccontextmanager
    async def admitted(self, source: Source, account: str, device: str | None) -> AsyncIterator[None]:
        """Hold a place for one try. Raises Problem 429 for one's own tries, 503 at once where no place is free.

        Where many may stand behind one address, its tries are nobody's own: they are slowed down, and never refused.
        """
        network = network_of(source.address)
        if device is not None:
            with self._place_of_device():
                self._own_tries.check(f"{device} {account}")
                yield
            return
        with self._place(network):
            # Counted only now: who is told to come back, since others hold the places, has not tried.
            if not source.is_shared:
                self._own_tries.check(f"{network} {account}")
            await asyncio.sleep(max(self._accounts.delay(account), self._addresses.delay(network)))
            yield

    def failed(self, source: Source, account: str) -> None:
        """Remember a wrong try."""
        self._accounts.add(account)
        self._addresses.add(network_of(source.address))

    def _place_of_device(self) -> "_Place":
        if self._devices >= MOST_OF_DEVICES:
            raise _busy()
        return _Place(self._add_device)

    def _place(self, network: str) -> "_Place":
        if self._strangers >= MOST_AT_ONCE or self._of_address.get(network, 0) >= MOST_PER_ADDRESS:
            raise _busy()
        return _Place(lambda by: self._add(network, by))

    def _add_device(self, by: int) -> None:
        self._devices += by

    def _add(self, network: str, by: int) -> None:
        self._strangers += by
        left = self._of_address.get(network, 0) + by
        if left:
            self._of_address[network] = left
        else:
            del self._of_address[network]


class _Place:
    """Count one more while it is held."""

    def __init__(self, add: Callable[[int], None]) -> None:
        self._add = add

    def __enter__(self) -> None:
        self._add(1)

    def __exit__(self, *_: object) -> None:
        self._add(-1)


class _Failures:
    """Count wrong tries, forgetting some each minute; those beyond the free ones cost a tenth of a second each."""

    def __init__(self, free: int, per_minute: float, monotonic: Callable[[], float]) -> None:
        self._free = free
        self._per_second = per_minute / 60
        self._monotonic = monotonic
        self._counted: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def add(self, whose: str) -> None:
        """Count one more."""
        self._counted[whose] = (self._left(whose) + 1, self._monotonic())
        self._counted.move_to_end(whose)
        if len(self._counted) > _MOST_REMEMBERED:
            self._counted.popitem(last=False)

    def delay(self, whose: str) -> float:
        """Return the seconds to wait before the next try."""
        return min(LONGEST_DELAY, max(0.0, self._left(whose) - self._free + 1) / 10)

    def _left(self, whose: str) -> float:
        count, seen = self._counted.get(whose, (0.0, 0.0))
        return max(0.0, count - (self._monotonic() - seen) * self._per_second)


class Devices:
    """Know a device on which an account was signed in to before, by a cookie that we signed; no table holds them."""

    def __init__(self, lookup_key: bytes, wall: Callable[[], float]) -> None:
        self._key = hmac.new(lookup_key, b"coterm panel devices v1", hashlib.sha256).digest()
        self._wall = wall

    def make(self, account: str) -> str:
        """Write the cookie of a device on which somebody has just signed in."""
        start = f"{secrets.token_hex(16)}.{int(self._wall()) + DEVICE_SECONDS}"
        return f"{start}.{self._signature(account, start)}"

    def read(self, account: str, cookie: str | None) -> str | None:
        """Name the device, None when the cookie is another account's, forged or old."""
        start, _, signature = (cookie or "")[:200].rpartition(".")
        right = self._signature(account, start)
        if not hmac.compare_digest(right.encode(), signature.encode("utf-8", "surrogateescape")):
            return None
        name, _, until = start.partition(".")
        return name if int(until) > self._wall() else None

    def _signature(self, account: str, start: str) -> str:
        return hmac.new(self._key, f"{account}\n{start}".encode("utf-8", "surrogateescape"), hashlib.sha256).hexdigest()


def _busy() -> Problem:
    return Problem(503, "SIGN_IN_BUSY", "too many sign-ins at the moment; try again", {"Retry-After": "2"})
