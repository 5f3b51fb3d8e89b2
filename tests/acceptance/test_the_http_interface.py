"""Does HTTP answer as the interface says? Keys, idempotency, strict bodies, problems with a code."""

from typing import Any

import pytest

from rehearsal.play.carts import DOCUMENTS, E_INVOICING, cart, transfer
from rehearsal.play.stage import Stage
from rehearsal.play.storefront import ServiceClient
from tests.builders import ORDER_DAY
from tests.spec import happened


class TestWhenTheKeyIsMissingOrOfAnotherScope:
    async def test_without_a_key_it_is_401(self, stage: Stage) -> None:
        answer = await stage.front.anonymous_orders.ask("GET", "/v1/orders/o-1")
        assert answer.status == 401
        assert answer.headers["content-type"].startswith("application/problem+json")
        assert answer.code

    async def test_an_operator_places_no_orders(self, stage: Stage) -> None:
        order = cart(stage.names.order(), stage.names.buyer(), E_INVOICING)
        assert (await stage.front.orders_operator.ask("POST", "/v1/orders", order)).status == 403

    async def test_a_storefront_sees_no_operator_page(self, stage: Stage) -> None:
        answer = await stage.front.orders.ask("GET", "/v1/operator/payments?status=HELD")
        assert answer.status == 403

    @pytest.mark.parametrize("path", ["/livez", "/readyz", "/metrics", "/openapi.json"])
    async def test_probes_and_the_description_need_none(self, stage: Stage, path: str) -> None:
        assert (await stage.front.anonymous_orders.ask("GET", path)).status == 200


class TestWhenAnOrderIsSubmittedAgain:
    async def test_the_same_body_is_the_same_order(self, stage: Stage) -> None:
        await stage.at(ORDER_DAY)
        buyer = stage.names.buyer()
        order = cart(stage.names.order(), buyer, E_INVOICING, DOCUMENTS)

        first, again = await stage.front.submit(order), await stage.front.submit(order)

        assert (first.status, again.status) == (201, 200)
        await happened(stage, buyer, orders="OrderPlaced", billing="OrderPriced", mails="order-received")

    async def test_another_body_under_the_same_key_conflicts(self, stage: Stage) -> None:
        await stage.at(ORDER_DAY)
        buyer = stage.names.buyer()
        order = cart(stage.names.order(), buyer, E_INVOICING, DOCUMENTS)
        await stage.front.submit(order)

        answer = await stage.front.submit(cart(order["order_id"], buyer, E_INVOICING))

        assert (answer.status, answer.code) == (409, "IDEMPOTENCY_CONFLICT")

    async def test_another_key_finds_the_order_id_taken(self, stage: Stage) -> None:
        await stage.at(ORDER_DAY)
        order = cart(stage.names.order(), stage.names.buyer(), E_INVOICING)
        await stage.front.submit(order)
        other = cart(order["order_id"], stage.names.buyer(), E_INVOICING)

        answer = await stage.front.orders.ask(
            "POST", "/v1/orders", other, headers={"Idempotency-Key": stage.names.order()}
        )

        assert (answer.status, answer.code) == (409, "ORDER_ID_TAKEN")


WRONG: dict[str, dict[str, Any]] = {
    "an unknown field": {"discount": 10},
    "an unknown channel": {"channel": "FAX"},
    "a boolean in words": {"extend_active_services": "yes"},
    "cents as text": {"expected_total_cents": "4427"},
    "cents as a fraction": {"expected_total_cents": 44.27},
    "an instant without zone": {"submitted_at": "2026-01-15T09:00:00"},
    "no date at all": {"submitted_at": "yesterday"},
    "too many years": {"lines": [{"product": "E_INVOICING", "action": "RENEW", "years": 11}]},
}


class TestWhenTheBodyIsWrong:
    @pytest.mark.parametrize("name", WRONG)
    async def test_the_field_is_named_and_nothing_is_stored(self, stage: Stage, name: str) -> None:
        await stage.at(ORDER_DAY)
        order = {**cart(stage.names.order(), stage.names.buyer(), E_INVOICING), **WRONG[name]}

        answer = await stage.front.orders.ask("POST", "/v1/orders", order)

        assert (answer.status, answer.code) == (422, "INVALID_REQUEST")
        assert any(next(iter(WRONG[name])) in error["field"] for error in answer.body["errors"])
        assert (await stage.front.order(order["order_id"])).code == "ORDER_UNKNOWN"

    async def test_a_submission_from_the_future_is_refused(self, stage: Stage) -> None:
        await stage.at(ORDER_DAY)
        order = cart(stage.names.order(), stage.names.buyer(), E_INVOICING, submitted_at="2026-01-15T09:05:01+00:00")
        assert (await stage.front.submit(order)).code == "INVALID_REQUEST"

    @pytest.mark.parametrize(
        "changes",
        [{"currency": "USD"}, {"amount_cents": 0}, {"amount_cents": -1}, {"amount_cents": 36.6}, {"method": "BARTER"}],
    )
    async def test_a_wrong_payment_is_refused(self, stage: Stage, changes: dict[str, Any]) -> None:
        await stage.at(ORDER_DAY)
        order = await stage.place(cart(stage.names.order(), stage.names.buyer(), E_INVOICING))

        path, payment = f"/v1/orders/{order['order_id']}/payments", transfer(stage.names.payment(), 3660) | changes
        answer = await stage.front.orders.ask("POST", path, payment)

        assert (answer.status, answer.code) == (422, "INVALID_REQUEST")
        assert (await stage.front.order(order["order_id"])).body["payments"] == []

    async def test_a_body_over_64_kib_is_too_large(self, stage: Stage) -> None:
        desk: ServiceClient = stage.front.orders
        answer = await desk.ask("POST", "/v1/orders", content=b"x" * (64 * 1024 + 1))
        assert answer.status == 413

    async def test_no_json_is_an_invalid_request(self, stage: Stage) -> None:
        answer = await stage.front.orders.ask(
            "POST", "/v1/orders", content=b"{", headers={"content-type": "application/json"}
        )
        assert (answer.status, answer.code) == (422, "INVALID_REQUEST")
