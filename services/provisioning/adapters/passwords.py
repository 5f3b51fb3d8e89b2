"""How are passwords drawn, hashed and compared? One that a person chose with argon2id, in a thread that gives way."""

import asyncio
import ctypes
import os
import secrets
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz23456789"
"""Without 0 O o 1 l I: a temporary password is typed from a mail."""
TEMPORARY_LENGTH = 20
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1, type=Type.ID)
_M_MMAP_THRESHOLD = -3  # of glibc's mallopt(3)


_GIVES_WAY = 10
"""How nice the hashing thread is: where processors are short, commits go first."""


def _prepare_thread() -> None:
    """Give way to commits; let the C library give back the 19 MiB of each hash, which by default it keeps."""
    if sys.platform == "linux":  # elsewhere a thread has no priority of its own
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _GIVES_WAY)
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_MMAP_THRESHOLD, 1024 * 1024)


# One thread for the whole process: each that ever made a hash would keep memory of its own.
_HASHING = ThreadPoolExecutor(max_workers=1, thread_name_prefix="argon2", initializer=_prepare_thread)


def draw_password() -> str:
    """Draw a temporary password of some 116 random bits."""
    return "".join(secrets.choice(ALPHABET) for _ in range(TEMPORARY_LENGTH))


async def hashed(password: str) -> str:
    """Hash a password, given in its normalised form."""
    return str(await _off_the_loop(_HASHER.hash, password))


async def is_the_same(password: str, password_hash: str) -> bool:
    """Compare a password with a hash; an empty hash takes as long and is nobody's."""
    return bool(await _off_the_loop(_verify, password_hash, password))


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
