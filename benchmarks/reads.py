"""How fast is a topic read at all? With the client's `getmany`, and with our own reader and every event decoded."""

import time
from collections.abc import Collection

from aiokafka import AIOKafkaConsumer, TopicPartition

from benchmarks.takes import RATE, Take
from runtime.kafka.bulk import bulk_reader
from runtime.wire.lens import read_own
from schemas.topics import PARTITIONS


async def getmany(brokers: str, topics: Collection[str], records: int) -> Take:
    """Read topics with `getmany`, count the records and do nothing with them."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=brokers, enable_auto_commit=False, isolation_level="read_committed",
        max_partition_fetch_bytes=4 << 20,
    )  # fmt: skip
    await consumer.start()
    try:
        places = [TopicPartition(topic, number) for topic in topics for number in range(PARTITIONS)]
        consumer.assign(places)
        await consumer.seek_to_beginning(*places)
        began, seen = time.perf_counter(), 0
        while seen < records:
            seen += sum(len(found) for found in (await consumer.getmany(timeout_ms=1000)).values())
        return Take({RATE: seen / (time.perf_counter() - began)}, seen)
    finally:
        await consumer.stop()


async def decoded(brokers: str, topic: str, events: int) -> Take:
    """Read a topic in bulk, each batch's checksum looked at, decode every event and keep none."""
    ends = await ends_of(brokers, [topic])
    began, seen = time.perf_counter(), 0
    async with bulk_reader(brokers) as reader:
        for place, end in ends.items():
            async for records in reader.records(topic, place.partition, 0, end):
                for record in records:
                    read_own(record.value or b"", record.headers)
                seen += len(records)
    seconds = time.perf_counter() - began
    return Take({RATE: seen / seconds}, seen, "" if seen == events else f"{seen:,} of {events:,} events were read")


async def ends_of(brokers: str, topics: Collection[str]) -> dict[TopicPartition, int]:
    """Return where each partition of some topics ends."""
    consumer = AIOKafkaConsumer(bootstrap_servers=brokers)
    await consumer.start()
    try:
        places = [TopicPartition(topic, number) for topic in topics for number in range(PARTITIONS)]
        ends: dict[TopicPartition, int] = await consumer.end_offsets(places)
        return ends
    finally:
        await consumer.stop()
