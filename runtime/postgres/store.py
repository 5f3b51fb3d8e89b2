"""How is the commit page carried out on PostgreSQL?"""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import asyncpg

from runtime import failpoints
from runtime.commit.batch import Locked
from runtime.commit.changes import Changes
from runtime.commit.page import Moves, Partition, Position
from runtime.edge import Keyring
from runtime.errors import HandlerFailed, SchemaOutdated
from runtime.ids import lock_key
from runtime.postgres import session
from runtime.postgres.rows import row_sql, tables_hash
from runtime.postgres.session import DATABASE_ERRORS
from runtime.postgres.sqlfile import queries
from runtime.postgres.writing import Writing
from runtime.privacy.keyring import NoKeyring
from runtime.projection import Key, Projection
from runtime.service import Claim, ClaimKey, RowKey, Service

CONTENTION_ERRORS: tuple[type[BaseException], ...] = (asyncpg.DeadlockDetectedError, asyncpg.SerializationError)
REFUSALS: tuple[type[Exception], ...] = (asyncpg.DataError, asyncpg.IntegrityConstraintViolationError)
"""SQLSTATE classes 22 and 23."""
_SESSION_IS_SOUND: tuple[type[BaseException], ...] = (HandlerFailed, SchemaOutdated, *CONTENTION_ERRORS, *REFUSALS)
BY_KEY = {"enable_seqscan": "off", "jit": "off", "plan_cache_mode": "force_generic_plan"}
"""For sessions that find rows by key: a plan is kept, and one made while a table was small would read all of it."""
CONSUMING = "SET search_path = live, runtime"


async def connect(dsn: str, **more: str) -> asyncpg.Connection:
    """Open a connection that sees the live projections first, with its statements bounded in time."""
    settings = {"search_path": "live, runtime", "statement_timeout": "60s", **BY_KEY}
    return await session.connect(dsn, settings | more, answers_in=75)


class PostgresStore:
    """Run one transaction at a time on a connection of its own, made anew after it was lost."""

    database_errors = DATABASE_ERRORS
    contention_errors = CONTENTION_ERRORS
    refusals = REFUSALS

    def __init__(
        self,
        dsn: str,
        service: Service,
        keyring: Keyring | None = None,
        is_relayed_here: Callable[[int], bool] = lambda _: False,
    ) -> None:
        """Tell by `is_relayed_here` which buckets' events this process publishes, so that nobody else need be woken."""
        self._dsn = dsn
        self._service = service
        self._declared = service.fold_version, tables_hash(service)
        self._keyring = keyring or NoKeyring()
        self._is_relayed_here = is_relayed_here
        self._connection: asyncpg.Connection | None = None

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator["PostgresTransaction"]:
        """Begin a transaction that commits when its block ends well; no swap of tables can come between.

        Raises SchemaOutdated when the live tables are no longer those that this service declares.
        """
        connection = await self._connected()
        try:
            async with connection.transaction():
                await self._enter(connection)
                yield PostgresTransaction(connection, self._keyring, self._is_relayed_here)
                failpoints.reached("commit.written")
            failpoints.reached("commit.committed")
        except _SESSION_IS_SOUND:
            raise
        except BaseException:
            # What is left of the session nobody knows: the next transaction begins another.
            self._connection = None
            connection.terminate()
            raise

    @asynccontextmanager
    async def rolled_back(self) -> AsyncIterator[None]:
        """Let the transactions in the block see each other, and undo them all at its end: a rehearsal."""
        connection = await self._connected()
        outer = connection.transaction()
        await outer.start()
        try:
            yield
        finally:
            if not connection.is_closed():
                await outer.rollback()

    async def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            await self._connection.close(timeout=5)
            self._connection = None

    async def _enter(self, connection: asyncpg.Connection) -> None:
        if not await connection.fetchval(queries("commit")["enter"], *self._declared):
            raise SchemaOutdated(
                f"the live tables of {self._service.name} are another version's now: deploy the one that made them, "
                f"or run `coterm rebuild {self._service.name}` from this one"
            )

    async def _connected(self) -> asyncpg.Connection:
        if self._connection is None or self._connection.is_closed():
            self._connection = await connect(self._dsn)
        return self._connection


class PostgresTransaction:
    """Carry out the steps of the page, each in as few statements as it allows."""

    def __init__(
        self, connection: asyncpg.Connection, keyring: Keyring, is_relayed_here: Callable[[int], bool]
    ) -> None:
        self._connection = connection
        self._keyring = keyring
        self._is_relayed_here = is_relayed_here
        self._sql = queries("commit")

    async def lock_positions(self, partitions: Sequence[Partition]) -> dict[Partition, Position]:
        if not partitions:
            return {}
        topics, numbers = zip(*partitions, strict=True)
        found = await self._connection.fetch(self._sql["lock_positions"], topics, numbers)
        return {(row["topic"], row["partition"]): position(row) for row in found}

    async def lock_accounts(self, customers: Sequence[str]) -> dict[str, Locked]:
        if not customers:
            return {}
        accounts: dict[str, Locked] = {}
        for name, what, number, content in await self._connection.fetch(self._sql["lock_accounts"], customers):
            if what == "state":
                accounts[name] = Locked(number, None if content is None else content.encode())
            elif what == "seen":
                accounts[name].seen[content] = number
            else:
                accounts[name].parked = (*accounts[name].parked, content)
        return accounts

    async def lock_claims(self, keys: Sequence[ClaimKey]) -> dict[ClaimKey, list[Claim]]:
        claims: dict[ClaimKey, list[Claim]] = {key: [] for key in keys}
        if keys:
            locks = [lock_key(kind, key) for kind, key in keys]
            kinds, names = zip(*keys, strict=True)
            for row in await self._connection.fetch(self._sql["lock_claims"], locks, kinds, names):
                claims[row["kind"], row["key"]].append(Claim(**row))
        failpoints.reached("commit.locked")
        return claims

    async def rows(self, keys_of: dict[Projection, list[Key]]) -> dict[RowKey, Any]:
        found: dict[RowKey, Any] = {}
        for projection, keys in keys_of.items():
            sql = row_sql(projection)
            found.update({(projection.table, key): None for key in keys})
            for record in await self._connection.fetch(sql.select_by_key, *sql.key_parameters(keys)):
                row = sql.row(record)
                found[projection.table, projection.key_of(row)] = row
        return found

    async def happened(self, events: Sequence[UUID]) -> dict[UUID, str]:
        """Look events up by their ids."""
        if not events:
            return {}
        found = await self._connection.fetch(self._sql["happened"], events)
        return {row["event_id"]: row["customer_id"] for row in found}

    async def write(self, service: Service, changes: Changes, moves: Moves) -> None:
        await Writing(self._connection, self._keyring, service, changes).run(moves)
        buckets = {row.bucket for row in changes.journal}
        if not all(map(self._is_relayed_here, buckets)):
            await self._connection.execute(self._sql["wake_relays"])


def position(row: Any) -> Position:
    """Read a position from its row."""
    return Position(row["next_offset"], row["last_offset"], row["digest"])


__all__ = ["DATABASE_ERRORS", "PostgresStore", "connect", "position"]
