"""Is everything applied that has come in? Asked before anything acts on what is overdue (R1, R21)."""

from collections.abc import Iterable

from runtime.kafka.brokers import Brokers
from runtime.kafka.log import Partition, log_reader
from runtime.postgres.outbox import JournalReads
from runtime.postgres.store import position


class Backlog:
    """Compare how far some topics are applied with where they end."""

    def __init__(self, brokers: Brokers, reads: JournalReads, topics: Iterable[str]) -> None:
        self._brokers = brokers
        self._reads = reads
        self._topics = frozenset(topics)

    async def is_applied(self) -> bool:
        """Tell whether every record that was appended before this call is applied."""
        return await self.behind() == set()

    async def behind(self) -> set[Partition] | None:
        """Name the partitions in which something was appended before this call and is not applied.

        None while no position is known.
        """
        rows = await self._reads.fetch("all_positions")
        held = {(row["topic"], row["partition"]): position(row) for row in rows if row["topic"] in self._topics}
        if not held:
            return None if self._topics else set()
        async with log_reader(self._brokers, committed_only=False) as log:
            appended = await log.ends(held)
        left = {place: at.next_offset for place, at in held.items() if at.next_offset < appended[place]}
        if not left:
            return set()
        async with log_reader(self._brokers) as log:
            ends = await log.ends(left)
            # An open transaction may hold what was appended in time.
            in_transaction = {place for place in left if ends[place] < appended[place]}
            # Behind the end may stand only a transaction's marker, which no reader ever sees.
            return in_transaction | set(await log.first_from(left))
