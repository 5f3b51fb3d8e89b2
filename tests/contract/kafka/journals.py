"""How does a test fill a journal for relays to publish, and judge what came out?"""

import asyncio
import contextlib
import json
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from typing import Any

from runtime.clock import SetClock
from runtime.commit.page import commit
from runtime.ids import partition_of
from runtime.kafka.log import LogRecord
from runtime.kafka.producer import Publisher
from runtime.postgres.store import PostgresStore
from runtime.process.relay import Relay
from runtime.service import Incoming
from runtime.wire.reading import read_record
from schemas.topics import ORDERS_EVENTS
from services.billing.declaration import declare
from tests.contract.kafka.bench import NOW
from tests.contract.kafka.stack import Database, Stack, order_placed

BILLING = declare()


def order_inputs(orders: Sequence[tuple[str, int]]) -> list[Incoming]:
    """Be placed orders as billing's inputs, as commands without a record; each leaves two events."""
    batch = []
    for customer, version in orders:
        record = LogRecord(ORDERS_EVENTS, 0, 0, customer.encode(), order_placed(customer, version), ())
        read = read_record(BILLING, ORDERS_EVENTS, record)
        batch.append(replace(read, origin=None, raw=None, source=None, sequence=None))
    return batch


async def happen(store: PostgresStore, orders: Sequence[tuple[str, int]]) -> None:
    """Commit placed orders as one batch."""
    for result in await commit(BILLING, store, order_inputs(orders), {}, SetClock(NOW)):
        assert result.error is None


@contextlib.asynccontextmanager
async def relaying(
    stack: Stack, database: Database, topic: str, publisher: Publisher | None = None
) -> AsyncIterator[Relay]:
    """Run a relay in this process."""
    publisher = publisher or Publisher(stack.kafka, "test")
    relay = Relay(database.app, publisher, topic)
    task = asyncio.create_task(relay.run())
    try:
        yield relay
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await publisher.restart()


async def unpublished(database: Database) -> int:
    (row,) = await database.fetch("SELECT count(*) FROM runtime.journal WHERE published_offset IS NULL")
    return int(row["count"])


async def assert_published_well(stack: Stack, database: Database, topic: str) -> list[Any]:
    """Nothing lost, no inversion inside an account, same id same bytes, each mark at its event; return the records."""
    records = await stack.read(topic)
    first: dict[str, bytes] = {}
    versions: dict[str, list[int]] = defaultdict(list)
    for record in records:
        event = json.loads(record.value)
        assert record.partition == partition_of(event["subject"])
        assert first.setdefault(event["id"], record.value) == record.value
        if int(event["sequence"]) not in versions[event["subject"]]:
            versions[event["subject"]].append(int(event["sequence"]))
    assert all(found == list(range(1, len(found) + 1)) for found in versions.values())
    at = {(record.partition, record.offset): record.value for record in records}
    rows = await database.fetch(
        "SELECT event_id, value, bucket, published_partition, published_offset FROM runtime.journal"
    )
    assert {str(row["event_id"]) for row in rows} == set(first)
    for row in rows:
        assert row["published_partition"] == row["bucket"]
        assert at[row["published_partition"], row["published_offset"]] == row["value"]
    return records
