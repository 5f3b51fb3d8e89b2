"""Where do the effects' states and the secrets in hand live? In PostgreSQL, led by one session at a time."""

import json
from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from runtime.effect import Effect, Verdict
from runtime.postgres.led import Led
from runtime.service import Fate


class PostgresEffects(Led):
    """Keep the effects of one service, on one session that holds the lead."""

    def __init__(self, dsn: str, service: str) -> None:
        super().__init__(dsn, "effects", service)

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
        """Compare and set, on the leading session."""
        if not self.leads:
            return False
        return bool(await self.run("execute", "begin", effect_id) == "UPDATE 1")

    async def again(self, effect_id: UUID) -> None:
        """Back to intended."""
        await self.run("execute", "again", effect_id)

    async def settle(self, effect_id: UUID, verdict: Verdict) -> None:
        """Write the verdict."""
        await self.run("execute", "settle", effect_id, str(verdict.fate), verdict.reason, verdict.code)

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
