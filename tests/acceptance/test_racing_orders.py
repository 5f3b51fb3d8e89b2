"""Who wins where two race? For one tax identifier (R9); to activate an order and to close it (R29)."""

import asyncio
from functools import partial

import pytest

from rehearsal.play.buyers import Buyer
from rehearsal.play.carts import DOCUMENTS, E_INVOICING, Body, cart
from rehearsal.play.patience import eventually
from rehearsal.play.stage import Stage
from tests.builders import ORDER_DAY, owner_until_june
from tests.spec import happened


class TestWhenTwoCustomersOrderForOneTaxIdentifier:
    async def test_one_wins_and_the_other_is_refused(self, stage: Stage) -> None:
        await stage.at(ORDER_DAY)
        first = stage.names.buyer()
        second = stage.names.buyer().but(vat_number=first.body["vat_number"])
        carts = [cart(stage.names.order(), buyer, E_INVOICING, DOCUMENTS) for buyer in (first, second)]

        answers = await asyncio.gather(*(stage.front.submit(order) for order in carts))

        assert sorted(answer.status for answer in answers) == [201, 422]
        winner, loser = (first, second) if answers[0].status == 201 else (second, first)
        refusal = answers[0] if answers[0].status == 422 else answers[1]
        assert "BASE_ORDER_PENDING" in refusal.violations
        await happened(stage, winner, orders="OrderPlaced", billing="OrderPriced", mails="order-received")
        await happened(stage, loser, orders="OrderRefused")

    async def test_over_kafka_one_wins_too(self, stage: Stage) -> None:
        await stage.at(ORDER_DAY)
        first = stage.names.buyer()
        second = stage.names.buyer().but(vat_number=first.body["vat_number"])
        await asyncio.gather(
            *(
                stage.publish(
                    "storefront.OrderSubmitted.v1",
                    buyer.customer_id,
                    cart(stage.names.order(), buyer, E_INVOICING),
                )
                for buyer in (first, second)
            )
        )

        async def names() -> list[str] | None:
            records = [
                record
                for buyer in (first, second)
                for record in stage.log.of(buyer.customer_id, "orders.events")
                if record.name in {"OrderPlaced", "OrderRefused"}
            ]
            return sorted(record.name for record in records) if len(records) == 2 else None

        assert await eventually(names, "both to be decided") == ["OrderPlaced", "OrderRefused"]

    async def test_the_closed_order_gives_the_identifier_free(self, stage: Stage) -> None:
        await stage.at(ORDER_DAY)
        first = stage.names.buyer()
        second = stage.names.buyer().but(vat_number=first.body["vat_number"])
        won = await stage.place(cart(stage.names.order(), first, E_INVOICING))
        await stage.mail(first, "order-received")  # of an order that is closed by then it is not sent
        assert (await stage.front.submit(cart(stage.names.order(), second, E_INVOICING))).violations == [
            "BASE_ORDER_PENDING"
        ]
        assert (await stage.front.cancel(won["order_id"])).status == 200

        bought = await stage.buy(second, E_INVOICING)

        assert bought["status"] == "ACTIVATED"
        await happened(
            stage,
            first,
            orders="OrderPlaced OrderCancelled",
            billing="OrderPriced",
            mails="order-received order-closed",
        )


class TestWhenAnOperatorClosesAnOrderThatIsBeingActivated:
    """The payment, the closing and, in half of the races, the end of the base that is needed come at once."""

    @pytest.mark.parametrize("base_ends", [False, True])
    async def test_it_is_active_or_its_money_goes_back_and_never_both(self, stage: Stage, base_ends: bool) -> None:
        owners = [await owner_until_june(stage) for _ in range(4)]
        orders = [await stage.place(cart(stage.names.order(), owner, DOCUMENTS)) for owner in owners]
        ended = [_base_ended(stage, owner) for owner in owners] if base_ends else []
        await asyncio.gather(
            *(stage.pay(order, order["total_cents"]) for order in orders),
            *(_closed_as_soon_as_settled(stage, order["order_id"]) for order in orders),
            *ended,
        )
        for owner, order in zip(owners, orders, strict=True):
            status = (await stage.order_once(order["order_id"], _is_at_rest, "to be active or closed"))["status"]
            due = order["total_cents"] if status == "CANCELLED" else 0
            found = partial(_activated_and_owed, stage, owner, order["order_id"], (status == "ACTIVATED", due))
            await eventually(found, f"{order['order_id']}, {status}, to be active, or {due} cents to be owed")
            assert base_ends or status == "ACTIVATED"


async def _closed_as_soon_as_settled(stage: Stage, order_id: str) -> None:
    path, body = f"/v1/operator/orders/{order_id}/closure", {"why": "given up", "money": "TO_REFUND"}

    async def is_decided() -> bool:
        answer = await stage.front.orders_operator.ask("POST", path, body)
        return answer.status in (200, 202) or _is_at_rest((await stage.front.order(order_id)).body)

    await eventually(is_decided, f"{order_id} to be closed, or active")


async def _base_ended(stage: Stage, owner: Buyer) -> None:
    path = f"/v1/operator/customers/{owner.customer_id}/services/{E_INVOICING}/cancellation"
    assert (await stage.front.provisioning_operator.ask("POST", path)).status in (200, 202)


def _is_at_rest(order: Body) -> bool:
    return order["status"] in ("ACTIVATED", "CANCELLED")


async def _activated_and_owed(stage: Stage, owner: Buyer, order_id: str, wanted: tuple[bool, int]) -> bool:
    """Tell whether an order left what it should: something active, or a refund that is due."""
    services, money = (stage.log.of(owner.customer_id, f"{name}.events") for name in ("provisioning", "billing"))
    is_active = any(each.name == "ServiceActivated" and each.data["order_id"] == order_id for each in services)
    owed = sum(each.data["amount_cents"] for each in money if each.name == "RefundDue")
    return (is_active, owed) == wanted
