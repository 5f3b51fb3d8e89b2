"""How does a folded share get into a generation's tables? By COPY, in one transaction with its own checkpoint."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from operator import attrgetter
from typing import Any

import asyncpg

from runtime import failpoints
from runtime.fold.account import Folded
from runtime.postgres.rows import RowSql, row_sql
from runtime.postgres.sqlfile import queries
from runtime.projection import Projection
from runtime.service import Service
from runtime.wire.codec import encode_state


async def load(
    connection: asyncpg.Connection,
    service: Service,
    schema: str,
    folded: Folded,
    share: tuple[int, int],
    until: int,
) -> None:
    """Write a share, and that it is written: both or neither. A share is (partition, slice)."""
    async with connection.transaction():
        accounts = ((customer, version, state.decode()) for customer, (version, state) in folded.states.items())
        await connection.copy_records_to_table("accounts", schema_name=schema, records=accounts)
        for projection in service.projections:
            rows = folded.rows[projection.table]
            await connection.copy_records_to_table(
                projection.table,
                schema_name=schema,
                columns=projection.columns,
                records=_records(projection, [rows[key] for key in sorted(rows)]),
            )
        failpoints.reached("rebuild.copied")
        faults = [asdict(fault) for fault in folded.faults]
        counted = (len(folded.states), folded.events, folded.compared)
        # The schema's name is ours, made from a number.
        insert = queries("rebuild")["checkpoint"].format(schema=schema)
        await connection.execute(insert, *share, until, *counted, json.dumps(faults))
    failpoints.reached("rebuild.folded")


def _records(projection: Projection, rows: Sequence[Any]) -> Iterator[tuple[Any, ...]]:
    sql = row_sql(projection)
    plain = attrgetter(*projection.columns)
    if not any(column.is_json for column in sql.columns):
        return map(plain, rows)
    return (_with_json(sql, plain(row)) for row in rows)


def _with_json(sql: RowSql, values: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(
        encode_state(value).decode() if column.is_json and value is not None else value
        for column, value in zip(sql.columns, values, strict=True)
    )
