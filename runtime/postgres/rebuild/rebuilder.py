"""What can the role that rebuilds do? Write a generation that is not live yet; it has no right on anything else."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg

from runtime.postgres import session
from runtime.postgres.sqlfile import queries


class Rebuilder:
    """Write as the role that rebuilds."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self.connection = connection
        self._sql = queries("rebuild")

    async def may_act(self) -> bool:
        """Tell whether this role could read or write journal, effects or positions: then it is the wrong one."""
        return bool(await self.connection.fetchval(self._sql["may_act"]))

    @asynccontextmanager
    async def page(self, schema: str, partition: int, until: int) -> AsyncIterator[asyncpg.Connection]:
        """Write what follows of the log, and how far that is: both or neither."""
        async with self.connection.transaction():
            yield self.connection
            await self.reached(schema, partition, until)

    async def reached(self, schema: str, partition: int, until: int) -> None:
        """Note how far a partition was followed."""
        await self.connection.execute(self._sql["followed"].format(schema=schema), partition, until)


@asynccontextmanager
async def rebuilder(dsn: str) -> AsyncIterator[Rebuilder]:
    """Connect as the role that rebuilds."""
    connection = await session.connect(dsn, session.UNHURRIED)
    try:
        yield Rebuilder(connection)
    finally:
        await connection.close(timeout=5)
