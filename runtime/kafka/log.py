"""What does the log hold at a place? Reads without a group, beside the live stream."""

import time
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from runtime.kafka.brokers import Brokers, client_options
from runtime.kafka.reader import opened

KAFKA_ERRORS: tuple[type[BaseException], ...] = (KafkaError, TimeoutError, OSError)
ANSWER_SECONDS = 20.0
"""So long may a broker take to show what it holds at a place: a slow one is no empty one."""
Partition = tuple[str, int]
_LOOK_MS = 500


@dataclass(frozen=True, slots=True)
class LogRecord:
    """A record as it stands in the log."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...]
    appended_at: datetime | None = None
    """When the broker appended it; None where the record was kept elsewhere and that is not asked."""


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

    async def first_from(
        self, places: Mapping[Partition, int], seconds: float = ANSWER_SECONDS
    ) -> dict[Partition, LogRecord]:
        """Return the first record at or after a place, per partition; a partition without one is left out.

        Raises TimeoutError when a partition shows neither a record nor its end in time: what is left out is not there.
        """
        return {partition: log_record(record) for partition, record in (await self._first(places, seconds)).items()}

    async def written_from(
        self, places: Mapping[Partition, int], seconds: float = ANSWER_SECONDS
    ) -> dict[Partition, datetime]:
        """Return when the brokers appended that record, per partition. Raises TimeoutError as `first_from` does."""
        found = await self._first(places, seconds)
        return {partition: datetime.fromtimestamp(record.timestamp / 1000, UTC) for partition, record in found.items()}

    async def _first(self, places: Mapping[Partition, int], seconds: float) -> dict[Partition, Any]:
        found: dict[Partition, Any] = {}
        ends = await self.ends(places)
        waiting = {TopicPartition(*partition) for partition, offset in places.items() if offset < ends[partition]}
        if not waiting:
            return found
        self._consumer.assign(sorted(waiting))
        for place in waiting:
            self._consumer.seek(place, places[place.topic, place.partition])
        deadline = time.monotonic() + seconds
        while waiting:
            if time.monotonic() > deadline:
                place = min(waiting)
                raise TimeoutError(f"{place.topic}[{place.partition}] showed nothing within {seconds:g} s")
            # A transaction's markers bring no record: only behind a fetch that stayed empty is the end seen.
            for place, records in (await self._consumer.getmany(*waiting, timeout_ms=_LOOK_MS)).items():
                found[place.topic, place.partition] = records[0]
                waiting.discard(place)
            waiting -= {place for place in waiting if await self._at_end(place, ends)}
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
    async with opened(consumer):
        yield LogReader(consumer)


def log_record(record: object) -> LogRecord:
    """Turn a client's record into ours."""
    at = record
    headers = tuple((name, value or b"") for name, value in at.headers)  # type: ignore[attr-defined]
    return LogRecord(at.topic, at.partition, at.offset, at.key, at.value, headers)  # type: ignore[attr-defined]
