"""What if orders is away over an order's last payable day? What Kafka had in time is in time (R1, R21)."""

import json

from aiokafka import AIOKafkaProducer

from rehearsal.play.buyers import Buyer
from rehearsal.play.carts import DOCUMENTS, E_INVOICING, Body, cart
from schemas.topics import STOREFRONT_INTAKE
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
        await stage.publish("storefront.PaymentReceived.v1", buyer.customer_id, paid(priced, buyer))
        await stage.at("2026-02-15T00:10:00+01:00")
        await arena.start("orders")

        settled = await stage.order_is(order["order_id"], "ACTIVATED")
        assert [payment["registered_on"] for payment in settled["payments"]] == ["2026-02-14"]


class TestWhenACommandMeetsAnOverdueOrderBeforeIntakeIsRead:
    async def test_it_waits_for_what_may_have_come_in_time(self, arena: Arena) -> None:
        stage = arena.stage
        buyer = stage.names.buyer()
        await stage.at("2026-01-15T09:00:00+00:00")
        order = await stage.place(cart(stage.names.order(), buyer, E_INVOICING))
        await stage.at("2026-02-14T20:00:00+01:00")
        producer = AIOKafkaProducer(bootstrap_servers=stage.endpoints.kafka, transactional_id=order["order_id"])
        await producer.start()
        try:
            await producer.begin_transaction()
            message = stage.cloudevent("storefront.PaymentReceived.v1", buyer.customer_id, paid(order, buyer))
            await producer.send_and_wait(
                STOREFRONT_INTAKE,
                json.dumps(message).encode(),
                key=buyer.customer_id.encode(),
                headers=[("content-type", b"application/cloudevents+json")],
            )
            await stage.at("2026-02-15T00:10:00+01:00")
            answer = await stage.front.cancel(order["order_id"])
            assert (answer.status, answer.body["code"]) == (503, "CATCHING_UP")
            await producer.commit_transaction()
        finally:
            await producer.stop()
        settled = await stage.order_is(order["order_id"], "ACTIVATED")
        assert [payment["registered_on"] for payment in settled["payments"]] == ["2026-02-14"]


def paid(order: Body, buyer: Buyer) -> Body:
    """Tell of a transfer of the whole sum."""
    return {
        "payment_source": "bank",
        "payment_id": f"p-{order['order_id']}",
        "order_id": order["order_id"],
        "customer_id": buyer.customer_id,
        "amount_cents": order["outstanding_cents"],
        "currency": "EUR",
        "method": "BANK_TRANSFER",
    }
