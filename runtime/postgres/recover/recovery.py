"""How is a lost database filled again? In one transaction: one that breaks off leaves it as empty as before."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import asyncpg

from runtime.errors import DatabaseKept
from runtime.kafka.log import Partition
from runtime.postgres import session
from runtime.postgres.rows import row_sql
from runtime.postgres.sqlfile import queries
from runtime.repair.lost_rows import Line, Recovered, RecoveredEffect
from runtime.service import Service

_JOURNAL = (
    "customer_id", "version", "event_id", "type", "bucket", "value", "last_of_input", "cause_id", "cause_topic",
    "cause_partition", "cause_offset", "recorded_at", "published_partition", "published_offset",
)  # fmt: skip
_EFFECTS = ("effect_id", "kind", "customer_id", "event_id", "payload", "state", "recorded")


class Refill:
    """Write what the topic says, partition by partition, inside the caller's transaction."""

    def __init__(self, connection: asyncpg.Connection, service: Service, namespace: str) -> None:
        self._connection = connection
        self._service = service
        self._namespace = namespace
        self._sql = queries("recovery")

    async def write(self, found: Recovered) -> None:
        """Copy one partition's journal, states, rows, inbox and effects."""
        lines = [_line(line, self._namespace) for line in found.journal]
        await self._copy("runtime", "journal", _JOURNAL, lines)
        schema = await self._connection.fetchval(self._sql["live_schema"])
        states = [(account, version, state.decode()) for account, (version, state) in sorted(found.states.items())]
        await self._copy(schema, "accounts", ("customer_id", "version", "state"), states)
        for projection in self._service.projections:
            sql, rows = row_sql(projection), list(found.rows[projection.table].values())
            if rows:
                columns = tuple(column.name for column in sql.columns)
                await self._copy(schema, projection.table, columns, list(zip(*sql.parameters(rows), strict=True)))
        inbox = [(topic, account, version) for (topic, account), version in sorted(found.inbox.items())]
        await self._copy("runtime", "inbox", ("source", "customer_id", "version"), inbox)
        await self._copy("runtime", "effects", _EFFECTS, [_effect(effect) for effect in found.effects.values()])

    async def start_positions(self, starts: Mapping[Partition, int]) -> None:
        """Let every input be met again, from its log's start."""
        places = sorted(starts)
        topics, numbers = [topic for topic, _ in places], [number for _, number in places]
        await self._connection.execute(
            self._sql["start_positions"], topics, numbers, [starts[place] for place in places]
        )

    async def _copy(self, schema: str, table: str, columns: tuple[str, ...], records: list[Any]) -> None:
        await self._connection.copy_records_to_table(table, schema_name=schema, columns=columns, records=records)


@asynccontextmanager
async def refill(dsn: str, service: Service, namespace: str) -> AsyncIterator[Refill]:
    """Begin, as the database's owner; all of it is there when the block ends well, nothing otherwise.

    Raises DatabaseKept when somebody committed to it since it was found empty.
    """
    connection = await session.connect(dsn, session.UNHURRIED)
    try:
        async with connection.transaction():
            await connection.execute(queries("recovery")["hold"])
            if await connection.fetchval(queries("recovery")["has_events"]):
                raise DatabaseKept(f"the database of {service.name} holds events: a service began on it")
            yield Refill(connection, service, namespace)
    finally:
        await connection.close()


async def journal_rows(dsn: str) -> int:
    """Count the rows of a database's journal; 0 for a database in which nothing was ever made."""
    return int(await _ask(dsn, "journal_rows")) if await _ask(dsn, "has_bookkeeping") else 0


async def unknown_events(dsn: str, events: Sequence[UUID]) -> list[UUID]:
    """Name those of the events that the journal does not have."""
    connection = await session.connect(dsn)
    try:
        return [row["event_id"] for row in await connection.fetch(queries("recovery")["unknown_events"], list(events))]
    finally:
        await connection.close()


async def sessions(dsn: str) -> dict[str, int]:
    """Count the sessions of each role but our own: while a service runs, its database is not for us to write."""
    connection = await session.connect(dsn)
    try:
        found = await connection.fetch(queries("recovery")["sessions"])
        return {row["role"]: row["sessions"] for row in found}
    finally:
        await connection.close()


async def drop_database(admin_dsn: str, name: str) -> None:
    """Drop a database with everything in it, as the server's administrator; whoever is signed in is signed out."""
    connection = await session.connect(admin_dsn)
    try:
        quoted = '"' + name.replace('"', '""') + '"'
        await connection.execute(f"DROP DATABASE IF EXISTS {quoted} WITH (FORCE)")
    finally:
        await connection.close()


async def empty_database(dsn: str) -> None:
    """Drop everything that a service has in its database, as its owner, where nobody may drop the database itself."""
    connection = await session.connect(dsn)
    try:
        async with connection.transaction():
            for row in await connection.fetch(queries("recovery")["schemas"]):
                if row["nspname"] == "public":
                    await connection.execute("DROP TABLE IF EXISTS public.migrations")
                else:
                    await connection.execute(f'DROP SCHEMA "{row["nspname"]}" CASCADE')
    finally:
        await connection.close()


async def _ask(dsn: str, name: str) -> Any:
    connection = await session.connect(dsn)
    try:
        return await connection.fetchval(queries("recovery")[name])
    finally:
        await connection.close()


def _line(line: Line, namespace: str) -> tuple[Any, ...]:
    cause = line.cause
    place = (None, None, None) if cause is None else (namespace + cause.topic, cause.partition, cause.offset)
    own = (line.customer_id, line.version, line.event_id, line.type, line.bucket, line.value, line.last_of_input)
    return (*own, line.cause_id, *place, line.recorded_at, line.partition, line.offset)


def _effect(effect: RecoveredEffect) -> tuple[Any, ...]:
    # What no event tells of is not recorded yet: the service tells of the doubt, as of one that a crash left.
    is_told = effect.fate is not None
    own = (effect.effect_id, effect.kind, effect.customer_id, effect.event_id, effect.payload.decode())
    return (*own, str(effect.state), is_told)
