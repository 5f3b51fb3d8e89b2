import httpx

from schemas import provisioning
from schemas.orders import OrderReleased
from schemas.vocabulary import HoldReason
from tests.unit.orders.asking import OPERATOR, ORDER_BODY, code
from tests.unit.orders.builders import DOCUMENTS, order, payment, priced
from tests.unit.orders.spec import Desk


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

    async def test_asked_again_it_answers_what_the_first_did_and_does_nothing(
        self, http: httpx.AsyncClient, desk: Desk
    ) -> None:
        held = provisioning.ActivationHeld(customer_id="c-1", order_id="o-1", reason=HoldReason.BASE_SHORTENED)
        for input_ in (order(DOCUMENTS), priced(), payment(), held):
            await desk.when(input_)
        await http.post("/v1/operator/orders/o-1/release", json={"why": "the base is back"}, headers=OPERATOR)
        before = len(desk.store.contents.journal)
        answer = await http.post("/v1/operator/orders/o-1/release", json={"why": "again"}, headers=OPERATOR)
        assert (answer.status_code, answer.json()["status"]) == (200, "SETTLED")
        assert len(desk.store.contents.journal) == before

    async def test_an_order_that_was_never_held_is_none_to_release(self, http: httpx.AsyncClient, desk: Desk) -> None:
        await desk.when(order(DOCUMENTS))
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
