"""Are the rows that a commit does not read really of no matter to the events that replace them?"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from msgspec import Struct, structs

from runtime.clock import SetClock
from runtime.commit.memory import MemoryStore
from runtime.commit.page import commit
from runtime.ids import command_id
from runtime.projection import Key, Projection
from runtime.service import Decided, Incoming, Input, Service
from schemas.billing import InputNoted as NewNote
from schemas.envelope import Event
from schemas.orders import InputNoted as AddedNote
from schemas.topics import ORDERS_EVENTS, TYPES
from services.billing.declaration import declare as billing
from services.notifications.declaration import declare as notifications
from services.orders.declaration import declare as orders
from services.provisioning.declaration import declare as provisioning
from tests.unit.memory_edge import MemoryEdge

EXAMPLES = Path(__file__).parents[3] / "schemas/examples"


def _declared() -> Iterator[tuple[str, Projection]]:
    for declare in (orders, billing, provisioning, notifications):
        service: Service = MemoryEdge(declare).service
        for projection in service.projections:
            yield f"{service.name}.{projection.table}", projection


PROJECTIONS = dict(_declared())
EVENTS = [
    TYPES[event_type].model_validate(json.loads(path.read_text())["data"])
    for event_type in sorted(TYPES)
    if (path := EXAMPLES / f"{event_type}.json").exists()
]


def _rows(projection: Projection) -> list[Any]:
    """Make the row that each event makes alone."""
    found: list[Any] = []
    for event in _touching(projection, projection.touched_by):
        for key in projection.keys_of(event):
            row = projection.evolve(None, event, key)
            found += [row] if row is not None and row not in found else []
    return found


def _touching(projection: Projection, types: Any) -> list[Event]:
    return [each for each in EVENTS if isinstance(each, projection.touched_by) and isinstance(each, types)]


class TestAnEventThatReplacesARow:
    @pytest.mark.parametrize("name", [name for name, each in PROJECTIONS.items() if each.replaced_by != ()])
    def test_leaves_the_same_whatever_the_row_was(self, name: str) -> None:
        projection, compared = PROJECTIONS[name], 0
        for event in _touching(projection, projection.replaced_by):
            for key in projection.keys_of(event):
                alone = projection.evolve(None, event, key)
                for row in _rows(projection):
                    before = structs.replace(row, **dict(zip(projection.key, key, strict=True)))
                    assert projection.evolve(before, event, key) == alone, event.EVENT_TYPE
                    compared += 1
        assert compared, "no example was compared"


class Said(Struct, frozen=True):
    customer_id: str
    notes: str


def _said(row: Said | None, event: AddedNote | NewNote, key: Key) -> Said:
    before = row.notes if row is not None and isinstance(event, AddedNote) else ""
    return Said(event.customer_id, before + event.note)


SAYING = Service(
    name="orders",
    topic=ORDERS_EVENTS,
    fold_version=1,
    state=dict,
    initial=dict,
    evolve=lambda state, _: state,
    inputs=(Input("tests.say", lambda events, _, __: Decided(events)),),
    projections=(
        Projection("said", Said, ("customer_id",), lambda each: [(each.customer_id,)], _said, "", replaced_by=NewNote),
    ),
)


def _say(place: int, *notes: str) -> Incoming:
    kinds = {"+": AddedNote, "=": NewNote}
    events = [kinds[note[0]](customer_id="c-1", input_type="tests.say", note=note[1:]) for note in notes]
    return Incoming("tests.say", command_id("tests.say", str(place)), "c-1", events)


class TestInOneBatch:
    @pytest.mark.parametrize(
        ("notes", "left"),
        [
            (["+a", "=b"], "b"),
            (["+a", "=b", "+c"], "bc"),
            (["=b", "+c"], "bc"),
            (["=b", "=c"], "c"),
            (["+a", "+b"], "xab"),
        ],
    )
    async def test_what_waits_for_its_row_stays_in_order(self, notes: list[str], left: str) -> None:
        store, clock = MemoryStore(), SetClock(datetime(2026, 1, 15, 9, tzinfo=UTC))
        await commit(SAYING, store, [_say(0, "=x")], {}, clock)
        results = await commit(SAYING, store, [_say(1, *notes[:1]), _say(2, *notes[1:])], {}, clock)
        assert all(result.recorded for result in results)
        assert store.contents.rows["said"]["c-1",] == Said("c-1", left)
