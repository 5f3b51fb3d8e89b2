"""What do the adapters read? Rows and states of the live projections, from a pool beside the transaction."""

from collections.abc import Mapping, Sequence
from typing import Any

import asyncpg

from runtime.postgres.rows import row_sql
from runtime.projection import Key, Projection
from runtime.service import Service
from runtime.wire.codec import decode_state


class ProjectionReads:
    """Answer the edge's reads."""

    def __init__(self, pool: asyncpg.Pool, service: Service) -> None:
        self._pool = pool
        self._service = service

    async def row(self, projection: Projection, key: Key) -> Any | None:
        """Read one row by its key, or None."""
        sql = row_sql(projection)
        record = await self._pool.fetchrow(sql.select_by_key, *sql.key_parameters([key]))
        return None if record is None else sql.row(record)

    async def rows(
        self,
        projection: Projection,
        where: Mapping[str, Any],
        order_by: Sequence[str] = (),
        *,
        after: Sequence[Any] | None = None,
        limit: int | None = None,
    ) -> list[Any]:
        """Read the rows whose columns equal `where`, or a page of them: `limit` rows after those that end at `after`.

        Raises ValueError for a column the projection does not declare.
        """
        sql = row_sql(projection)
        unknown = (set(where) | set(order_by)) - set(projection.columns)
        if unknown:
            raise ValueError(f"{projection.table} has no column {', '.join(sorted(unknown))}")
        parameters: list[Any] = []
        conditions = [_equal(name, value, parameters) for name, value in where.items()]
        if after is not None:
            conditions.append(_after(order_by, after, parameters))
        text = f"{sql.select} WHERE {' AND '.join(conditions)}" if conditions else sql.select
        if order_by:
            text += f" ORDER BY {', '.join(order_by)}"
        if limit is not None:
            parameters.append(limit)
            text += f" LIMIT ${len(parameters)}"
        return [sql.row(record) for record in await self._pool.fetch(text, *parameters)]

    async def state(self, customer_id: str) -> Any | None:
        """Read an account's state, or None for an account without events."""
        text = await self._pool.fetchval("SELECT state::text FROM accounts WHERE customer_id = $1", customer_id)
        return None if text is None else decode_state(text, self._service.state)


def _equal(name: str, value: Any, parameters: list[Any]) -> str:
    parameters.append(value)
    return f"{name} = ANY(${len(parameters)})" if isinstance(value, list) else f"{name} = ${len(parameters)}"


def _after(order_by: Sequence[str], place: Sequence[Any], parameters: list[Any]) -> str:
    """Compare as ORDER BY does, null last: the first column that differs decides."""
    same: list[str] = []
    ways: list[str] = []
    for name, value in zip(order_by, place, strict=True):
        if value is None:
            same.append(f"{name} IS NULL")
            continue
        parameters.append(value)
        ways.append(" AND ".join([*same, f"({name} > ${len(parameters)} OR {name} IS NULL)"]))
        same.append(f"{name} = ${len(parameters)}")
    return f"({' OR '.join(f'({way})' for way in ways)})" if ways else "false"
