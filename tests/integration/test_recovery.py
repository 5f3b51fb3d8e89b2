"""Is a database that was emptied and filled from its topic the one that was lost?"""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from runtime.commit.page import Expected, Position
from runtime.kafka.log import LogRecord
from runtime.postgres.recover.recovery import empty_database as lose
from runtime.postgres.recover.recovery import journal_rows, refill, sessions
from runtime.postgres.recover.restoring import bookkeeping
from runtime.postgres.store import PostgresStore, connect
from runtime.repair.lost_rows import cause_of, recover
from runtime.wire.codec import decode_attributes
from schemas.topics import BILLING_EVENTS, ORDERS_EVENTS
from tests.integration.pages import BILLING, PARTITION, InPostgres, placed, put
from tests.integration.test_commit_page import empty_database

ROLES = dict[str, str]
_PARKED = """INSERT INTO parked
                 (customer_id, type, input_id, topic, partition, "offset", headers, reason, detail, parked_at)
             VALUES ('c-1', 'orders.OrderPlaced.v1', $1, $2, $3, $4, '[]', 'HANDLER_FAILED', '', now())"""
_QUARANTINED = """INSERT INTO quarantine (topic, partition, "offset", headers, reason, detail, quarantined_at)
                  VALUES ($1, $2, 2, '[]', 'INVALID_JSON', '', now())"""
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


class TestWhenALogWasMadeAnew:
    async def test_what_waits_moves_to_its_new_place_and_what_was_quarantined_makes_room(
        self, held: InPostgres, roles: ROLES
    ) -> None:
        first, second = (placed(place, "c-1", place + 3) for place in (3, 4))
        waits = {5: decode_attributes(first.value or b"").id, 6: decode_attributes(second.value or b"").id}
        connection = await connect(roles["owner"])
        for offset, identity in waits.items():
            await connection.execute(_PARKED, identity, *PARTITION, offset)
        await connection.execute(_QUARANTINED, *PARTITION)
        async with bookkeeping(roles["owner"]) as books, books.together():
            await books.leave(PARTITION[0], [PARTITION[1]])
            # Each takes the place that the other had.
            assert await books.move(PARTITION[0], [(UUID(waits[5]), 3, 6), (UUID(waits[6]), 3, 5)]) == 0
            await books.reset({PARTITION: 0})
        parked = await connection.fetch('SELECT input_id::text, "offset" FROM parked')
        assert dict(map(tuple, parked)) == {waits[5]: 6, waits[6]: 5}
        assert await connection.fetchval('SELECT "offset" FROM quarantine') == -3
        assert (await held.contents()).positions == {PARTITION: Position(0)}
        await connection.close()

    async def test_a_journal_that_names_the_old_place_of_a_cause_names_the_new_one(
        self, held: InPostgres, roles: ROLES
    ) -> None:
        (before, *_) = await _journal(held)
        async with bookkeeping(roles["owner"]) as books:
            assert await books.move(PARTITION[0], [(before["cause_id"], 3, 77)]) == 2
        assert {row["cause_offset"] for row in await _journal(held) if row["cause_id"] == before["cause_id"]} == {77}


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
    """Read a journal, but for what the topic does not say: its own numbers, and the types of the causes."""
    connection: asyncpg.Connection = await connect(held.dsn)
    try:
        rows = await connection.fetch("SELECT * FROM journal ORDER BY id")
        return [{name: value for name, value in row.items() if name not in ("id", "cause_type")} for row in rows]
    finally:
        await connection.close()
