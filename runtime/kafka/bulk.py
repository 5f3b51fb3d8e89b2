"""How is a whole partition read as fast as it comes? Big fetches, the next one asked for while the last one is used.

No group, no consumer: the client's own fetch requests, and its record parser without a `ConsumerRecord` for each one.
Only what is committed is read, as everywhere.
"""

import asyncio
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Protocol

from aiokafka import TopicPartition
from aiokafka.client import AIOKafkaClient
from aiokafka.consumer.fetcher import READ_COMMITTED, PartitionRecords
from aiokafka.errors import KafkaConnectionError, KafkaError, OffsetOutOfRangeError, for_code
from aiokafka.protocol.fetch import FetchRequest
from aiokafka.record.memory_records import MemoryRecords

from runtime.kafka.brokers import Brokers, client_options

FETCH_BYTES = 1 << 19
_WAIT_MS = 500
_PATIENCE = 30
"""So many fetches in a row may fail (a leader moves, a broker starts anew) before the broker counts as away."""
_BATCH_HEAD = struct.Struct(">qi")
_LAST_DELTA = struct.Struct(">i")


class RawRecord(Protocol):
    """A record as the client's parser gives it."""

    offset: int
    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes | None]]


class BulkReader:
    """Read partitions one after another from a place to another."""

    def __init__(self, client: AIOKafkaClient, fetch_bytes: int) -> None:
        self._client = client
        self._fetch_bytes = fetch_bytes

    async def records(self, topic: str, partition: int, start: int, until: int) -> AsyncIterator[list[RawRecord]]:
        """Yield the records from `start` up to `until`, as many at a time as a fetch brings.

        Raises OffsetOutOfRangeError when the log does not hold `start`, KafkaError when the broker stays away.
        """
        await self._client.add_topic(topic)
        at, ahead = start, None
        try:
            while at < until:
                fetched, aborted = await (ahead or self._fetch(topic, partition, at))
                after = _end(fetched, at)
                ahead = asyncio.ensure_future(self._fetch(topic, partition, after)) if after < until else None
                records = [record for record in _Raw(fetched, aborted, at) if record.offset < until]
                if records:
                    yield records
                at = after
        finally:
            if ahead is not None:
                ahead.cancel()
                await asyncio.gather(ahead, return_exceptions=True)

    async def _fetch(self, topic: str, partition: int, at: int) -> tuple[bytes, Any]:
        place = [(topic, [(partition, at, self._fetch_bytes)])]
        request = FetchRequest(_WAIT_MS, 1, self._fetch_bytes, READ_COMMITTED, place)
        for _ in range(_PATIENCE):
            leader = self._client.cluster.leader_for_partition(TopicPartition(topic, partition))
            if leader is None or leader < 0:
                await self._look_again()
                continue
            try:
                response = await self._client.send(leader, request)
            except KafkaError:
                await self._look_again()
                continue
            ((_, ((_, code, _, *rest),)),) = response.topics
            error = for_code(code)
            if error is OffsetOutOfRangeError:
                raise OffsetOutOfRangeError({TopicPartition(topic, partition): at})
            if code == 0 and rest[-1]:
                return rest[-1], rest[-2] if response.API_VERSION < 11 else rest[2]
            if code != 0:
                await self._look_again()
        raise KafkaConnectionError(f"{topic}[{partition}] can't be read at {at}")

    async def _look_again(self) -> None:
        await asyncio.sleep(0.2)
        await self._client.force_metadata_update()


@asynccontextmanager
async def bulk_reader(brokers: Brokers, fetch_bytes: int = FETCH_BYTES) -> AsyncIterator[BulkReader]:
    """Open a connection that reads in bulk. Raises KafkaConnectionError when no broker answers."""
    client = AIOKafkaClient(**client_options(brokers))
    await client.bootstrap()
    try:
        yield BulkReader(client, fetch_bytes)
    finally:
        await client.close()


class _Raw(PartitionRecords):  # type: ignore[misc]
    """Skip control batches and aborted transactions as the consumer does, but hand out the parser's own records."""

    def __init__(self, fetched: bytes, aborted: Any, at: int) -> None:
        super().__init__(None, MemoryRecords(fetched), aborted, at, None, None, True, READ_COMMITTED)

    def _consumer_record(self, _: Any, record: Any) -> Any:
        return record


def _end(fetched: bytes, at: int) -> int:
    """Return the offset behind the last whole batch, without unpacking any."""
    place = 0
    while place + 61 <= len(fetched):
        first, length = _BATCH_HEAD.unpack_from(fetched, place)
        if place + 12 + length > len(fetched):
            break
        at = max(at, first + _LAST_DELTA.unpack_from(fetched, place + 23)[0] + 1)
        place += 12 + length
    return at
