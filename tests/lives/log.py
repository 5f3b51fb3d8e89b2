"""What stands in the topics, when no broker is there to keep them?"""

from collections.abc import Iterable

from runtime.clock import SetClock
from runtime.ids import partition_of_key
from runtime.kafka.log import LogRecord, Partition
from schemas.topics import EVENTS, PARTITIONS, STOREFRONT_INTAKE

Headers = tuple[tuple[str, bytes], ...]


class MemoryLog:
    """Keep the records of every topic of ours, in twelve partitions each."""

    def __init__(self, clock: SetClock) -> None:
        self._clock = clock
        topics = (STOREFRONT_INTAKE, *EVENTS)
        self.records: dict[Partition, list[LogRecord]] = {
            (topic, number): [] for topic in topics for number in range(PARTITIONS)
        }

    def append(self, topic: str, key: bytes, value: bytes, headers: Headers = ()) -> tuple[int, int]:
        """Append a record where its key belongs; return partition and offset."""
        number = partition_of_key(key)
        held = self.records[topic, number]
        held.append(LogRecord(topic, number, len(held), key, value, headers, self._clock.now()))
        return number, len(held) - 1

    def again(self, record: LogRecord) -> None:
        """Append a record once more, as a sender does that got no answer."""
        if record.key is not None and record.value is not None:
            self.append(record.topic, record.key, record.value, record.headers)

    def ends(self) -> dict[Partition, int]:
        """Return the offset that the next record of each partition will get."""
        return {place: len(held) for place, held in self.records.items()}

    def places(self, topics: Iterable[str]) -> list[Partition]:
        """Name the partitions of some topics."""
        return [(topic, number) for topic in topics for number in range(PARTITIONS)]
