"""Given what happened, when an input comes, then what happens: notifications' declaration, in memory."""

from dataclasses import replace
from typing import Any, Self
from uuid import NAMESPACE_URL, UUID, uuid5

from publishing.mail_examples import PROVIDER, SECRET
from runtime.process.deadlines import deadline_input
from runtime.service import Deadline, Decided, Incoming, KeptSecret, Outcome
from schemas.envelope import Event
from schemas.notifications import EmailFailed, EmailRequested
from schemas.terms import ROME
from schemas.vocabulary import Locale
from services.notifications.adapters.letters import render
from services.notifications.declaration import Inbound, declare
from tests.unit.memory_edge import Story, at_once

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
        if isinstance(data, Deadline):
            return Inbound(str(deadline_input(NOTIFICATIONS.name, data).id), data)
        return Inbound(str(event_id(data)), data) if isinstance(data, Event) else data

    def outcome(self, data: Any, input_type: str | None = None) -> Outcome:
        kind = f"{NOTIFICATIONS.name}.{data.kind}" if isinstance(data, Deadline) else input_type
        return super().outcome(data, kind)

    def hear(self, *inputs: Event) -> Self:
        for data in inputs:
            self.when(data)
        return self

    def at(self, moment: str) -> Self:
        """Move the clock, and let everything act that is due by then: once each, as the runtime does."""
        super().at(moment)
        while due := self.due():
            results = at_once(self.edge.take(*(self._input(each) for each in due)))
            acted = [result for result in results if isinstance(result.outcome, Decided)]
            assert acted, f"applied before, it would be found due for ever: {due}"
            self._folds_again()
        return self

    def next_at(self) -> str | None:
        """Say when something is due next, by Rome's clocks."""
        due = min((each.due_at for each in self.deadlines()), default=None)
        return None if due is None else due.astimezone(ROME).isoformat()

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

    def deadlines(self, kind: str | None = None) -> list[Deadline]:
        return [each for each in self.table("deadlines") if kind in (None, each.kind)]

    def _input(self, deadline: Deadline) -> Incoming:
        incoming = deadline_input(NOTIFICATIONS.name, deadline)
        return replace(incoming, data=self.prepared(deadline))
