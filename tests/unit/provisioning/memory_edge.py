"""How do provisioning's adapters run without a stack?"""

import base64
import json

from nacl.public import PrivateKey, SealedBox
from pydantic import SecretStr

from services.provisioning.adapters.api import router
from services.provisioning.declaration import declare
from tests.unit import memory_edge
from tests.unit.memory_edge import INPUTS, OPERATOR, STOREFRONT
from tests.unit.provisioning.builders import first_purchase

NOTIFICATIONS = PrivateKey(bytes(range(32)))


class MemoryEdge(memory_edge.MemoryEdge):
    """Stand between provisioning and the commit page."""

    def __init__(self) -> None:
        super().__init__(
            declare,
            router,
            lookup_key=SecretStr("00" * 32),
            handover_public_key=bytes(NOTIFICATIONS.public_key).hex(),
            username_prefix="U",
        )

    async def buys(self, *products: str) -> dict[str, str]:
        """Buy as c-1, who is told the credentials by the mail that notifications would send."""
        personal = {"name": "Rossi Srl", "email": "a@rossi.example", "vat_number": "12345670017", "tax_code": None}
        sealed = await self.keyring.seal("c-1", "o-1", personal)
        await self.receives(first_purchase("2026-01-15", *products, personal=sealed))
        return self.mailed()

    def mailed(self) -> dict[str, str]:
        """Open the last sealed secret, as notifications can."""
        event = self.store.contents.handovers[-1].event
        opened: dict[str, str] = json.loads(SealedBox(NOTIFICATIONS).decrypt(base64.b64decode(event.box)))
        return opened


__all__ = ["INPUTS", "NOTIFICATIONS", "OPERATOR", "STOREFRONT", "MemoryEdge"]
