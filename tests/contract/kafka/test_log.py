"""Is a slow broker told from an empty one? What is left out of an answer must not be there."""

import tracemalloc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer

from operations.reading import survey
from runtime.kafka.log import LogReader, log_reader
from schemas.topics import PARTITIONS
from tests.contract.kafka.stack import Stack, fresh_name


class _Slow(AIOKafkaConsumer):  # type: ignore[misc]
    """Fetch as from a broker that lets the first looks wait in vain."""

    in_vain = 0

    async def getmany(self, *places: Any, **options: Any) -> Any:
        if self.in_vain:
            self.in_vain -= 1
            return {}
        return await super().getmany(*places, **options)


@asynccontextmanager
async def _reader(stack: Stack, in_vain: int) -> AsyncIterator[LogReader]:
    consumer = _Slow(bootstrap_servers=stack.kafka, enable_auto_commit=False)
    consumer.in_vain = in_vain
    await consumer.start()
    try:
        yield LogReader(consumer)
    finally:
        await consumer.stop()


class TestWhenABrokerIsSlow:
    async def test_the_first_record_of_each_partition_is_waited_for(self, stack: Stack) -> None:
        topic = fresh_name()
        await stack.make_topic(topic, 3)
        await stack.write(topic, [(0, "k", b"first"), (0, "k", b"second"), (1, "k", b"other")])
        async with _reader(stack, in_vain=3) as log:
            found = await log.first_from({(topic, 0): 1, (topic, 1): 0, (topic, 2): 0})
        assert {partition: record.value for partition, record in found.items()} == {
            (topic, 0): b"second",
            (topic, 1): b"other",
        }

    async def test_one_that_never_answers_is_an_error_and_no_empty_log(self, stack: Stack) -> None:
        topic = fresh_name()
        await stack.make_topic(topic, 1)
        await stack.write(topic, [(0, "k", b"first")])
        async with _reader(stack, in_vain=1_000_000) as log:
            with pytest.raises(TimeoutError, match=r"\[0\] showed nothing within 0.2 s"):
                await log.first_from({(topic, 0): 0}, seconds=0.2)


class TestALookAtOneRecord:
    async def test_fetches_little_of_what_stands_behind_it(self, stack: Stack) -> None:
        topic = fresh_name()
        await stack.make_topic(topic, PARTITIONS)
        written = await stack.write_much(topic)
        async with log_reader(stack.kafka) as log:
            tracemalloc.start()
            try:
                found = await log.first_from({(topic, number): 500 for number in range(PARTITIONS)})
                most = tracemalloc.get_traced_memory()[1]
            finally:
                tracemalloc.stop()
        assert [record.offset for record in found.values()] == [500] * PARTITIONS
        assert most < written / 2


class TestAReaderThatNobodyUsed:
    async def test_is_left_without_harm(self, stack: Stack) -> None:
        async with log_reader(stack.kafka):
            pass
        async with log_reader(stack.kafka) as log:
            assert (await log.ends([]), await log.first_from({})) == ({}, {})


class TestABrokerThatFallsSilent:
    async def test_ends_a_read_of_much_instead_of_keeping_it(self, stack: Stack) -> None:
        topic = fresh_name()
        await stack.make_topic(topic, 1)
        await stack.write(topic, [(0, "k", b"first")])
        async with log_reader(stack.kafka) as log:
            reading = log.stretches({(topic, 0): 0}, {(topic, 0): 9})
            assert [record.value for record in (await anext(reading)).records] == [b"first"]
            with pytest.raises(TimeoutError, match="nothing was sent"):
                await anext(reading)


class TestASurvey:
    async def test_holds_every_record_of_each_partition_in_order_and_where_they_begin_and_end(
        self, stack: Stack
    ) -> None:
        topic = fresh_name()
        await stack.make_topic(topic, PARTITIONS)
        await stack.write(topic, [(part, "k", f"{part}/{n}".encode()) for part in (0, 7) for n in range(3)])
        found = await survey(stack.kafka, [topic])
        assert [record.value for record in found.records[topic, 7]] == [b"7/0", b"7/1", b"7/2"]
        assert {place[1]: end for place, end in found.ends.items() if end} == {0: 3, 7: 3}
        assert found.starts.keys() == found.ends.keys() == found.records.keys()
