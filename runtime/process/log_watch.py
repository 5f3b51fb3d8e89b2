"""Is the log still there, and the one that is being applied? Asked while a service runs, not at its start alone.

A topic that is deleted leaves its reader without partitions and without an error; one that was made anew is read from
its start by a client that finds its place gone. Neither may look like health.
"""

import asyncio
from collections.abc import Iterable

import structlog

from runtime.kafka.brokers import Brokers
from runtime.kafka.log import KAFKA_ERRORS, Partition, log_reader
from runtime.kafka.topics import missing_topics
from runtime.process.positions import Positions, places

_SECONDS = 20.0
_log = structlog.get_logger()


class LogWatch:
    """Look at a service's topics now and then; believe what is wrong when it is seen a second time."""

    def __init__(self, brokers: Brokers, topics: Iterable[str], positions: Positions) -> None:
        self._brokers = brokers
        self._topics = frozenset(topics)
        self._positions = positions
        self._unseen: frozenset[str] = frozenset()
        self._doubted: dict[Partition, int] = {}
        self._looks = 0
        self.missing: tuple[str, ...] = ()
        """Topics that are not there."""

    async def run(self) -> None:
        """Go on for ever; brokers that are away are no missing topic."""
        while True:
            await asyncio.sleep(_SECONDS)
            try:
                await self.once()
            except KAFKA_ERRORS as error:
                _log.warning("the log can't be looked at", action="watch.failed", why=type(error).__name__)

    async def once(self) -> None:
        """Look once."""
        unseen = frozenset(await missing_topics(self._brokers, self._topics))
        missing = tuple(sorted(unseen & self._unseen))
        if missing and missing != self.missing:
            _log.error("topics are missing", action="watch.missing", topics=missing)
        self._unseen, self.missing = unseen, missing
        if not unseen:
            await self._compare()

    async def _compare(self) -> None:
        """Compare one partition of each topic with its position, in turn, and all of a topic that is in doubt."""
        held = dict(self._positions.expected)
        self._looks += 1
        if not held:
            self._doubted = {}
            return
        async with log_reader(self._brokers, committed_only=False) as log:
            found = await places(log, {partition: held[partition] for partition in self._chosen(held)})
        doubted = {}
        for partition, place in found.items():
            if place.why is None or self._positions.expected.get(partition) != held[partition]:
                continue  # as it should be, or moved on meanwhile
            if self._doubted.get(partition) == held[partition].next_offset:
                self._positions.stop(partition, place.why)
            else:
                doubted[partition] = held[partition].next_offset
        self._doubted = doubted

    def _chosen(self, held: Iterable[Partition]) -> set[Partition]:
        of_topic: dict[str, list[Partition]] = {}
        for partition in sorted(held):
            of_topic.setdefault(partition[0], []).append(partition)
        doubtful = {topic for topic, _ in self._doubted}
        one_each = {parts[self._looks % len(parts)] for parts in of_topic.values()}
        return one_each | {part for topic in doubtful for part in of_topic.get(topic, ())}
