from datetime import date
from typing import Any

import httpx

from schemas import provisioning
from schemas.orders import OrderCancelled, OrderPlaced, OrderReleased
from schemas.vocabulary import CloseReason, HoldReason
from tests.unit.orders.asking import OPERATOR, ORDER_BODY, code
from tests.unit.orders.builders import BASE, DOCUMENTS, order, payment, priced
from tests.unit.orders.spec import Desk

CLOSING = {"why": "asked for", "close_first": True}


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
            assert [event["type"] for event in answer.json()["events"]] == [OrderReleased.EVENT_TYPE]
            assert (desk.order("o-1").status, desk.order("o-1").reason) == ("SETTLED", None)
        released = [row.recorded.event for row in desk.store.contents.journal if row.type == OrderReleased.EVENT_TYPE]
        assert [(event.why, event.reason) for event in released if isinstance(event, OrderReleased)] == [
            ("the base is back", HoldReason.BASE_SHORTENED)
        ] * 2
        identities = [row.recorded.event_id for row in desk.store.contents.journal]
        assert len(set(identities)) == len(identities)

    async def test_asked_again_it_answers_what_the_first_did_and_does_nothing(
        self, http: httpx.AsyncClient, desk: Desk
    ) -> None:
        held = provisioning.ActivationHeld(customer_id="c-1", order_id="o-1", reason=HoldReason.BASE_SHORTENED)
        for input_ in (order(DOCUMENTS), priced(), payment(), held):
            await desk.when(input_)
        await http.post("/v1/operator/orders/o-1/release", json={"why": "the base is back"}, headers=OPERATOR)
        before = len(desk.store.contents.journal)
        answer = await http.post("/v1/operator/orders/o-1/release", json={"why": "again"}, headers=OPERATOR)
        assert (answer.status_code, answer.json()) == (200, {"dry_run": False, "events": []})
        assert desk.order("o-1").status == "SETTLED"
        assert len(desk.store.contents.journal) == before

    async def test_an_order_that_was_never_held_is_none_to_release(self, http: httpx.AsyncClient, desk: Desk) -> None:
        await desk.when(order(DOCUMENTS))
        answer = await http.post("/v1/operator/orders/o-1/release", json={"why": "again"}, headers=OPERATOR)
        assert code(answer) == (409, "ORDER_NOT_HELD")

    async def test_needs_an_operators_key(self, http: httpx.AsyncClient) -> None:
        answer = await http.post("/v1/operator/orders/o-1/release", json={"why": "again"})
        assert code(answer) == (403, "FORBIDDEN")


class TestClosing:
    async def test_a_held_order_is_closed_once_and_its_money_becomes_credit(
        self, http: httpx.AsyncClient, desk: Desk
    ) -> None:
        for input_ in (order(DOCUMENTS), priced()):
            await desk.when(input_)
        path, body = "/v1/operator/orders/o-1/closure", {"why": "given up", "money": "TO_CREDIT"}
        assert code(await http.post(path, json=body, headers=OPERATOR)) == (409, "ORDER_NOT_CLOSABLE")
        assert code(await http.post(f"{path}?dry_run=true", json=body, headers=OPERATOR)) == (409, "ORDER_NOT_CLOSABLE")
        await desk.when(payment())
        held = provisioning.ActivationHeld(customer_id="c-1", order_id="o-1", reason=HoldReason.BASE_SHORTENED)
        await desk.when(held)
        rehearsed = (await http.post(f"{path}?dry_run=true", json=body, headers=OPERATOR)).json()
        assert (rehearsed["dry_run"], desk.order("o-1").status) == (True, "HELD")
        told: list[list[Any]] = [rehearsed["events"], []]
        for events in told:
            done = await http.post(path, json=body, headers=OPERATOR)
            assert (done.status_code, done.json()) == (200, {"dry_run": False, "events": events})
        assert (desk.order("o-1").status, desk.order("o-1").surplus_cents) == ("CANCELLED", 4427)
        (closed,) = [event for event in desk.events() if isinstance(event, OrderCancelled)]
        assert (closed.reason, closed.why, closed.surplus_cents) == (CloseReason.OPERATOR_REQUEST, "given up", 4427)
        assert code(await http.post(path, json=body)) == (403, "FORBIDDEN")


class TestErasing:
    async def test_answers_that_it_is_done_as_often_as_it_is_asked(self, desk: Desk, http: httpx.AsyncClient) -> None:
        await http.post("/v1/orders", json=ORDER_BODY)
        answer = await http.post("/v1/operator/customers/c-1/erasure", json={"why": "asked for"}, headers=OPERATOR)
        assert code(answer) == (409, "ERASURE_NOT_POSSIBLE")
        assert f"order {ORDER_BODY['order_id']} is AWAITING_PRICE" in answer.json()["detail"]
        (placed,) = [event for event in desk.events() if isinstance(event, OrderPlaced)]
        assert await desk.keyring.open("c-1", placed.personal)
        await desk.when(
            provisioning.ServiceTerminated(
                customer_id="c-1", product=BASE, terminated_on=date(2026, 1, 15), expires_on=date(2026, 1, 15)
            )
        )
        for _ in range(2):
            answer = await http.post("/v1/operator/customers/c-1/erasure", json=CLOSING, headers=OPERATOR)
            assert (answer.status_code, answer.json()) == (200, {"customer_id": "c-1", "status": "ERASED"})
        desk.is_durable = False
        answer = await http.post("/v1/operator/customers/c-1/erasure", json={"why": "asked for"}, headers=OPERATOR)
        assert answer.status_code == 202

    async def test_rehearsed_it_tells_what_it_would_do_and_the_key_stays(
        self, desk: Desk, http: httpx.AsyncClient
    ) -> None:
        await http.post("/v1/orders", json=ORDER_BODY)
        (placed,) = [event for event in desk.events() if isinstance(event, OrderPlaced)]
        path = "/v1/operator/customers/c-1/erasure?dry_run=true"
        assert code(await http.post(path, json=CLOSING, headers=OPERATOR)) == (409, "ERASURE_NOT_POSSIBLE")
        await desk.when(
            provisioning.ServiceTerminated(
                customer_id="c-1", product=BASE, terminated_on=date(2026, 1, 15), expires_on=date(2026, 1, 15)
            )
        )
        before = len(desk.store.contents.journal)
        answer = await http.post(path, json=CLOSING, headers=OPERATOR)
        events = [(event["type"], event["data"].get("why")) for event in answer.json()["events"]]
        ended = [("orders.OrderCancelled.v1", "asked for"), ("orders.PersonalDataErased.v1", "asked for")]
        assert (answer.status_code, events) == (200, ended)
        assert len(desk.store.contents.journal) == before
        assert await desk.keyring.open("c-1", placed.personal)
        unknown = await http.post("/v1/operator/customers/c-9/erasure?dry_run=true", json=CLOSING, headers=OPERATOR)
        assert code(unknown) == (404, "CUSTOMER_UNKNOWN")

    async def test_a_stranger_a_storefront_and_no_reason_are_refused(self, http: httpx.AsyncClient) -> None:
        path, why = "/v1/operator/customers/c-9/erasure", {"why": "asked for"}
        assert code(await http.post(path, json=why, headers=OPERATOR)) == (404, "CUSTOMER_UNKNOWN")
        assert code(await http.post(path, json=why)) == (403, "FORBIDDEN")
        assert code(await http.post(path, json={}, headers=OPERATOR)) == (422, "INVALID_REQUEST")
