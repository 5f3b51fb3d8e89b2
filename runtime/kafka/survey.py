"""What does the whole log hold? Every record of some topics, from each partition's start to its end of now."""

from collections.abc import Iterable
from dataclasses import dataclass

from aiokafka import AIOKafkaConsumer, TopicPartition

from runtime.kafka.brokers import Brokers
from runtime.kafka.log import LogRecord, Partition, log_record
from runtime.kafka.reader import opened, passing_reader
from runtime.kafka.stretch import stretches
from schemas.topics import PARTITIONS


@dataclass(frozen=True, slots=True)
class Survey:
    """The records per partition in their order, and between which offsets they were looked for."""

    starts: dict[Partition, int]
    ends: dict[Partition, int]
    records: dict[Partition, list[LogRecord]]


async def survey(brokers: Brokers, topics: Iterable[str]) -> Survey:
    """Read what the topics hold now.

    Raises aiokafka's errors when one is missing or the brokers are away, TimeoutError when they fall silent.
    """
    async with opened(passing_reader(brokers)) as consumer:
        starts, ends = await _bounds(consumer, _places(topics))
    records: dict[Partition, list[LogRecord]] = {place: [] for place in starts}
    async for stretch in stretches(brokers, starts, ends):
        records[stretch.partition] += map(log_record, stretch.records)
    return Survey(starts, ends, records)


async def ends_of(brokers: Brokers, topics: Iterable[str]) -> dict[Partition, int]:
    """Return the offset that the next record of each partition will get."""
    async with opened(passing_reader(brokers)) as consumer:
        _, ends = await _bounds(consumer, _places(topics))
    return ends


def _places(topics: Iterable[str]) -> list[TopicPartition]:
    return [TopicPartition(topic, number) for topic in topics for number in range(PARTITIONS)]


async def _bounds(
    consumer: AIOKafkaConsumer, places: list[TopicPartition]
) -> tuple[dict[Partition, int], dict[Partition, int]]:
    return _plain(await consumer.beginning_offsets(places)), _plain(await consumer.end_offsets(places))


def _plain(offsets: dict[TopicPartition, int]) -> dict[Partition, int]:
    return {(at.topic, at.partition): offset for at, offset in offsets.items()}
