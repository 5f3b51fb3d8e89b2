import base64
import hashlib
import hmac
import json
from typing import Any, ClassVar

import httpx
import pytest

from schemas.payments import PaymentResolved
from schemas.vocabulary import PaymentResolution
from tests.unit.orders.asking import OPERATOR, ORDER_BODY, PAYMENT_BODY, code
from tests.unit.orders.builders import DOCUMENTS, order, payment, priced
from tests.unit.orders.spec import SECRETS, Desk


def signed(body: bytes, timestamp: int, secret: str = SECRETS[0], webhook_id: str = "msg_1") -> dict[str, str]:
    key = base64.b64decode(secret.removeprefix("whsec_"))
    digest = hmac.new(key, f"{webhook_id}.{timestamp}.".encode() + body, hashlib.sha256).digest()
    return {
        "webhook-id": webhook_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": f"v1,AAAA v1,{base64.b64encode(digest).decode()}",
        "content-type": "application/json",
    }


class TestWhenTheOrderIsOverdue:
    async def test_everything_that_would_act_on_it_waits_until_intake_is_read(
        self, http: httpx.AsyncClient, desk: Desk
    ) -> None:
        await desk.when(order(DOCUMENTS))
        await desk.when(priced())
        desk.on("2026-02-15", 0).is_behind = True
        for path, body in (
            ("/v1/orders/o-1/payments", PAYMENT_BODY),
            ("/v1/orders/o-1/cancellation", {}),
            ("/v1/orders", {**ORDER_BODY, "order_id": "o-2"}),
            ("/v1/orders?dry_run=true", {**ORDER_BODY, "order_id": "o-2"}),
        ):
            answer = await http.post(path, json=body)
            assert code(answer) == (503, "CATCHING_UP")
            assert answer.headers["retry-after"] == "2"
        assert desk.order("o-1").status == "AWAITING_PAYMENT"
        desk.is_behind = False
        assert (await http.post("/v1/orders/o-1/payments", json=PAYMENT_BODY)).status_code == 201
        assert desk.order("o-1").status == "EXPIRED"


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
        await http.post("/v1/orders", json=ORDER_BODY)
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
        waiting = {each["status"]: each["is_overdue"] for each in answer.json()["payments"]}
        assert waiting == {"HELD": True, "CONFLICTED": False}
        assert code(await http.get("/v1/operator/payments")) == (403, "FORBIDDEN")

    async def test_operators_see_both_kinds_in_the_order_of_their_arrival(
        self, http: httpx.AsyncClient, desk: Desk
    ) -> None:
        for hour, (cents, name) in enumerate(((1, "p-2"), (1, "p-1"), (2, "p-2"), (1, "p-3")), 9):
            desk.on("2026-01-15", hour)
            await desk.when(payment(cents, payment_id=name, order_id="o-9"))
        answer = await http.get("/v1/operator/payments", headers=OPERATOR)
        listed = [(each["payment_id"], each["status"]) for each in answer.json()["payments"]]
        assert listed == [("p-2", "HELD"), ("p-1", "HELD"), ("p-2", "CONFLICTED"), ("p-3", "HELD")]


class TestAHeldPaymentWhoseOrderNeverComes:
    PATH = "/v1/operator/payments/bank/p-1/resolution"
    BODY: ClassVar = {"action": "TO_CREDIT", "why": "nobody placed it"}

    async def test_becomes_credit_on_an_operators_word(self, http: httpx.AsyncClient, desk: Desk) -> None:
        assert code(await http.post(self.PATH, json=self.BODY, headers=OPERATOR)) == (404, "PAYMENT_UNKNOWN")
        await desk.when(payment(order_id="o-9"))
        rehearsed = (await http.post(f"{self.PATH}?dry_run=true", json=self.BODY, headers=OPERATOR)).json()
        assert not [event for event in desk.events() if isinstance(event, PaymentResolved)]
        done = await http.post(self.PATH, json=self.BODY, headers=OPERATOR)
        assert done.json() == {"dry_run": False, "events": rehearsed["events"]}
        (credited,) = [event for event in desk.events() if isinstance(event, PaymentResolved)]
        facts = (credited.action, credited.amount_cents, credited.why)
        assert facts == (PaymentResolution.TO_CREDIT, 4427, "nobody placed it")
        assert (await http.get("/v1/operator/payments", headers=OPERATOR)).json() == {"payments": [], "next": None}
        assert code(await http.post(self.PATH, json=self.BODY, headers=OPERATOR)) == (409, "PAYMENT_NOT_WAITING")
        assert code(await http.post(self.PATH, json=self.BODY)) == (403, "FORBIDDEN")

    async def test_does_not_pay_an_order_that_comes_later(self, http: httpx.AsyncClient, desk: Desk) -> None:
        await desk.when(payment(order_id="o-1"))
        await http.post(self.PATH, json=self.BODY, headers=OPERATOR)
        for input_ in (order(DOCUMENTS), priced(), payment(order_id="o-1")):
            await desk.when(input_)
        assert desk.order("o-1").status == "AWAITING_PAYMENT"


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

    @pytest.mark.parametrize(
        ("given", "hashes"),
        [
            pytest.param("v1,AAAA " * 160_000, 0, id="too long"),
            pytest.param("v1,AAAA " * 6, 0, id="too many"),
            pytest.param("v2,AAAA", 0, id="of another kind"),
            pytest.param("v1,AAAA " * 5, len(SECRETS), id="wrong"),
        ],
    )
    async def test_a_stranger_costs_a_hash_for_each_key_at_most_whatever_its_headers_say(
        self, http: httpx.AsyncClient, desk: Desk, monkeypatch: pytest.MonkeyPatch, given: str, hashes: int
    ) -> None:
        """1.3 MB of signatures once froze the service for ten seconds."""
        headers = signed(self.BODY, int(desk.clock.now().timestamp())) | {"webhook-signature": given}
        body, real, hashed = self.BODY + b" " * (64 * 1024 - len(self.BODY)), hmac.new, []

        def counted(key: bytes, message: bytes, kind: Any) -> hmac.HMAC:
            hashed.append(message)
            return real(key, message, kind)

        monkeypatch.setattr(hmac, "new", counted)
        answer = await http.post("/v1/payment-webhooks", content=body, headers=headers)
        assert code(answer) == (401, "SIGNATURE_INVALID")
        assert sum(message.endswith(body) for message in hashed) == hashes
