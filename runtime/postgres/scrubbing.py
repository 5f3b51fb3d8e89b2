"""What does the scrubber read and write? One account at one moment, and afterwards what was seen of it."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import asyncpg

from runtime.postgres.rows import row_sql, tables_hash
from runtime.postgres.sqlfile import queries
from runtime.postgres.store import connect
from runtime.projection import Key
from runtime.repair.scrubbing import Account, Deviation
from runtime.service import Service


class Scrubs:
    """Read accounts and keep what was seen, on a connection of its own."""

    def __init__(self, dsn: str, service: Service) -> None:
        self._dsn = dsn
        self._service = service
        self._sql = queries("scrubbing")
        self._connection: asyncpg.Connection | None = None

    async def chosen(self) -> list[str]:
        """Name one account by chance, and one that differed when it was last looked at."""
        connection = await self._connected()
        names = [await connection.fetchval(self._sql[name]) for name in ("any_account", "differing_account")]
        return [name for name in dict.fromkeys(names) if name is not None]

    async def account(self, customer_id: str) -> Account | None:
        """Read an account whole, as it stands at one moment; None once the tables are those of another version."""
        connection = await self._connected()
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            declared = (self._service.fold_version, tables_hash(self._service))
            if not await connection.fetchval(self._sql["is_of"], *declared):
                return None
            events = await connection.fetch(self._sql["events_of"], customer_id)
            kept = await connection.fetchrow(self._sql["account_of"], customer_id)
            rows: dict[str, dict[Key, Any]] = {}
            for projection in self._service.projections:
                sql = row_sql(projection)
                found = await connection.fetch(f"{sql.select} WHERE customer_id = $1", customer_id)
                rows[projection.table] = {projection.key_of(row): row for row in map(sql.row, found)}
        version, state = (kept["version"], kept["state"]) if kept else (0, None)
        values = [row["value"] for row in events]
        return Account(customer_id, values, version, None if state is None else state.encode(), rows)

    async def note(self, account: Account, found: Sequence[Deviation]) -> None:
        """Keep what was seen of an account."""
        deviations = json.dumps([asdict(each) for each in found]) if found else None
        connection = await self._connected()
        await connection.execute(self._sql["note"], account.customer_id, account.version, deviations)

    async def differing(self) -> int:
        """Count the accounts that were not what their events say when they were last looked at."""
        connection = await self._connected()
        return int(await connection.fetchval(self._sql["differing"]))

    async def close(self) -> None:
        """Close the connection; the next question opens another."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.terminate()

    async def _connected(self) -> asyncpg.Connection:
        if self._connection is None or self._connection.is_closed():
            self._connection = await connect(self._dsn)
        return self._connection
