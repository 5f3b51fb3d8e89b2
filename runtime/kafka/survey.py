"""What does the whole log hold? Every record of some topics, from each partition's start to its end of now."""

from collections.abc import Iterable
from dataclasses import dataclass

from aiokafka import AIOKafkaConsumer, TopicPartition

from runtime.kafka.brokers import Brokers, client_options
from runtime.kafka.log import LogRecord, Partition, log_record
from schemas.topics import PARTITIONS


@dataclass(frozen=True, slots=True)
class Survey:
    """The records per partition in their order, and between which offsets they were looked for."""

    starts: dict[Partition, int]
    ends: dict[Partition, int]
    records: dict[Partition, list[LogRecord]]


async def survey(brokers: Brokers, topics: Iterable[str]) -> Survey:
    """Read what the topics hold now. Raises aiokafka's errors when one is missing or the brokers are away."""
    async with passing_reader(brokers) as consumer:
        places = _places(topics)
        starts, ends = await _bounds(consumer, places)
        records: dict[Partition, list[LogRecord]] = {(at.topic, at.partition): [] for at in places}
        waiting = {at for at in places if starts[at] < ends[at]}
        consumer.assign(sorted(waiting))
        for at in waiting:
            consumer.seek(at, starts[at])
        while waiting:
            for at, found in (await consumer.getmany(*waiting, timeout_ms=500)).items():
                records[at.topic, at.partition] += [log_record(record) for record in found if record.offset < ends[at]]
            waiting = {at for at in waiting if await consumer.position(at) < ends[at]}
    return Survey(_plain(starts), _plain(ends), records)


async def ends_of(brokers: Brokers, topics: Iterable[str]) -> dict[Partition, int]:
    """Return the offset that the next record of each partition will get."""
    async with passing_reader(brokers) as consumer:
        _, ends = await _bounds(consumer, _places(topics))
    return _plain(ends)


def _places(topics: Iterable[str]) -> list[TopicPartition]:
    return [TopicPartition(topic, number) for topic in topics for number in range(PARTITIONS)]


async def _bounds(
    consumer: AIOKafkaConsumer, places: list[TopicPartition]
) -> tuple[dict[TopicPartition, int], dict[TopicPartition, int]]:
    return await consumer.beginning_offsets(places), await consumer.end_offsets(places)


def passing_reader(brokers: Brokers) -> AIOKafkaConsumer:
    """Make a consumer of no group for a read of much at once; whoever asks for it starts and stops it."""
    return AIOKafkaConsumer(
        **client_options(brokers),
        enable_auto_commit=False,
        isolation_level="read_committed",
        max_partition_fetch_bytes=4 << 20,
        fetch_max_wait_ms=100,
    )


def _plain(offsets: dict[TopicPartition, int]) -> dict[Partition, int]:
    return {(at.topic, at.partition): offset for at, offset in offsets.items()}
