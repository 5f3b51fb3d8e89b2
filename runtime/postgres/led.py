"""How does one instance of a service lead what only one may do? It holds an advisory lock, on a session of its own."""

import asyncio
from typing import Any

import asyncpg

from runtime.ids import lock_key
from runtime.postgres.sqlfile import queries
from runtime.postgres.store import DATABASE_ERRORS, connect


async def leading_session(dsn: str) -> asyncpg.Connection:
    """Begin a session that may lead. Raises one of DATABASE_ERRORS.

    The lead is the session's: of a process that stands still, another takes it over. What is next stands in an index in
    its order: a plan that sorts, made while little waited, would read all that waits later.
    """
    return await connect(dsn, idle_session_timeout="30s", enable_sort="off")


class Led:
    """Run the statements of one file on one session, which holds the lead."""

    database_errors = DATABASE_ERRORS

    def __init__(self, dsn: str, file: str, service: str) -> None:
        self._dsn = dsn
        self._lock = lock_key(file, service)
        self._sql = queries(file)
        self._connection: asyncpg.Connection | None = None
        self._turn = asyncio.Lock()
        self.leads = False

    async def lead(self) -> bool:
        """Take the advisory lock, or keep it while its session lives: whatever is asked on a dead one fails."""
        if self.leads and self._connection is not None and not self._connection.is_closed():
            return True
        self.leads = bool(await self.run("fetchval", "try_lead", self._lock))
        return self.leads

    async def close(self) -> None:
        """End the session, and with it the lead."""
        connection, self._connection, self.leads = self._connection, None, False
        if connection is not None:
            await connection.close(timeout=5)

    async def run(self, method: str, name: str, *arguments: Any) -> Any:
        """Run one named statement."""
        # One session, because the lead is the session's: whoever lost it can begin nothing.
        async with self._turn:
            if self._connection is None or self._connection.is_closed():
                self.leads = False
                self._connection = await leading_session(self._dsn)
            try:
                return await getattr(self._connection, method)(self._sql[name], *arguments)
            except DATABASE_ERRORS:
                self._connection.terminate()
                self._connection, self.leads = None, False
                raise
