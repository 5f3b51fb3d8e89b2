"""Given what happened, when an input comes, then what happens: provisioning's declaration, folded in memory."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from runtime.service import Deadline, Decided, Known, Outcome
from runtime.wire.codec import decode_state, encode_state
from schemas.envelope import Event
from services.provisioning.declaration import SERVICE
from tests.unit.provisioning.builders import instant


@dataclass
class Provisioning:
    """One account and its rows; the clock stands where the story says."""

    now: datetime = field(default_factory=lambda: instant("2026-01-15T09:00:00Z"))
    state: Any = field(default_factory=SERVICE.initial)
    rows: dict[Any, Any] = field(default_factory=dict)

    def at(self, moment: str) -> "Provisioning":
        self.now = instant(moment)
        return self

    def given(self, *events: Event) -> "Provisioning":
        for event in events:
            self.state = SERVICE.evolve(self.state, event)
            for projection in SERVICE.projections:
                for key in projection.keys_of(event):
                    self._keep(projection, tuple(key), event)
        self.state = decode_state(encode_state(self.state), SERVICE.state)
        return self

    def outcome(self, data: Any, input_type: str | None = None) -> Outcome:
        entry = SERVICE.by_type[input_type or data.EVENT_TYPE]
        rows = {place: self.rows.get(place) for place in entry.rows(data)}
        return entry.handle(data, self.state, Known(self.now, {}, rows))

    def when(self, data: Any, input_type: str | None = None) -> list[Event]:
        outcome = self.outcome(data, input_type)
        assert isinstance(outcome, Decided), outcome
        self.given(*outcome.events)
        return list(outcome.events)

    def due(self) -> list[Deadline]:
        return sorted((row for row in self.table("deadlines") if row.due_at <= self.now), key=lambda row: row.due_at)

    def fire(self) -> list[Event]:
        """Let every deadline that is due act, as the runtime polls them."""
        happened: list[Event] = []
        for deadline in self.due():
            outcome = self.outcome(deadline, f"provisioning.{deadline.kind}")
            if isinstance(outcome, Decided):
                self.given(*outcome.events)
                happened += outcome.events
        return happened

    def table(self, name: str) -> list[Any]:
        return [row for (table, _), row in self.rows.items() if table == name]

    def service(self, product: str) -> Any:
        return self.rows["services", ("c-1", product)]

    def _keep(self, projection: Any, key: Any, event: Event) -> None:
        place = (projection.table, key)
        row = projection.evolve(self.rows.get(place), event, key)
        if row is None:
            self.rows.pop(place, None)
        else:
            self.rows[place] = decode_state(encode_state(row), projection.row)


def names(events: list[Event]) -> str:
    return " ".join(type(event).__name__ for event in events)
