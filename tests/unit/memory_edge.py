"""How does a service run in a test without a stack? On the commit page, with tables and keys in memory.

A `MemoryEdge` is one service's process and what its adapters stand on; a `Story` tells of one account of it, in order:
given, when, then. Nothing in memory waits, so a story needs no loop. The random lives join four of these by topics.
"""

import dataclasses
import hashlib
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, ClassVar, Self, TypeVar
from uuid import UUID, uuid5

import httpx
from fastapi import APIRouter

from runtime.clock import SetClock
from runtime.commit.batch import Result
from runtime.commit.memory import MemoryStore
from runtime.commit.page import commit
from runtime.edge import AccountParked, CatchingUp, Submitted
from runtime.fold.account import no_rows
from runtime.fold.replay import fold_values
from runtime.ids import Command
from runtime.privacy.keyring import CustomerKeyring, MemoryKeys
from runtime.process.deadlines import deadline_input
from runtime.process.rehearsing import Rehearsal
from runtime.projection import Key, Projection
from runtime.service import CATCHING_UP, Deadline, Decided, Incoming, Input, Outcome, Service
from runtime.web import create_app
from runtime.wire.codec import decode_state
from schemas.envelope import Event
from tests.unit.memory_telling import WhatIsTold

OPERATOR = {"Authorization": "Bearer op_1"}
STOREFRONT = {"Authorization": "Bearer sf_1"}
OTHER_STOREFRONT = {"Authorization": "Bearer sf_2"}
INPUTS = UUID("2f9a3f0e-2f43-5d10-8a55-3a8d6a7b7f10")
NINE = datetime(2026, 1, 15, 9, tzinfo=UTC)
GIVEN = "tests.given"
"""The input by which a story begins: own events that happened before it."""
T = TypeVar("T")


class Fine:
    """Be a process that is well."""

    def alive(self) -> str | None:
        return None

    def ready(self) -> str | None:
        return None

    def waits(self) -> str | None:
        return None


class MemoryEdge(WhatIsTold):
    """Stand between an application and the commit page."""

    def __init__(
        self,
        declare: Callable[[Any], Service],
        router: Callable[[Any], APIRouter] | None = None,
        clock: SetClock | None = None,
        keys: MemoryKeys | None = None,
        **settings: Any,
    ) -> None:
        self.clock = clock or SetClock(NINE)
        self.keys = keys or MemoryKeys()
        self.keyring = CustomerKeyring(self.keys, bytes(32), lambda: self.clock.now().timestamp())
        self.store = MemoryStore()
        self.settings = SimpleNamespace(
            api_keys_file=None,
            storefront_keys={
                "pec.it": hashlib.sha256(b"sf_1").hexdigest(),
                "other.it": hashlib.sha256(b"sf_2").hexdigest(),
            },
            operator_keys={"anna": hashlib.sha256(b"op_1").hexdigest()},
            trusted_proxies=[],
            http_rate_per_second=1000.0,
            http_rate_burst=1000,
            **settings,
        )
        self.is_durable = True
        self.is_behind = False
        """Something waits on intake."""
        self.service = declare(self)
        self._router = router

    async def receives(self, *events: Event) -> None:
        """Take a neighbour's events."""
        for event in events:
            await self.commit(Incoming(event.EVENT_TYPE, self.name_of(event), event.customer_id, event))

    def name_of(self, event: Event) -> UUID:
        """Name an event by its content."""
        return uuid5(INPUTS, event.model_dump_json())

    def journal(self) -> list[Event]:
        return [row.recorded.event for row in self.store.contents.journal]

    def table(self, name: str) -> list[Any]:
        return list(self.store.contents.rows.get(name, {}).values())

    def due(self) -> list[Deadline]:
        """Return the deadlines that are due, the oldest first."""
        now = self.clock.now()
        due = [row for row in self.table("deadlines") if row.due_at <= now]
        return sorted(due, key=lambda row: (row.due_at, row.kind, row.key))

    async def fire(self) -> list[Event]:
        """Let what is due act, as the runtime polls it."""
        due = [deadline_input(self.service.name, each) for each in self.due()]
        return [recorded.event for result in await self.take(*due) for recorded in result.recorded] if due else []

    def client(self) -> httpx.AsyncClient:
        name = self.service.name
        assert self._router is not None
        app = create_app(name, self, self._router(self), Fine())
        return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=f"http://{name}")

    async def take(self, *batch: Incoming) -> list[Result]:
        """Prepare and commit a batch, as the committer does."""
        ready = [await self._prepared(incoming) for incoming in batch]
        return await commit(self.service, self.store, ready, dict(self.store.contents.positions), self.clock)

    async def submit(self, command: Command, traceparent: str | None = None) -> Submitted:
        return await self.commit(dataclasses.replace(Incoming.of(command), is_caught_up=not self.is_behind))

    async def rehearse(self, *commands: Command) -> list[Submitted]:
        rehearsal = Rehearsal(self.service, self.store.another, self.clock)
        return await rehearsal.submit(commands, is_caught_up=not self.is_behind)

    async def commit(self, incoming: Incoming) -> Submitted:
        (result,) = await self.take(incoming)
        if result.error is not None:
            raise result.error
        if result.outcome == CATCHING_UP:
            raise CatchingUp
        if result.fault is not None and result.outcome is None:
            raise AccountParked(result.fault.detail)
        assert result.outcome is not None, result
        return Submitted(result.outcome, result.recorded, incoming.customer_id)

    async def is_caught_up(self) -> bool:
        return not self.is_behind

    async def durable(self, submitted: Submitted, seconds: float | None = None) -> bool:
        return self.is_durable

    async def row(self, projection: Projection, key: Key) -> Any | None:
        return self.store.contents.rows.get(projection.table, {}).get(tuple(key))

    async def rows(
        self,
        projection: Projection,
        where: Mapping[str, Any],
        order_by: Sequence[str] = (),
        *,
        after: Sequence[Any] | None = None,
        limit: int | None = None,
    ) -> list[Any]:
        allowed = {name: value if isinstance(value, list) else [value] for name, value in where.items()}
        kept = self.table(projection.table)
        found = [row for row in kept if all(getattr(row, name) in values for name, values in allowed.items())]
        found.sort(key=lambda row: _rank(getattr(row, name) for name in order_by))
        if after is not None:
            found = [row for row in found if _rank(getattr(row, name) for name in order_by) > _rank(after)]
        return found[:limit]

    async def own_events(self, customer_id: str, event_type: str) -> list[Event]:
        own = (row.recorded for row in self.store.contents.journal if row.type == event_type)
        return [recorded.event for recorded in own if recorded.customer_id == customer_id]

    async def _prepared(self, incoming: Incoming) -> Incoming:
        entry = self.service.by_type.get(incoming.type)
        if incoming.fault is not None or incoming.ignored or entry is None or entry.prepare is None:
            return incoming
        return await entry.prepare(incoming)

    async def state(self, customer_id: str) -> Any | None:
        _, state = self.store.contents.states.get(customer_id, (0, None))
        return None if state is None else decode_state(state, self.service.state)


def _rank(values: Iterable[Any]) -> list[tuple[bool, Any]]:
    """Order as PostgreSQL does: null last."""
    return [(value is None, value) for value in values]


class Story:
    """Given what happened, when an input comes, then what happens: account c-1; the clock stands where it is set.

    After each step the journal, read back from its bytes, must fold to what is kept.
    """

    SERVICE: ClassVar[Service]

    def __init__(self, now: datetime = NINE) -> None:
        inputs = [dataclasses.replace(entry, prepare=None) for entry in self.SERVICE.inputs]
        begun = (*inputs, Input(GIVEN, lambda event, *_: Decided([event])))
        self.edge = MemoryEdge(lambda _: dataclasses.replace(self.SERVICE, inputs=begun), clock=SetClock(now))
        self._inputs = 0

    @property
    def now(self) -> datetime:
        return self.edge.clock.instant

    @now.setter
    def now(self, instant: datetime) -> None:
        self.edge.clock.instant = instant

    @property
    def state(self) -> Any:
        return at_once(self.edge.state("c-1")) or self.edge.service.initial()

    def at(self, moment: str) -> Self:
        self.now = datetime.fromisoformat(moment).astimezone(UTC)
        return self

    def given(self, *events: Event) -> Self:
        for event in events:
            self._take(event, GIVEN)
        return self

    def outcome(self, data: Any, input_type: str | None = None) -> Outcome:
        outcome = self._take(data, input_type or data.EVENT_TYPE).outcome
        assert outcome is not None
        return outcome

    def when(self, data: Any, input_type: str | None = None) -> list[Event]:
        outcome = self.outcome(data, input_type)
        assert isinstance(outcome, Decided), outcome
        return list(outcome.events)

    def due(self) -> list[Deadline]:
        return self.edge.due()

    def fire(self) -> list[Event]:
        return at_once(self.edge.fire())

    def table(self, name: str) -> list[Any]:
        return self.edge.table(name)

    def prepared(self, data: Any) -> Any:
        """Make of an input what the edge would."""
        return data

    def _take(self, data: Any, input_type: str) -> Result:
        # Each time an input of its own: what the service itself makes of the same told twice is what a story asks.
        self._inputs += 1
        identity = uuid5(INPUTS, str(self._inputs))
        ready = data if input_type == GIVEN else self.prepared(data)
        customer_id = getattr(data, "customer_id", "c-1")
        (result,) = at_once(self.edge.take(Incoming(input_type, identity, customer_id, ready)))
        if result.error is not None:
            raise result.error
        self._folds_again()
        return result

    def _folds_again(self) -> None:
        contents = self.edge.store.contents
        folded = fold_values(self.edge.service, [row.recorded.value for row in contents.journal])
        assert folded.faults == []
        assert folded.states == contents.states
        assert folded.rows == {**no_rows(self.edge.service), **contents.rows}


def at_once(work: Coroutine[Any, Any, T]) -> T:
    """Run what never waits. Raises RuntimeError where it does."""
    try:
        work.send(None)
    except StopIteration as ended:
        result: T = ended.value
        return result
    work.close()
    raise RuntimeError("what a story tells must not wait")
