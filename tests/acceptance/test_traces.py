"""Does a storefront's trace reach every event that its request led to, down to the mail, over HTTP as over Kafka?"""

from typing import Any

import pytest

from rehearsal.play.carts import E_INVOICING, cart, cloudevent
from rehearsal.play.stage import Stage
from schemas.topics import BILLING_EVENTS, NOTIFICATIONS_EVENTS, ORDERS_EVENTS, PROVISIONING_EVENTS
from tests.builders import ORDER_DAY

ORDERED, PAID = f"00-{'a1' * 16}-{'b2' * 8}-01", f"00-{'c3' * 16}-{'d4' * 8}-01"
REACHED = (
    (ORDERS_EVENTS, "OrderPlaced", ORDERED),
    (BILLING_EVENTS, "OrderPriced", ORDERED),
    (ORDERS_EVENTS, "PaymentRegistered", PAID),
    (ORDERS_EVENTS, "OrderSettled", PAID),
    (PROVISIONING_EVENTS, "OrderActivated", PAID),
    (NOTIFICATIONS_EVENTS, "EmailRequested", PAID),
    (NOTIFICATIONS_EVENTS, "EmailSent", PAID),
)
CREDENTIALS = {"template": "activation-credentials"}
WHICH: dict[str, Any] = {"EmailRequested": CREDENTIALS, "EmailSent": CREDENTIALS}
"""Of several mails, the one that the payment led to."""


class TestWhenAStorefrontTracesItsRequests:
    @pytest.mark.parametrize("way", ["http", "kafka"])
    async def test_each_event_carries_the_trace_of_the_request_that_led_to_it(self, stage: Stage, way: str) -> None:
        await stage.at(ORDER_DAY)
        buyer = stage.names.buyer()
        order = cart(stage.names.order(), buyer, E_INVOICING)
        if way == "http":
            headers = {"traceparent": ORDERED, "Prefer": "wait=10"}
            assert (await stage.front.orders.ask("POST", "/v1/orders", order, headers=headers)).status == 201
        else:
            event = cloudevent(
                "storefront.OrderSubmitted.v1", order["order_id"], buyer.customer_id, order, time=ORDER_DAY
            )
            await stage.publisher.publish({**event, "traceparent": ORDERED})
        await stage.order_is(order["order_id"], "AWAITING_PAYMENT")
        payment = {
            "payment_source": "bank", "payment_id": stage.names.payment(), "amount_cents": 3660, "currency": "EUR",
            "method": "CARD",
        }  # fmt: skip
        path = f"/v1/orders/{order['order_id']}/payments"
        paid = await stage.front.orders.ask("POST", path, payment, headers={"traceparent": PAID})
        assert paid.status == 201
        await stage.mail(buyer, "activation-credentials")
        traced = {
            (topic, name): (await stage.event(buyer, topic, name, **WHICH.get(name, {}))).envelope.get("traceparent")
            for topic, name, _ in REACHED
        }
        assert traced == {(topic, name): trace for topic, name, trace in REACHED}
