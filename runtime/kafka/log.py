"""What does the log hold? One reader of no group, beside the live stream: by place, from place to place, by instant."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from runtime.kafka.brokers import Brokers, client_options
from schemas.topics import PARTITIONS

KAFKA_ERRORS: tuple[type[BaseException], ...] = (KafkaError, TimeoutError, OSError)
LITTLE, MUCH = 1 << 16, 4 << 20
"""Bytes of a partition that are fetched at once, for one record, and for all that stands there."""
ANSWER_SECONDS = 20.0
"""So long may a broker take to show what it holds at a place: a slow one is no empty one."""
Partition = tuple[str, int]
_LOOK_MS = 500
_SILENCE_SECONDS = 30.0


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


class Appended(Protocol):
    """A record as the client hands it over: with the instant, in milliseconds, at which the broker appended it."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None

    @property
    def headers(self) -> Sequence[tuple[str, bytes]]:
        """Pairs of a name and bytes, in their order."""
        ...


@dataclass(frozen=True, slots=True)
class Stretch:
    """Records of one partition in their order, and the offset that reading goes on from behind them."""

    partition: Partition
    records: Sequence[Appended]
    next_offset: int


class LogReader:
    """Look records and offsets up by place."""

    def __init__(self, consumer: AIOKafkaConsumer) -> None:
        self._consumer = consumer

    async def starts(self, partitions: Iterable[Partition]) -> dict[Partition, int]:
        """Return the first offset that each partition still holds."""
        found = await self._consumer.beginning_offsets(await self._known(partitions))
        return {(at.topic, at.partition): offset for at, offset in found.items()}

    async def ends(self, partitions: Iterable[Partition], before: datetime | None = None) -> dict[Partition, int]:
        """Return each partition's end of now, or the place of the first record appended at `before` or later."""
        places = await self._known(partitions)
        ends = await self._consumer.end_offsets(places)
        if before is not None:
            found = await self._consumer.offsets_for_times({at: int(before.timestamp() * 1000) for at in places})
            ends = {at: min(end, found[at].offset) if found.get(at) else end for at, end in ends.items()}
        return {(at.topic, at.partition): offset for at, offset in ends.items()}

    async def _known(self, partitions: Iterable[Partition]) -> list[TopicPartition]:
        """Learn of all topics at once: asked for offsets, the client pauses a tenth of a second for each new one."""
        places = [TopicPartition(*partition) for partition in partitions]
        await asyncio.gather(*(self._consumer._client.add_topic(topic) for topic in {place.topic for place in places}))
        return places

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

    async def stretches(self, starts: Mapping[Partition, int], ends: Mapping[Partition, int]) -> AsyncIterator[Stretch]:
        """Yield what stands from `starts` on and below `ends`, each partition in its order.

        Raises TimeoutError when the brokers send nothing for half a minute although something is left.
        """
        waiting = {TopicPartition(*at) for at, start in starts.items() if start < ends[at]}
        if not waiting:
            return
        consumer = self._consumer
        consumer.assign(sorted(waiting))
        for at in waiting:
            consumer.seek(at, starts[at.topic, at.partition])
        last_answer = asyncio.get_running_loop().time()
        while waiting:
            found = await consumer.getmany(*waiting, timeout_ms=500, max_records=10_000)
            for at, records in found.items():
                end = ends[at.topic, at.partition]
                below = records if records[-1].offset < end else [record for record in records if record.offset < end]
                behind = min(end, await consumer.position(at))
                yield Stretch((at.topic, at.partition), below, behind)
                last_answer = asyncio.get_running_loop().time()
            waiting = {at for at in waiting if await consumer.position(at) < ends[at.topic, at.partition]}
            consumer.pause(*(consumer.assignment() - waiting - consumer.paused()))
            if asyncio.get_running_loop().time() - last_answer > _SILENCE_SECONDS:
                raise TimeoutError(f"nothing was sent for {_SILENCE_SECONDS:.0f} s")

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
                self._consumer.pause(place)
            waiting -= {place for place in waiting if await self._at_end(place, ends)}
        return found

    async def _at_end(self, place: TopicPartition, ends: Mapping[Partition, int]) -> bool:
        reached: int = await self._consumer.position(place)
        return reached >= ends[place.topic, place.partition]


def partitions_of(topics: Iterable[str]) -> list[Partition]:
    """List every partition of some topics."""
    return [(topic, number) for topic in topics for number in range(PARTITIONS)]


@asynccontextmanager
async def log_reader(
    brokers: Brokers, *, committed_only: bool = True, at_once: int = LITTLE
) -> AsyncIterator[LogReader]:
    """Open a reader that belongs to no group; one that will read stretches fetches much at once."""
    consumer = AIOKafkaConsumer(
        **client_options(brokers),
        enable_auto_commit=False,
        isolation_level="read_committed" if committed_only else "read_uncommitted",
        max_partition_fetch_bytes=at_once,
        fetch_max_wait_ms=100,
    )
    async with _opened(consumer):
        yield LogReader(consumer)


def log_record(record: object) -> LogRecord:
    """Turn a client's record into ours."""
    at = record
    headers = tuple((name, value or b"") for name, value in at.headers)  # type: ignore[attr-defined]
    return LogRecord(at.topic, at.partition, at.offset, at.key, at.value, headers)  # type: ignore[attr-defined]


@asynccontextmanager
async def _opened(consumer: AIOKafkaConsumer) -> AsyncIterator[AIOKafkaConsumer]:
    """Start a consumer, and stop it whatever happens.

    It stops its tasks by cancelling and then awaiting them; one that had not begun, or was awaited while the loop stood
    still, ends the stopping as cancelled. So it is stopped in a task of its own: nobody cancelled whoever leaves.
    """
    try:
        await consumer.start()
        yield consumer
    finally:
        stopping = asyncio.ensure_future(consumer.stop())
        await asyncio.gather(stopping, return_exceptions=True)
        if stopping.cancelled():
            await consumer._client.close()  # the stopping did not come so far
        else:
            stopping.result()
