"""Does a partition go on only where it left off, in the log that it knows?"""

from collections.abc import AsyncIterator

import pytest

from runtime.postgres.outbox import JournalReads, open_pool
from runtime.process.positions import Positions
from runtime.wire.fingerprint import record_hash
from tests.contract.kafka.stack import Database, Stack, fresh_name

RECORDS = 10


@pytest.fixture
async def reads(database: Database) -> AsyncIterator[JournalReads]:
    pool = await open_pool(database.app, size=2)
    yield JournalReads(pool)
    await pool.close()


async def _log(stack: Stack, partitions: int, topic: str, word: str = "first") -> None:
    await stack.make_topic(topic, partitions)
    await stack.write(topic, [(p, f"k{n}", f"{word} {n}".encode()) for p in range(partitions) for n in range(RECORDS)])


async def _remember(database: Database, topic: str, partition: int, next_offset: int, word: str = "first") -> None:
    last = next_offset - 1
    digest = record_hash(f"k{last}".encode(), f"{word} {last}".encode())
    sql = "INSERT INTO runtime.positions VALUES ($1, $2, $3, $4, $5)"
    await database.fetch(sql, topic, partition, next_offset, last, digest)


class TestWhenTheLogIsTheOneThatWasApplied:
    async def test_it_goes_on_at_its_position_and_a_new_partition_at_the_logs_start(
        self, stack: Stack, database: Database, reads: JournalReads
    ) -> None:
        topic = fresh_name()
        await _log(stack, 3, topic)
        await stack.delete_before(topic, {2: 3})
        await _remember(database, topic, 0, 4)
        await _remember(database, topic, 1, RECORDS)
        positions = Positions(stack.kafka, reads)
        found = await positions.assign({(topic, 0), (topic, 1), (topic, 2)}, 1)
        assert found == {(topic, 0): 4, (topic, 1): RECORDS, (topic, 2): 3}
        assert positions.stopped == {}

    async def test_retention_that_removed_just_the_remembered_record_is_fine(
        self, stack: Stack, database: Database, reads: JournalReads
    ) -> None:
        topic = fresh_name()
        await _log(stack, 1, topic)
        await stack.delete_before(topic, {0: 4})
        await _remember(database, topic, 0, 4)
        positions = Positions(stack.kafka, reads)
        assert await positions.assign({(topic, 0)}, 1) == {(topic, 0): 4}
        assert positions.stopped == {}


class TestWhenItIsAnotherLog:
    async def test_a_position_below_the_start_or_beyond_the_end_stops_its_partition_alone(
        self, stack: Stack, database: Database, reads: JournalReads
    ) -> None:
        topic = fresh_name()
        await _log(stack, 3, topic)
        await stack.delete_before(topic, {0: 6})
        await _remember(database, topic, 0, 4)
        await _remember(database, topic, 1, RECORDS + 5)
        await _remember(database, topic, 2, 7)
        positions = Positions(stack.kafka, reads)
        found = await positions.assign({(topic, 0), (topic, 1), (topic, 2)}, 1)
        assert found[topic, 2] == 7
        assert set(positions.expected) == {(topic, 2)}
        assert "below the log's start 6" in positions.stopped[topic, 0]
        assert "beyond the log's end 10" in positions.stopped[topic, 1]

    async def test_a_topic_that_was_made_anew_stops_its_partition(
        self, stack: Stack, database: Database, reads: JournalReads
    ) -> None:
        topic = fresh_name()
        await _log(stack, 1, topic)
        await _remember(database, topic, 0, 4)
        positions = Positions(stack.kafka, reads)
        await positions.assign({(topic, 0)}, 1)
        assert positions.stopped == {}
        await stack.drop_topic(topic)
        await _log(stack, 1, topic, word="second")
        await positions.assign({(topic, 0)}, 2)
        assert "another record stands at offset 3" in positions.stopped[topic, 0]
        assert positions.expected == {}
