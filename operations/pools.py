"""Which databases are open? A command's until it ends; the desk's from its first look until it stops."""

import asyncio
from collections import defaultdict
from typing import Any

from runtime.postgres.outbox import open_pool

_SESSIONS = 4


class Pools:
    """Databases by their addresses, opened at their first use; a session that was lost is opened anew."""

    def __init__(self) -> None:
        self._open: dict[str, Any] = {}
        self._opening: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def of(self, dsn: str) -> Any:
        """Return a database's pool. Raises one of DATABASE_ERRORS."""
        async with self._opening[dsn]:
            if dsn not in self._open:
                self._open[dsn] = await open_pool(dsn, _SESSIONS)
            return self._open[dsn]

    async def close(self) -> None:
        """Close what is open."""
        await asyncio.gather(*(pool.close() for pool in self._open.values()))
