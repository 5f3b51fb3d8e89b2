"""Where do the mails go when no server is there to take them? Composed as ever, into a mailbox in memory."""

from collections.abc import Callable
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any
from uuid import UUID

from nacl.public import PrivateKey

from operations.mails.mail import Mail
from publishing.mail_examples import PROVIDER
from runtime.commit.changes import JournalRow
from runtime.effect import Effect, Verdict
from runtime.ids import effect_id
from runtime.service import Fate
from runtime.wire.codec import encode_state
from schemas.notifications import EmailRequested
from schemas.vocabulary import EmailFailure
from services.notifications.adapters.smtp import Postman
from services.notifications.adapters.vault import Vault
from services.notifications.settings import MailSettings
from tests.unit.memory_edge import MemoryEdge

HANDOVER_KEY = PrivateKey(bytes(range(32)))
SETTINGS = MailSettings("Servizio <servizio@mail.example>", PROVIDER, "localhost", 25)


@dataclass
class Letter:
    """A requested mail, as the table of effects knows it."""

    effect: Effect
    state: str = "intended"

    @property
    def row(self) -> dict[str, Any]:
        return {
            "event_id": self.effect.event_id,
            "customer_id": self.effect.customer_id,
            "state": self.state,
            "payload": encode_state(self.effect.payload).decode(),
        }


class Secrets:
    """The sealed boxes in notifications' hands."""

    def __init__(self, edge: MemoryEdge) -> None:
        self._edge = edge

    async def secret(self, credential_id: str) -> bytes | None:
        kept = self._edge.store.contents.secrets
        return next((each.box for each in kept if each.credential_id == credential_id), None)


class Post(Postman):
    """Compose each mail as the service does; how the server answers is a function of the mail's number."""

    def __init__(self, edge: MemoryEdge, answers: Callable[[int], Fate]) -> None:
        super().__init__(edge, Secrets(edge), Vault([HANDOVER_KEY.encode().hex()]), SETTINGS)
        self._notifications = edge
        self._answers = answers
        self.letters: dict[UUID, Letter] = {}
        self.arrived: list[Mail] = []

    def note(self, rows: list[JournalRow]) -> None:
        """Write down what was published and asks for a mail."""
        for row in rows:
            for intent in row.effects:
                identity = effect_id(row.recorded.event_id, intent.kind)
                recorded = row.recorded
                effect = Effect(identity, intent.kind, recorded.customer_id, recorded.event_id, dict(intent.payload))
                self.letters[identity] = Letter(effect)

    def waiting(self) -> list[Letter]:
        return [letter for letter in self.letters.values() if letter.state == "intended"]

    async def deliver(self, letter: Letter) -> None:
        """Bring one mail to its end, and tell the service."""
        verdict = await self._verdict(letter)
        letter.state = str(verdict.fate)
        await self._notifications.submit(self.outcome(letter.effect, verdict))

    async def _verdict(self, letter: Letter) -> Verdict:
        mail = await self._mail(EmailRequested.model_validate(letter.effect.payload))
        if isinstance(mail, EmailFailure):
            return Verdict(Fate.FAILED, str(mail))
        fate = self._answers(len(self.letters))
        if fate is Fate.FAILED:
            return Verdict(fate, str(EmailFailure.REFUSED_BY_SERVER), 550)
        if fate is Fate.SENT:
            self.arrived.append(Mail(message_from_bytes(mail.content, EmailMessage, policy=default)))
        return Verdict(fate)
