"""Given what happened, when an input comes, then what happens: notifications' declaration, folded in memory."""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from runtime.service import Deadline, Decided, Incoming, KeptSecret, Known, Outcome
from runtime.wire.codec import decode_state, encode_state
from schemas.envelope import Event
from schemas.notifications import EmailFailed, EmailRequested
from services.notifications.declaration import declare

NOTIFICATIONS = declare()


def event_id(event: Event) -> UUID:
    return uuid5(NAMESPACE_URL, event.model_dump_json())


@dataclass
class Notifications:
    """One account, its rows and the secrets in hand."""

    now: datetime = datetime(2026, 1, 15, 9, tzinfo=UTC)
    state: Any = field(default_factory=NOTIFICATIONS.initial)
    rows: dict[Any, Any] = field(default_factory=dict)
    happened: list[Event] = field(default_factory=list)
    secrets: dict[str, KeptSecret] = field(default_factory=dict)

    def outcome(self, data: Any, input_type: str | None = None) -> Outcome:
        entry = NOTIFICATIONS.by_type[input_type or data.EVENT_TYPE]
        if entry.prepare is not None:
            incoming = Incoming(entry.type, event_id(data), data.customer_id, data)
            data = asyncio.run(entry.prepare(incoming)).data  # type: ignore[arg-type]
        rows = {place: self.rows.get(place) for place in entry.rows(data)}
        return entry.handle(data, self.state, Known(self.now, {}, rows))

    def when(self, data: Any, input_type: str | None = None) -> list[Event]:
        outcome = self.outcome(data, input_type)
        assert isinstance(outcome, Decided), outcome
        for event in outcome.events:
            self._fold(event)
        self.secrets.update({kept.credential_id: kept for kept in outcome.keeps})
        for credential_id in outcome.forgets:
            self.secrets.pop(credential_id, None)
        return list(outcome.events)

    def hear(self, *inputs: Event) -> "Notifications":
        for data in inputs:
            self.when(data)
        return self

    def mails(self) -> list[EmailRequested]:
        return [event for event in self.happened if isinstance(event, EmailRequested)]

    def templates(self) -> list[str]:
        return [str(mail.template) for mail in self.mails()]

    def failures(self) -> list[EmailFailed]:
        return [event for event in self.happened if isinstance(event, EmailFailed)]

    def table(self, name: str) -> list[Any]:
        return [row for (table, _), row in self.rows.items() if table == name]

    def deadlines(self) -> list[Deadline]:
        return self.table("deadlines")

    def _fold(self, event: Event) -> None:
        # Through bytes and back: what a rebuild reads is what is folded here.
        self.happened.append(event)
        read = type(event).model_validate_json(event.model_dump_json())
        live = NOTIFICATIONS.evolve(self.state, event)
        assert encode_state(live) == encode_state(NOTIFICATIONS.evolve(self.state, read))
        self.state = decode_state(encode_state(live), NOTIFICATIONS.state)
        for projection in NOTIFICATIONS.projections:
            for key in projection.keys_of(read):
                place = (projection.table, tuple(key))
                row = projection.evolve(self.rows.get(place), read, key)
                if row is None:
                    self.rows.pop(place, None)
                else:
                    self.rows[place] = decode_state(encode_state(row), projection.row)
