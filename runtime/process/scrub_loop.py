"""Who looks after silent damage? Beside the work, a few random accounts a minute are folded again and compared.

It reads on a connection of its own, each account in one read-only snapshot, and locks nothing: state, rows and journal
are of the same moment, and no commit waits for it.
"""

import asyncio
import time
from collections.abc import Callable

import structlog

from runtime import metrics
from runtime.postgres.scrubbing import Scrubs
from runtime.postgres.store import DATABASE_ERRORS
from runtime.process.hold import Hold
from runtime.repair.scrubbing import Deviation, scrub
from runtime.service import Service

_log = structlog.get_logger()


class Scrubber:
    """Scrub the accounts of one service, at a rate per minute."""

    def __init__(
        self, service: Service, dsn: str, per_minute: float, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._service = service
        self._scrubs = Scrubs(dsn, service)
        self._pause = 60.0 / per_minute if per_minute else None
        self._monotonic = monotonic
        self.hold = Hold("the scrubber waits for the database")

    async def run(self) -> None:
        """Go on for ever; a database that is away is tried again. A rate of 0 looks at nothing."""
        due = self._monotonic()
        while True:
            if self._pause is None:
                await asyncio.Event().wait()
            else:
                due = max(due + self._pause, self._monotonic())
                await asyncio.sleep(due - self._monotonic())
                try:
                    await self.once()
                    self.hold.over()
                except DATABASE_ERRORS as error:
                    await self._scrubs.close()
                    await self.hold.wait(error)

    async def once(self) -> dict[str, list[Deviation]]:
        """Scrub an account by chance, and one that differed before; return what each showed."""
        seen = {}
        for customer_id in await self._scrubs.chosen():
            seen[customer_id] = await self._account(customer_id)
        differing = await self._scrubs.differing()
        metrics.SCRUB_MISMATCHES.set(differing)
        return seen

    async def close(self) -> None:
        """Give the connection back."""
        await self._scrubs.close()

    async def _account(self, customer_id: str) -> list[Deviation]:
        account = await self._scrubs.account(customer_id)
        if account is None:
            return []
        # Folding an account of some thousand events takes a moment, which the loop of the service should not miss.
        found = await asyncio.to_thread(scrub, self._service, account)
        await self._scrubs.note(account, found)
        metrics.SCRUBBED.inc()
        if found:
            places = sorted({f"{each.table} {each.key} {each.path}".replace("  ", " ") for each in found})
            _log.error(
                "an account is not what its events say",
                action="scrub_mismatch",
                customer_id=customer_id,
                version=account.version,
                where=places,
            )
        return found
