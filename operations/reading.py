"""How is a log read whole without holding it whole? A share of its partitions at a time, all topics beside one another.

An account's events stand in the same partition of every topic of ours, so that a share can be judged by itself.
"""

from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from zlib import crc32

from operations.progress import Advance
from operations.surroundings import Surroundings, kafka
from runtime.ids import partition_of_key
from runtime.kafka.brokers import Brokers
from runtime.kafka.log import MUCH, Appended, LogRecord, Partition, log_reader, log_record, partitions_of
from schemas.topics import PARTITIONS

SHARE = 60_000
"""So many records are held at once, if one partition alone has not more."""


@dataclass(frozen=True, slots=True)
class Share:
    """Some accounts: those of some partitions, or a part of them, where one partition alone is too long."""

    numbers: frozenset[int] = frozenset(range(PARTITIONS))
    part: int = 0
    parts: int = 1

    @property
    def is_all(self) -> bool:
        """Tell whether it is every account."""
        return len(self.numbers) == PARTITIONS and self.parts == 1

    def takes(self, key: bytes | None) -> bool:
        """Tell whether a record stands in this part, in whichever partition it is found."""
        return self.parts == 1 or crc32(key or b"") % self.parts == self.part

    def holds(self, key: bytes | None) -> bool:
        """Tell whether a record's account is one of these."""
        return self.takes(key) and partition_of_key(key) in self.numbers


@dataclass(frozen=True, slots=True)
class Bounds:
    """Where some topics began and ended at one moment."""

    starts: Mapping[Partition, int]
    ends: Mapping[Partition, int]

    def size(self, numbers: Iterable[int] = range(PARTITIONS)) -> int:
        """Count the offsets of some partitions."""
        chosen = set(numbers)
        return sum(end - self.starts[place] for place, end in self.ends.items() if place[1] in chosen)

    def only(self, places: Iterable[Partition]) -> "Bounds":
        """Look at some places alone."""
        chosen = set(places)
        starts = {place: start for place, start in self.starts.items() if place in chosen}
        return Bounds(starts, {place: self.ends[place] for place in starts})

    def updated(self, others: "Bounds") -> "Bounds":
        """Take over where some places began and ended at another moment."""
        return Bounds({**self.starts, **others.starts}, {**self.ends, **others.ends})

    def shares(self, most: int = SHARE) -> Iterator[Sequence[int]]:
        """Divide the partitions into as few shares as `most` allows."""
        share: list[int] = []
        for number in range(PARTITIONS):
            if share and self.size([*share, number]) > most:
                yield tuple(share)
                share = []
            share.append(number)
        yield tuple(share)

    def accounts(self, most: int = SHARE) -> Iterator[Share]:
        """Divide the accounts so that none of the shares has many more records than `most`, however long the log is."""
        for numbers in self.shares(most):
            parts = max(1, ceil(self.size(numbers) / most)) if len(numbers) == 1 else 1
            yield from (Share(frozenset(numbers), part, parts) for part in range(parts))


@dataclass(frozen=True, slots=True)
class Survey:
    """The records per partition in their order, and between which offsets they were looked for."""

    starts: Mapping[Partition, int]
    ends: Mapping[Partition, int]
    records: dict[Partition, list[LogRecord]]


async def survey(brokers: Brokers, topics: Iterable[str]) -> Survey:
    """Read every record that some topics hold now.

    Raises aiokafka's errors when one is missing or the brokers are away, TimeoutError when they fall silent.
    """
    places = partitions_of(topics)
    records: dict[Partition, list[LogRecord]] = {place: [] for place in places}
    async with log_reader(brokers, at_once=MUCH) as log:
        starts, ends = await log.starts(places), await log.ends(places)
        async for stretch in log.stretches(starts, ends):
            records[stretch.partition] += map(log_record, stretch.records)
    return Survey(starts, ends, records)


async def bounds_of(where: Surroundings, topics: Iterable[str]) -> Bounds:
    """Look where topics begin and end now; they are named without the namespace."""
    places = partitions_of(where.namespace + topic for topic in topics)
    async with log_reader(where.brokers) as log:
        return Bounds(await log.starts(places), await log.ends(places))


async def span_of(where: Surroundings, topic: str) -> tuple[dict[int, int], dict[int, int]]:
    """Look where each partition of one topic begins and ends now, by its number. Raises OperationFailed."""
    async with kafka(where.brokers):
        bounds = await bounds_of(where, [topic])
    return {number: at for (_, number), at in bounds.starts.items()}, {n: at for (_, n), at in bounds.ends.items()}


async def records_of(
    where: Surroundings, bounds: Bounds, numbers: Iterable[int], advance: Advance = lambda _: None
) -> AsyncIterator[Appended]:
    """Yield what stands in some partitions, each in its order. Raises TimeoutError when the brokers fall silent."""
    chosen = set(numbers)
    starts = {place: start for place, start in bounds.starts.items() if place[1] in chosen}
    behind = dict(starts)
    async with log_reader(where.brokers, at_once=MUCH) as log:
        async for stretch in log.stretches(starts, {place: bounds.ends[place] for place in starts}):
            for record in stretch.records:
                yield record
            advance(stretch.next_offset - behind[stretch.partition])
            behind[stretch.partition] = stretch.next_offset
