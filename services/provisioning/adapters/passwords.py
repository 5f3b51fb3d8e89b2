"""How are passwords drawn, hashed and compared? With argon2id in one thread, temporary ones before they are needed."""

import asyncio
import ctypes
import secrets
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz23456789"
"""Without 0 O o 1 l I: a temporary password is typed from a mail."""
TEMPORARY_LENGTH = 20
IN_STOCK = 16
"""Temporary passwords that are kept ready: a burst of so many activations waits for no hash."""

_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1, type=Type.ID)
_M_MMAP_THRESHOLD = -3  # of glibc's mallopt(3)


def _return_memory() -> None:
    """Let the C library give back the 19 MiB of each hash: by default it keeps what was freed once, for the next."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_MMAP_THRESHOLD, 1024 * 1024)


# One thread for the whole process: each that ever made a hash would keep memory of its own.
_HASHING = ThreadPoolExecutor(max_workers=1, thread_name_prefix="argon2", initializer=_return_memory)


@dataclass(frozen=True, slots=True)
class Drawn:
    """A temporary password and its hash; neither is shown when this is printed."""

    password: str = field(repr=False)
    password_hash: str = field(repr=False)


class Stock:
    """Keep temporary passwords ready, each for one taker.

    A hash takes some fifty milliseconds, which a customer who has paid would wait for. A drawn password and its hash
    depend on no customer. The stock fills from its first use on, one hash at a time, so that a sign-in waits for one at
    most.
    """

    def __init__(self, size: int = IN_STOCK) -> None:
        self._size = size
        self._ready: deque[Drawn] = deque()
        self._filling: asyncio.Task[None] | None = None

    async def take(self) -> Drawn:
        """Return one that nobody else gets."""
        drawn = self._ready.popleft() if self._ready else await _drawn()
        if self._filling is None or self._filling.done():
            self._filling = asyncio.create_task(self._fill(), name="temporary passwords")
        return drawn

    async def _fill(self) -> None:
        while len(self._ready) < self._size:
            self._ready.append(await _drawn())


def draw_password() -> str:
    """Draw a temporary password of some 116 random bits."""
    return "".join(secrets.choice(ALPHABET) for _ in range(TEMPORARY_LENGTH))


async def hashed(password: str) -> str:
    """Hash a password, given in its normalised form."""
    return str(await _off_the_loop(_HASHER.hash, password))


async def is_the_same(password: str, password_hash: str) -> bool:
    """Compare a password with a hash; an empty hash takes as long and is nobody's."""
    return bool(await _off_the_loop(_verify, password_hash, password))


async def _drawn() -> Drawn:
    password = draw_password()
    return Drawn(password, await hashed(password))


async def _off_the_loop(work: Callable[..., Any], *arguments: str) -> Any:
    """Hash or check in the one thread for it; the others wait, so that a flood of sign-ins can't exhaust memory."""
    return await asyncio.get_running_loop().run_in_executor(_HASHING, work, *arguments)


@cache
def _nobodys() -> str:
    return _HASHER.hash(secrets.token_urlsafe())


def _verify(password_hash: str, password: str) -> bool:
    try:
        return _HASHER.verify(password_hash or _nobodys(), password)
    except (VerificationError, InvalidHashError):
        return False
