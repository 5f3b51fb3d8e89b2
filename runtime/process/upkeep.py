"""How do things stand, and what has waited long enough? Looked at every other second beside the work."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

from runtime import metrics
from runtime.clock import Clock
from runtime.postgres.outbox import JournalReads
from runtime.postgres.store import DATABASE_ERRORS
from runtime.process.feeder import Feeder
from runtime.process.hold import Hold
from runtime.process.positions import Positions
from runtime.process.redrive import Redrive
from runtime.process.relay import Relay

QUARANTINE = timedelta(days=30)
"""As long as intake keeps a record: what stands in the clear must not outlive it."""

_SECONDS = 2.0


class Upkeep:
    """Set the gauges, take up accounts whose missing version has come, and let quarantine expire."""

    def __init__(
        self,
        positions: Positions,
        feeder: Feeder,
        relay: Relay,
        journal: JournalReads,
        redrive: Redrive,
        clock: Clock,
    ) -> None:
        self._positions = positions
        self._feeder = feeder
        self._relay = relay
        self._journal = journal
        self._redrive = redrive
        self._clock = clock
        self.hold = Hold("gauges and filled gaps wait for the database")

    async def run(self) -> None:
        """Go on for ever; a database that is away is tried again."""
        while True:
            try:
                await self.once()
                self.hold.over()
            except DATABASE_ERRORS as error:
                await self.hold.wait(error)
            await asyncio.sleep(_SECONDS)

    async def once(self) -> None:
        """Look once."""
        (standing,) = await self._journal.fetch("standing")
        self._show(standing)
        if standing["parked_accounts"]:
            await self._redrive.filled_gaps()
        if standing["quarantined"]:
            await self._journal.execute("purge_quarantine", self._clock.now() - QUARANTINE)
        if standing["webhooks_waiting"] or standing["webhooks_failed"]:
            await self._journal.execute("purge_deliveries", QUARANTINE.total_seconds())
        if standing["rejected"]:
            await self._journal.execute("purge_rejections", self._clock.now() - QUARANTINE)

    def _show(self, standing: Any) -> None:
        metrics.PARKED_ACCOUNTS.set(standing["parked_accounts"])
        metrics.QUARANTINED.set(standing["quarantined"])
        metrics.RELAY_PENDING.set(standing["unpublished"])
        metrics.RELAY_AGE_SECONDS.set(self._age(standing["oldest_unpublished"]))
        metrics.RELAY_BLOCKED.set(len(self._relay.blocked))
        metrics.HANDOVERS_PENDING.set(standing["handovers"])
        metrics.HANDOVERS_AGE_SECONDS.set(self._age(standing["oldest_handover"]))
        metrics.WEBHOOKS_WAITING.set(standing["webhooks_waiting"])
        metrics.WEBHOOKS_FAILED.set(standing["webhooks_failed"])
        metrics.EFFECTS_IN_DOUBT.set(standing["in_doubt"])
        metrics.STOPPED_PARTITIONS.set(len(self._positions.stopped))
        self._show_lag()

    def _age(self, oldest: datetime | None) -> float:
        return 0.0 if oldest is None else max(0.0, (self._clock.now() - oldest).total_seconds())

    def _show_lag(self) -> None:
        metrics.POSITION_LAG.clear()  # what went to another instance is that one's to show
        for (topic, number), at in list(self._positions.expected.items()):
            end = self._feeder.end((topic, number))
            if end is not None:
                metrics.POSITION_LAG.labels(topic, number).set(max(0, end - at.next_offset))
