"""Where does what endpoints are told wait? In PostgreSQL, sent by the one session that leads."""

from collections.abc import Collection, Mapping, Sequence

from runtime.delivery import Due, Standing
from runtime.postgres.led import Led
from runtime.sharing import Shared


class PostgresDeliveries(Led):
    """Keep one service's deliveries, on one session that holds the lead."""

    def __init__(self, dsn: str, service: str) -> None:
        super().__init__(dsn, "deliveries", service)
        self._done = Shared(self._done_all)

    async def due(self, endpoints: Sequence[str], but: Collection[int], limit: int) -> list[Due]:
        """Read the first of each customer."""
        return [Due(**row) for row in await self.run("fetch", "due", list(endpoints), list(but), limit)]

    async def done(self, number: int) -> None:
        """Forget it, together with what else is done."""
        await self._done(number)

    async def _done_all(self, numbers: Sequence[int]) -> list[None]:
        await self.run("execute", "done", numbers)
        return [None] * len(numbers)

    async def again(self, number: int, reason: str, seconds: float) -> None:
        """Count, and wait by the database's clock."""
        await self.run("execute", "again", number, reason, seconds)

    async def fail(self, number: int, reason: str) -> None:
        """Count, and keep it."""
        await self.run("execute", "fail", number, reason)

    async def standings(self) -> Mapping[str, Standing]:
        """Count what waits and what failed."""
        return {row["endpoint"]: Standing(**row) for row in await self.run("fetch", "standings")}
