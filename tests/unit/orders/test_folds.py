"""Is what orders keep the fold of its own events, and of nothing else?"""

from collections.abc import Callable
from datetime import date
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from runtime.wire.codec import decode_attributes, decode_event, decode_state, encode_state
from runtime.wire.fingerprint import fingerprint_of
from schemas import provisioning
from schemas.vocabulary import ExpiryReason, HoldReason
from services.orders.declaration import declare
from services.orders.domain.model import State
from tests.unit.orders.builders import (
    BASE,
    DOCUMENTS,
    activated,
    cancellation,
    documents_activated,
    order,
    owner,
    payment,
    priced,
    settled,
)
from tests.unit.orders.spec import Desk


def replayed(desk: Desk) -> tuple[dict[str, State], dict[str, dict[Any, Any]]]:
    """Fold the journal's bytes anew, without an edge."""
    service = declare()
    states: dict[str, State] = {}
    rows: dict[str, dict[Any, Any]] = {projection.table: {} for projection in service.projections}
    for entry in desk.store.contents.journal:
        event = decode_event(decode_attributes(entry.recorded.value))
        states[event.customer_id] = service.evolve(states.get(event.customer_id, State()), event)
        for projection in service.touched[type(event)]:
            for key in projection.keys_of(event):
                kept = rows[projection.table]
                row = projection.evolve(kept.pop(tuple(key), None), event, key)
                if row is not None:
                    kept[tuple(key)] = row
    return states, rows


def assert_replays(desk: Desk) -> None:
    states, rows = replayed(desk)
    kept = desk.store.contents
    assert {who: decode_state(raw, State) for who, (_, raw) in kept.states.items()} == states
    assert {table: encode_state(found) for table, found in _text(kept.rows).items()} == {
        table: encode_state(found) for table, found in _text(rows).items()
    }
    last = {entry.recorded.customer_id: entry.recorded.value for entry in kept.journal}
    for who, value in last.items():
        assert decode_attributes(value).statefp == fingerprint_of(declare().fold_version, encode_state(states[who]))


def _text(tables: dict[str, dict[Any, Any]]) -> dict[str, dict[str, Any]]:
    return {
        table: {"\n".join(map(str, key)): row for key, row in rows.items()} for table, rows in tables.items() if rows
    }


class TestAReplay:
    async def test_gives_the_same_after_a_whole_story(self) -> None:
        desk = await settled()
        moved = provisioning.ExpiryAligned(
            customer_id="c-1",
            order_id="o-1",
            product=BASE,
            previous_expiry=date(2026, 6, 30),
            new_expiry=date(2027, 1, 15),
            anchor_on=date(2027, 1, 15),
            months=0,
            reason=ExpiryReason.EXTENSION,
        )
        for input_ in (documents_activated("2027-01-15", "o-1", "2027-01-15"), moved, activated(), payment(1, "p-2")):
            await desk.when(input_)
        state = await desk.state("c-1")
        assert state is not None
        assert {service.product: service.expires_on for service in state.services} == {
            BASE: date(2027, 1, 15),
            DOCUMENTS: date(2027, 1, 15),
        }
        assert state.orders == ()
        assert_replays(desk)

    async def test_of_a_service_that_came_back_from_grace(self) -> None:
        desk = await owner()
        await desk.when(
            provisioning.ServiceEnteredGrace(
                customer_id="c-1", product=BASE, expires_on=date(2026, 6, 30), grace_until=date(2026, 9, 28)
            )
        )
        await desk.when(documents_activated("2027-01-15", "o-1", "2027-01-15"))
        state = await desk.state("c-1")
        assert state is not None
        assert [(each.product, each.status) for each in state.services] == [(DOCUMENTS, "ACTIVE"), (BASE, "ACTIVE")]
        assert_replays(desk)


STEPS: dict[str, Callable[[], Any]] = {
    "order": lambda: order(DOCUMENTS),
    "second order": lambda: order(DOCUMENTS, order_id="o-2"),
    "first purchase": lambda: order(BASE, DOCUMENTS, order_id="o-3"),
    "price": priced,
    "second price": lambda: priced(order_id="o-2"),
    "pay": payment,
    "pay short": lambda: payment(1000, "p-2"),
    "pay the second": lambda: payment(5000, "p-3", order_id="o-2"),
    "contradict": lambda: payment(1, "p-1"),
    "cancel": cancellation,
    "activate": lambda: documents_activated("2027-01-15", "o-1", "2027-01-15"),
    "confirm": activated,
    "hold": lambda: provisioning.ActivationHeld(customer_id="c-1", order_id="o-1", reason=HoldReason.BASE_SHORTENED),
    "a month later": lambda: None,
}


class TestAnyStory:
    @settings(max_examples=60, deadline=None)
    @given(steps=st.lists(st.sampled_from(sorted(STEPS)), max_size=14))
    async def test_replays_and_loses_no_cent(self, steps: list[str]) -> None:
        desk = await owner()
        for step in steps:
            made = STEPS[step]()
            if made is None:
                desk.on("2026-02-15")
            else:
                await desk.take(desk.incoming(made))
        assert_replays(desk)
        assert desk.store.contents.parked == {}
        state = await desk.state("c-1")
        assert state is not None
        taken = sum(row.amount_cents for row in desk.table("payments") if row.status != "CONFLICTED")
        held = sum(each.amount_cents for each in state.held)
        surplus = sum(row.surplus_cents for row in desk.table("orders"))
        counted = sum(each.paid_cents for each in state.orders)
        spent = sum(row.total_cents for row in desk.table("orders") if row.status == "ACTIVATED")
        assert taken == held + surplus + counted + spent
