"""How do a service's adapters run without a stack? On the commit page, with tables and keys in memory."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid5

import httpx
from fastapi import APIRouter

from runtime.clock import SetClock
from runtime.command import Command
from runtime.commit.batch import Result
from runtime.commit.memory import MemoryStore
from runtime.commit.page import commit
from runtime.edge import AccountParked, Submitted
from runtime.privacy.keyring import CustomerKeyring, MemoryKeys
from runtime.projection import Key, Projection
from runtime.service import Incoming, Service
from runtime.web import create_app
from runtime.wire.codec import decode_state
from schemas.envelope import Event

OPERATOR = {"Authorization": "Bearer op_1"}
STOREFRONT = {"Authorization": "Bearer sf_1"}
OTHER_STOREFRONT = {"Authorization": "Bearer sf_2"}
INPUTS = UUID("2f9a3f0e-2f43-5d10-8a55-3a8d6a7b7f10")


class Fine:
    """Be a process that is well."""

    def alive(self) -> str | None:
        return None

    def ready(self) -> str | None:
        return None

    def waits(self) -> str | None:
        return None


class MemoryEdge:
    """Stand between an application and the commit page."""

    def __init__(
        self,
        declare: Callable[[Any], Service],
        router: Callable[[Any], APIRouter],
        clock: SetClock | None = None,
        keys: MemoryKeys | None = None,
        **settings: Any,
    ) -> None:
        self.clock = clock or SetClock(datetime(2026, 1, 15, 9, tzinfo=UTC))
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
        self.service = declare(self)
        self._router = router

    async def told(self, *events: Event) -> None:
        """Take a neighbour's events."""
        for event in events:
            await self.commit(Incoming(event.EVENT_TYPE, self.name_of(event), event.customer_id, event))

    def name_of(self, event: Event) -> UUID:
        """Name an event by its content."""
        return uuid5(INPUTS, event.model_dump_json())

    def journal(self) -> list[Event]:
        return [row.recorded.event for row in self.store.contents.journal]

    def client(self) -> httpx.AsyncClient:
        name = self.service.name
        app = create_app(name, self, self._router(self), Fine())  # type: ignore[arg-type]
        return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=f"http://{name}")

    async def take(self, batch: Sequence[Incoming]) -> list[Result]:
        """Prepare and commit a batch, as the committer does."""
        ready = [await self._prepared(incoming) for incoming in batch]
        return await commit(self.service, self.store, ready, dict(self.store.contents.positions), self.clock)

    async def submit(self, command: Command, traceparent: str | None = None) -> Submitted:
        return await self.commit(Incoming.of(command))

    async def commit(self, incoming: Incoming) -> Submitted:
        (result,) = await self.take([incoming])
        if result.error is not None:
            raise result.error
        if result.fault is not None and result.outcome is None:
            raise AccountParked(result.fault.detail)
        assert result.outcome is not None, result
        return Submitted(result.outcome, result.recorded, incoming.customer_id)

    async def is_caught_up(self) -> bool:
        return True

    async def durable(self, submitted: Submitted, seconds: float = 5.0) -> bool:
        return True

    async def row(self, projection: Projection, key: Key) -> Any | None:
        return self.store.contents.rows.get(projection.table, {}).get(key)

    async def rows(self, projection: Projection, where: Mapping[str, Any], order_by: Sequence[str] = ()) -> list[Any]:
        kept = self.store.contents.rows.get(projection.table, {}).values()
        found = [row for row in kept if all(getattr(row, name) == value for name, value in where.items())]
        return sorted(found, key=lambda row: [getattr(row, name) for name in order_by])

    async def own_events(self, customer_id: str, event_type: str) -> list[Event]:
        own = (row.recorded for row in self.store.contents.journal if row.type == event_type)
        return [recorded.event for recorded in own if recorded.customer_id == customer_id]

    async def _prepared(self, incoming: Incoming) -> Incoming:
        entry = self.service.by_type.get(incoming.type)
        is_done = incoming.fault is not None or incoming.ignored or entry is None or entry.prepare is None
        return incoming if is_done else await entry.prepare(incoming)

    async def state(self, customer_id: str) -> Any | None:
        _, state = self.store.contents.states.get(customer_id, (0, None))
        return None if state is None else decode_state(state, self.service.state)
