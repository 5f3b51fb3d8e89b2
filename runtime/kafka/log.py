"""What does the log hold at a place? Reads without a group, beside the live stream."""

from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from runtime.kafka.brokers import Brokers, client_options

KAFKA_ERRORS: tuple[type[BaseException], ...] = (KafkaError, TimeoutError, OSError)
Partition = tuple[str, int]


@dataclass(frozen=True, slots=True)
class LogRecord:
    """A record as it stands in the log."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...]


class LogReader:
    """Look records and offsets up by place."""

    def __init__(self, consumer: AIOKafkaConsumer) -> None:
        self._consumer = consumer

    async def starts(self, partitions: Iterable[Partition]) -> dict[Partition, int]:
        """Return the first offset that each partition still holds."""
        found = await self._consumer.beginning_offsets([TopicPartition(*partition) for partition in partitions])
        return {(at.topic, at.partition): offset for at, offset in found.items()}

    async def ends(self, partitions: Iterable[Partition]) -> dict[Partition, int]:
        """Return the offset that the next record of each partition will get."""
        found = await self._consumer.end_offsets([TopicPartition(*partition) for partition in partitions])
        return {(at.topic, at.partition): offset for at, offset in found.items()}

    async def first_from(self, places: Mapping[Partition, int], timeout_ms: int = 5000) -> dict[Partition, LogRecord]:
        """Return the first record at or after a place, per partition; a partition without one is left out."""
        return {partition: _record(record) for partition, record in (await self._first(places, timeout_ms)).items()}

    async def written_from(self, places: Mapping[Partition, int], timeout_ms: int = 5000) -> dict[Partition, datetime]:
        """Return when the brokers appended that record, per partition."""
        found = await self._first(places, timeout_ms)
        return {partition: datetime.fromtimestamp(record.timestamp / 1000, UTC) for partition, record in found.items()}

    async def _first(self, places: Mapping[Partition, int], timeout_ms: int) -> dict[Partition, Any]:
        found: dict[Partition, Any] = {}
        ends = await self.ends(places)
        wanted = {partition for partition, offset in places.items() if offset < ends[partition]}
        while wanted:
            at = [TopicPartition(*partition) for partition in sorted(wanted)]
            self._consumer.assign(at)
            for place in at:
                self._consumer.seek(place, places[place.topic, place.partition])
            batches = await self._consumer.getmany(timeout_ms=timeout_ms)
            for place, records in batches.items():
                found[place.topic, place.partition] = records[0]
            reached = {(place.topic, place.partition) for place in at if await self._at_end(place, ends)}
            answered = set(found) | reached
            if not wanted & answered:
                break
            wanted -= answered
        return found

    async def _at_end(self, place: TopicPartition, ends: Mapping[Partition, int]) -> bool:
        reached: int = await self._consumer.position(place)
        return reached >= ends[place.topic, place.partition]


@asynccontextmanager
async def log_reader(brokers: Brokers, *, committed_only: bool = True) -> AsyncIterator[LogReader]:
    """Open a reader that belongs to no group."""
    consumer = AIOKafkaConsumer(
        **client_options(brokers),
        enable_auto_commit=False,
        isolation_level="read_committed" if committed_only else "read_uncommitted",
        max_partition_fetch_bytes=4 << 20,
    )
    try:
        await consumer.start()
        yield LogReader(consumer)
    finally:
        await consumer.stop()


def _record(record: object) -> LogRecord:
    at = record
    headers = tuple((name, value or b"") for name, value in at.headers)  # type: ignore[attr-defined]
    return LogRecord(at.topic, at.partition, at.offset, at.key, at.value, headers)  # type: ignore[attr-defined]
