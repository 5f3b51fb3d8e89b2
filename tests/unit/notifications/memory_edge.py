"""How do notifications' adapters run without a stack? On the commit page with tables and keys in memory."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import httpx

from runtime.clock import SetClock
from runtime.codec import decode_state
from runtime.commit import commit
from runtime.edge import Submitted
from runtime.keyring import CustomerKeyring, MemoryKeys
from runtime.memory import MemoryStore
from runtime.projection import Key, Projection
from runtime.service import Incoming
from runtime.web import create_app
from schemas.envelope import Event
from services.notifications.adapters.api import router
from services.notifications.declaration import declare
from services.notifications.domain.model import Correspondence
from tests.unit.notifications.spec import event_id


class Fine:
    def alive(self) -> str | None:
        return None

    def ready(self) -> str | None:
        return None


class MemoryEdge:
    """Stand between the application and the commit page."""

    def __init__(self) -> None:
        self.clock = SetClock(datetime(2026, 1, 15, 9, tzinfo=UTC))
        self.keys = MemoryKeys()
        self.keyring = CustomerKeyring(self.keys, bytes(32))
        self.store = MemoryStore()
        self.settings = SimpleNamespace(
            storefront_keys={"pec.it": hashlib.sha256(b"sf_1").hexdigest()},
            operator_keys={"anna": hashlib.sha256(b"op_1").hexdigest()},
            http_rate_per_second=1000.0,
            http_rate_burst=1000,
            mail_from="Servizio <servizio@mail.example>",
        )
        self.service = declare(self)  # type: ignore[arg-type]

    async def told(self, *events: Event) -> None:
        for event in events:
            await self.submit(Incoming(event.EVENT_TYPE, event_id(event), event.customer_id, event))

    def journal(self) -> list[Event]:
        return [row.recorded.event for row in self.store.contents.journal]

    def client(self) -> httpx.AsyncClient:
        app = create_app("notifications", self, router(self), Fine())  # type: ignore[arg-type]
        return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://notifications")

    async def submit(self, incoming: Incoming) -> Submitted:
        prepare = self.service.by_type[incoming.type].prepare
        ready = await prepare(incoming) if prepare else incoming
        (result,) = await commit(self.service, self.store, [ready], {}, self.clock)
        assert result.outcome is not None, result
        return Submitted(result.outcome, result.recorded)

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

    async def state(self, customer_id: str) -> Correspondence | None:
        _, state = self.store.contents.states.get(customer_id, (0, None))
        return None if state is None else decode_state(state, Correspondence)
