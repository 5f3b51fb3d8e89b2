"""R43: a base renews by itself, is collected by its storefront, and a renewal that nobody paid is told of."""

from typing import Any

from rehearsal.play.buyers import Buyer
from rehearsal.play.carts import DOCUMENTS, E_INVOICING, Body
from rehearsal.play.patience import eventually
from rehearsal.play.stage import Stage

BOUGHT = "2026-01-15T09:00:00+00:00"
DUE = "2027-01-08T08:00:01+00:00"


async def renewing(stage: Stage) -> Buyer:
    """Return an owner of both until 2027-01-15 who lets them renew by themselves, on the day of that."""
    buyer = await stage.owner(BOUGHT, E_INVOICING, DOCUMENTS)
    shop = stage.front.shop
    (chosen,) = await shop.choose_automatic_renewal(buyer.customer_id, E_INVOICING, enabled=True, add_ons=[DOCUMENTS])
    assert chosen.enabled
    await stage.at(DUE)
    return buyer


class TestWhenARenewalIsDue:
    async def test_its_order_is_placed_asked_for_paid_and_moves_both_by_a_year(self, stage: Stage) -> None:
        buyer = await renewing(stage)
        order = await eventually(lambda: _automatic(stage, buyer), "the order that places itself")
        assert [(line["product"], line["action"]) for line in order["lines"]] == [
            (E_INVOICING, "RENEW"),
            (DOCUMENTS, "RENEW"),
        ]
        assert (order["total_cents"], order["payable_until"]) == (6100, "2027-04-15")
        asked = await stage.event(buyer, "orders.events", "PaymentRequested")
        assert asked.data == {
            "customer_id": buyer.customer_id,
            "order_id": order["order_id"],
            "amount_cents": 6100,
            "payable_until": "2027-04-15",
        }
        await stage.pay(order, 6100)
        await stage.order_is(order["order_id"], "ACTIVATED")
        assert await stage.expiries(buyer) == {E_INVOICING: "2028-01-15", DOCUMENTS: "2028-01-15"}

    async def test_unpaid_at_the_expiry_that_is_told_and_it_can_be_paid_in_the_grace(self, stage: Stage) -> None:
        buyer = await renewing(stage)
        order = await eventually(lambda: _automatic(stage, buyer), "the order that places itself")
        await stage.at("2027-01-15T23:00:01+00:00")
        failed = await stage.event(buyer, "orders.events", "AutomaticRenewalFailed")
        assert (failed.data["order_id"], failed.data["product"]) == (order["order_id"], E_INVOICING)
        await stage.at("2027-03-01T09:00:00+00:00")
        await stage.pay(order, 6100)
        await stage.order_is(order["order_id"], "ACTIVATED")
        assert await stage.expiries(buyer) == {E_INVOICING: "2028-01-15", DOCUMENTS: "2028-01-15"}


async def _automatic(stage: Stage, buyer: Buyer) -> Body | None:
    """Find the order of channel AUTOMATIC, once it has its price."""
    orders: list[dict[str, Any]] = (await stage.front.orders_of(buyer.customer_id)).body["orders"]
    found = [each for each in orders if each["channel"] == "AUTOMATIC" and each["status"] == "AWAITING_PAYMENT"]
    return found[0] if found else None
