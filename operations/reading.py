"""How is a log read whole without holding it whole? A share of its partitions at a time, all topics beside one another.

An account's events stand in the same partition of every topic of ours, so that a share can be judged by itself.
"""

from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from zlib import crc32

from operations.progress import Advance
from operations.surroundings import Surroundings
from runtime.ids import partition_of_key
from runtime.kafka.log import LogRecord, Partition, log_reader
from runtime.kafka.stretch import Appended, stretches
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


async def bounds_of(where: Surroundings, topics: Iterable[str]) -> Bounds:
    """Look where topics begin and end now; they are named without the namespace."""
    places = [(where.namespace + topic, number) for topic in topics for number in range(PARTITIONS)]
    async with log_reader(where.brokers) as log:
        return Bounds(await log.starts(places), await log.ends(places))


def as_record(found: Appended) -> LogRecord:
    """Keep of a record what stands in the log, without the client's own bookkeeping."""
    headers = tuple((name, value or b"") for name, value in found.headers)
    return LogRecord(found.topic, found.partition, found.offset, found.key, found.value, headers)


async def records_of(
    where: Surroundings, bounds: Bounds, numbers: Iterable[int], advance: Advance = lambda _: None
) -> AsyncIterator[Appended]:
    """Yield what stands in some partitions, each in its order. Raises TimeoutError when the brokers fall silent."""
    chosen = set(numbers)
    starts = {place: start for place, start in bounds.starts.items() if place[1] in chosen}
    behind = dict(starts)
    async for stretch in stretches(where.brokers, starts, {place: bounds.ends[place] for place in starts}):
        for record in stretch.records:
            yield record
        advance(stretch.next_offset - behind[stretch.partition])
        behind[stretch.partition] = stretch.next_offset
