"""Which rebuild runs, how far is it, what is asked of it? A row, and a lock that ends with its process."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import asyncpg

from runtime import failpoints
from runtime.errors import CotermError
from runtime.ids import lock_key
from runtime.postgres import session
from runtime.postgres.rebuild.generations import Definition, create_generation, drop_indexes
from runtime.postgres.rows import tables_hash, tables_of
from runtime.postgres.sqlfile import queries, quoted
from runtime.service import Service


class AlreadyRunning(CotermError):
    """Another process rebuilds this service now."""


@dataclass(frozen=True, slots=True)
class Rebuild:
    """A rebuild that was begun."""

    id: int
    schema: str
    fold_version: int
    tables_hash: str
    slices: int
    ends: Mapping[int, int]
    """Where the first pass stops, per partition."""
    definitions: Sequence[Definition]
    stage: str
    events: int
    seconds: float
    started_at: datetime

    def is_of(self, service: Service) -> bool:
        """Tell whether this deployment's declaration began it."""
        return (self.fold_version, self.tables_hash) == (service.fold_version, tables_hash(service))


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A share whose rows are written."""

    partition: int
    slice: int
    until: int
    accounts: int
    events: int
    compared: int
    faults: list[dict[str, Any]]


class Rebuilds:
    """Keep the book of one service's rebuilds, as its owner; asks one connection one thing at a time."""

    def __init__(self, dsn: str, connection: asyncpg.Connection, service: Service) -> None:
        self._dsn = dsn
        self.connection = connection
        self._service = service
        self._sql = queries("rebuild")
        self._turn = asyncio.Lock()

    async def take(self) -> None:
        """Become the one who rebuilds, for as long as this connection lives. Raises AlreadyRunning."""
        if not await self._run("fetchval", "SELECT pg_try_advisory_lock($1)", _lock(self._service)):
            raise AlreadyRunning(f"a rebuild of {self._service.name} runs already")

    async def is_running(self) -> bool:
        """Tell whether some process rebuilds now."""
        if await self._run("fetchval", "SELECT pg_try_advisory_lock($1)", _lock(self._service)):
            await self._run("execute", "SELECT pg_advisory_unlock($1)", _lock(self._service))
            return False
        return True

    async def unfinished(self) -> Rebuild | None:
        """Return the rebuild that was begun and has not ended."""
        row = await self._run("fetchrow", self._sql["unfinished"])
        return None if row is None else _rebuild(row)

    async def begin(self, slices: int, ends: Mapping[int, int], rebuilder: str) -> Rebuild:
        """Make an empty generation that the rebuilder may write, and the row that tells of it."""
        async with self.connection.transaction():
            schema = await create_generation(self.connection, self._service, "building")
            definitions = await drop_indexes(self.connection, self._service, schema)
            await self.connection.execute(self._sql["make_checkpoints"].format(schema=schema))
            await self._let_write(schema, rebuilder)
            ends_text = json.dumps({str(number): end for number, end in ends.items()})
            made = json.dumps([asdict(definition) for definition in definitions])
            declared = (self._service.fold_version, tables_hash(self._service))
            await self.connection.execute(self._sql["begin_rebuild"], schema, *declared, slices, ends_text, made)
        failpoints.reached("rebuild.begun")
        found = await self.unfinished()
        if found is None:
            raise RuntimeError("a rebuild that was begun is not there")
        return found

    async def go_on(self, rebuild: Rebuild, rebuilder: str) -> None:
        """Take up what an earlier process left: nothing is asked of it any more, and it may be written again."""
        async with self.connection.transaction():
            await self.connection.execute(self._sql["request"], None)
            await self._let_write(rebuild.schema, rebuilder)

    async def checkpoints(self, rebuild: Rebuild) -> list[Checkpoint]:
        """Return the shares that are written."""
        rows = await self._run("fetch", self._sql["checkpoints"].format(schema=rebuild.schema))
        return [Checkpoint(**{**row, "faults": json.loads(row["faults"])}) for row in rows]

    async def progress(self, rebuild: Rebuild, stage: str, events: int, seconds: float) -> str | None:
        """Note how far it is, and return what an operator wishes."""
        request: str | None = await self._run("fetchval", self._sql["progress"], rebuild.id, stage, events, seconds)
        return request

    async def ask_for(self, request: str | None) -> bool:
        """Tell the process that rebuilds; False when no rebuild is unfinished."""
        return await self._run("fetchval", self._sql["request"], request) is not None

    async def make_indexes(self, rebuild: Rebuild, at_once: int) -> None:
        """Make keys and indexes, so many tables at a time, and let the planner know what is there."""
        missing = await self._missing(rebuild)
        turns = asyncio.Semaphore(at_once)
        await asyncio.gather(*(self._index(table, makes, turns, rebuild) for table, makes in missing.items()))

    async def end(self, rebuild: Rebuild, outcome: str, why: str | None = None) -> bool:
        """Note how a rebuild ended without a swap, and drop what it had made; False when it was swapped meanwhile."""
        async with self._turn, self.connection.transaction():
            if await self.connection.fetchval(self._sql["outcome"], rebuild.id) is not None:
                return False
            await self.connection.execute(f"DROP SCHEMA IF EXISTS {rebuild.schema} CASCADE")
            await self.connection.execute(self._sql["forget_generation"], rebuild.schema)
            await self.connection.execute(self._sql["end_rebuild"], rebuild.id, outcome, why)
            return True

    async def forget_checkpoints(self, schema: str) -> None:
        """Drop what only the building needed."""
        await self._run("execute", self._sql["drop_checkpoints"].format(schema=schema))

    async def live(self) -> Any:
        """Return the generation that the views show, None where there is none."""
        return await self._run("fetchrow", self._sql["live_generation"])

    async def retired(self) -> list[str]:
        """Name the generations that were live once."""
        return [row["schema_name"] for row in await self._run("fetch", self._sql["generations_in"], "retired")]

    async def drop_retired(self) -> list[str]:
        """Drop them."""
        names = await self.retired()
        for name in names:
            async with self._turn, self.connection.transaction():
                await self.connection.execute(f"DROP SCHEMA IF EXISTS {name} CASCADE")
                await self.connection.execute(self._sql["forget_generation"], name)
        return names

    async def last(self, limit: int = 1) -> list[Any]:
        """Return the newest rebuilds' rows."""
        return list(await self._run("fetch", self._sql["last_rebuilds"], limit))

    async def journal_of(self, customer_id: str) -> list[Any]:
        """Return an account's events as they were committed."""
        return list(await self._run("fetch", self._sql["journal_of"], customer_id))

    async def _let_write(self, schema: str, rebuilder: str) -> None:
        rights, role = "SELECT, INSERT, UPDATE, DELETE", quoted(rebuilder)
        await self.connection.execute(f"GRANT USAGE ON SCHEMA {schema} TO {role}")
        await self.connection.execute(f"GRANT {rights} ON ALL TABLES IN SCHEMA {schema} TO {role}")

    async def _missing(self, rebuild: Rebuild) -> dict[str, list[str]]:
        sql, place = queries("generations"), (rebuild.schema, list(tables_of(self._service)))
        there = {
            row["name"] for name in ("constraints", "indexes") for row in await self._run("fetch", sql[name], *place)
        }
        missing: dict[str, list[str]] = {}
        for each in rebuild.definitions:
            if each.name not in there:
                missing.setdefault(each.table, []).append(each.make)
        return missing

    async def _index(self, table: str, makes: Sequence[str], turns: asyncio.Semaphore, rebuild: Rebuild) -> None:
        async with turns:
            connection = await session.connect(self._dsn, session.UNHURRIED)
            try:
                await connection.execute("SET maintenance_work_mem = '64MB'; SET default_statistics_target = 10")
                for make in makes:
                    await connection.execute(make)
                named = await connection.fetchval(queries("generations")["indexed"], f"{rebuild.schema}.{table}")
                await connection.execute(f"ANALYZE {rebuild.schema}.{table} ({named})")
            finally:
                await connection.close()

    async def _run(self, method: str, sql: str, *arguments: Any) -> Any:
        async with self._turn:
            return await getattr(self.connection, method)(sql, *arguments)


@asynccontextmanager
async def rebuilds(dsn: str, service: Service) -> AsyncIterator[Rebuilds]:
    """Open the book. Raises what asyncpg raises when the database is away."""
    connection = await connect_as_owner(dsn)
    try:
        yield Rebuilds(dsn, connection, service)
    finally:
        await connection.close(timeout=5)


async def connect_as_owner(dsn: str) -> asyncpg.Connection:
    """Open a connection that compares instants in UTC and is not hurried."""
    return await session.connect(dsn, session.UNHURRIED)


def _lock(service: Service) -> int:
    return lock_key("rebuild", service.name)


def _rebuild(row: Any) -> Rebuild:
    return Rebuild(
        id=row["id"],
        schema=row["schema_name"],
        fold_version=row["fold_version"],
        tables_hash=row["tables_hash"],
        slices=row["slices"],
        ends={int(number): end for number, end in json.loads(row["ends"]).items()},
        definitions=[Definition(**each) for each in json.loads(row["definitions"])],
        stage=row["stage"],
        events=row["events"],
        seconds=row["seconds"],
        started_at=row["started_at"],
    )
