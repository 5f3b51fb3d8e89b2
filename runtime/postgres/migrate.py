"""Are the tables as this deployment declares them? Plain-SQL migrations, and one generation of projections."""

import hashlib
from importlib.resources import files
from urllib.parse import urlsplit

import asyncpg

from runtime.errors import SchemaOutdated
from runtime.postgres import session
from runtime.postgres.rebuild.generations import create_generation, flip_views
from runtime.postgres.rows import tables_hash
from runtime.postgres.sqlfile import quoted
from runtime.service import Service

_LEDGER = """
CREATE TABLE IF NOT EXISTS public.migrations (
    name text PRIMARY KEY,
    sha256 text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT clock_timestamp()
)"""
_MIGRATION_LOCK = 7_243_901


async def migrate(dsn: str, folder: str) -> list[str]:
    """Apply the migrations of `runtime/postgres/sql/<folder>` that are missing, each in one transaction; name them.

    Raises SchemaOutdated when a file that was applied has been edited since.
    """
    connection = await session.connect(dsn)
    try:
        await connection.execute("SELECT pg_advisory_lock($1)", _MIGRATION_LOCK)
        await connection.execute(_LEDGER)
        return [name for name, text in _files(folder) if await _apply(connection, name, text)]
    finally:
        await connection.close()


async def ensure_generation(dsn: str, service: Service, app_role: str) -> None:
    """Make the first generation of a service's projections, or check that the live one is this declaration's.

    Raises SchemaOutdated when the live tables were made by another declaration and hold rows: they need a rebuild.
    """
    connection = await session.connect(dsn)
    try:
        async with connection.transaction():
            await connection.execute("SELECT pg_advisory_xact_lock($1)", _MIGRATION_LOCK + 1)
            await connection.execute("CREATE SCHEMA IF NOT EXISTS live")
            await _ensure(connection, service)
            await _grant(connection, app_role)
    finally:
        await connection.close()


async def _ensure(connection: asyncpg.Connection, service: Service) -> None:
    live = await connection.fetchrow("SELECT * FROM runtime.generations WHERE state = 'live'")
    if (
        live is not None
        and live["tables_hash"] == tables_hash(service)
        and live["fold_version"] == service.fold_version
    ):
        return
    if live is not None:
        if await connection.fetchval("SELECT EXISTS (SELECT 1 FROM runtime.journal)"):
            raise SchemaOutdated(
                f"the live tables of {service.name} were made by another declaration (fold version "
                f"{live['fold_version']}): deploy the version that made them, or run `coterm rebuild {service.name}`"
            )
        await connection.execute("UPDATE runtime.generations SET state = 'retired' WHERE id = $1", live["id"])
    schema = await create_generation(connection, service, "live")
    await flip_views(connection, service, schema)


async def _grant(connection: asyncpg.Connection, app_role: str) -> None:
    schemas = [
        row[0] for row in await connection.fetch("SELECT schema_name FROM runtime.generations WHERE state = 'live'")
    ]
    role = quoted(app_role)
    for schema in ("runtime", "live", *schemas):
        await connection.execute(f"GRANT USAGE ON SCHEMA {schema} TO {role}")
        await connection.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO {role}")
    await connection.execute(f"GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA runtime TO {role}")


async def _apply(connection: asyncpg.Connection, name: str, text: str) -> bool:
    digest = hashlib.sha256(text.encode()).hexdigest()
    known = await connection.fetchval("SELECT sha256 FROM public.migrations WHERE name = $1", name)
    if known is not None:
        if known != digest:
            raise SchemaOutdated(
                f"migration {name} was applied with another content: add a new one instead of editing it"
            )
        return False
    async with connection.transaction():
        await connection.execute(text)
        await connection.execute("INSERT INTO public.migrations (name, sha256) VALUES ($1, $2)", name, digest)
    return True


def _files(folder: str) -> list[tuple[str, str]]:
    found = files("runtime.postgres") / "sql" / folder
    return sorted((entry.name, entry.read_text()) for entry in found.iterdir() if entry.name.endswith(".sql"))


def role_of(dsn: str) -> str:
    """Name the role that a DSN signs in as."""
    role = urlsplit(dsn).username
    if not role:
        raise SchemaOutdated("the database address names no role")
    return role
