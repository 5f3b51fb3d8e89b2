import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from runtime.web import create_app
from schemas import provisioning
from schemas.orders import OrderReleased
from schemas.vocabulary import HoldReason
from services.orders.adapters.answers import seconds_to_wait
from services.orders.adapters.api import router
from services.orders.adapters.bodies import ORDER, ORDER_SUBMITTED
from tests.unit.orders.builders import DOCUMENTS, base_activated, order, payment, priced
from tests.unit.orders.spec import OPERATOR_KEY, SECRETS, STOREFRONT_KEY, Desk

STOREFRONT = {"Authorization": f"Bearer {STOREFRONT_KEY}"}
OPERATOR = {"Authorization": f"Bearer {OPERATOR_KEY}"}

ORDER_BODY: dict[str, Any] = {
    "order_id": "o-1",
    "storefront": "pec.it",
    "channel": "CUSTOMER_AREA",
    "customer": {
        "customer_id": "c-1",
        "kind": "LEGAL_PERSON",
        "name": "Rossi Srl",
        "email": "a@rossi.example",
        "vat_number": "12345670017",
    },
    "lines": [{"product": "DOCUMENTS"}],
}
PAYMENT_BODY: dict[str, Any] = {
    "payment_source": "bank",
    "payment_id": "p-1",
    "amount_cents": 4427,
    "currency": "EUR",
    "method": "BANK_TRANSFER",
}


class Fine:
    def alive(self) -> str | None:
        return None

    def ready(self) -> str | None:
        return None


@pytest.fixture
async def desk() -> Desk:
    desk = Desk()
    desk.settings.storefront_keys = {"shop": hashlib.sha256(STOREFRONT_KEY.encode()).hexdigest()}
    desk.settings.operator_keys = {"anna": hashlib.sha256(OPERATOR_KEY.encode()).hexdigest()}
    await desk.when(base_activated())
    return desk


@pytest.fixture
async def http(desk: Desk) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app("orders", desk, router(desk), Fine())
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://orders", headers=STOREFRONT) as client:
        yield client


def code(answer: httpx.Response) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    return answer.status_code, answer.json()["code"]


def signed(body: bytes, timestamp: int, secret: str = SECRETS[0], webhook_id: str = "msg_1") -> dict[str, str]:
    key = base64.b64decode(secret.removeprefix("whsec_"))
    digest = hmac.new(key, f"{webhook_id}.{timestamp}.".encode() + body, hashlib.sha256).digest()
    return {
        "webhook-id": webhook_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": f"v1,AAAA v1,{base64.b64encode(digest).decode()}",
        "content-type": "application/json",
    }


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
            "extension": None,
            "net_cents": None,
            "vat_cents": None,
            "total_cents": None,
            "outstanding_cents": None,
            "surplus_cents": 0,
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

    async def test_answers_202_while_kafka_is_slow(self, http: httpx.AsyncClient, desk: Desk) -> None:
        desk.is_durable = False
        answer = await http.post("/v1/orders", json=ORDER_BODY)
        assert (answer.status_code, answer.json()["order_id"]) == (202, "o-1")

    async def test_again_answers_200(self, http: httpx.AsyncClient) -> None:
        await http.post("/v1/orders", json=ORDER_BODY)
        answer = await http.post("/v1/orders", json={**ORDER_BODY, "extend_active_services": True})
        assert (answer.status_code, answer.json()["status"]) == (200, "AWAITING_PRICE")

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
        assert (await http.get("/v1/customers/c-9/orders")).json() == {"orders": []}

    @pytest.mark.parametrize(
        ("prefer", "seconds"), [(None, 0), ("wait=5", 5), ("respond-async, wait=5", 5), ("wait=99", 30), ("wait=x", 0)]
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
        first["customer"] = {**ORDER_BODY["customer"], "customer_id": "c-2"}
        other = {**first, "order_id": "o-2", "customer": {**ORDER_BODY["customer"], "customer_id": "c-3"}}
        await http.post("/v1/orders", json=first)
        answer = await http.post("/v1/orders?dry_run=true", json=other)
        assert [each["code"] for each in answer.json()["violations"]] == ["BASE_ORDER_PENDING"]

    async def test_mistyped_places_no_order(self, http: httpx.AsyncClient) -> None:
        assert code(await http.post("/v1/orders?dryrun=true", json=ORDER_BODY)) == (422, "INVALID_REQUEST")


class TestPaying:
    async def test_answers_201_with_the_settled_order(self, http: httpx.AsyncClient, desk: Desk) -> None:
        await desk.when(order(DOCUMENTS))
        await desk.when(priced())
        answer = await http.post("/v1/orders/o-1/payments", json=PAYMENT_BODY)
        assert answer.status_code == 201
        assert answer.json()["status"] == "SETTLED"
        assert answer.json()["payments"] == [
            {
                "payment_source": "bank",
                "payment_id": "p-1",
                "amount_cents": 4427,
                "registered_on": "2026-01-15",
                "status": "REGISTERED",
                "surplus_cents": 0,
            }
        ]

    async def test_again_answers_200_with_or_without_naming_the_customer(
        self, http: httpx.AsyncClient, desk: Desk
    ) -> None:
        await desk.when(order(DOCUMENTS))
        await desk.when(priced())
        await http.post("/v1/orders/o-1/payments", json=PAYMENT_BODY)
        answer = await http.post("/v1/orders/o-1/payments", json={**PAYMENT_BODY, "customer_id": "c-1"})
        assert (answer.status_code, answer.json()["status"]) == (200, "SETTLED")

    async def test_with_other_content_conflicts_each_time(self, http: httpx.AsyncClient, desk: Desk) -> None:
        await desk.when(order(DOCUMENTS))
        await desk.when(priced())
        await http.post("/v1/orders/o-1/payments", json=PAYMENT_BODY)
        for _ in range(2):
            answer = await http.post("/v1/orders/o-1/payments", json={**PAYMENT_BODY, "amount_cents": 1})
            assert code(answer) == (409, "PAYMENT_CONFLICT")

    async def test_before_the_price_is_held(self, http: httpx.AsyncClient, desk: Desk) -> None:
        await desk.when(order(DOCUMENTS))
        for _ in range(2):
            answer = await http.post("/v1/orders/o-1/payments", json=PAYMENT_BODY)
            assert (answer.status_code, answer.json()) == (202, {"status": "HELD"})

    async def test_for_an_unknown_order_needs_a_customer(self, http: httpx.AsyncClient) -> None:
        assert code(await http.post("/v1/orders/o-9/payments", json=PAYMENT_BODY)) == (404, "ORDER_UNKNOWN")
        answer = await http.post("/v1/orders/o-9/payments", json={**PAYMENT_BODY, "customer_id": "c-1"})
        assert (answer.status_code, answer.json()) == (202, {"status": "HELD"})

    async def test_in_another_currency_is_invalid(self, http: httpx.AsyncClient) -> None:
        answer = await http.post("/v1/orders/o-1/payments", json={**PAYMENT_BODY, "currency": "USD"})
        assert code(answer) == (422, "INVALID_REQUEST")

    @pytest.mark.parametrize("order_id", ["a%20b", "%C3%A9", "a%0Ab", "x" * 65])
    async def test_for_what_can_be_no_order_is_invalid(self, http: httpx.AsyncClient, order_id: str) -> None:
        answer = await http.post(f"/v1/orders/{order_id}/payments", json={**PAYMENT_BODY, "customer_id": "c-1"})
        assert code(answer) == (422, "INVALID_REQUEST")
        assert [error["field"] for error in answer.json()["errors"]] == ["order_id"]

    async def test_operators_list_none_but_what_waits(self, http: httpx.AsyncClient) -> None:
        answer = await http.get("/v1/operator/payments?status=REGISTERED", headers=OPERATOR)
        assert code(answer) == (422, "INVALID_REQUEST")

    async def test_operators_see_what_waits(self, http: httpx.AsyncClient, desk: Desk) -> None:
        await desk.when(payment(order_id="o-9"))
        await desk.when(payment(1, order_id="o-9"))
        answer = await http.get("/v1/operator/payments?status=HELD", headers=OPERATOR)
        (held,) = answer.json()["payments"]
        assert (held["payment_id"], held["reason"], held["is_overdue"]) == ("p-1", "ORDER_UNKNOWN", False)
        desk.on("2026-01-16", 11)
        answer = await http.get("/v1/operator/payments", headers=OPERATOR)
        assert [(each["status"], each["is_overdue"]) for each in answer.json()["payments"]] == [
            ("HELD", True),
            ("CONFLICTED", False),
        ]
        assert code(await http.get("/v1/operator/payments")) == (403, "FORBIDDEN")


class TestWebhooks:
    BODY = json.dumps({**PAYMENT_BODY, "order_id": "o-1"}).encode()

    @pytest.mark.parametrize("secret", SECRETS)
    async def test_signed_with_any_secret_is_a_payment(self, http: httpx.AsyncClient, desk: Desk, secret: str) -> None:
        await desk.when(order(DOCUMENTS))
        await desk.when(priced())
        now = int(desk.clock.now().timestamp())
        del http.headers["Authorization"]
        answer = await http.post(
            "/v1/payment-webhooks", content=self.BODY, headers=signed(self.BODY, now - 300, secret)
        )
        assert (answer.status_code, answer.json()["status"]) == (201, "SETTLED")
        again = await http.post("/v1/payment-webhooks", content=self.BODY, headers=signed(self.BODY, now, secret))
        assert again.status_code == 200

    @pytest.mark.parametrize("seconds", [-301, 301])
    async def test_five_minutes_away_is_refused(self, http: httpx.AsyncClient, desk: Desk, seconds: int) -> None:
        now = int(desk.clock.now().timestamp())
        headers = signed(self.BODY, now + seconds)
        answer = await http.post("/v1/payment-webhooks", content=self.BODY, headers=headers)
        assert code(answer) == (401, "SIGNATURE_INVALID")

    async def test_unsigned_or_wrongly_signed_is_refused(self, http: httpx.AsyncClient, desk: Desk) -> None:
        now = int(desk.clock.now().timestamp())
        other = signed(self.BODY, now, "whsec_b3RoZXI=")
        changed = signed(self.BODY + b" ", now)
        for headers in ({"content-type": "application/json"}, other, changed):
            answer = await http.post("/v1/payment-webhooks", content=self.BODY, headers=headers)
            assert code(answer) == (401, "SIGNATURE_INVALID")
        assert desk.table("payments") == []


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


class TestReleasing:
    async def test_each_hold_can_be_released_once(self, http: httpx.AsyncClient, desk: Desk) -> None:
        for input_ in (order(DOCUMENTS), priced(), payment()):
            await desk.when(input_)
        for _ in range(2):
            held = provisioning.ActivationHeld(customer_id="c-1", order_id="o-1", reason=HoldReason.BASE_SHORTENED)
            await desk.when(held)
            answer = await http.post(
                "/v1/operator/orders/o-1/release", json={"why": "the base is back"}, headers=OPERATOR
            )
            assert (answer.status_code, answer.json()["status"], answer.json()["reason"]) == (200, "SETTLED", None)
        released = [row.recorded.event for row in desk.store.contents.journal if row.type == OrderReleased.EVENT_TYPE]
        assert [(event.why, event.reason) for event in released if isinstance(event, OrderReleased)] == [
            ("the base is back", HoldReason.BASE_SHORTENED)
        ] * 2
        identities = [row.recorded.event_id for row in desk.store.contents.journal]
        assert len(set(identities)) == len(identities)
        answer = await http.post("/v1/operator/orders/o-1/release", json={"why": "again"}, headers=OPERATOR)
        assert code(answer) == (409, "ORDER_NOT_HELD")

    async def test_needs_an_operators_key(self, http: httpx.AsyncClient) -> None:
        answer = await http.post("/v1/operator/orders/o-1/release", json={"why": "again"})
        assert code(answer) == (403, "FORBIDDEN")


class TestErasing:
    async def test_answers_that_it_is_done_as_often_as_it_is_asked(self, desk: Desk, http: httpx.AsyncClient) -> None:
        await http.post("/v1/orders", json=ORDER_BODY)
        for _ in range(2):
            answer = await http.post("/v1/operator/customers/c-1/erasure", json={"why": "asked for"}, headers=OPERATOR)
            assert (answer.status_code, answer.json()) == (200, {"customer_id": "c-1", "status": "ERASED"})
        desk.is_durable = False
        answer = await http.post("/v1/operator/customers/c-1/erasure", json={"why": "asked for"}, headers=OPERATOR)
        assert answer.status_code == 202

    async def test_a_stranger_a_storefront_and_no_reason_are_refused(self, http: httpx.AsyncClient) -> None:
        path, why = "/v1/operator/customers/c-9/erasure", {"why": "asked for"}
        assert code(await http.post(path, json=why, headers=OPERATOR)) == (404, "CUSTOMER_UNKNOWN")
        assert code(await http.post(path, json=why)) == (403, "FORBIDDEN")
        assert code(await http.post(path, json={}, headers=OPERATOR)) == (422, "INVALID_REQUEST")


class TestTheDocument:
    async def test_has_the_routes_and_the_examples(self, http: httpx.AsyncClient) -> None:
        document = (await http.get("/openapi.json")).json()
        assert set(document["paths"]) == {
            "/v1/orders",
            "/v1/orders/{order_id}",
            "/v1/customers/{customer_id}/orders",
            "/v1/orders/{order_id}/cancellation",
            "/v1/orders/{order_id}/payments",
            "/v1/payment-webhooks",
            "/v1/operator/orders/{order_id}/release",
            "/v1/operator/payments",
            "/v1/operator/customers/{customer_id}/erasure",
        }
        assert document["components"]["schemas"]["OrderAnswer"]["examples"] == [ORDER]
        body = document["paths"]["/v1/orders"]["post"]["requestBody"]["content"]["application/json"]
        assert body["examples"]["add-on"]["value"] == ORDER_SUBMITTED
