"""Given what happened, when an input comes, then what happens: orders on the real commit page, in memory."""

import dataclasses
from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from typing import Any

from pydantic import SecretStr

from runtime.clock import SetClock
from runtime.commit.batch import Result
from runtime.commit.page import Position
from runtime.ids import command_id
from runtime.service import Duplicate, Incoming, Origin, Outcome
from schemas.envelope import Event
from schemas.refusal import Refusal
from schemas.storefront import Body
from schemas.terms import ROME
from schemas.topics import STOREFRONT_INTAKE, TOPIC_OF
from services.orders.adapters.api import router
from services.orders.declaration import declare
from services.orders.intake import from_intake
from tests.unit.memory_edge import MemoryEdge

SECRETS = ["whsec_c2VjcmV0LW9uZQ==", "whsec_c2VjcmV0LXR3bw=="]


class Desk(MemoryEdge):
    """Be the orders service of one process, and its edge; a neighbour's events come in their versions' order."""

    def __init__(self, now: datetime = datetime(2026, 1, 15, 9, tzinfo=UTC)) -> None:
        secrets = [SecretStr(secret) for secret in SECRETS]
        super().__init__(declare, router, SetClock(now), acknowledge_seconds=5.0, webhook_secrets=secrets)
        self._sequences: dict[tuple[str, str], int] = {}
        self._offset = 0

    def on(self, day: str, hour: int = 9) -> "Desk":
        """Set the clock to an hour in Rome."""
        self.clock.instant = datetime.combine(date.fromisoformat(day), time(hour), ROME).astimezone(UTC)
        return self

    async def when(self, data: Body | Event) -> list[Event]:
        """Apply one body or one neighbour's event; return what happened."""
        return [recorded.event for recorded in (await self._result(data)).recorded]

    async def outcome(self, data: Body) -> Outcome:
        outcome = (await self._result(data)).outcome
        assert outcome is not None
        return outcome

    async def refusal(self, data: Body) -> str:
        """Apply a body that is refused without a trace; return the code."""
        outcome = await self.outcome(data)
        assert isinstance(outcome, Refusal), outcome
        return outcome.code

    async def is_duplicate(self, data: Body) -> bool:
        return isinstance(await self.outcome(data), Duplicate)

    def incoming(self, data: Body | Event) -> Incoming:
        """Make the input that a body or a neighbour's event becomes."""
        if isinstance(data, Body):
            return Incoming.of(from_intake(data))
        topic = TOPIC_OF[data.EVENT_TYPE]
        place = (topic, data.customer_id)
        sequence = self._sequences[place] = self._sequences.get(place, 0) + 1
        identity = command_id(data.EVENT_TYPE, f"{data.customer_id}\n{topic}\n{sequence}")
        return Incoming(data.EVENT_TYPE, identity, data.customer_id, data, sequence, topic, data.correlation)

    def over_kafka(self, body: Body) -> Incoming:
        """Make the input that a record on intake becomes."""
        partition = (STOREFRONT_INTAKE, 0)
        self.store.contents.positions.setdefault(partition, Position(0))
        origin = Origin(STOREFRONT_INTAKE, 0, self._offset, b"")
        self._offset += 1
        return dataclasses.replace(self.incoming(body), origin=origin)

    events = MemoryEdge.journal

    def order(self, order_id: str) -> Any:
        return self.store.contents.rows["orders"][order_id,]

    async def _result(self, data: Body | Event) -> Result:
        (result,) = await self.take(self.incoming(data))
        assert result.error is None, result.error
        return result


def names(events: Sequence[Event]) -> list[str]:
    """Name events without topic and version."""
    return [event.EVENT_TYPE.split(".")[1] for event in events]
