"""Where do the effects' states and the secrets in hand live? In PostgreSQL, led by one session at a time."""

import asyncio
import json
from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

import asyncpg

from runtime.effect import Effect, Verdict
from runtime.ids import lock_key
from runtime.postgres.sqlfile import queries
from runtime.postgres.store import DATABASE_ERRORS, connect
from runtime.service import Fate


class PostgresEffects:
    """Keep the effects of one service, on one session that holds the lead."""

    database_errors = DATABASE_ERRORS

    def __init__(self, dsn: str, service: str) -> None:
        self._dsn = dsn
        self._lock = lock_key("effects", service)
        self._sql = queries("effects")
        self._connection: asyncpg.Connection | None = None
        self._turn = asyncio.Lock()
        self._leads = False

    async def lead(self) -> bool:
        """Take the advisory lock, or keep it while its session lives: whatever is asked on a dead one fails."""
        if self._leads and self._connection is not None and not self._connection.is_closed():
            return True
        self._leads = bool(await self._run("fetchval", self._sql["try_lead"], self._lock))
        return self._leads

    async def due(self, kinds: Sequence[str], but: Collection[UUID], limit: int) -> list[Effect]:
        """Read intents by the order of their events."""
        return [_effect(row) for row in await self._run("fetch", self._sql["due"], list(kinds), list(but), limit)]

    async def interrupted(self, but: Collection[UUID]) -> list[Effect]:
        """Read what a dead leader left."""
        return [_effect(row) for row in await self._run("fetch", self._sql["interrupted"], list(but))]

    async def unrecorded(self, limit: int) -> list[tuple[Effect, Verdict]]:
        """Read the verdicts that no event tells of yet."""
        found = await self._run("fetch", self._sql["unrecorded"], limit)
        return [(_effect(row), Verdict(Fate(row["state"]), row["reason"], row["code"])) for row in found]

    async def begin(self, effect_id: UUID) -> bool:
        """Compare and set, on the leading session."""
        if not self._leads:
            return False
        return bool(await self._run("execute", self._sql["begin"], effect_id) == "UPDATE 1")

    async def again(self, effect_id: UUID) -> None:
        """Back to intended."""
        await self._run("execute", self._sql["again"], effect_id)

    async def settle(self, effect_id: UUID, verdict: Verdict) -> None:
        """Write the verdict."""
        await self._run("execute", self._sql["settle"], effect_id, str(verdict.fate), verdict.reason, verdict.code)

    async def recorded(self, effect_ids: Collection[UUID]) -> None:
        """Mark the verdicts that own events record."""
        await self._run("execute", self._sql["recorded"], list(effect_ids))

    async def secret(self, credential_id: str) -> bytes | None:
        """Return the sealed box in hand for a credential, or None once it was forgotten."""
        box: bytes | None = await self._run("fetchval", self._sql["secret"], credential_id)
        return box

    async def close(self) -> None:
        """End the session, and with it the lead."""
        connection, self._connection, self._leads = self._connection, None, False
        if connection is not None:
            await connection.close(timeout=5)

    async def _run(self, method: str, sql: str, *arguments: Any) -> Any:
        # One session, because the lead is the session's: whoever lost it can begin nothing.
        async with self._turn:
            if self._connection is None or self._connection.is_closed():
                self._leads = False
                # The lead is the session's: of a process that stands still, another takes it over.
                self._connection = await connect(self._dsn, idle_session_timeout="30s")
            try:
                return await getattr(self._connection, method)(sql, *arguments)
            except DATABASE_ERRORS:
                self._connection.terminate()
                self._connection, self._leads = None, False
                raise


def _effect(row: Any) -> Effect:
    payload = json.loads(row["payload"])
    what = (row["effect_id"], row["kind"], row["customer_id"], row["event_id"], payload)
    return Effect(*what, row["attempts"], row["traceparent"])
