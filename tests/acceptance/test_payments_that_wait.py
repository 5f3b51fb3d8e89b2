"""R25, R27: what becomes of a payment that contradicts another, or comes before its order or its price?"""

from rehearsal.play.carts import DOCUMENTS, E_INVOICING, cart, transfer
from rehearsal.play.stage import Stage
from tests.builders import ORDER_DAY, OWNED_BOTH, ordered
from tests.spec import happened


class TestWhenThePaymentContradicts:
    async def test_the_same_id_with_another_amount_waits_for_an_operator(self, stage: Stage) -> None:
        buyer, order = await ordered(stage)
        payment = transfer(stage.names.payment(), 3000)
        await stage.front.pay(order["order_id"], payment)

        answer = await stage.front.pay(order["order_id"], {**payment, "amount_cents": 3660})

        assert (answer.status, answer.code) == (409, "PAYMENT_CONFLICT")
        seen = await happened(
            stage,
            buyer,
            orders="OrderPlaced PaymentRegistered PaymentConflicted",
            billing="OrderPriced",
            mails="order-received payment-short",
        )
        assert seen.one("PaymentConflicted")["reason"] == "CONTENT_DIFFERS"
        shown = await stage.front.held_payments("CONFLICTED")
        assert payment["payment_id"] in [payment["payment_id"] for payment in shown]
        assert (await stage.order_is(order["order_id"], "PARTIALLY_PAID"))["outstanding_cents"] == 660

    async def test_over_kafka_too(self, stage: Stage) -> None:
        buyer, order = await ordered(stage)
        payment = await stage.pay(order, 3000, "structured")
        await stage.order_is(order["order_id"], "PARTIALLY_PAID")
        whose = {"order_id": order["order_id"], "customer_id": buyer.customer_id}
        other = {**payment, **whose, "amount_cents": 3660}
        await stage.publish("storefront.PaymentReceived.v1", buyer.customer_id, other, "binary")

        seen = await happened(
            stage,
            buyer,
            intake="PaymentReceived PaymentReceived",
            orders="OrderPlaced PaymentRegistered PaymentConflicted",
            billing="OrderPriced",
            mails="order-received payment-short",
        )
        assert seen.one("PaymentConflicted")["reason"] == "CONTENT_DIFFERS"

    async def test_the_account_goes_on(self, stage: Stage) -> None:
        _, order = await ordered(stage)
        payment = transfer(stage.names.payment(), 3000)
        await stage.front.pay(order["order_id"], payment)
        await stage.front.pay(order["order_id"], {**payment, "amount_cents": 3660})
        await stage.pay(order, 660)

        assert (await stage.order_is(order["order_id"], "ACTIVATED"))["surplus_cents"] == 0

    async def test_another_customer_can_not_pay(self, stage: Stage) -> None:
        _, order = await ordered(stage)
        other = stage.names.buyer()

        answer = await stage.front.pay(
            order["order_id"], transfer(stage.names.payment(), 3660, customer_id=other.customer_id)
        )

        assert (answer.status, answer.code) == (409, "PAYMENT_CONFLICT")
        assert (await stage.front.order(order["order_id"])).body["status"] == "AWAITING_PAYMENT"

    async def test_another_customer_can_not_pay_over_kafka(self, stage: Stage) -> None:
        _, order = await ordered(stage)
        other = stage.names.buyer()
        payment = transfer(stage.names.payment(), 3660, order_id=order["order_id"], customer_id=other.customer_id)
        await stage.publish("storefront.PaymentReceived.v1", other.customer_id, payment)

        seen = await happened(stage, other, intake="PaymentReceived", orders="PaymentConflicted")

        assert seen.one("PaymentConflicted")["reason"] == "CUSTOMER_DIFFERS"
        assert (await stage.front.order(order["order_id"])).body["status"] == "AWAITING_PAYMENT"


class TestWhenThePaymentComesEarly:
    async def test_before_its_order_it_is_held_and_then_registered(self, stage: Stage) -> None:
        await stage.at(ORDER_DAY)
        buyer, order_id = stage.names.buyer(), stage.names.order()

        held = await stage.front.pay(order_id, transfer(stage.names.payment(), 3660, customer_id=buyer.customer_id))
        assert (held.status, held.body["status"]) == (202, "HELD")
        order = await stage.place(cart(order_id, buyer, E_INVOICING, DOCUMENTS))
        await stage.order_is(order["order_id"], "ACTIVATED")

        seen = await happened(
            stage,
            buyer,
            orders="PaymentHeld OrderPlaced PaymentRegistered OrderSettled",
            billing="OrderPriced",
            provisioning=OWNED_BOTH,
            mails="order-received activation-credentials",
            handovers=1,
        )
        assert seen.one("PaymentHeld")["reason"] == "ORDER_UNKNOWN"

    async def test_it_shows_to_operators_while_it_waits(self, stage: Stage) -> None:
        await stage.at(ORDER_DAY)
        buyer, payment_id = stage.names.buyer(), stage.names.payment()
        await stage.front.pay(stage.names.order(), transfer(payment_id, 3660, customer_id=buyer.customer_id))

        assert payment_id in [payment["payment_id"] for payment in await stage.front.held_payments()]

    async def test_without_the_customer_the_order_is_unknown(self, stage: Stage) -> None:
        await stage.at(ORDER_DAY)
        answer = await stage.front.pay(stage.names.order(), transfer(stage.names.payment(), 3660))
        assert (answer.status, answer.code) == (404, "ORDER_UNKNOWN")

    async def test_before_its_price_it_is_held_and_then_registered(self, stage: Stage) -> None:
        await stage.at(ORDER_DAY)
        buyer, order_id = stage.names.buyer(), stage.names.order()
        payment = transfer(stage.names.payment(), 3660, order_id=order_id, customer_id=buyer.customer_id)
        await stage.publish_together(
            buyer.customer_id,
            ("storefront.OrderSubmitted.v1", cart(order_id, buyer, E_INVOICING, DOCUMENTS)),
            ("storefront.PaymentReceived.v1", payment),
        )
        await stage.order_is(order_id, "ACTIVATED")

        seen = await happened(
            stage,
            buyer,
            intake="OrderSubmitted PaymentReceived",
            orders="OrderPlaced PaymentHeld PaymentRegistered OrderSettled",
            billing="OrderPriced",
            provisioning=OWNED_BOTH,
            mails="order-received activation-credentials",
            handovers=1,
        )
        assert seen.one("PaymentHeld")["reason"] == "ORDER_NOT_PRICED"
