"""Where do a service's folded tables live? In a generation, a schema of their own; views name the live one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import asyncpg

from runtime.postgres.rows import ddl_of, tables_hash, tables_of
from runtime.postgres.sqlfile import queries
from runtime.service import Service


@dataclass(frozen=True, slots=True)
class Definition:
    """A constraint or an index that is made once the rows are in."""

    table: str
    name: str
    make: str


async def create_generation(connection: asyncpg.Connection, service: Service, state: str) -> str:
    """Create a schema with the service's tables, empty; return its name. Inside the caller's transaction."""
    number = await connection.fetchval("SELECT coalesce(max(id), 0) + 1 FROM runtime.generations")
    schema = f"generation_{number:04d}"
    await connection.execute(f"CREATE SCHEMA {schema}")
    await connection.execute(f"SET LOCAL search_path = {schema}")
    for ddl in ddl_of(service):
        await connection.execute(ddl)
    await connection.execute("SET LOCAL search_path = public")
    await connection.execute(
        "INSERT INTO runtime.generations (schema_name, fold_version, tables_hash, state) VALUES ($1, $2, $3, $4)",
        schema,
        service.fold_version,
        tables_hash(service),
        state,
    )
    return schema


async def drop_indexes(connection: asyncpg.Connection, service: Service, schema: str) -> list[Definition]:
    """Drop the indexes and keys of empty tables, so that rows go in faster; return how to make them again."""
    sql = queries("generations")
    tables = list(tables_of(service))
    constraints = await connection.fetch(sql["constraints"], schema, tables)
    for row in constraints:
        await connection.execute(f"ALTER TABLE {schema}.{row['table']} DROP CONSTRAINT {row['name']}")
    indexes = await connection.fetch(sql["indexes"], schema, tables)
    for row in indexes:
        await connection.execute(f"DROP INDEX {schema}.{row['name']}")
    return [
        *(_key(schema, row["table"], row["name"], row["definition"]) for row in constraints),
        *(Definition(row["table"], row["name"], row["definition"]) for row in indexes),
    ]


async def flip_views(connection: asyncpg.Connection, service: Service, schema: str) -> None:
    """Point the live views at a generation; inside the caller's transaction, so that readers see one or the other."""
    await connection.execute(await flipping(connection, service, schema))


async def flipping(connection: asyncpg.Connection, service: Service, schema: str) -> str:
    """Write the statements that point the live views at a generation.

    A view whose columns stay the same is replaced in place, so that statements prepared on it stay good; another one,
    and one that nothing declares any more, is dropped, and made anew with the rights it had.
    """
    sql = queries("generations")
    columns = {(r["schema"], r["table"]): r["columns"] for r in await connection.fetch(sql["columns"], schema)}
    rights = [(r["role"], r["right"]) for r in await connection.fetch(sql["rights"])]
    tables = tables_of(service)
    statements = [f"DROP VIEW live.{name}" for place, name in columns if place == "live" and name not in tables]
    for table in tables:
        shows = f"live.{table} AS SELECT * FROM {schema}.{table}"  # noqa: S608 - names of declarations
        if columns.get(("live", table)) == columns[schema, table]:
            statements.append(f"CREATE OR REPLACE VIEW {shows}")
            continue
        statements += [f"DROP VIEW IF EXISTS live.{table}", f"CREATE VIEW {shows}"]
        statements += [f"GRANT {right} ON live.{table} TO {role}" for role, right in rights]
    return ";\n".join(statements)


async def grant_rights(connection: asyncpg.Connection, schema: str) -> None:
    """Give a generation the rights that the live views have: whoever may use these uses it through them."""
    for row in await connection.fetch(queries("generations")["rights"]):
        await connection.execute(f"GRANT USAGE ON SCHEMA {schema} TO {row['role']}")
        await connection.execute(f"GRANT {row['right']} ON ALL TABLES IN SCHEMA {schema} TO {row['role']}")


async def columns_of(connection: asyncpg.Connection, schema: str) -> Mapping[str, Sequence[tuple[str, str]]]:
    """Return each table's columns with their types, in order."""
    found = await connection.fetch(queries("generations")["columns"], schema)
    return {
        row["table"]: [(name, kind) for name, kind in (each.split("\n") for each in row["columns"])]
        for row in found
        if row["schema"] == schema
    }


def _key(schema: str, table: str, name: str, definition: str) -> Definition:
    return Definition(table, name, f"ALTER TABLE {schema}.{table} ADD CONSTRAINT {name} {definition}")
