"""How do provisioning's adapters run without a stack? On the commit page with tables and keys in memory."""

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid5

import httpx
from nacl.public import PrivateKey, SealedBox
from pydantic import SecretStr

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
from schemas.vocabulary import Product
from services.provisioning.adapters.api import router
from services.provisioning.declaration import declare
from services.provisioning.domain.model import Account
from tests.unit.provisioning.builders import first_purchase, instant

INPUTS = UUID("2f9a3f0e-2f43-5d10-8a55-3a8d6a7b7f10")
OPERATOR = {"Authorization": "Bearer op_1"}
STOREFRONT = {"Authorization": "Bearer sf_1"}
NOTIFICATIONS = PrivateKey(bytes(range(32)))


class Fine:
    def alive(self) -> str | None:
        return None

    def ready(self) -> str | None:
        return None


class MemoryEdge:
    """Stand between the application and the commit page."""

    def __init__(self) -> None:
        self.clock = SetClock(instant("2026-01-15T09:00:00Z"))
        self.keys = MemoryKeys()
        self.keyring = CustomerKeyring(self.keys, bytes(32))
        self.store = MemoryStore()
        self.settings = SimpleNamespace(
            storefront_keys={"pec.it": hashlib.sha256(b"sf_1").hexdigest()},
            operator_keys={"anna": hashlib.sha256(b"op_1").hexdigest()},
            http_rate_per_second=1000.0,
            http_rate_burst=1000,
            lookup_key=SecretStr("00" * 32),
            handover_public_key=bytes(NOTIFICATIONS.public_key).hex(),
            username_prefix="U",
        )
        self.service = declare(self)  # type: ignore[arg-type]

    async def told(self, *events: Event) -> None:
        for event in events:
            name = uuid5(INPUTS, event.model_dump_json())
            await self.submit(Incoming(event.EVENT_TYPE, name, event.customer_id, event))

    async def buys(self, *products: Product) -> dict[str, str]:
        """Buy as c-1, who is told the credentials by the mail that notifications would send."""
        personal = {"name": "Rossi Srl", "email": "a@rossi.example", "vat_number": "12345670017", "tax_code": None}
        sealed = await self.keyring.seal("c-1", "o-1", personal)
        await self.told(first_purchase("2026-01-15", *products, personal=sealed))
        return self.mailed()

    def mailed(self) -> dict[str, str]:
        """Open the last sealed secret, as notifications can."""
        event = self.store.contents.handovers[-1].event
        opened: dict[str, str] = json.loads(SealedBox(NOTIFICATIONS).decrypt(base64.b64decode(event.box)))
        return opened

    def journal(self) -> list[Event]:
        return [row.recorded.event for row in self.store.contents.journal]

    def client(self) -> httpx.AsyncClient:
        app = create_app("provisioning", self, router(self), Fine())  # type: ignore[arg-type]
        return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://provisioning")

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

    async def state(self, customer_id: str) -> Account | None:
        _, state = self.store.contents.states.get(customer_id, (0, None))
        return None if state is None else decode_state(state, Account)
