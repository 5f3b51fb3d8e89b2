"""Is a database that was emptied and filled from its topic the one that was lost?"""

from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest

from runtime.commit import Expected, Position
from runtime.kafka.log import LogRecord
from runtime.postgres.recovery import empty_database as lose
from runtime.postgres.recovery import journal_rows, refill, sessions
from runtime.postgres.store import PostgresStore, connect
from runtime.recovery import cause_of, recover
from schemas.topics import BILLING_EVENTS, ORDERS_EVENTS
from tests.integration.pages import BILLING, PARTITION, InPostgres, placed, put
from tests.integration.test_commit_page import empty_database

ROLES = dict[str, str]
READ = [placed(0, "c-1", 1), placed(1, "c-2", 1), placed(2, "c-1", 2)]


@pytest.fixture
async def roles(databases: dict[str, ROLES]) -> ROLES:
    await empty_database(databases["billing"])
    return databases["billing"]


@pytest.fixture
async def held(roles: ROLES) -> AsyncIterator[InPostgres]:
    store = PostgresStore(roles["app"], BILLING)
    held = InPostgres(roles["app"], store)
    await held.start(0)
    expected: Expected = {PARTITION: Position(0)}
    await put(held, expected, READ)
    await _publish(held)
    yield held
    await store.close()


class TestWhenADatabaseWasLost:
    async def test_it_comes_back_and_what_is_met_again_changes_nothing(self, held: InPostgres, roles: ROLES) -> None:
        before, journal = await held.contents(), await _journal(held)
        await held.store.close()
        assert await journal_rows(roles["owner"]) == len(journal)

        await lose(roles["owner"])
        assert await journal_rows(roles["owner"]) == 0
        await empty_database(roles)
        await _refill(roles, journal)

        assert await _journal(held) == journal
        after = await held.contents()
        assert (after.states, after.rows, after.seen) == (before.states, before.rows, before.seen)
        assert after.positions == {PARTITION: Position(0)}
        await put(held, {PARTITION: Position(0)}, READ)
        assert await held.contents() == before

    async def test_a_filling_that_breaks_off_leaves_it_empty(self, held: InPostgres, roles: ROLES) -> None:
        journal = await _journal(held)
        await held.store.close()
        await empty_database(roles)
        with pytest.raises(ZeroDivisionError):
            await _refill(roles, journal, breaks=True)
        assert await journal_rows(roles["owner"]) == 0
        assert (await held.contents()).states == {}


class TestWhenAServiceStillRuns:
    async def test_its_sessions_are_seen(self, held: InPostgres, roles: ROLES) -> None:
        assert sum((await sessions(roles["owner"])).values()) >= 1
        await held.store.close()


async def _refill(roles: ROLES, journal: list[Any], *, breaks: bool = False) -> None:
    written = [
        LogRecord(BILLING_EVENTS, 3, row["published_offset"], row["customer_id"].encode(), row["value"], ())
        for row in sorted(journal, key=lambda row: row["published_offset"])
    ]
    found = recover(BILLING, written, dict(cause_of(record, ORDERS_EVENTS) for record in READ))
    assert found.troubles == []
    async with refill(roles["owner"], BILLING, "") as target:
        await target.write(found)
        await target.start_positions({PARTITION: 0})
        if breaks:
            raise ZeroDivisionError


async def _publish(held: InPostgres) -> None:
    """Mark every row, as the relay does: the log held them in the order of the commits."""
    connection = await connect(held.dsn)
    try:
        await connection.execute("UPDATE journal SET published_partition = 3, published_offset = id - 1")
    finally:
        await connection.close()


async def _journal(held: InPostgres) -> list[Any]:
    connection: asyncpg.Connection = await connect(held.dsn)
    try:
        rows = await connection.fetch("SELECT * FROM journal ORDER BY id")
        return [{name: value for name, value in row.items() if name != "id"} for row in rows]
    finally:
        await connection.close()
