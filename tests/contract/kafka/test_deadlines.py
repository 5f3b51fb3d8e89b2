"""Does what is due wait for what came before it? An outage must not expire what was claimed or paid in time."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import cast

import pytest

from runtime.clock import SetClock
from runtime.commit.page import Position
from runtime.ids import command_id, partition_of
from runtime.kafka.log import LogRecord
from runtime.postgres.outbox import JournalReads, open_pool
from runtime.postgres.store import PostgresStore
from runtime.process.committer import Committer
from runtime.process.deadlines import Deadlines
from runtime.process.feeder import Fed
from runtime.process.positions import Positions
from runtime.service import Incoming
from runtime.wire.reading import read_record
from schemas.billing import CreditExpired
from schemas.topics import ORDERS_EVENTS, PARTITIONS
from services.billing.declaration import declare
from tests.contract.kafka.stack import ROOT, Database, Stack

BILLING = declare()
PAID = json.loads((ROOT / "schemas/examples/orders.PaymentRegistered.v1.json").read_text())
REFUSED = json.loads((ROOT / "schemas/examples/orders.OrderRefused.v1.json").read_text())
MINE, ANOTHERS = partition_of("c-1"), (partition_of("c-1") + 1) % PARTITIONS
LAPSED = datetime(2027, 1, 15, 23, 0, tzinfo=UTC)
"""The first instant of 2027-01-16 in Rome: credit of 2026-01-15 can't be claimed any more."""


def overpaid(customer_id: str = "c-1") -> Incoming:
    """Be a payment of 5.00 too much on 2026-01-15: it leaves credit with a deadline."""
    data = PAID["data"] | {"surplus_cents": 500, "customer_id": customer_id, "payment_id": f"p-{customer_id}"}
    value = json.dumps(PAID | {"id": str(command_id("paid", customer_id)), "subject": customer_id, "data": data})
    record = LogRecord(ORDERS_EVENTS, 0, 0, customer_id.encode(), value.encode(), ())
    return replace(read_record(BILLING, ORDERS_EVENTS, record), origin=None, raw=None, source=None, sequence=None)


@pytest.fixture
def positions(stack: Stack) -> Positions:
    """Be where that billing reads on, before it has read anything."""
    return Positions(stack.kafka, cast(JournalReads, None))


@pytest.fixture
async def committer(stack: Stack, database: Database, namespace: str, positions: Positions) -> AsyncIterator[Committer]:
    """Be the committer of a billing whose credit of 2026-01-15 has lapsed; it reads nothing by itself."""
    await stack.make_topic(f"{namespace}orders.events", PARTITIONS)
    async with contextlib.AsyncExitStack() as cleanup:
        store = PostgresStore(database.app, BILLING)
        cleanup.push_async_callback(store.close)
        clock = SetClock(LAPSED)
        committer = Committer(
            BILLING, store, positions, clock, namespace=namespace, batch_size=500, gather_seconds=60.0
        )
        loop = asyncio.create_task(committer.run())
        try:
            assert (await committer.apply(overpaid())).error is None
            yield committer
        finally:
            loop.cancel()
            await asyncio.gather(loop, return_exceptions=True)


@pytest.fixture
async def deadlines(stack: Stack, database: Database, namespace: str, committer: Committer) -> AsyncIterator[Deadlines]:
    """Be that billing's deadlines."""
    pool = await open_pool(database.app, size=2)
    try:
        clock = SetClock(LAPSED)
        yield Deadlines(BILLING, committer, JournalReads(pool), clock, brokers=stack.kafka, namespace=namespace)
    finally:
        await pool.close()


async def _is_at(database: Database, namespace: str, next_offset: int, partition: int = MINE) -> None:
    sql = """INSERT INTO runtime.positions VALUES ($1, $2, $3)
             ON CONFLICT (topic, partition) DO UPDATE SET next_offset = excluded.next_offset"""
    await database.fetch(sql, f"{namespace}orders.events", partition, next_offset)


async def _expired(database: Database) -> int:
    sql = "SELECT count(*) FROM runtime.journal WHERE type = $1"
    (row,) = await database.fetch(sql, CreditExpired.EVENT_TYPE)
    return int(row["count"])


class TestWhenSomethingIsDue:
    async def test_it_waits_until_the_log_is_applied_and_then_happens_once(
        self, stack: Stack, database: Database, namespace: str, deadlines: Deadlines
    ) -> None:
        await stack.write(f"{namespace}orders.events", [(MINE, "c-1", b"came while we were away")])
        await _is_at(database, namespace, 0)
        assert (await deadlines.fire(), await _expired(database)) == (0, 0)
        await _is_at(database, namespace, 1)
        assert (await deadlines.fire(), await _expired(database)) == (1, 1)
        assert (await deadlines.fire(), await _expired(database)) == (0, 1)

    async def test_what_is_ignored_and_waits_for_company_is_applied_at_once(
        self,
        stack: Stack,
        database: Database,
        namespace: str,
        deadlines: Deadlines,
        committer: Committer,
        positions: Positions,
    ) -> None:
        place, value = (
            (f"{namespace}orders.events", MINE),
            json.dumps(REFUSED | {"subject": "c-1", "sequence": "1"}).encode(),
        )
        await stack.write(place[0], [(MINE, "c-1", value)])
        await _is_at(database, namespace, 0)
        positions.expected[place] = Position(0)
        committer.fed.put_nowait(Fed(LogRecord(*place, 0, b"c-1", value, ()), lambda: None, positions.generation))
        assert (await deadlines.fire(), await _expired(database)) == (1, 1)

    async def test_a_stopped_partition_of_others_holds_nothing_back(
        self, stack: Stack, database: Database, namespace: str, deadlines: Deadlines
    ) -> None:
        await stack.write(f"{namespace}orders.events", [(ANOTHERS, "c-2", b"can't be read")])
        await _is_at(database, namespace, 0, ANOTHERS)
        await _is_at(database, namespace, 0)
        assert (await deadlines.fire(), await _expired(database)) == (1, 1)

    async def test_what_acted_before_does_not_count_so_that_nobody_polls_it_without_a_pause(
        self, database: Database, namespace: str, deadlines: Deadlines
    ) -> None:
        (due,) = await database.fetch("SELECT kind, key, customer_id, due_at FROM live.deadlines")
        await _is_at(database, namespace, 0)
        assert (await deadlines.fire(), await _expired(database)) == (1, 1)
        sql = "INSERT INTO live.deadlines (kind, key, customer_id, due_at) VALUES ($1, $2, $3, $4)"
        await database.fetch(sql, *due.values())
        assert (await deadlines.fire(), await _expired(database)) == (0, 1)

    async def test_before_any_position_is_known_nothing_happens(self, database: Database, deadlines: Deadlines) -> None:
        assert (await deadlines.fire(), await _expired(database)) == (0, 0)

    async def test_a_transactions_marker_behind_the_last_record_is_no_backlog(
        self, stack: Stack, database: Database, namespace: str, deadlines: Deadlines
    ) -> None:
        topic = f"{namespace}orders.events"
        async with stack.producer(transactional_id=namespace) as producer, producer.transaction():
            await producer.send_and_wait(topic, b"applied", key=b"c-1", partition=MINE)
        await _is_at(database, namespace, 1)
        assert (await deadlines.fire(), await _expired(database)) == (1, 1)

    async def test_more_than_share_a_transaction_are_fired_after_one_look_at_the_log(
        self, database: Database, namespace: str, deadlines: Deadlines, committer: Committer
    ) -> None:
        given = await asyncio.gather(*(committer.apply(overpaid(f"c-{number}")) for number in range(2, 602)))
        assert [result.error for result in given] == [None] * 600
        for number in range(PARTITIONS):
            await _is_at(database, namespace, 0, number)
        assert (await deadlines.fire(), await _expired(database)) == (601, 601)
        assert (await deadlines.fire(), await _expired(database)) == (0, 601)
