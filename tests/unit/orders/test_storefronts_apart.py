import hashlib

import httpx
import pytest

from tests.unit.orders.asking import ORDER_BODY, PAYMENT_BODY, code
from tests.unit.orders.spec import Desk

DIFFERS = (403, "STOREFRONT_DIFFERS")
OTHER = {"Authorization": "Bearer sf_other"}
ALL = {"Authorization": "Bearer sf_all"}
OTHERS_ORDER = {**ORDER_BODY, "order_id": "o-2", "storefront": "other.it"}
OTHERS_CUSTOMER = {**ORDER_BODY["customer"], "customer_id": "c-2", "vat_number": "12345670025"}


@pytest.fixture
async def desk(desk: Desk) -> Desk:
    desk.settings.storefront_keys |= {
        "other.it": hashlib.sha256(b"sf_other").hexdigest(),
        "*": hashlib.sha256(b"sf_all").hexdigest(),
    }
    return desk


class TestAnotherStorefrontsKey:
    async def test_submits_no_order_in_its_name(self, http: httpx.AsyncClient) -> None:
        for query in ("", "?dry_run=true"):
            assert code(await http.post(f"/v1/orders{query}", json=ORDER_BODY, headers=OTHER)) == DIFFERS
        assert code(await http.get("/v1/orders/o-1")) == (404, "ORDER_UNKNOWN")

    async def test_submits_no_order_for_its_customer(self, http: httpx.AsyncClient) -> None:
        await http.post("/v1/orders", json=ORDER_BODY)
        for query in ("", "?dry_run=true"):
            assert code(await http.post(f"/v1/orders{query}", json=OTHERS_ORDER, headers=OTHER)) == DIFFERS

    async def test_reads_pays_and_cancels_nothing_of_it(self, http: httpx.AsyncClient) -> None:
        placed = (await http.post("/v1/orders", json=ORDER_BODY)).json()
        why = {"reason": "CUSTOMER_REQUEST"}
        assert code(await http.get("/v1/orders/o-1", headers=OTHER)) == DIFFERS
        assert code(await http.get("/v1/customers/c-1/orders", headers=OTHER)) == DIFFERS
        assert code(await http.post("/v1/orders/o-1/payments", json=PAYMENT_BODY, headers=OTHER)) == DIFFERS
        assert code(await http.post("/v1/orders/o-1/cancellation", json=why, headers=OTHER)) == DIFFERS
        assert (await http.get("/v1/orders/o-1")).json() == placed

    async def test_pays_nothing_on_its_customers_account(self, http: httpx.AsyncClient) -> None:
        await http.post("/v1/orders", json=ORDER_BODY)
        own = await http.post("/v1/orders", json={**OTHERS_ORDER, "customer": OTHERS_CUSTOMER}, headers=OTHER)
        assert code(own) == (422, "ORDER_REFUSED")  # kept: the order and its customer are the other's own
        for order_id in ("o-2", "o-9"):
            answer = await http.post(
                f"/v1/orders/{order_id}/payments", json={**PAYMENT_BODY, "customer_id": "c-1"}, headers=OTHER
            )
            assert code(answer) == (404, "ORDER_UNKNOWN")


async def test_a_customer_of_two_storefronts_shows_each_its_own(http: httpx.AsyncClient) -> None:
    await http.post("/v1/orders", json=ORDER_BODY)
    await http.post("/v1/orders", json=OTHERS_ORDER, headers=ALL)

    async def seen(headers: dict[str, str] | None = None) -> list[str]:
        answer = await http.get("/v1/customers/c-1/orders", headers=headers)
        return [each["order_id"] for each in answer.json()["orders"]]

    assert (await seen(), await seen(OTHER), await seen(ALL)) == (["o-1"], ["o-2"], ["o-1", "o-2"])


async def test_a_payment_before_its_order_is_held_for_an_own_customer(http: httpx.AsyncClient) -> None:
    early = {**PAYMENT_BODY, "customer_id": "c-1"}
    assert code(await http.post("/v1/orders/o-9/payments", json=early)) == (404, "ORDER_UNKNOWN")
    await http.post("/v1/orders", json=ORDER_BODY)
    assert (await http.post("/v1/orders/o-9/payments", json=early)).status_code == 202


async def test_the_document_tells_of_the_binding(http: httpx.AsyncClient) -> None:
    paths = (await http.get("/openapi.json")).json()["paths"]
    for path, method in (("/v1/orders", "post"), ("/v1/orders/{order_id}", "get")):
        assert "STOREFRONT_DIFFERS" in paths[path][method]["responses"]["403"]["description"]
