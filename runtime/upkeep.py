"""How do things stand, and what has waited long enough? Looked at every other second beside the work."""

import asyncio
from datetime import timedelta
from typing import Any

import structlog

from runtime import metrics
from runtime.clock import Clock
from runtime.positions import Positions
from runtime.postgres.outbox import JournalReads
from runtime.postgres.store import CONNECTION_ERRORS
from runtime.redrive import Redrive

QUARANTINE = timedelta(days=30)
"""As long as intake keeps a record: what stands in the clear must not outlive it."""

_SECONDS = 2.0
_log = structlog.get_logger()


class Upkeep:
    """Set the gauges, take up accounts whose missing version has come, and let quarantine expire."""

    def __init__(self, positions: Positions, journal: JournalReads, redrive: Redrive, clock: Clock) -> None:
        self._positions = positions
        self._journal = journal
        self._redrive = redrive
        self._clock = clock

    async def run(self) -> None:
        """Go on for ever; a database that is away is tried again."""
        while True:
            try:
                await self.once()
            except CONNECTION_ERRORS as error:
                _log.warning("standing can't be read", action="upkeep_failed", error=str(error))
            await asyncio.sleep(_SECONDS)

    async def once(self) -> None:
        """Look once."""
        (standing,) = await self._journal.fetch("standing")
        self._show(standing)
        if standing["parked_accounts"]:
            await self._redrive.filled_gaps()
        if standing["quarantined"]:
            await self._journal.execute("purge_quarantine", self._clock.now() - QUARANTINE)

    def _show(self, standing: Any) -> None:
        oldest = standing["oldest_unpublished"]
        metrics.PARKED_ACCOUNTS.set(standing["parked_accounts"])
        metrics.QUARANTINED.set(standing["quarantined"])
        metrics.RELAY_PENDING.set(standing["unpublished"])
        metrics.RELAY_AGE_SECONDS.set(0 if oldest is None else max(0.0, (self._clock.now() - oldest).total_seconds()))
        metrics.STOPPED_PARTITIONS.set(len(self._positions.stopped))
