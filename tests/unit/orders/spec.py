"""Given what happened, when an input comes, then what happens: orders on the real commit page, in memory."""

import dataclasses
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time
from enum import StrEnum
from types import SimpleNamespace
from typing import Any

import msgspec
from pydantic import SecretStr

from runtime.clock import SetClock
from runtime.command import Command
from runtime.commit.batch import Result
from runtime.commit.memory import MemoryStore
from runtime.commit.page import Position, commit
from runtime.edge import AccountParked, CatchingUp, Submitted
from runtime.ids import command_id
from runtime.privacy.keyring import CustomerKeyring, MemoryKeys
from runtime.process.deadlines import deadline_input
from runtime.projection import Key, Projection
from runtime.service import CATCHING_UP, Deadline, Duplicate, Incoming, Origin, Outcome
from runtime.wire.codec import decode_state
from schemas.envelope import Event
from schemas.refusal import Refusal
from schemas.storefront import Body
from schemas.terms import ROME
from schemas.topics import STOREFRONT_INTAKE, TOPIC_OF
from services.orders.declaration import declare
from services.orders.domain.model import State
from services.orders.intake import from_intake

OPERATOR_KEY = "op_1"
STOREFRONT_KEY = "sf_1"
SECRETS = ["whsec_c2VjcmV0LW9uZQ==", "whsec_c2VjcmV0LXR3bw=="]


class Desk:
    """Be the orders service of one process, and its edge; rows are read as PostgreSQL gives them, words as text."""

    def __init__(self, now: datetime = datetime(2026, 1, 15, 9, tzinfo=UTC)) -> None:
        self.clock = SetClock(now)
        self.keyring = CustomerKeyring(MemoryKeys(), b"\x01" * 32)
        self.settings = SimpleNamespace(
            acknowledge_seconds=5.0,
            webhook_secrets=[SecretStr(secret) for secret in SECRETS],
            http_rate_per_second=1000.0,
            http_rate_burst=1000,
            api_keys_file=None,
            storefront_keys={},
            operator_keys={},
        )
        self.is_durable = True
        self.is_behind = False
        """Something waits on intake."""
        self.store = MemoryStore()
        self.service = declare(self)
        self._sequences: dict[tuple[str, str], int] = {}
        self._offset = 0

    def on(self, day: str, hour: int = 9) -> "Desk":
        """Set the clock to an hour in Rome."""
        self.clock.instant = datetime.combine(date.fromisoformat(day), time(hour), ROME).astimezone(UTC)
        return self

    async def take(self, *inputs: Incoming) -> list[Result]:
        """Apply inputs in one batch."""
        ready = [await self._prepared(each) for each in inputs]
        return await commit(self.service, self.store, ready, self._expected(), self.clock)

    async def submit(self, command: Command, traceparent: str | None = None) -> Submitted:
        (result,) = await self.take(dataclasses.replace(Incoming.of(command), is_caught_up=not self.is_behind))
        if result.error is not None:
            raise result.error
        if result.outcome == CATCHING_UP:
            raise CatchingUp
        if result.fault is not None and result.outcome is None:
            raise AccountParked(result.fault.detail)
        assert result.outcome is not None
        return Submitted(result.outcome, result.recorded)

    async def when(self, data: Body | Event) -> list[Event]:
        """Apply one body or one neighbour's event; return what happened."""
        (result,) = await self.take(self.incoming(data))
        assert result.error is None, result.error
        return [recorded.event for recorded in result.recorded]

    async def outcome(self, data: Body) -> Outcome:
        (result,) = await self.take(self.incoming(data))
        assert result.outcome is not None
        return result.outcome

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

    async def fire(self) -> list[Event]:
        """Apply the deadlines that are due."""
        due: list[Deadline] = [row for row in self.table("deadlines") if row.due_at <= self.clock.now()]
        fired = [deadline_input("orders", each) for each in due]
        results = await self.take(*fired) if fired else []
        return [recorded.event for result in results for recorded in result.recorded]

    async def is_caught_up(self) -> bool:
        return not self.is_behind

    async def durable(self, submitted: Submitted, seconds: float | None = None) -> bool:
        return self.is_durable

    async def row(self, projection: Projection, key: Key) -> Any | None:
        row = self.store.contents.rows.get(projection.table, {}).get(tuple(key))
        return None if row is None else _as_read(row)

    async def rows(self, projection: Projection, where: Mapping[str, Any], order_by: Sequence[str] = ()) -> list[Any]:
        found = [row for row in self.table(projection.table) if all(getattr(row, n) == v for n, v in where.items())]
        return [_as_read(row) for row in sorted(found, key=lambda row: [str(getattr(row, name)) for name in order_by])]

    async def state(self, customer_id: str) -> State | None:
        _, kept = self.store.contents.states.get(customer_id, (0, None))
        return None if kept is None else decode_state(kept, State)

    def table(self, name: str) -> list[Any]:
        return list(self.store.contents.rows.get(name, {}).values())

    def order(self, order_id: str) -> Any:
        return self.store.contents.rows["orders"][order_id,]

    def events(self) -> list[Event]:
        return [row.recorded.event for row in self.store.contents.journal]

    async def _prepared(self, incoming: Incoming) -> Incoming:
        prepare = self.service.by_type[incoming.type].prepare
        return await prepare(incoming) if prepare else incoming

    def _expected(self) -> dict[Any, Any]:
        return dict(self.store.contents.positions)


def names(events: Sequence[Event]) -> list[str]:
    """Name events without topic and version."""
    return [event.EVENT_TYPE.split(".")[1] for event in events]


def _as_read(row: Any) -> Any:
    words = {name: str(getattr(row, name)) for name in row.__struct_fields__ if isinstance(getattr(row, name), StrEnum)}
    return msgspec.structs.replace(row, **words)
