"""R9: two orders race for one tax identifier. One wins, the other is told which code."""

import asyncio

from rehearsal.play.carts import DOCUMENTS, E_INVOICING, cart
from rehearsal.play.patience import eventually
from rehearsal.play.stage import Stage
from tests.builders import ORDER_DAY
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
