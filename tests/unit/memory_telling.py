"""What does a process in memory say of what it tells outside? Rejections and deliveries, from its own tables."""

from collections import Counter
from typing import Any
from uuid import UUID

from runtime.clock import SetClock
from runtime.commit.memory import MemoryStore
from runtime.wire.rejecting import told_in
from schemas.rejections import RecordRejected


class WhatIsTold:
    """Answer what the edge is asked of rejections and deliveries."""

    store: MemoryStore
    clock: SetClock

    async def rejections(
        self, storefront: str | None, after: UUID | None, limit: int
    ) -> list[tuple[str, RecordRejected]]:
        kept = list(self.store.contents.rejections.values())
        first = next((place + 1 for place, each in enumerate(kept) if each.event_id == after), 0)
        theirs = [each for each in kept[first:] if storefront is None or each.storefront in {None, storefront}]
        return [told_in(each.value) for each in theirs[:limit]]

    async def deliveries(self) -> list[Any]:
        waiting = self.store.contents.deliveries
        at = self.clock.now()
        return [
            {"endpoint": name, "waiting": count, "failed": 0, "oldest_at": at, "reason": None}
            for name, count in Counter(each.endpoint for each in waiting).items()
        ]

    async def failed_deliveries(self, endpoint: str, limit: int) -> list[Any]:
        return []

    async def redeliver(self, endpoint: str) -> None:
        """Nothing fails in memory."""
