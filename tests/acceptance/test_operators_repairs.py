"""What if a service can't apply an event, or intake can't read a record? An operator sees it, and helps it go on."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from operations.surroundings import find
from operations.verify.gathering import drain
from rehearsal.play.buyers import Buyer
from rehearsal.play.carts import DOCUMENTS, E_INVOICING, cart
from rehearsal.play.patience import eventually
from rehearsal.play.stage import Stage
from tests.builders import ORDER_DAY
from tests.coterm import Coterm, Said


@pytest.fixture
def coterm(running: Path) -> Coterm:
    return Coterm(running / "endpoints.json")


@asynccontextmanager
async def unreadable_state(stage: Stage, coterm: Coterm, buyer: Buyer) -> AsyncIterator[None]:
    """Let billing fail on whatever comes for one account, for a while: its state is no state. First it is at rest."""
    assert await drain(find(coterm.endpoints), 60) == ""
    database = await asyncpg.connect(stage.endpoints.postgres["billing"]["owner"])
    change = "UPDATE live.accounts SET state = $2::text::json WHERE customer_id = $1"
    try:
        before = await database.fetchval(
            "SELECT state::text FROM live.accounts WHERE customer_id = $1", buyer.customer_id
        )
        await database.execute(change, buyer.customer_id, "[]")
        try:
            yield
        finally:
            await database.execute(change, buyer.customer_id, before)
    finally:
        await database.close()


async def parked_order(stage: Stage, coterm: Coterm, buyer: Buyer) -> str:
    """Order Documents, which billing can't price now; wait until it has parked the account."""
    order = cart(stage.names.order(), buyer, DOCUMENTS, channel="CUSTOMER_AREA")
    assert (await stage.front.submit(order)).status == 201

    async def is_parked() -> bool:
        listed = await coterm("parked", "list", "billing", "--json")
        return any(account["customer_id"] == buyer.customer_id for account in listed.json)

    await eventually(is_parked, f"{buyer.customer_id} to be parked")
    return str(order["order_id"])


class TestWhenAServiceCanNotApplyAnEvent:
    async def test_it_shows_everywhere_and_goes_on_once_the_cause_is_gone(self, stage: Stage, coterm: Coterm) -> None:
        buyer = await stage.owner(ORDER_DAY, E_INVOICING)
        async with unreadable_state(stage, coterm, buyer):
            order_id = await parked_order(stage, coterm, buyer)
            where = await coterm("where-is", order_id, "--json")
            assert where.json["waits"][0]["what"].startswith("billing, which has parked the account: orders.OrderPl")
            status = await coterm("status", "--json")
            assert status.code == 1
            assert f"account {buyer.customer_id} parked, 1 input: HANDLER_FAILED" in notices_of(status)
            stopped = await coterm("parked", "redrive", "billing", buyer.customer_id)
            assert (stopped.code, "would stop here" in stopped.out) == (1, True)

        rehearsed = await coterm("parked", "redrive", "billing", buyer.customer_id)
        assert rehearsed.code == 0
        assert "billing.OrderPriced.v1  version" in rehearsed.out
        assert rehearsed.out.endswith("nothing was changed: say --yes to do it\n")
        assert (await stage.front.order(order_id)).body["status"] == "AWAITING_PRICE"
        done = await coterm("parked", "redrive", "billing", buyer.customer_id, "--yes")
        assert (done.code, "applied" in done.out) == (0, True)
        await stage.order_is(order_id, "AWAITING_PAYMENT")

        async def waits_for_money_alone() -> bool:
            waits = (await coterm("where-is", order_id, "--json")).json["waits"]
            return [wait["what"].startswith("a payment of ") for wait in waits] == [True]

        await eventually(waits_for_money_alone, "the order to wait for a payment and nothing else")

    async def test_what_it_can_not_apply_is_discarded_and_the_reason_is_an_event(
        self, stage: Stage, coterm: Coterm
    ) -> None:
        buyer = await stage.owner(ORDER_DAY, E_INVOICING)
        async with unreadable_state(stage, coterm, buyer):
            order_id = await parked_order(stage, coterm, buyer)
        words = ("parked", "discard", "billing", buyer.customer_id, "--why", "priced by hand")
        assert (await coterm(*words)).code == 0
        shown = await coterm("parked", "show", "billing", buyer.customer_id)
        assert "orders.OrderPlaced.v1" in shown.out
        assert "[sealed]" in shown.out
        assert (await coterm(*words, "--yes")).code == 0
        assert (await coterm("parked", "show", "billing", buyer.customer_id)).code == 1
        discarded = await stage.event(buyer, "billing.events", "InputDiscarded")
        assert discarded.data["why"] == "priced by hand"
        assert (await stage.front.cancel(order_id)).body["status"] == "CANCELLED"


class TestWhenARecordCanNotBeTaken:
    async def test_it_is_shown_without_its_contents_and_discarded_with_a_reason(
        self, stage: Stage, coterm: Coterm
    ) -> None:
        place = await stage.publisher.send(b"anna@rossi.example", b'{"secret": "words of theirs"')

        async def kept() -> list[Any]:
            listed = await coterm("quarantine", "list", "--reason", "INVALID_JSON", "--json")
            return [row for row in listed.json if (row["partition"], row["offset"]) == place]

        (row,) = await eventually(kept, "the record in quarantine")
        number = str(row["id"])
        shut = await coterm("quarantine", "show", number)
        assert "words of theirs" not in shut.out
        assert "words of theirs" in (await coterm("quarantine", "show", number, "--open")).out
        again = await coterm("quarantine", "redrive", number, "--yes")
        assert (again.code, "INVALID_JSON" in again.out) == (1, True)
        done = await coterm("quarantine", "discard", number, "--why", "a test of theirs", "--yes")
        assert (done.code, "discarded" in done.out) == (0, True)
        gone = await coterm("quarantine", "show", number)
        assert (gone.code, gone.sentence) == (1, f"nothing stands in the quarantine of orders under {number}")


def notices_of(status: Said) -> list[str]:
    """Return what a status complains of."""
    return [notice["what"] for notice in status.json["notices"]]
