"""Given what happened, when an input comes, then what happens: notifications' declaration, in memory."""

from typing import Any, Self
from uuid import NAMESPACE_URL, UUID, uuid5

from publishing.mail_examples import PROVIDER, SECRET
from runtime.service import Deadline, KeptSecret
from schemas.envelope import Event
from schemas.notifications import EmailFailed, EmailRequested
from schemas.vocabulary import Locale
from services.notifications.adapters.letters import render
from services.notifications.declaration import Inbound, declare
from tests.unit.memory_edge import Story

NOTIFICATIONS = declare()


def event_id(event: Event) -> UUID:
    return uuid5(NAMESPACE_URL, event.model_dump_json())


class Notifications(Story):
    """One account, its rows and the secrets in hand."""

    SERVICE = NOTIFICATIONS

    @property
    def happened(self) -> list[Event]:
        return self.edge.journal()

    @property
    def secrets(self) -> dict[str, KeptSecret]:
        return {kept.credential_id: kept for kept in self.edge.store.contents.secrets}

    def prepared(self, data: Any) -> Any:
        """Let a reaction see an id of the event it reacts to: the same for the same content."""
        return Inbound(str(event_id(data)), data) if isinstance(data, Event) else data

    def hear(self, *inputs: Event) -> Self:
        for data in inputs:
            self.when(data)
        return self

    def mails(self) -> list[EmailRequested]:
        """Return the mails asked for; each of them can be written from its facts, in every language."""
        asked = [event for event in self.happened if isinstance(event, EmailRequested)]
        for mail in asked:
            for locale in Locale:
                render(mail.template, locale, PROVIDER, {**mail.facts.model_dump(), **SECRET, "name": ""})
        return asked

    def templates(self) -> list[str]:
        return [str(mail.template) for mail in self.mails()]

    def failures(self) -> list[EmailFailed]:
        return [event for event in self.happened if isinstance(event, EmailFailed)]

    def deadlines(self) -> list[Deadline]:
        return self.table("deadlines")
