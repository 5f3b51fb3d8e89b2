"""What stands in the log between two places? Many partitions at once, without a group, in the batches they come in."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from aiokafka import TopicPartition

from runtime.kafka.brokers import Brokers
from runtime.kafka.log import Partition
from runtime.kafka.reader import opened, passing_reader
from schemas.topics import PARTITIONS

_SILENCE_SECONDS = 30.0


class Appended(Protocol):
    """A record as the client hands it over: with the instant, in milliseconds, at which the broker appended it."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]]


@dataclass(frozen=True, slots=True)
class Stretch:
    """Records of one partition in their order, and the offset that reading goes on from behind them."""

    partition: Partition
    records: Sequence[Appended]
    next_offset: int


async def ends_of_topics(
    brokers: Brokers, topics: Sequence[str], before: datetime | None = None
) -> dict[Partition, int]:
    """Return each partition's end of now, or the place of the first record that was appended at an instant or later."""
    async with opened(passing_reader(brokers)) as consumer:
        places = [TopicPartition(name, number) for name in topics for number in range(PARTITIONS)]
        ends: dict[TopicPartition, int] = await consumer.end_offsets(places)
        if before is not None:
            found = await consumer.offsets_for_times({at: int(before.timestamp() * 1000) for at in places})
            ends = {at: min(end, found[at].offset) if found.get(at) else end for at, end in ends.items()}
    return {(at.topic, at.partition): end for at, end in ends.items()}


async def stretches(
    brokers: Brokers, starts: Mapping[Partition, int], ends: Mapping[Partition, int]
) -> AsyncIterator[Stretch]:
    """Yield what stands from `starts` on and below `ends`, each partition in its order.

    Raises TimeoutError when the brokers send nothing for half a minute although something is left.
    """
    waiting = {TopicPartition(*at) for at, start in starts.items() if start < ends[at]}
    if not waiting:
        return
    async with opened(passing_reader(brokers)) as consumer:
        consumer.assign(sorted(waiting))
        for at in waiting:
            consumer.seek(at, starts[at.topic, at.partition])
        heard = asyncio.get_running_loop().time()
        while waiting:
            found = await consumer.getmany(*waiting, timeout_ms=500, max_records=10_000)
            for at, records in found.items():
                end = ends[at.topic, at.partition]
                below = records if records[-1].offset < end else [record for record in records if record.offset < end]
                behind = min(end, await consumer.position(at))
                yield Stretch((at.topic, at.partition), below, behind)
                heard = asyncio.get_running_loop().time()
            waiting = {at for at in waiting if await consumer.position(at) < ends[at.topic, at.partition]}
            consumer.pause(*(consumer.assignment() - waiting - consumer.paused()))
            if asyncio.get_running_loop().time() - heard > _SILENCE_SECONDS:
                raise TimeoutError(f"nothing was sent for {_SILENCE_SECONDS:.0f} s")
