"""Given what happened, when an input comes, then what happens: billing's declaration, folded in memory."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from runtime.service import Decided, Known, Outcome
from runtime.wire.codec import decode_state, encode_state
from schemas.envelope import Event
from services.billing.declaration import declare

BILLING = declare()


@dataclass
class Billing:
    """One account and its rows."""

    now: datetime = datetime(2026, 1, 15, 9, tzinfo=UTC)
    state: Any = field(default_factory=BILLING.initial)
    rows: dict[Any, Any] = field(default_factory=dict)

    def given(self, *events: Event) -> "Billing":
        for event in events:
            self.state = BILLING.evolve(self.state, event)
            for projection in BILLING.projections:
                for key in projection.keys_of(event):
                    place = (projection.table, tuple(key))
                    row = projection.evolve(self.rows.get(place), event, key)
                    if row is None:
                        self.rows.pop(place, None)
                    else:
                        self.rows[place] = decode_state(encode_state(row), projection.row)
        self.state = decode_state(encode_state(self.state), BILLING.state)
        return self

    def outcome(self, data: Any, input_type: str | None = None) -> Outcome:
        entry = BILLING.by_type[input_type or data.EVENT_TYPE]
        rows = {place: self.rows.get(place) for place in entry.rows(data)}
        return entry.handle(data, self.state, Known(self.now, {}, rows))

    def when(self, data: Any, input_type: str | None = None) -> list[Event]:
        outcome = self.outcome(data, input_type)
        assert isinstance(outcome, Decided), outcome
        self.given(*outcome.events)
        return list(outcome.events)

    def table(self, name: str) -> list[Any]:
        return [row for (table, _), row in self.rows.items() if table == name]
