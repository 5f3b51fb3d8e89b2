"""R22–R26: which payment settles which order, and what becomes of every other cent?"""

from rehearsal.play.carts import transfer
from rehearsal.play.stage import Stage
from tests.builders import OWNED_BOTH, ordered
from tests.spec import happened


class TestWhenThePaymentIsExact:
    async def test_the_order_settles_and_activates(self, stage: Stage) -> None:
        buyer, order = await ordered(stage)
        settled = await stage.settle(order)

        assert (settled["outstanding_cents"], settled["surplus_cents"]) == (0, 0)
        assert [payment["status"] for payment in settled["payments"]] == ["REGISTERED"]
        seen = await happened(
            stage,
            buyer,
            orders="OrderPlaced PaymentRegistered OrderSettled",
            billing="OrderPriced",
            provisioning=OWNED_BOTH,
            mails="order-received activation-credentials",
            handovers=1,
        )
        assert seen.one("PaymentRegistered")["registered_on"] == "2026-01-15"
        assert await stage.credit(buyer) == 0


class TestWhenThePaymentIsShort:
    async def test_nothing_activates_and_the_mail_names_the_difference(self, stage: Stage) -> None:
        buyer, order = await ordered(stage)
        await stage.pay(order, 3000)

        short = await stage.order_is(order["order_id"], "PARTIALLY_PAID")

        assert short["outstanding_cents"] == 660
        mail = await stage.mail(buyer, "payment-short")
        assert "6,60 €" in mail.text
        assert order["order_id"] in mail.text
        await happened(
            stage,
            buyer,
            orders="OrderPlaced PaymentRegistered",
            billing="OrderPriced",
            mails="order-received payment-short",
        )
        assert await stage.expiries(buyer) == {}

    async def test_the_second_part_settles_it(self, stage: Stage) -> None:
        buyer, order = await ordered(stage)
        await stage.pay(order, 3000)
        await stage.order_is(order["order_id"], "PARTIALLY_PAID")
        await stage.pay(order, 660)
        await stage.order_is(order["order_id"], "ACTIVATED")

        await happened(
            stage,
            buyer,
            orders="OrderPlaced PaymentRegistered PaymentRegistered OrderSettled",
            billing="OrderPriced",
            provisioning=OWNED_BOTH,
            mails="order-received payment-short activation-credentials",
            handovers=1,
        )


class TestWhenThePaymentIsTooMuch:
    async def test_the_surplus_becomes_credit(self, stage: Stage) -> None:
        buyer, order = await ordered(stage)
        await stage.pay(order, 5000)
        settled = await stage.order_is(order["order_id"], "ACTIVATED")

        assert settled["surplus_cents"] == 1340
        seen = await happened(
            stage,
            buyer,
            orders="OrderPlaced PaymentRegistered OrderSettled",
            billing="OrderPriced CreditGranted",
            provisioning=OWNED_BOTH,
            mails="order-received activation-credentials credit-granted",
            handovers=1,
        )
        granted = seen.one("CreditGranted")
        assert (granted["amount_cents"], granted["origin"]) == (1340, "PAYMENT_SURPLUS")
        assert granted["explanation"]
        assert await stage.credit(buyer) == 1340

    async def test_another_payment_on_a_settled_order_is_all_surplus(self, stage: Stage) -> None:
        buyer, order = await ordered(stage)
        await stage.settle(order)
        await stage.pay(order, 700)

        seen = await happened(
            stage,
            buyer,
            orders="OrderPlaced PaymentRegistered OrderSettled PaymentRegistered",
            billing="OrderPriced CreditGranted",
            provisioning=OWNED_BOTH,
            mails="order-received activation-credentials credit-granted",
            handovers=1,
        )
        assert seen.all("PaymentRegistered")[1]["surplus_cents"] == 700
        assert await stage.credit(buyer) == 700


class TestWhenThePaymentComesTwice:
    async def test_over_http_it_counts_once(self, stage: Stage) -> None:
        buyer, order = await ordered(stage)
        payment = transfer(stage.names.payment(), 3000)

        first = await stage.front.pay(order["order_id"], payment)
        again = await stage.front.pay(order["order_id"], payment)

        assert (first.status, again.status) == (201, 200)
        assert again.body["outstanding_cents"] == 660
        await happened(
            stage,
            buyer,
            orders="OrderPlaced PaymentRegistered",
            billing="OrderPriced",
            mails="order-received payment-short",
        )

    async def test_over_http_and_kafka_it_counts_once(self, stage: Stage) -> None:
        buyer, order = await ordered(stage)
        payment = transfer(stage.names.payment(), 3000)
        await stage.front.pay(order["order_id"], payment)
        whose = {"order_id": order["order_id"], "customer_id": buyer.customer_id}
        for mode in ("structured", "binary"):
            await stage.publish("storefront.PaymentReceived.v1", buyer.customer_id, {**payment, **whose}, mode)
        await stage.pay(order, 660, "structured")
        await stage.order_is(order["order_id"], "ACTIVATED")

        await happened(
            stage,
            buyer,
            intake="PaymentReceived PaymentReceived PaymentReceived",
            orders="OrderPlaced PaymentRegistered PaymentRegistered OrderSettled",
            billing="OrderPriced",
            provisioning=OWNED_BOTH,
            mails="order-received payment-short activation-credentials",
            handovers=1,
        )


class TestWhenAProviderTellsByWebhook:
    async def test_a_signed_one_settles_the_order_and_a_repeated_one_changes_nothing(self, stage: Stage) -> None:
        _, order = await ordered(stage)
        payment = transfer(stage.names.payment(), 3660, order_id=order["order_id"])
        now = int(stage.time.now().timestamp())

        first = await stage.front.webhook(payment, webhook_id=payment["payment_id"], timestamp=now)
        again = await stage.front.webhook(payment, webhook_id=payment["payment_id"], timestamp=now)

        assert (first.status, again.status) == (201, 200)
        assert (await stage.order_is(order["order_id"], "ACTIVATED"))["surplus_cents"] == 0

    async def test_a_forged_or_stale_one_is_turned_away(self, stage: Stage) -> None:
        _, order = await ordered(stage)
        payment = transfer(stage.names.payment(), 3660, order_id=order["order_id"])
        now = int(stage.time.now().timestamp())

        forged = await stage.front.webhook(payment, webhook_id="w-1", timestamp=now, forged=True)
        stale = await stage.front.webhook(payment, webhook_id="w-2", timestamp=now - 301)

        assert (forged.status, stale.status) == (401, 401)
        assert (await stage.front.order(order["order_id"])).body["status"] == "AWAITING_PAYMENT"
