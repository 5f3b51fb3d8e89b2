"""What is left of a customer who was erased? What they bought, and nothing of who they are, live or rebuilt."""

import json
from pathlib import Path
from typing import Any

import pytest

from operations.rows import tables
from operations.sealed import opening
from operations.surroundings import find
from rehearsal.play.buyers import Buyer
from rehearsal.play.carts import E_INVOICING, cart
from rehearsal.play.patience import eventually
from rehearsal.play.stage import Stage
from runtime.privacy.showing import shown
from runtime.wire.codec import encode_state
from tests.builders import ORDER_DAY
from tests.coterm import Coterm

WHY = "Requested by the customer."
LATER = "2026-01-16T00:00:00Z"


@pytest.fixture
def coterm(running: Path) -> Coterm:
    return Coterm(running / "endpoints.json")


class TestWhenACustomerIsErased:
    async def test_what_is_open_stands_in_the_way_and_closed_first_live_and_rebuilt_show_erased(
        self, stage: Stage, coterm: Coterm, running: Path
    ) -> None:
        await stage.at(ORDER_DAY)
        buyer = stage.names.buyer()
        customer = buyer.customer_id
        order = await stage.place(cart(stage.names.order(), buyer, E_INVOICING))
        await stage.pay(order, 1000)
        await stage.order_is(order["order_id"], "PARTIALLY_PAID")
        await eventually(lambda: _is_known(running, customer, buyer.email), "the address")
        assert buyer.email in (await coterm("as-of", LATER, customer, "--open")).out

        rehearsed = await coterm("erase", customer, "--why", WHY)
        assert (rehearsed.code, "would be erased; orders, which stay: 1 PARTIALLY_PAID" in rehearsed.out) == (0, True)
        refused = await coterm("erase", customer, "--why", WHY, "--yes")
        named = f"order {order['order_id']} is PARTIALLY_PAID: close_first closes it (ERASURE_NOT_POSSIBLE)"
        assert (refused.code, named in refused.sentence) == (1, True)
        assert buyer.email in str(await _live(running, customer))

        for status in ("PARTIALLY_PAID", "CANCELLED"):
            done = await coterm("erase", customer, "--why", WHY, "--close-first", "--yes", "--json")
            assert done.json == {"done": True, "customer_id": customer, "orders": {status: 1}, "status": "ERASED"}
        event = await stage.event(buyer, "orders.events", "PersonalDataErased")
        assert event.data == {"customer_id": customer, "why": WHY}
        await stage.pay(order, 500)
        await eventually(lambda: _has_credit(stage, buyer, 1500), "all that was paid as credit")

        rebuilt = await coterm("as-of", LATER, customer, "--open")
        for text in (str(await _live(running, customer)), rebuilt.out):
            assert "[erased]" in text
            assert not any(word in text for word in (buyer.email, buyer.body["name"], buyer.body["vat_number"]))

        await stage.place(cart(stage.names.order(), buyer, E_INVOICING))
        assert [record.name for record in stage.log.of(customer, "orders.events")].count("PersonalDataErased") == 1
        await eventually(lambda: _is_known(running, customer, buyer.email), "the address that came back")

    async def test_a_living_service_stands_in_the_way(self, stage: Stage, coterm: Coterm, running: Path) -> None:
        buyer = await stage.owner(ORDER_DAY, E_INVOICING)
        refused = await coterm("erase", buyer.customer_id, "--why", WHY, "--close-first", "--yes")
        assert (refused.code, "E_INVOICING is ACTIVE until 2027-01-15" in refused.sentence) == (1, True)
        assert buyer.email in str(await _live(running, buyer.customer_id))

    async def test_of_a_stranger_nothing_is_held(self, coterm: Coterm) -> None:
        rehearsed = await coterm("erase", "c-nobody-knows", "--why", WHY)
        assert (rehearsed.code, rehearsed.sentence.startswith("orders has no order of c-nobody-knows")) == (1, True)
        unknown = await coterm("erase", "c-nobody-knows", "--why", WHY, "--yes")
        assert (unknown.code, "CUSTOMER_UNKNOWN" in unknown.sentence) == (1, True)


async def _live(running: Path, customer: str) -> list[Any]:
    """Read whom notifications writes to, opened as far as it can be."""
    where = find(running / "endpoints.json")
    async with tables(where, "notifications") as notifications, opening(where, opened=True) as show:
        rows = await notifications.rows("contacts", {"customer_id": customer})
        return [await shown(json.loads(encode_state(row)), customer, show) for row in rows]


async def _is_known(running: Path, customer: str, address: str) -> bool | None:
    return address in str(await _live(running, customer)) or None


async def _has_credit(stage: Stage, buyer: Buyer, cents: int) -> bool | None:
    return await stage.credit(buyer) == cents or None
