"""R22–R28: which payment settles which order, and what becomes of every other cent?"""

from operations.play.buyers import Buyer
from operations.play.carts import DOCUMENTS, E_INVOICING, Body, cart, transfer
from operations.play.stage import Stage
from tests.builders import ORDER_DAY
from tests.spec import happened

BUNDLE = "EInvoicingActivated DocumentsActivated CredentialsIssued OrderActivated"


async def ordered(stage: Stage) -> tuple[Buyer, Body]:
    """Return a new buyer and their order of 36.60."""
    await stage.at(ORDER_DAY)
    buyer = stage.names.buyer()
    order = await stage.place(cart(stage.names.order(), buyer, E_INVOICING, DOCUMENTS))
    assert order["total_cents"] == 3660
    return buyer, order


async def credit(stage: Stage, buyer: Buyer) -> int:
    """Return a buyer's credit, in cents."""
    return int((await stage.front.credit(buyer.customer_id)).body["balance_cents"])


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
            provisioning=BUNDLE,
            mails="order-received activation-credentials",
            handovers=1,
        )
        assert seen.one("PaymentRegistered")["registered_on"] == "2026-01-15"
        assert await credit(stage, buyer) == 0


class TestWhenThePaymentIsShort:
    async def test_nothing_activates_and_the_mail_names_the_difference(self, stage: Stage) -> None:
        buyer, order = await ordered(stage)
        await stage.pay(order, 3000)

        short = await stage.order_is(order["order_id"], "PARTIALLY_PAID")

        assert short["outstanding_cents"] == 660
        mail = await stage.mail(buyer, "payment-short")
        assert "6,60" in mail.text or "6.60" in mail.text
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
            provisioning=BUNDLE,
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
            provisioning=BUNDLE,
            mails="order-received activation-credentials",
            handovers=1,
        )
        granted = seen.one("CreditGranted")
        assert (granted["amount_cents"], granted["origin"]) == (1340, "PAYMENT_SURPLUS")
        assert granted["explanation"]
        assert await credit(stage, buyer) == 1340

    async def test_another_payment_on_a_settled_order_is_all_surplus(self, stage: Stage) -> None:
        buyer, order = await ordered(stage)
        await stage.settle(order)
        await stage.pay(order, 700)

        seen = await happened(
            stage,
            buyer,
            orders="OrderPlaced PaymentRegistered OrderSettled PaymentRegistered",
            billing="OrderPriced CreditGranted",
            provisioning=BUNDLE,
            mails="order-received activation-credentials",
            handovers=1,
        )
        assert seen.all("PaymentRegistered")[1]["surplus_cents"] == 700
        assert await credit(stage, buyer) == 700


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
            provisioning=BUNDLE,
            mails="order-received payment-short activation-credentials",
            handovers=1,
        )


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
            provisioning=BUNDLE,
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
            provisioning=BUNDLE,
            mails="order-received activation-credentials",
            handovers=1,
        )
        assert seen.one("PaymentHeld")["reason"] == "ORDER_NOT_PRICED"


class TestWhenTheOrderIsClosed:
    async def test_a_payment_on_a_refused_order_becomes_credit(self, stage: Stage) -> None:
        await stage.at(ORDER_DAY)
        buyer = stage.names.buyer("PRIVATE_PERSON")
        order = cart(stage.names.order(), buyer, E_INVOICING)
        await stage.front.submit(order)

        answer = await stage.front.pay(order["order_id"], transfer(stage.names.payment(), 3660))

        assert answer.status == 201
        seen = await happened(stage, buyer, orders="OrderRefused PaymentRegistered", billing="CreditGranted")
        assert seen.one("CreditGranted")["origin"] == "PAYMENT_ON_CLOSED_ORDER"
        assert await credit(stage, buyer) == 3660

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
            mails="order-received order-closed",
        )
        assert await credit(stage, buyer) == 3660
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
            mails="order-received payment-short order-closed",
        )
        assert await credit(stage, buyer) == 1000

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
            mails="order-received order-closed",
        )
        assert await credit(stage, buyer) == 3660

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
