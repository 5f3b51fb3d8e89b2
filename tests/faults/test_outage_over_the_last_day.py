"""What if orders is away over an order's last payable day? What Kafka had in time is in time (R1, R21)."""

from operations.play.carts import DOCUMENTS, E_INVOICING, cart
from tests.arena import Arena


class TestWhenOrdersIsAwayOverTheLastPayableDay:
    async def test_a_payment_that_kafka_had_in_time_settles_on_its_own_date(self, arena: Arena) -> None:
        stage = arena.stage
        buyer = stage.names.buyer()
        await stage.at("2026-01-15T09:00:00+00:00")
        order = await stage.place(cart(stage.names.order(), buyer, E_INVOICING, DOCUMENTS))
        priced = await stage.order_is(order["order_id"], "AWAITING_PAYMENT")

        await stage.at("2026-02-14T20:00:00+01:00")
        await arena.stop("orders")
        await stage.at("2026-02-14T20:30:00+01:00")
        payment = {
            "payment_source": "bank",
            "payment_id": f"p-{order['order_id']}",
            "order_id": order["order_id"],
            "customer_id": buyer.customer_id,
            "amount_cents": priced["outstanding_cents"],
            "currency": "EUR",
            "method": "BANK_TRANSFER",
        }
        await stage.publish("storefront.PaymentReceived.v1", buyer.customer_id, payment)
        await stage.at("2026-02-15T00:10:00+01:00")
        await arena.start("orders")

        settled = await stage.order_is(order["order_id"], "ACTIVATED")
        assert [payment["registered_on"] for payment in settled["payments"]] == ["2026-02-14"]
