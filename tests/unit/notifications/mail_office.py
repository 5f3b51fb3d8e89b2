"""A post office: a real mail server that answers as it is told to, and a postman who brings it mails."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from aiosmtpd.smtp import SMTP, Envelope, Session
from nacl.public import PrivateKey, SealedBox

from publishing.mail_examples import PROVIDER
from runtime.clock import SetClock
from runtime.effect import Effect, Retry, Taken, Verdict
from runtime.errors import KeyErased
from schemas.mail import MailFacts
from schemas.notifications import EmailRequested
from schemas.personal import SealedBlock
from schemas.vocabulary import Locale, TemplateName
from services.notifications.adapters.smtp import Postman
from services.notifications.adapters.vault import Vault
from services.notifications.domain.texts import ACTIVATION_CREDENTIALS
from services.notifications.settings import MailSettings
from tests.unit.notifications.builders import E_INVOICING, EXPIRES_AT, NEXT_YEAR, SEALED

PRIVATE = "11" * 32
EFFECT_ID = UUID("22222222-2222-5222-8222-222222222222")


def box(credential_id: str = "cr-1", private: str = PRIVATE) -> bytes:
    secret = {
        "credential_id": credential_id,
        "username": "U12345670017",
        "password": "canary-Password-42",
        "expires_at": "2026-01-18T10:00:00.000000Z",
    }
    return SealedBox(PrivateKey(bytes.fromhex(private)).public_key).encrypt(json.dumps(secret).encode())


def requested(template: TemplateName = ACTIVATION_CREDENTIALS, **changes: Any) -> Effect:
    facts = MailFacts(order_id="o-1", expiries={E_INVOICING: NEXT_YEAR}, valid_until=EXPIRES_AT)
    mail = EmailRequested(
        customer_id="c-1",
        order_id="o-1",
        email_id="e-1",
        email_key="k",
        template=template,
        locale=Locale.IT,
        message_id="<e-1@coterm.example>",
        recipient=SEALED,
        facts=facts,
        credential_id="cr-1",
        requested_at=datetime(2026, 1, 15, 9, tzinfo=UTC),
    ).model_copy(update=changes)
    return Effect(EFFECT_ID, "email", "c-1", EFFECT_ID, mail.model_dump(mode="json"))


@dataclass
class Server:
    """A mail server that answers as it is told to."""

    at_rcpt: str = "250 OK"
    at_data: str = "250 OK"
    drops_at_data: bool = False
    received: list[Envelope] = field(default_factory=list)
    connections: list[SMTP] = field(default_factory=list)
    said_goodbye: asyncio.Event = field(default_factory=asyncio.Event)
    port: int = 0

    def connection(self) -> SMTP:
        self.connections.append(SMTP(self, loop=asyncio.get_running_loop(), hostname="mx.example"))
        return self.connections[-1]

    async def handle_RCPT(self, server: SMTP, _: Session, envelope: Envelope, address: str, __: list[str]) -> str:
        envelope.rcpt_tos.append(address)
        return self.at_rcpt

    async def handle_QUIT(self, server: SMTP, _: Session, __: Envelope) -> str:
        self.said_goodbye.set()
        return "221 Bye"

    async def handle_DATA(self, server: SMTP, _: Session, envelope: Envelope) -> str:
        if self.drops_at_data:
            server.transport.abort()
            await asyncio.sleep(0)
        if self.at_data.startswith("250"):
            self.received.append(envelope)
        return self.at_data


@dataclass
class Keys:
    person: dict[str, Any] = field(default_factory=lambda: {"name": "Rossi Srl", "email": "a@rossi.example"})
    erased: bool = False

    async def open(self, customer_id: str, sealed: SealedBlock) -> dict[str, Any]:
        if self.erased:
            raise KeyErased
        return self.person


@dataclass
class Outside:
    clock: SetClock = field(default_factory=lambda: SetClock(datetime(2026, 1, 15, 9, tzinfo=UTC)))
    keyring: Keys = field(default_factory=Keys)


@dataclass
class InHand:
    boxes: dict[str, bytes]

    async def secret(self, credential_id: str) -> bytes | None:
        return self.boxes.get(credential_id)


@dataclass
class Office:
    server: Server
    outside: Outside = field(default_factory=Outside)
    in_hand: InHand = field(default_factory=lambda: InHand({"cr-1": box()}))
    begins: bool = True
    begun: int = 0

    async def send(self, effect: Effect, **settings: Any) -> Verdict | Retry | Taken:
        postman = self.postman(replace(self.settings, **settings))
        try:
            return await postman.act(effect, self.no_return)
        finally:
            await postman.close()

    async def no_return(self) -> bool:
        self.begun += 1
        return self.begins

    @property
    def settings(self) -> MailSettings:
        sender = "Servizio <a@coterm.example>"
        return MailSettings(sender, PROVIDER, "127.0.0.1", self.server.port, "none", seconds=2.0)

    def postman(self, settings: MailSettings) -> Postman:
        return Postman(self.outside, self.in_hand, Vault([PRIVATE]), settings)  # type: ignore[arg-type]


@asynccontextmanager
async def opened() -> AsyncIterator[Office]:
    """Open an office whose server listens on a port of its own."""
    server = Server()
    listening = await asyncio.get_running_loop().create_server(server.connection, "127.0.0.1", 0)
    server.port = listening.sockets[0].getsockname()[1]
    yield Office(server)
    listening.close()
