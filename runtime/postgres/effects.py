"""Where do the effects' states and the secrets in hand live? In PostgreSQL, led by one session at a time."""

import json
from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from runtime.effect import Effect, Verdict
from runtime.postgres.led import Led
from runtime.service import Fate
from runtime.sharing import Shared


class PostgresEffects(Led):
    """Keep the effects of one service, on one session that holds the lead."""

    def __init__(self, dsn: str, service: str) -> None:
        super().__init__(dsn, "effects", service)
        self._begin = Shared(self._begin_all)
        self._settle = Shared(self._settle_all)

    async def due(self, kinds: Sequence[str], but: Collection[UUID], limit: int) -> list[Effect]:
        """Read intents by the order of their events."""
        return [_effect(row) for row in await self.run("fetch", "due", list(kinds), list(but), limit)]

    async def interrupted(self, but: Collection[UUID]) -> list[Effect]:
        """Read what a dead leader left."""
        return [_effect(row) for row in await self.run("fetch", "interrupted", list(but))]

    async def unrecorded(self, limit: int) -> list[tuple[Effect, Verdict]]:
        """Read the verdicts that no event tells of yet."""
        found = await self.run("fetch", "unrecorded", limit)
        return [(_effect(row), Verdict(Fate(row["state"]), row["reason"], row["code"])) for row in found]

    async def begin(self, effect_id: UUID) -> bool:
        """Compare and set, on the leading session, together with what else begins."""
        return await self._begin(effect_id)

    async def _begin_all(self, effect_ids: Sequence[UUID]) -> list[bool]:
        if not self.leads:
            return [False] * len(effect_ids)
        begun = {row["effect_id"] for row in await self.run("fetch", "begin", effect_ids)}
        # Of one that is asked for twice, one asker has begun it.
        return [
            effect_id in begun and effect_id not in effect_ids[:place] for place, effect_id in enumerate(effect_ids)
        ]

    async def again(self, effect_id: UUID) -> None:
        """Back to intended."""
        await self.run("execute", "again", effect_id)

    async def settle(self, effect_id: UUID, verdict: Verdict) -> None:
        """Write the verdict, together with what else ends; of one effect, one verdict at a time."""
        await self._settle((effect_id, verdict))

    async def _settle_all(self, ended: Sequence[tuple[UUID, Verdict]]) -> list[None]:
        columns = zip(*((name, str(each.fate), each.reason, each.code) for name, each in ended), strict=True)
        await self.run("execute", "settle", *columns)
        return [None] * len(ended)

    async def recorded(self, effect_ids: Collection[UUID]) -> None:
        """Mark the verdicts that own events record."""
        await self.run("execute", "recorded", list(effect_ids))

    async def secret(self, credential_id: str) -> bytes | None:
        """Return the sealed box in hand for a credential, or None once it was forgotten."""
        box: bytes | None = await self.run("fetchval", "secret", credential_id)
        return box


def _effect(row: Any) -> Effect:
    payload = json.loads(row["payload"])
    what = (row["effect_id"], row["kind"], row["customer_id"], row["event_id"], payload)
    return Effect(*what, row["attempts"], row["traceparent"])
