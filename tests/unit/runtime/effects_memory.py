"""Effects without a database: the states and the lead, held in memory, and a switch that takes the store away."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

from runtime.effect import Effect, Verdict
from runtime.service import Fate


@dataclass
class Row:
    effect: Effect
    state: str = "intended"
    published: bool = True
    recorded: bool = False
    verdict: Verdict | None = None


@dataclass
class MemoryEffects:
    """Keep effects as the table does."""

    rows: dict[UUID, Row] = field(default_factory=dict)
    leading: bool = True
    away: bool = False
    database_errors: tuple[type[BaseException], ...] = (ConnectionError,)

    def intend(self, effect: Effect, *, published: bool = True) -> None:
        self.rows[effect.effect_id] = Row(effect, published=published)

    def state(self, effect_id: UUID) -> str:
        return self.rows[effect_id].state

    async def lead(self) -> bool:
        self._reachable()
        return self.leading

    async def due(self, kinds: Sequence[str], but: Collection[UUID], limit: int) -> list[Effect]:
        self._reachable()
        waiting = [row.effect for row in self.rows.values() if row.state == "intended" and row.published]
        return [each for each in waiting if each.kind in kinds and each.effect_id not in but][:limit]

    async def interrupted(self, but: Collection[UUID]) -> list[Effect]:
        return [row.effect for key, row in self.rows.items() if row.state == "sending" and key not in but]

    async def unrecorded(self, limit: int) -> list[tuple[Effect, Verdict]]:
        ended = [row for row in self.rows.values() if row.verdict is not None and not row.recorded]
        return [(row.effect, row.verdict) for row in ended if row.verdict is not None][:limit]

    async def begin(self, effect_id: UUID) -> bool:
        self._reachable()
        row = self.rows[effect_id]
        if row.state != "intended" or not self.leading:
            return False
        row.state = "sending"
        return True

    async def again(self, effect_id: UUID) -> None:
        self._reachable()
        row = self.rows[effect_id]
        row.state, row.effect = "intended", replace(row.effect, attempts=row.effect.attempts + 1)

    async def settle(self, effect_id: UUID, verdict: Verdict) -> None:
        self._reachable()
        row = self.rows[effect_id]
        resolves = row.state == "in_doubt" and verdict.fate is Fate.SENT
        if row.state in ("intended", "sending") or resolves:
            row.state, row.verdict, row.recorded = str(verdict.fate), verdict, False

    async def recorded(self, effect_ids: Collection[UUID]) -> None:
        self._reachable()
        for effect_id in effect_ids:
            self.rows[effect_id].recorded = True

    async def close(self) -> None:
        self.leading = False

    def _reachable(self) -> None:
        if self.away:
            raise ConnectionError("the store is away")
