"""How does a session with PostgreSQL begin, and what may it answer instead of a result?

Every session is bounded in time on both sides: whoever vanishes in the middle of a transaction holds nobody up for
long, and a server that falls silent is no answer.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import asyncpg

DATABASE_ERRORS: tuple[type[BaseException], ...] = (
    OSError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
)
"""Whatever a database answers with instead of a result, or its driver."""
_PASSING = frozenset({"08", "25", "40", "53", "55", "57", "58", "XX"})
"""SQLSTATE classes of trouble around a session: connections, fail-over, contention, room, locks, an operator, disks."""

Settings = Mapping[str, str]
_BOUNDS = {"idle_in_transaction_session_timeout": "30s", "idle_session_timeout": "10min", "timezone": "UTC"}
"""So long a process that vanished keeps its locks, and its session, where nothing shorter is set."""
UNHURRIED = {"idle_in_transaction_session_timeout": "1h", "idle_session_timeout": "1d", "statement_timeout": "0"}
"""For sessions that load, compare or wait for hours, as a rebuild's do."""


def passes(error: BaseException) -> bool:
    """Tell whether a wait may cure what the database answered. A wrong password or a wrong statement stays wrong."""
    if isinstance(error, asyncpg.PostgresError):
        return error.sqlstate[:2] in _PASSING
    return not isinstance(error, asyncpg.ClientConfigurationError)


async def connect(
    dsn: str, settings: Settings = MappingProxyType({}), answers_in: float | None = None
) -> asyncpg.Connection:
    """Begin a session with settings of the server. Raises one of DATABASE_ERRORS.

    A statement that got no answer after `answers_in` seconds raises TimeoutError.
    """
    return await asyncpg.connect(dsn, timeout=10, command_timeout=answers_in, server_settings={**_BOUNDS, **settings})


async def open_pool(dsn: str, size: int, settings: Settings, answers_in: float) -> asyncpg.Pool:
    """Open a pool of sessions for single statements, with one to begin with. Raises one of DATABASE_ERRORS."""
    bounded = {**_BOUNDS, **settings}
    return await asyncpg.create_pool(
        dsn, min_size=1, max_size=size, timeout=10, command_timeout=answers_in, server_settings=bounded, reset=_leave
    )


async def _leave(_: Any) -> None:
    """Give a session back as it is: single statements leave nothing behind, and a reset would cost as much as one."""
