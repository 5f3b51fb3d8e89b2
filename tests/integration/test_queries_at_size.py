"""Which query of a service reads a table whole, once it is large? Each is carried out on full tables, and none may.

`ROWS=1000000` fills them with a million rows each; the suite takes fewer, at which plans are the same already.
"""

import asyncio
import os
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime
from functools import partial
from typing import Any, cast
from uuid import UUID

import asyncpg
import pytest
from msgspec import ValidationError

from operations.surroundings import declaration
from runtime.postgres.outbox import open_pool
from runtime.postgres.reads import ProjectionReads
from runtime.postgres.rows import row_sql
from runtime.postgres.sqlfile import queries
from runtime.postgres.store import connect
from runtime.service import Service
from tests.integration.conftest import ROOT
from tests.integration.test_commit_page import empty_database

ROWS = int(os.environ.get("ROWS", "30000"))
LARGE = 10_000
SERVICES = ("orders", "billing", "provisioning", "notifications")
FILES = ("commit", "effects", "deliveries", "scrubbing")
"""What a service does while it runs; what operators compare, rebuild or recover reads whole tables on purpose."""
WAITING = {"parked": 500, "handovers": 500, "secrets_in_hand": 500, "positions": 60, "generations": 0, "rebuilds": 0}
"""What waits, or is few by nature."""
USUAL = {
    "orders": "ACTIVATED",
    "payments": "REGISTERED",
    "refunds": "PAID",
    "emails": "SENT",
    "credentials": "DELIVERED",
}
RARE = {"orders": "HELD", "payments": "HELD", "refunds": "DUE", "emails": "FAILED", "credentials": "FAILED"}
BY_TYPE = {
    "text": "'x' || n", "bigint": "n", "integer": "n", "smallint": "n % 12", "boolean": "n % 1000 = 0",
    "date": "date '2026-01-01' + (n % 3650)::integer",
    "timestamp with time zone": "'2026-01-01'::timestamptz + n * interval '1 minute'",
    "bytea": r"'\x7b7d'::bytea", "json": "'{}'::json", "uuid": "md5(n::text)::uuid", "double precision": "n",
}  # fmt: skip
BY_COLUMN = {
    "customer_id": "n::text",
    "version": "n",
    "published_offset": f"CASE WHEN n <= {ROWS} - 10 THEN n END",
    "recorded": "true",
    "state": "CASE WHEN n % 20000 = 0 THEN 'intended' ELSE 'sent' END",
    "queued_at": "clock_timestamp() - n * interval '1 second'",
    "differences": "CASE WHEN n % 20000 = 0 THEN '{}'::json END",
}
STATES = {
    "accounts": "'{}'::json",
    "deliveries": "CASE WHEN n % 20000 = 0 THEN 'failed' ELSE 'waiting' END",
}
ARGUMENTS: Mapping[str, Any] = {
    "text": "7", "int8": 7, "int4": 7, "int2": 7, "bool": False, "float8": 30 * 86_400.0, "uuid": UUID(int=7),
    "date": date(2026, 1, 2), "timestamptz": datetime(2026, 1, 1, 0, 9, tzinfo=UTC), "bytea": b"{}", "json": "{}",
}  # fmt: skip
WHOLE: Mapping[str, str] = {
    "quarantine": "operators list all that stands there",
    "standing": "counts what stands in quarantine, of thirty days at most",
    "deliveries": "an operator asks how many wait at each endpoint, and have failed",
    "scrubbed": "an operator asks how many accounts were compared",
}
"""Looks at the journal and what stands beside it that may read a table whole, and why."""

SCANS = "SELECT relid, seq_scan FROM pg_stat_xact_user_tables"
_ONE = {"customer_id": "7"}
LISTS: Mapping[str, Sequence[tuple[str, Mapping[str, Any], Sequence[str], int | None]]] = {
    "orders": (
        ("claims", {"kind": "x7", "key": "x7"}, (), None),
        ("orders", _ONE, ("ordered_on", "taken_at", "order_id"), None),
        ("orders", _ONE, ("ordered_on", "taken_at", "order_id"), 101),
        ("orders", {"order_id": "x7", **_ONE}, (), None),
        ("orders", {"status": "HELD"}, ("ordered_on", "taken_at", "order_id"), 101),
        ("orders", {"status": "ACTIVATED"}, ("ordered_on", "taken_at", "order_id"), 101),
        ("payments", {"order_id": "x7"}, ("registered_on", "taken_at", "payment_source", "payment_id"), None),
        ("payments", {"payment_source": "x7", "payment_id": "x7"}, (), None),
        ("payments", {"status": "HELD"}, (), None),
        ("payments", {"status": ["HELD"]}, ("taken_at", "payment_source", "payment_id", "content_hash"), 101),
        ("refunds", {"status": "DUE"}, ("due_on", "refund_id"), 101),
    ),
    "billing": (
        ("charges", _ONE, (), None),
        ("credit_entries", _ONE, ("credit_id",), 101),
        ("services", _ONE, ("product",), None),
    ),
    "provisioning": (
        ("services", _ONE, ("product",), 101),
        ("activations", _ONE, (), None),
        ("credentials", _ONE, ("expires_at", "credential_id"), 101),
        ("credentials", {"status": "FAILED"}, ("expires_at", "credential_id"), 101),
        ("sign_ins", {"username_hash": "x7"}, (), None),
    ),
    "notifications": (
        ("emails", _ONE, ("requested_at", "email_id"), 101),
        ("order_notes", _ONE, (), None),
    ),
}
"""What the adapters list, by service: table, columns that are given, order, and how many at most."""


async def fill(owner: asyncpg.Connection, schema: str, table: str, rows: int) -> None:
    """Write rows as they look after years: nearly all of them done with."""
    columns = await owner.fetch(
        "SELECT column_name AS name, data_type AS kind FROM information_schema.columns "
        "WHERE table_schema = $1 AND table_name = $2 AND is_identity = 'NO' ORDER BY ordinal_position",
        schema, table,
    )  # fmt: skip
    values = [BY_COLUMN.get(each["name"], BY_TYPE[each["kind"]]) for each in columns]
    if table in USUAL:
        at = [each["name"] for each in columns].index("status")
        values[at] = f"CASE WHEN n % 20000 = 0 THEN '{RARE[table]}' ELSE '{USUAL[table]}' END"
    if table in STATES:
        values[[each["name"] for each in columns].index("state")] = STATES[table]
    names = ", ".join(f'"{each["name"]}"' for each in columns)
    await owner.execute(
        f'INSERT INTO "{schema}"."{table}" ({names}) SELECT {", ".join(values)} FROM generate_series(1, {rows}) AS n'
    )


async def fill_all(roles: dict[str, str], declared: Service) -> None:
    """Make a service's tables anew and fill each."""
    await empty_database(roles, declared)
    owner = await asyncpg.connect(roles["owner"])
    try:
        live = await owner.fetchval("SELECT schema_name FROM runtime.generations WHERE state = 'live'")
        tables = await owner.fetch(
            "SELECT schemaname, tablename FROM pg_tables WHERE schemaname IN ('runtime', $1)", live
        )
        for schema, table in tables:
            rows = WAITING.get(table, ROWS)
            if rows:
                await fill(owner, schema, table, rows)
        await owner.execute("ANALYZE")
    finally:
        await owner.close()


@pytest.fixture(scope="module", params=SERVICES)
def full(request: pytest.FixtureRequest, databases: dict[str, dict[str, str]]) -> tuple[str, str]:
    """Fill every table of a service; name it, and how it signs in."""
    asyncio.run(fill_all(databases[request.param], declaration(request.param)))
    return request.param, databases[request.param]["app"]


@pytest.fixture
async def service(full: tuple[str, str]) -> AsyncIterator[tuple[Service, asyncpg.Connection]]:
    """Connect as what commits does, which finds rows by key."""
    connection = await connect(full[1], statement_timeout="600s")
    yield declaration(full[0]), connection
    await connection.close()


@pytest.fixture
async def reader(full: tuple[str, str]) -> AsyncIterator[tuple[Service, asyncpg.Connection]]:
    """Connect as what answers does."""
    pool = await open_pool(full[1], size=1)
    async with pool.acquire() as connection:
        yield declaration(full[0]), cast(asyncpg.Connection, connection)
    await pool.close()


async def read_whole(connection: asyncpg.Connection, ask: Callable[[], Awaitable[Any]]) -> list[str]:
    """Ask something, undo it, and name the large tables that were read from end to end for it."""
    turn = connection.transaction()
    await turn.start()
    try:
        before = dict(map(tuple, await connection.fetch(SCANS)))
        with suppress(ValidationError):  # the rows that fill a table are no rows of its fold
            await ask()
        after = dict(map(tuple, await connection.fetch(SCANS)))
    except asyncpg.IntegrityConstraintViolationError:
        return []  # it wrote, and met a row through an index
    finally:
        await turn.rollback()
    large = await connection.fetch("SELECT oid, relname FROM pg_class WHERE reltuples >= $1::integer", LARGE)
    return [each["relname"] for each in large if after.get(each["oid"], 0) > before.get(each["oid"], 0)]


def argument(kind: asyncpg.Type) -> Any:
    """Give a value of a parameter's type; of an array, one."""
    return [ARGUMENTS[kind.name.removesuffix("[]")]] if kind.kind == "array" else ARGUMENTS[kind.name]


async def carry_out(connection: asyncpg.Connection, sql: str) -> None:
    prepared = await connection.prepare(sql)
    await prepared.fetch(*map(argument, prepared.get_parameters()))


async def whole_of(connection: asyncpg.Connection, asked: Mapping[str, str]) -> dict[str, list[str]]:
    """Name each statement that reads a large table whole."""
    found = {name: await read_whole(connection, partial(carry_out, connection, sql)) for name, sql in asked.items()}
    return {name: whole for name, whole in found.items() if whole}


class TestWhatAServiceAsks:
    async def test_no_commit_effect_or_scrub_reads_a_large_table_whole(
        self, service: tuple[Service, asyncpg.Connection]
    ) -> None:
        declared, connection = service
        asked = {f"{file}/{name}": sql for file in FILES for name, sql in queries(file).items()}
        del asked["deliveries/standings"]  # an operator asks how many wait at each endpoint
        if not any(projection.table == "claims" for projection in declared.projections):
            del asked["commit/lock_claims"]
        assert await whole_of(connection, asked) == {}

    async def test_no_look_at_the_journal_reads_a_large_table_whole(
        self, reader: tuple[Service, asyncpg.Connection]
    ) -> None:
        asked = {name: sql for name, sql in queries("journal").items() if name not in WHOLE}
        assert await whole_of(reader[1], asked) == {}

    async def test_no_projection_is_read_or_deleted_by_key_whole(
        self, service: tuple[Service, asyncpg.Connection]
    ) -> None:
        declared, connection = service
        statements = [row_sql(projection) for projection in declared.projections]
        asked = {text: text for sql in statements for text in (sql.select_by_key, sql.delete)}
        assert await whole_of(connection, asked) == {}

    async def test_no_page_or_list_of_its_interface_reads_a_large_table_whole(
        self, reader: tuple[Service, asyncpg.Connection]
    ) -> None:
        declared, connection = reader
        reads, found = ProjectionReads(cast(asyncpg.Pool, connection), declared), []
        for table, where, order, limit in LISTS[declared.name]:
            (projection,) = (each for each in declared.projections if each.table == table)
            if await read_whole(connection, partial(reads.rows, projection, where, order, limit=limit)):
                found.append((table, where))
        assert found == []


@pytest.mark.parametrize("name", SERVICES)
def test_every_table_that_adapters_list_is_tried_here(name: str) -> None:
    source = "\n".join(path.read_text() for path in (ROOT / "services" / name / "adapters").glob("*.py"))
    listed = set(re.findall(r"(?:edge\.rows\(|page\.of\(edge, )([A-Z_]+)", source))
    assert {table.lower() for table in listed} <= {table for table, *_ in LISTS[name]}
