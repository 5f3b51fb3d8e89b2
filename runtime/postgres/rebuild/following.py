"""How does a generation hear of what happened since it was loaded? By the same folds, on the touched rows alone."""

from collections.abc import Iterable, Sequence
from typing import Any

import asyncpg

from runtime.fold.account import Account, Folded, take_all
from runtime.postgres.rows import row_sql
from runtime.postgres.sqlfile import queries
from runtime.projection import Key
from runtime.service import Service
from runtime.wire.codec import decode_attributes, decode_state
from runtime.wire.lens import own_event
from schemas.envelope import Event


async def follow(connection: asyncpg.Connection, service: Service, schema: str, values: Iterable[bytes]) -> Folded:
    """Fold own events into a generation that has its keys already; return what they changed in it.

    Inside the caller's transaction. A version that was folded before changes nothing. Of the rows, every one that an
    event touches is returned, None where none is left.
    """
    attributes = [decode_attributes(value) for value in values]
    accounts = await _accounts(connection, service, schema, sorted({each.subject for each in attributes}))
    new = [each for each in attributes if int(each.sequence or 0) > accounts[each.subject].version]
    if not new:
        return Folded()
    events = [own_event(each) for each in new]
    keys = _keys(service, [own.event for own in events])
    followed = Folded(rows=await _rows(connection, service, schema, keys))
    for own in events:
        followed.events += take_all(service, accounts[own.subject], own, followed.fold_row)
    for customer in sorted({own.subject for own in events}):
        followed.compare(service, accounts[customer], followed.close(accounts[customer]))
    followed.rows = {table: {key: followed.rows[table].get(key) for key in named} for table, named in keys.items()}
    await _write(connection, service, schema, followed)
    return followed


async def warm_up(connection: asyncpg.Connection, service: Service, schema: str, live: str) -> None:
    """Have every statement parsed that a small batch needs, so that none is while commits are held."""
    nobody: list[str] = []
    for place in (schema, live):
        await connection.fetch(queries("rebuild")["accounts"].format(schema=place), nobody)
    await connection.execute(queries("rebuild")["keep_accounts"].format(schema=schema), nobody, [], [])
    for projection in service.projections:
        sql = row_sql(projection, schema)
        keys: list[list[Any]] = [[] for _ in projection.key]
        await connection.fetch(sql.select_by_key, *keys)
        await connection.fetch(row_sql(projection, live).select_by_key, *keys)
        await connection.execute(sql.delete, *keys)
        await connection.execute(sql.upsert, *([] for _ in sql.columns))


def _keys(service: Service, events: Sequence[Event]) -> dict[str, list[Key]]:
    found: dict[str, set[Key]] = {projection.table: set() for projection in service.projections}
    for event in events:
        for projection in service.touched[type(event)]:
            found[projection.table].update(projection.keys_of(event))
    return {table: sorted(keys) for table, keys in found.items()}


async def _accounts(
    connection: asyncpg.Connection, service: Service, schema: str, customers: Sequence[str]
) -> dict[str, Account]:
    kept = {customer: Account(customer, service.initial()) for customer in customers}
    for row in await connection.fetch(queries("rebuild")["accounts"].format(schema=schema), customers):
        state = service.initial() if row["state"] is None else decode_state(row["state"], service.state)
        kept[row["customer_id"]] = Account(row["customer_id"], state, row["version"])
    return kept


async def _rows(
    connection: asyncpg.Connection, service: Service, schema: str, keys: dict[str, list[Key]]
) -> dict[str, dict[Key, Any]]:
    found: dict[str, dict[Key, Any]] = {}
    for projection in service.projections:
        sql, named = row_sql(projection, schema), keys[projection.table]
        records = await connection.fetch(sql.select_by_key, *sql.key_parameters(named)) if named else []
        rows = [sql.row(record) for record in records]
        found[projection.table] = {projection.key_of(row): row for row in rows}
    return found


async def _write(connection: asyncpg.Connection, service: Service, schema: str, followed: Folded) -> None:
    customers, kept = list(followed.states), list(followed.states.values())
    versions, texts = [version for version, _ in kept], [state.decode() for _, state in kept]
    await connection.execute(queries("rebuild")["keep_accounts"].format(schema=schema), customers, versions, texts)
    for projection in service.projections:
        sql, rows = row_sql(projection, schema), followed.rows[projection.table]
        gone = [key for key, row in rows.items() if row is None]
        if gone:
            await connection.execute(sql.delete, *sql.key_parameters(gone))
        held = [row for row in rows.values() if row is not None]
        if held:
            await connection.execute(sql.upsert, *sql.parameters(held))
