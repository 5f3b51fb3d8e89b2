"""How does a declared row become SQL, and come back? One upsert, one look-up, one delete per projection."""

import hashlib
import types
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints

import msgspec

from runtime.projection import Key, Projection
from runtime.service import Service
from runtime.wire.codec import encode_state

ACCOUNTS_DDL = """
CREATE TABLE accounts (
    customer_id text PRIMARY KEY,
    version bigint NOT NULL,
    state json
) WITH (fillfactor = 70)"""

SQL_TYPES: dict[type, str] = {
    str: "text",
    int: "bigint",
    bool: "boolean",
    date: "date",
    datetime: "timestamptz",
    bytes: "bytea",
}


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a declared row."""

    name: str
    hint: Any
    sql: str

    @property
    def is_json(self) -> bool:
        """Tell whether the column holds JSON."""
        return self.sql == "json"


@dataclass(frozen=True, slots=True)
class RowSql:
    """The statements of one projection, and the way of its rows to and from their parameters."""

    projection: Projection
    columns: tuple[Column, ...]
    upsert: str
    delete: str
    select: str
    select_by_key: str

    def parameters(self, rows: Sequence[Any]) -> list[list[Any]]:
        """Turn rows into one array per column."""
        return [[_to_sql(getattr(row, column.name), column) for row in rows] for column in self.columns]

    def key_parameters(self, keys: Iterable[Key]) -> list[list[Any]]:
        """Turn keys into one array per key column."""
        return [list(values) for values in zip(*keys, strict=True)]

    def row(self, record: Any) -> Any:
        """Turn a record of `select` back into the declared row."""
        values = {column.name: _from_sql(record[column.name], column) for column in self.columns}
        return msgspec.convert(values, self.projection.row, strict=False)


def ddl_of(service: Service) -> list[str]:
    """Return the statements that create a service's tables, unqualified."""
    return [ACCOUNTS_DDL, *(projection.ddl for projection in service.projections)]


def tables_of(service: Service) -> tuple[str, ...]:
    """Name the tables that are folded."""
    return ("accounts", *(projection.table for projection in service.projections))


def tables_hash(service: Service) -> str:
    """Tell one declaration of tables from another."""
    return hashlib.sha256("\n".join(ddl_of(service)).encode()).hexdigest()[:32]


@cache
def row_sql(projection: Projection, schema: str = "") -> RowSql:
    """Build the statements of a projection from its row's annotations; of the live one, or of a generation's."""
    hints = get_type_hints(projection.row)
    columns = tuple(Column(name, hints[name], _sql_type(hints[name])) for name in projection.columns)
    names = ", ".join(column.name for column in columns)
    keys = ", ".join(projection.key)
    arrays = ", ".join(f"${n}::{'text' if c.is_json else c.sql}[]" for n, c in enumerate(columns, 1))
    values = ", ".join(f"{c.name}::json" if c.is_json else c.name for c in columns)
    changed = [c.name for c in columns if c.name not in projection.key]
    updates = ", ".join(f"{name} = excluded.{name}" for name in changed)
    action = f"DO UPDATE SET {updates}" if changed else "DO NOTHING"
    by_name = {column.name: column for column in columns}
    key_arrays = ", ".join(f"${n}::{by_name[name].sql}[]" for n, name in enumerate(projection.key, 1))
    read = ", ".join(f"{c.name}::text" if c.is_json else c.name for c in columns)
    # Every name in these texts comes from a declaration, never from an input.
    table = f"{schema}.{projection.table}" if schema else projection.table
    select = f"SELECT {read} FROM {table}"  # noqa: S608
    among = f"WHERE ({keys}) IN (SELECT * FROM unnest({key_arrays}))"  # noqa: S608
    insert = f"INSERT INTO {table} ({names})"
    selected = f"SELECT {values} FROM unnest({arrays}) AS new ({names}) ORDER BY {keys}"  # noqa: S608
    return RowSql(
        projection,
        columns,
        upsert=f"{insert} {selected} ON CONFLICT ({keys}) {action}",
        delete=f"DELETE FROM {table} {among}",  # noqa: S608
        select=select,
        select_by_key=f"{select} {among}",
    )


def _sql_type(hint: Any) -> str:
    kind = _without_none(hint)
    if isinstance(kind, type):
        for base in (bool, str, bytes, datetime, date, int):
            if issubclass(kind, base):
                return SQL_TYPES[base]
    return "json"


def _without_none(hint: Any) -> Any:
    if get_origin(hint) in (Union, types.UnionType):
        kinds = [kind for kind in get_args(hint) if kind is not type(None)]
        return kinds[0] if len(kinds) == 1 else hint
    return hint


def _to_sql(value: Any, column: Column) -> Any:
    if value is None:
        return None
    return encode_state(value).decode() if column.is_json else value


def _from_sql(value: Any, column: Column) -> Any:
    if value is None or not column.is_json:
        return value
    return msgspec.json.decode(value, type=column.hint, strict=False)
