"""How does a generation hear of what happened since it was loaded? By the same folds, on the touched rows alone."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import asyncpg

from runtime.fold.bulk import Broken, Missing
from runtime.fold.replay import fold_event
from runtime.postgres.rows import row_sql
from runtime.postgres.sqlfile import queries
from runtime.projection import Key
from runtime.service import Service
from runtime.wire.codec import Attributes, decode_attributes, decode_event, decode_state, encode_state
from runtime.wire.fingerprint import state_fingerprint


@dataclass(slots=True)
class Followed:
    """What a batch of events changed in a generation."""

    events: int = 0
    states: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    rows: dict[str, dict[Key, Any]] = field(default_factory=dict)
    """Every row that the events name, None where none is left."""
    broken: list[Broken] = field(default_factory=list)
    missing: list[Missing] = field(default_factory=list)
    """Accounts whose next version is not among the events, though a later one is: their later events are not folded."""


async def follow(connection: asyncpg.Connection, service: Service, schema: str, values: Iterable[bytes]) -> Followed:
    """Fold own events, each account's in their order, into a generation that has its keys already.

    Inside the caller's transaction. A version that was folded before changes nothing.
    """
    attributes = [decode_attributes(value) for value in values]
    kept = await _accounts(connection, service, schema, sorted({each.subject for each in attributes}))
    followed = Followed()
    due = _due(attributes, kept, followed)
    if not due:
        return followed
    events = [decode_event(each) for each in due]
    keys = {p.table: sorted({key for event in events for key in p.keys_of(event)}) for p in service.projections}
    rows = await _rows(connection, service, schema, keys)
    said: dict[str, tuple[int, str | None]] = {}
    for each, event in zip(due, events, strict=True):
        version, state = kept[each.subject]
        kept[each.subject] = version + 1, service.evolve(state, event)
        said[each.subject] = version + 1, each.statefp
        fold_event(service, rows, event)
    followed.events = len(due)
    followed.states = {customer: (kept[customer][0], encode_state(kept[customer][1])) for customer in said}
    followed.rows = {table: {key: rows[table].get(key) for key in named} for table, named in keys.items()}
    followed.broken = list(_broken(service, said, kept))
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


def _due(attributes: Sequence[Attributes], kept: dict[str, tuple[int, Any]], followed: Followed) -> list[Attributes]:
    reached = {customer: version for customer, (version, _) in kept.items()}
    missing: dict[str, int] = {}
    due = []
    for each in attributes:
        version = int(each.sequence or 0)
        if version == reached[each.subject] + 1:
            due.append(each)
            reached[each.subject] = version
        elif version > reached[each.subject]:
            missing.setdefault(each.subject, reached[each.subject] + 1)
    followed.missing = [Missing(customer, version) for customer, version in sorted(missing.items())]
    return due


async def _accounts(
    connection: asyncpg.Connection, service: Service, schema: str, customers: Sequence[str]
) -> dict[str, tuple[int, Any]]:
    kept = {customer: (0, service.initial()) for customer in customers}
    for row in await connection.fetch(queries("rebuild")["accounts"].format(schema=schema), customers):
        state = service.initial() if row["state"] is None else decode_state(row["state"], service.state)
        kept[row["customer_id"]] = row["version"], state
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


async def _write(connection: asyncpg.Connection, service: Service, schema: str, followed: Followed) -> None:
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


def _broken(
    service: Service, said: dict[str, tuple[int, str | None]], kept: dict[str, tuple[int, Any]]
) -> Iterable[Broken]:
    for customer, (version, fingerprint) in said.items():
        if fingerprint is not None and fingerprint.startswith(f"{service.fold_version}:"):
            folded = state_fingerprint(service.fold_version, kept[customer][1])
            if folded != fingerprint:
                yield Broken(customer, version, fingerprint, folded)
