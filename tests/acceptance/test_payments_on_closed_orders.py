"""R24, R28: until when can an order be paid, and what becomes of money for one that is closed?"""

from rehearsal.play.carts import E_INVOICING, cart, transfer
from rehearsal.play.stage import Stage
from tests.builders import ORDER_DAY, ordered
from tests.spec import happened


class TestWhenTheOrderIsClosed:
    async def test_a_payment_on_a_refused_order_becomes_credit(self, stage: Stage) -> None:
        await stage.at(ORDER_DAY)
        buyer = stage.names.buyer("PRIVATE_PERSON")
        order = cart(stage.names.order(), buyer, E_INVOICING)
        await stage.front.submit(order)

        answer = await stage.front.pay(order["order_id"], transfer(stage.names.payment(), 3660))

        assert answer.status == 201
        seen = await happened(
            stage, buyer, orders="OrderRefused PaymentRegistered", billing="CreditGranted", mails="credit-granted"
        )
        assert seen.one("CreditGranted")["origin"] == "PAYMENT_ON_CLOSED_ORDER"
        assert await stage.credit(buyer) == 3660

    async def test_a_payment_on_a_cancelled_order_becomes_credit_and_revives_nothing(self, stage: Stage) -> None:
        buyer, order = await ordered(stage)
        cancelled = await stage.front.cancel(order["order_id"])
        assert (cancelled.status, cancelled.body["status"]) == (200, "CANCELLED")
        assert cancelled.body["reason"] == "CUSTOMER_REQUEST"
        await stage.pay(order, 3660)

        await happened(
            stage,
            buyer,
            orders="OrderPlaced OrderCancelled PaymentRegistered",
            billing="OrderPriced CreditGranted",
            mails="order-received order-closed credit-granted",
        )
        assert await stage.credit(buyer) == 3660
        assert (await stage.front.order(order["order_id"])).body["status"] == "CANCELLED"

    async def test_what_was_paid_in_part_becomes_credit(self, stage: Stage) -> None:
        buyer, order = await ordered(stage)
        await stage.pay(order, 1000)
        await stage.front.cancel(order["order_id"])

        await happened(
            stage,
            buyer,
            orders="OrderPlaced PaymentRegistered OrderCancelled",
            billing="OrderPriced CreditGranted",
            mails="order-received payment-short order-closed credit-granted",
        )
        assert await stage.credit(buyer) == 1000

    async def test_on_the_thirtieth_day_it_still_settles(self, stage: Stage) -> None:
        buyer, order = await ordered(stage)
        await stage.at("2026-02-14T22:59:59+00:00")
        await stage.settle(order)

        assert await stage.expiries(buyer) == {"E_INVOICING": "2027-02-14", "DOCUMENTS": "2027-02-14"}

    async def test_on_the_thirty_first_the_order_has_expired_and_the_payment_becomes_credit(self, stage: Stage) -> None:
        buyer, order = await ordered(stage)
        await stage.at("2026-02-14T23:00:00+00:00")
        await stage.pay(order, 3660)

        expired = await stage.order_is(order["order_id"], "EXPIRED")

        assert expired["reason"] == "PAYMENT_OVERDUE"
        await happened(
            stage,
            buyer,
            orders="OrderPlaced OrderExpired PaymentRegistered",
            billing="OrderPriced CreditGranted",
            mails="order-received order-closed credit-granted",
        )
        assert await stage.credit(buyer) == 3660

    async def test_a_cancellation_over_kafka_closes_it_too(self, stage: Stage) -> None:
        buyer, order = await ordered(stage)
        request = {"order_id": order["order_id"], "customer_id": buyer.customer_id, "reason": "CUSTOMER_REQUEST"}
        await stage.publish("storefront.OrderCancellationRequested.v1", buyer.customer_id, request)
        await stage.order_is(order["order_id"], "CANCELLED")

        await happened(
            stage,
            buyer,
            intake="OrderCancellationRequested",
            orders="OrderPlaced OrderCancelled",
            billing="OrderPriced",
            mails="order-received order-closed",
        )

    async def test_a_settled_order_is_not_cancelled(self, stage: Stage) -> None:
        _, order = await ordered(stage)
        await stage.settle(order)

        answer = await stage.front.cancel(order["order_id"])

        assert (answer.status, answer.code) == (409, "ORDER_NOT_CANCELLABLE")
