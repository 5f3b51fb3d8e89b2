"""What does a database hold at one moment? Read-only, in one snapshot: for checks, never for decisions."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

from runtime.postgres.rows import row_sql
from runtime.postgres.sqlfile import queries
from runtime.projection import Key, Projection


class Inspection:
    """Ask one snapshot."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection
        self._sql = queries("inspection")

    async def fetch(self, name: str, *arguments: Any) -> list[Any]:
        """Run one named query."""
        found: list[Any] = await self._connection.fetch(self._sql[name], *arguments)
        return found

    async def rows(self, projection: Projection) -> dict[Key, Any]:
        """Read a projection whole, its rows by key."""
        sql = row_sql(projection)
        rows = [sql.row(record) for record in await self._connection.fetch(sql.select)]
        return {projection.key_of(row): row for row in rows}

    async def texts(self, but: Sequence[str] = ()) -> AsyncIterator[tuple[str, list[str]]]:
        """Yield every table's name with its rows as text, bytes as what they spell; `but` are left out."""
        for found in await self.fetch("tables", list(but)):
            name = f'"{found["schema"]}"."{found["table"]}"'
            rows = await self._connection.fetch(f"SELECT * FROM {name}")  # noqa: S608 - names of our own catalogue
            yield f"{found['schema']}.{found['table']}", [_spelled(row) for row in rows]


@asynccontextmanager
async def inspection(dsn: str) -> AsyncIterator[Inspection]:
    """Open a snapshot of a database for reading alone."""
    settings = {"search_path": "live, runtime", "statement_timeout": "300000", "timezone": "UTC"}
    connection = await asyncpg.connect(dsn, server_settings=settings, timeout=10)
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            yield Inspection(connection)
    finally:
        await connection.close()


def _spelled(row: Any) -> str:
    values = (value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value) for value in row.values())
    return " ".join(values)
