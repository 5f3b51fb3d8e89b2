"""Does a running service see that a topic was deleted, or made anew under it?"""

from collections.abc import AsyncIterator

import pytest

from runtime.postgres.outbox import JournalReads, open_pool
from runtime.process.log_watch import LogWatch
from runtime.process.positions import Positions
from runtime.wire.fingerprint import record_hash
from tests.contract.kafka.stack import Database, Stack, fresh_name

RECORDS = 4


@pytest.fixture
async def reads(database: Database) -> AsyncIterator[JournalReads]:
    pool = await open_pool(database.app, size=2)
    yield JournalReads(pool)
    await pool.close()


async def _log(stack: Stack, topic: str, word: str, partitions: int = 3) -> None:
    await stack.make_topic(topic, partitions)
    await stack.write(topic, [(p, f"k{n}", f"{word} {n}".encode()) for p in range(partitions) for n in range(RECORDS)])


async def _applied(stack: Stack, database: Database, reads: JournalReads, topic: str) -> Positions:
    """Be positions at the end of what the topic holds."""
    await _log(stack, topic, "first")
    digest = record_hash(f"k{RECORDS - 1}".encode(), f"first {RECORDS - 1}".encode())
    for partition in range(3):
        sql = "INSERT INTO runtime.positions VALUES ($1, $2, $3, $4, $5)"
        await database.fetch(sql, topic, partition, RECORDS, RECORDS - 1, digest)
    positions = Positions(stack.kafka, reads)
    await positions.assign({(topic, partition) for partition in range(3)}, 1)
    assert positions.stopped == {}
    return positions


class TestWhenTheLogIsAsItWas:
    async def test_nothing_stops_however_often_one_looks(
        self, stack: Stack, database: Database, reads: JournalReads
    ) -> None:
        topic = fresh_name()
        positions = await _applied(stack, database, reads, topic)
        watch = LogWatch(stack.kafka, [topic], positions)
        for _ in range(4):
            await watch.once()
        await stack.write(topic, [(0, "k", b"more")])
        await watch.once()
        assert (watch.missing, positions.stopped) == ((), {})


class TestWhenAnInstanceHasNoPartitions:
    async def test_it_looks_on(self, stack: Stack, reads: JournalReads) -> None:
        topic = fresh_name()
        await stack.make_topic(topic)
        positions = Positions(stack.kafka, reads)
        watch = LogWatch(stack.kafka, [topic], positions)
        for _ in range(3):
            await watch.once()
        assert (watch.missing, positions.stopped) == ((), {})


class TestWhenATopicIsDeleted:
    async def test_it_is_named_once_seen_twice_and_again_there_when_it_is(
        self, stack: Stack, database: Database, reads: JournalReads
    ) -> None:
        topic, written = fresh_name(), fresh_name()
        positions = await _applied(stack, database, reads, topic)
        watch = LogWatch(stack.kafka, [topic, written], positions)
        await watch.once()
        assert not watch.missing
        await watch.once()
        assert list(watch.missing) == [written]
        await stack.make_topic(written)
        await watch.once()
        assert watch.missing == ()


class TestWhenATopicIsMadeAnew:
    @pytest.mark.parametrize("partitions_written", [0, 3], ids=["empty", "as long as before"])
    async def test_every_partition_of_it_stops(
        self, stack: Stack, database: Database, reads: JournalReads, partitions_written: int
    ) -> None:
        topic = fresh_name()
        positions = await _applied(stack, database, reads, topic)
        watch = LogWatch(stack.kafka, [topic], positions)
        await stack.drop_topic(topic)
        if partitions_written:
            await _log(stack, topic, "second")
        else:
            await stack.make_topic(topic, 3)
        await watch.once()
        assert positions.stopped == {}
        await watch.once()
        assert len(positions.stopped) == 1
        await watch.once()
        assert set(positions.stopped) == {(topic, 0), (topic, 1), (topic, 2)}
        assert all("not the log that was applied" in why for why in positions.stopped.values())
        assert positions.expected == {}
