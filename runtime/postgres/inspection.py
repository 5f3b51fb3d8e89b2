"""What does a database hold at one moment, or from one to the next? For checks, never for decisions."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

from runtime.postgres import session
from runtime.postgres.rows import row_sql
from runtime.postgres.sqlfile import queries
from runtime.projection import Key, Projection

Ours = Callable[[bytes], bool]
"""Tells whether an account, named as a key names it, is one of those wanted."""

_PAGE = 5000


class Inspection:
    """Ask one snapshot."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection
        self._sql = queries("inspection")

    async def fetch(self, name: str, *arguments: Any) -> list[Any]:
        """Run one named query."""
        found: list[Any] = await self._connection.fetch(self._sql[name], *arguments)
        return found

    async def each(self, name: str, *arguments: Any) -> AsyncIterator[Any]:
        """Run one named query, and hold no more of its rows than a page."""
        async for page in self._pages(self._sql[name], *arguments):
            for row in page:
                yield row

    async def share(self, name: str, is_ours: Ours) -> list[Any]:
        """Run one named query, and keep the rows of some accounts."""
        return await self._of(self._sql[name], is_ours)

    async def rows(self, projection: Projection, is_ours: Ours = lambda _: True) -> dict[Key, Any]:
        """Read a projection, its rows by key: whole, or of some accounts."""
        sql = row_sql(projection)
        return {projection.key_of(row): row for row in map(sql.row, await self._of(sql.select, is_ours))}

    async def _of(self, query: str, is_ours: Ours) -> list[Any]:
        found: list[Any] = []
        async for page in self._pages(query):
            found += [row for row in page if is_ours(row["customer_id"].encode())]
        return found

    async def _pages(self, query: str, *arguments: Any) -> AsyncIterator[list[Any]]:
        cursor = await self._connection.cursor(query, *arguments)
        page = await cursor.fetch(_PAGE)
        yield page
        while len(page) == _PAGE:
            page = await cursor.fetch(_PAGE)
            yield page

    async def texts(self, but: Sequence[str] = ()) -> AsyncIterator[tuple[str, list[str]]]:
        """Yield every table's name with rows as text, page by page, bytes as what they spell; `but` are left out."""
        for found in await self.fetch("tables", list(but)):
            name = f'"{found["schema"]}"."{found["table"]}"'
            async for page in self._pages(f"SELECT * FROM {name}"):  # noqa: S608 - names of our own catalogue
                yield f"{found['schema']}.{found['table']}", [_spelled(row) for row in page]


@asynccontextmanager
async def inspection(dsn: str) -> AsyncIterator[Inspection]:
    """Open a snapshot of a database for reading alone."""
    async with _connected(dsn) as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        yield Inspection(connection)


@asynccontextmanager
async def inspections(dsn: str) -> AsyncIterator[Inspection]:
    """Open a database to be looked at again and again: each query sees what is committed by then."""
    async with _connected(dsn) as connection:
        yield Inspection(connection)


@asynccontextmanager
async def _connected(dsn: str) -> AsyncIterator[asyncpg.Connection]:
    settings = session.UNHURRIED | {"search_path": "live, runtime", "statement_timeout": "300s"}
    connection = await session.connect(dsn, settings)
    try:
        yield connection
    finally:
        await connection.close()


def _spelled(row: Any) -> str:
    values = (value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value) for value in row.values())
    return " ".join(values)
