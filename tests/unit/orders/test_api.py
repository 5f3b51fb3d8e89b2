from typing import Any

import httpx
import pytest

from services.orders.adapters.answers import seconds_to_wait
from services.orders.adapters.bodies import ORDER, ORDER_SUBMITTED
from tests.unit.orders.asking import OPERATOR, ORDER_BODY, STOREFRONT, code
from tests.unit.orders.builders import DOCUMENTS, order, priced
from tests.unit.orders.spec import Desk


class TestSubmitting:
    async def test_answers_201_with_the_order(self, http: httpx.AsyncClient) -> None:
        answer = await http.post("/v1/orders", json=ORDER_BODY)
        assert answer.status_code == 201
        assert answer.headers["location"] == "/v1/orders/o-1"
        assert answer.json() == {
            "order_id": "o-1",
            "customer_id": "c-1",
            "status": "AWAITING_PRICE",
            "purchase_case": "ADD_ON_TO_OWNED",
            "channel": "CUSTOMER_AREA",
            "ordered_on": "2026-01-15",
            "extend_active_services": True,
            "catalogue_version": "2026-01",
            "lines": [{"product": "DOCUMENTS", "action": "ACTIVATE", "years": 1, "net_cents": None, "reason": None}],
            "extensions": [],
            "net_cents": None,
            "vat_cents": None,
            "total_cents": None,
            "credit_cents": None,
            "outstanding_cents": None,
            "surplus_cents": 0,
            "expiries": {},
            "payments": [],
            "payable_until": "2026-02-14",
            "reason": None,
            "violations": [],
            "warnings": [],
        }

    @pytest.mark.parametrize(
        "instant", [1768467600, "1768467600", "2026-01-15", "2026-01-15T09:00:00", "20260115T090000Z", True]
    )
    async def test_refuses_what_is_no_instant_with_a_zone(self, http: httpx.AsyncClient, instant: object) -> None:
        answer = await http.post("/v1/orders", json={**ORDER_BODY, "submitted_at": instant})
        assert code(answer) == (422, "INVALID_REQUEST")
        assert [error["field"] for error in answer.json()["errors"]] == ["submitted_at"]

    @pytest.mark.parametrize("instant", ["2026-01-15T09:00:00Z", "2026-01-15T10:00:00.123456+01:00"])
    async def test_takes_an_instant_of_rfc_3339(self, http: httpx.AsyncClient, instant: str) -> None:
        assert (await http.post("/v1/orders", json={**ORDER_BODY, "submitted_at": instant})).status_code == 201

    async def test_shows_the_price_to_the_letter(self, http: httpx.AsyncClient, desk: Desk) -> None:
        await http.post("/v1/orders", json=ORDER_BODY)
        await desk.when(priced())
        answer = await http.get("/v1/orders/o-1")
        assert answer.json() == ORDER
        assert list(answer.json()) == list(ORDER)

    async def test_answers_what_is_shown_from_then_on(self, http: httpx.AsyncClient) -> None:
        answer = await http.post("/v1/orders", json=ORDER_BODY)
        assert answer.content == (await http.get("/v1/orders/o-1")).content

    async def test_answers_202_while_kafka_is_slow(self, http: httpx.AsyncClient, desk: Desk) -> None:
        desk.is_durable = False
        answer = await http.post("/v1/orders", json=ORDER_BODY)
        assert (answer.status_code, answer.json()["order_id"]) == (202, "o-1")

    async def test_again_answers_200(self, http: httpx.AsyncClient) -> None:
        await http.post("/v1/orders", json=ORDER_BODY)
        answer = await http.post("/v1/orders", json={**ORDER_BODY, "extend_active_services": True})
        assert (answer.status_code, answer.json()["status"]) == (200, "AWAITING_PRICE")

    async def test_again_with_its_name_composed_otherwise_is_the_same_order(self, http: httpx.AsyncClient) -> None:
        for name, status in (("Caff\u00e8", 201), (" Caffe\u0300 ", 200), ("Caff\u00e8", 200)):
            customer = {**ORDER_BODY["customer"], "name": name}
            assert (await http.post("/v1/orders", json={**ORDER_BODY, "customer": customer})).status_code == status

    @pytest.mark.parametrize("query", ["dry_run=true&dry_run=false", "dry_run=false&dry%5Frun=true", "dry_run&dry_run"])
    async def test_a_query_name_given_twice_is_refused(self, http: httpx.AsyncClient, desk: Desk, query: str) -> None:
        answer = await http.post(f"/v1/orders?{query}", json=ORDER_BODY)
        assert code(answer) == (422, "INVALID_REQUEST")
        assert {"field": "dry_run", "detail": "given more than once"} in answer.json()["errors"]
        assert (await http.get("/v1/orders/o-1")).status_code == 404

    async def test_again_with_another_body_conflicts(self, http: httpx.AsyncClient) -> None:
        await http.post("/v1/orders", json=ORDER_BODY)
        answer = await http.post("/v1/orders", json={**ORDER_BODY, "extend_active_services": False})
        assert code(answer) == (409, "IDEMPOTENCY_CONFLICT")

    async def test_again_under_another_key_finds_its_id_taken(self, http: httpx.AsyncClient) -> None:
        await http.post("/v1/orders", json=ORDER_BODY, headers={"Idempotency-Key": "k-1"})
        same = await http.post("/v1/orders", json=ORDER_BODY, headers={"Idempotency-Key": "k-1"})
        answer = await http.post("/v1/orders", json=ORDER_BODY, headers={"Idempotency-Key": "k-2"})
        assert same.status_code == 200
        assert code(answer) == (409, "ORDER_ID_TAKEN")

    async def test_refused_answers_every_violation(self, http: httpx.AsyncClient) -> None:
        customer = {**ORDER_BODY["customer"], "customer_id": "c-2", "vat_number": "1"}
        body = {**ORDER_BODY, "customer": customer}
        answer = await http.post("/v1/orders", json=body)
        assert code(answer) == (422, "ORDER_REFUSED")
        assert [each["code"] for each in answer.json()["violations"]] == ["VAT_NUMBER_INVALID", "BASE_REQUIRED"]
        assert all(set(each) == {"code", "detail"} for each in answer.json()["violations"])
        assert code(await http.post("/v1/orders", json=body)) == (422, "ORDER_REFUSED")
        stored = await http.get("/v1/orders/o-1")
        assert stored.json()["status"] == "REFUSED"
        assert stored.json()["violations"] == answer.json()["violations"]

    async def test_a_violation_about_an_order_names_it(self, http: httpx.AsyncClient) -> None:
        await http.post("/v1/orders", json=ORDER_BODY)
        answer = await http.post("/v1/orders", json={**ORDER_BODY, "order_id": "o-2"})
        assert answer.json()["violations"][0]["order_id"] == "o-1"

    @pytest.mark.parametrize(
        ("changed", "field"),
        [
            ({"unknown": 1}, "unknown"),
            ({"lines": [{"product": "DOCUMENTS", "years": 2}]}, "lines.0.years"),
            ({"channel": "FAX"}, "channel"),
            ({"submitted_at": "2026-01-15T08:06:00Z"}, "submitted_at"),
            ({"submitted_at": "2026-01-15T09:00:00"}, "submitted_at"),
        ],
    )
    async def test_an_invalid_body_is_not_stored(
        self, http: httpx.AsyncClient, desk: Desk, changed: dict[str, Any], field: str
    ) -> None:
        desk.on("2026-01-15", 9)
        answer = await http.post("/v1/orders", json={**ORDER_BODY, **changed})
        assert code(answer) == (422, "INVALID_REQUEST")
        assert answer.json()["errors"][0]["field"] == field
        assert code(await http.get("/v1/orders/o-1")) == (404, "ORDER_UNKNOWN")

    async def test_needs_a_storefronts_key(self, http: httpx.AsyncClient) -> None:
        assert code(await http.post("/v1/orders", json=ORDER_BODY, headers=OPERATOR)) == (403, "FORBIDDEN")
        unknown = {"Authorization": "Bearer nobody"}
        assert code(await http.post("/v1/orders", json=ORDER_BODY, headers=unknown)) == (401, "UNAUTHORIZED")

    async def test_lists_a_customers_orders(self, http: httpx.AsyncClient) -> None:
        await http.post("/v1/orders", json=ORDER_BODY)
        answer = await http.get("/v1/customers/c-1/orders")
        assert [each["order_id"] for each in answer.json()["orders"]] == ["o-1"]
        assert (await http.get("/v1/customers/c-9/orders")).json() == {"orders": [], "next": None}

    async def test_lists_a_days_orders_as_they_came_in_whatever_their_ids(
        self, http: httpx.AsyncClient, desk: Desk
    ) -> None:
        for order_id, hour in (("o-3", 9), ("o-1", 10), ("o-2", 11)):
            desk.on("2026-01-15", hour)
            await http.post("/v1/orders", json={**ORDER_BODY, "order_id": order_id})

        listed = (await http.get("/v1/customers/c-1/orders")).json()["orders"]

        assert [(each["order_id"], each["status"]) for each in listed] == [
            ("o-3", "AWAITING_PRICE"),
            ("o-1", "REFUSED"),
            ("o-2", "REFUSED"),
        ]

    @pytest.mark.parametrize(
        ("prefer", "seconds"),
        [
            (None, 0),
            ("wait=5", 5),
            ("respond-async, wait=5", 5),
            ("Wait=5; foo", 5),
            ('wait = "5"', 5),
            ("wait=99", 30),
            ("wait=x", 0),
            ('wait="5', 0),
            ("await=5", 0),
        ],
    )
    def test_prefer_is_read_with_care(self, prefer: str | None, seconds: int) -> None:
        assert seconds_to_wait(prefer) == seconds

    async def test_waiting_answers_without_a_price_in_the_end(self, http: httpx.AsyncClient) -> None:
        answer = await http.post("/v1/orders", json=ORDER_BODY, headers={"Prefer": "wait=1"})
        assert (answer.status_code, answer.json()["status"]) == (201, "AWAITING_PRICE")
        assert answer.headers["preference-applied"] == "wait=1"


class TestDryRun:
    async def test_tells_the_violations_and_stores_nothing(self, http: httpx.AsyncClient, desk: Desk) -> None:
        before = len(desk.events())
        body = {**ORDER_BODY, "lines": [{"product": "E_INVOICING"}, {"product": "DOCUMENTS"}]}
        answer = await http.post("/v1/orders?dry_run=true", json=body)
        assert answer.status_code == 200
        codes = [each["code"] for each in answer.json()["violations"]]
        assert codes == ["CHANNEL_NOT_ALLOWED", "BASE_ALREADY_OWNED"]
        assert len(desk.events()) == before
        assert code(await http.get("/v1/orders/o-1")) == (404, "ORDER_UNKNOWN")

    async def test_tells_that_all_is_fine(self, http: httpx.AsyncClient) -> None:
        answer = await http.post("/v1/orders?dry_run=true", json=ORDER_BODY)
        assert answer.json() == {"order_id": "o-1", "violations": [], "warnings": []}

    async def test_knows_who_else_has_the_tax_identifier(self, http: httpx.AsyncClient) -> None:
        first = {**ORDER_BODY, "channel": "SITE", "lines": [{"product": "E_INVOICING"}]}
        firm = {**ORDER_BODY["customer"], "vat_number": "00743110157"}
        first["customer"] = {**firm, "customer_id": "c-2"}
        other = {**first, "order_id": "o-2", "customer": {**firm, "customer_id": "c-3"}}
        await http.post("/v1/orders", json=first)
        answer = await http.post("/v1/orders?dry_run=true", json=other)
        assert [each["code"] for each in answer.json()["violations"]] == ["BASE_ORDER_PENDING"]

    async def test_mistyped_places_no_order(self, http: httpx.AsyncClient) -> None:
        assert code(await http.post("/v1/orders?dryrun=true", json=ORDER_BODY)) == (422, "INVALID_REQUEST")


class TestABodyThatIsNoJson:
    @pytest.mark.parametrize("body", [b"{", b"\xff", b"[" * 20_000])
    async def test_tells_a_stranger_of_the_key_alone(self, http: httpx.AsyncClient, body: bytes) -> None:
        for key, expected in (
            ("Bearer unknown", (401, "UNAUTHORIZED")),
            (OPERATOR["Authorization"], (403, "FORBIDDEN")),
            (STOREFRONT["Authorization"], (422, "INVALID_REQUEST")),
        ):
            headers = {"Authorization": key, "Content-Type": "application/json"}
            assert code(await http.post("/v1/orders", content=body, headers=headers)) == expected


class TestCancelling:
    async def test_answers_200_and_again(self, http: httpx.AsyncClient) -> None:
        await http.post("/v1/orders", json=ORDER_BODY)
        for _ in range(2):
            answer = await http.post("/v1/orders/o-1/cancellation", json={"reason": "CUSTOMER_REQUEST"})
            assert (answer.status_code, answer.json()["status"]) == (200, "CANCELLED")
            assert answer.json()["reason"] == "CUSTOMER_REQUEST"

    async def test_settled_answers_409(self, http: httpx.AsyncClient, desk: Desk) -> None:
        await desk.when(order(DOCUMENTS))
        await desk.when(priced(0))
        answer = await http.post("/v1/orders/o-1/cancellation", json={"reason": "CUSTOMER_REQUEST"})
        assert code(answer) == (409, "ORDER_NOT_CANCELLABLE")

    async def test_for_another_reason_is_no_customers_business(self, http: httpx.AsyncClient) -> None:
        answer = await http.post("/v1/orders/o-1/cancellation", json={"reason": "PRICE_CHANGED"})
        assert code(answer) == (422, "INVALID_REQUEST")
        assert answer.json()["errors"] == [{"field": "reason", "detail": "Input should be 'CUSTOMER_REQUEST'"}]

    async def test_unknown_answers_404(self, http: httpx.AsyncClient) -> None:
        answer = await http.post("/v1/orders/o-9/cancellation", json={"reason": "CUSTOMER_REQUEST"})
        assert code(answer) == (404, "ORDER_UNKNOWN")


class TestTheDocument:
    async def test_has_the_routes_and_the_examples(self, http: httpx.AsyncClient) -> None:
        document = (await http.get("/openapi.json")).json()
        assert set(document["paths"]) == {
            "/v1/catalogue",
            "/v1/orders",
            "/v1/orders/{order_id}",
            "/v1/customers/{customer_id}/orders",
            "/v1/customers/{customer_id}/automatic-renewal",
            "/v1/orders/{order_id}/cancellation",
            "/v1/orders/{order_id}/payments",
            "/v1/intake/rejections",
            "/v1/payment-webhooks",
            "/v1/operator/orders",
            "/v1/operator/refunds",
            "/v1/operator/refunds/{refund_id}/paid",
            "/v1/operator/orders/{order_id}/release",
            "/v1/operator/payments/{payment_source}/{payment_id}/chargeback",
            "/v1/operator/orders/{order_id}/closure",
            "/v1/operator/payments",
            "/v1/operator/payments/{payment_source}/{payment_id}/resolution",
            "/v1/operator/customers/{customer_id}/erasure",
        }
        assert document["components"]["schemas"]["OrderAnswer"]["examples"] == [ORDER]
        body = document["paths"]["/v1/orders"]["post"]["requestBody"]["content"]["application/json"]
        assert body["examples"]["add-on"]["value"] == ORDER_SUBMITTED
