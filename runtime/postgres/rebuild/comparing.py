"""In what does a new generation differ from the live one? In so many rows, in these columns, for instance here."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import asyncpg

from runtime.fold.difference import Difference, differences, json_differences
from runtime.postgres.rebuild.generations import columns_of
from runtime.postgres.rows import row_sql, tables_of
from runtime.postgres.sqlfile import queries
from runtime.projection import Key, Projection
from runtime.service import Service
from runtime.wire.codec import encode_state

SAMPLES = 20
"""So many rows of each table are shown."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One row that differs: where, and how; `before` is the live row's, `after` the rebuilt one's."""

    table: str
    kind: str
    key: str
    customer_id: str
    version: int | None
    differences: list[Difference]


@dataclass(slots=True)
class TableDifference:
    """How many rows of a table differ, counted by column where both sides have the row."""

    table: str
    rows: int
    added: int = 0
    removed: int = 0
    changed: int = 0
    columns: dict[str, int] = field(default_factory=dict)
    samples: list[Sample] = field(default_factory=list)
    shape: list[str] = field(default_factory=list)
    """Columns that only one side has, or that have another type there."""

    @property
    def is_equal(self) -> bool:
        """Tell whether both sides hold the same."""
        return not (self.added or self.removed or self.changed or self.shape)


@dataclass(frozen=True, slots=True)
class _Sides:
    """Two tables of one name, and how to tell their rows apart."""

    table: str
    new: str
    live: str
    key: tuple[str, ...]
    columns: Sequence[tuple[str, bool]]
    """Name, and whether its values can be compared as they are."""

    @property
    def joined(self) -> str:
        on = " AND ".join(f"n.{name} = o.{name}" for name in self.key)
        known = " WHERE version > 0" if self.table == "accounts" else ""
        old = f"(SELECT * FROM {self.live}.{self.table}{known})"  # noqa: S608 - names of declarations
        return f"FROM {self.new}.{self.table} AS n FULL JOIN {old} AS o ON {on}"

    def differs(self, column: str, is_comparable: bool) -> str:
        cast = "" if is_comparable else "::text"
        return f"n.{column}{cast} IS DISTINCT FROM o.{column}{cast}"

    @property
    def is_other(self) -> str:
        return " OR ".join(self.differs(*column) for column in self.columns) or "false"


async def compare(connection: asyncpg.Connection, service: Service, new: str, live: str) -> list[TableDifference]:
    """Compare two generations whole, table by table; in the caller's snapshot."""
    shapes = {schema: await columns_of(connection, schema) for schema in (new, live)}
    keys = {"accounts": ("customer_id",), **{each.table: each.key for each in service.projections}}
    found = []
    for table in tables_of(service):
        shape = _shape(shapes[live].get(table), shapes[new][table])
        before = dict(shapes[live].get(table, ()))
        common = [(name, kind == before[name] != "json") for name, kind in shapes[new][table] if name in before]
        if set(keys[table]) <= {name for name, _ in common}:
            sides = _Sides(table, new, live, keys[table], [c for c in common if c[0] not in keys[table]])
            found.append(await _compare(connection, sides, shape))
        else:
            rows = await connection.fetchval(f"SELECT count(*) FROM {new}.{table}")  # noqa: S608
            found.append(TableDifference(table, rows, added=rows, shape=shape))
    gone = sorted(set(shapes[live]) - set(tables_of(service)) - {"rebuild_checkpoints"})
    return [*found, *(TableDifference(table, 0, shape=["the table is no longer declared"]) for table in gone)]


async def fingerprint(connection: asyncpg.Connection, service: Service, schema: str) -> str:
    """Return a hash of everything a generation holds, whatever order its rows stand in."""
    parts = []
    for table in tables_of(service):
        hashes = "count(*), coalesce(sum(hashtextextended(t::text, 0)), 0)"
        text = f"SELECT {hashes} FROM {schema}.{table} AS t"  # noqa: S608 - names of declarations
        (row,) = await connection.fetch(text)
        parts.append(f"{row[0]:x}.{int(row[1]) & 0xFFFFFFFFFFFFFFFF:016x}")
    return "-".join(parts)


async def touched(
    connection: asyncpg.Connection,
    service: Service,
    live: str,
    states: Mapping[str, tuple[int, bytes]],
    rows: Mapping[str, Mapping[Key, Any]],
) -> list[Sample]:
    """Compare what the last events left with what the live generation has there."""
    found = await _touched_accounts(connection, live, states)
    for projection in service.projections:
        held = rows.get(projection.table, {})
        if held:
            found += await _touched_rows(connection, live, projection, held)
    return found


async def _touched_accounts(
    connection: asyncpg.Connection, live: str, states: Mapping[str, tuple[int, bytes]]
) -> list[Sample]:
    rows = await connection.fetch(queries("rebuild")["accounts"].format(schema=live), sorted(states))
    kept = {row["customer_id"]: (row["version"], (row["state"] or "").encode()) for row in rows}
    found = []
    for customer, (version, state) in states.items():
        before = kept.get(customer, (0, b""))
        if before != (version, state):
            parts = [*differences(before[0], version, "version"), *json_differences(before[1], state)]
            found.append(Sample("accounts", "changed", customer, customer, version, parts))
    return found


async def _touched_rows(
    connection: asyncpg.Connection, live: str, projection: Projection, held: Mapping[Key, Any]
) -> list[Sample]:
    sql = row_sql(projection, live)
    records = await connection.fetch(sql.select_by_key, *sql.key_parameters(sorted(held)))
    before = {projection.key_of(row): row for row in (sql.row(record) for record in records)}
    pairs = ((key, before.get(key), row) for key, row in held.items())
    return [_row_sample(projection, *pair) for pair in pairs if _text(pair[1]) != _text(pair[2])]


def _row_sample(projection: Projection, key: Key, before: Any, after: Any) -> Sample:
    kind = "added" if before is None else "removed" if after is None else "changed"
    customer = (before if after is None else after).customer_id
    parts = json_differences(_text(before), _text(after)) if kind == "changed" else []
    return Sample(projection.table, kind, "/".join(map(str, key)), customer, None, parts)


def _text(row: Any) -> bytes | None:
    return None if row is None else encode_state(row)


def _shape(before: Sequence[tuple[str, str]] | None, after: Sequence[tuple[str, str]]) -> list[str]:
    if before is None:
        return ["the table is new"]
    old, new = dict(before), dict(after)
    return [
        *(f"{name} is new" for name in new if name not in old),
        *(f"{name} is gone" for name in old if name not in new),
        *(f"{name} was {old[name]}, is {new[name]}" for name in new if name in old and old[name] != new[name]),
    ]


async def _compare(connection: asyncpg.Connection, sides: _Sides, shape: list[str]) -> TableDifference:
    key = sides.key[0]
    both = f"n.{key} IS NOT NULL AND o.{key} IS NOT NULL"
    head = [
        f"count(n.{key})",
        f"count(*) FILTER (WHERE o.{key} IS NULL)",
        f"count(*) FILTER (WHERE n.{key} IS NULL)",
        f"count(*) FILTER (WHERE {both} AND ({sides.is_other}))",
    ]
    (row,) = await connection.fetch(f"SELECT {', '.join(head)} {sides.joined}")
    found = TableDifference(sides.table, row[0], row[1], row[2], row[3], shape=shape)
    if found.changed:
        counts = [f"count(*) FILTER (WHERE {both} AND {sides.differs(*column)})" for column in sides.columns]
        (row,) = await connection.fetch(f"SELECT {', '.join(counts)} {sides.joined}")
        found.columns = {name: number for (name, _), number in zip(sides.columns, row, strict=True) if number}
    if found.added or found.removed or found.changed:
        found.samples = await _samples(connection, sides)
    return found


async def _samples(connection: asyncpg.Connection, sides: _Sides) -> list[Sample]:
    key = sides.key[0]
    either = f"n.{key} IS NULL OR o.{key} IS NULL OR {sides.is_other}"
    order = ", ".join(f"coalesce(n.{name}, o.{name})" for name in sides.key)
    rows = await connection.fetch(
        f"SELECT row_to_json(n)::text AS after, row_to_json(o)::text AS before {sides.joined} "
        f"WHERE {either} ORDER BY {order} LIMIT {SAMPLES}"
    )
    pairs = [(_object(row["before"]), _object(row["after"])) for row in rows]
    customers = sorted({(after or before)["customer_id"] for before, after in pairs})
    accounts = f"SELECT customer_id, version FROM {sides.new}.accounts WHERE customer_id = ANY ($1)"  # noqa: S608
    versions = {row["customer_id"]: row["version"] for row in await connection.fetch(accounts, customers)}
    return [_sample(sides, before, after, versions) for before, after in pairs]


def _sample(sides: _Sides, before: dict[str, Any], after: dict[str, Any], versions: dict[str, int]) -> Sample:
    kind = "added" if not before else "removed" if not after else "changed"
    either = after or before
    names = {name for name, _ in sides.columns}
    parts = differences(before, after) if before and after else []
    parts = [part for part in parts if part.path.split(".")[0].split("[")[0] in names]
    key = "/".join(str(either[name]) for name in sides.key)
    customer = either["customer_id"]
    return Sample(sides.table, kind, key, customer, versions.get(customer), parts)


def _object(text: str | None) -> dict[str, Any]:
    return {} if text is None else json.loads(text)
