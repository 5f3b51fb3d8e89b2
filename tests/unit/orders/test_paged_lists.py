"""Is a list read to its end, a page at a time, whole and in order?"""

from datetime import timedelta

import httpx
import pytest

from tests.unit.orders.asking import OPERATOR, ORDER_BODY, code
from tests.unit.orders.builders import payment
from tests.unit.orders.spec import Desk

ORDERS = "/v1/customers/c-1/orders"


async def _orders(http: httpx.AsyncClient, desk: Desk, count: int) -> list[str]:
    """Submit orders, their ids in another order than their instants; all but the first are refused, and listed too."""
    names = [f"o-{9 - number}" for number in range(count)]
    for name in names:
        desk.clock.instant += timedelta(seconds=1)
        await http.post("/v1/orders", json={**ORDER_BODY, "order_id": name})
    return names


async def _pages(http: httpx.AsyncClient, path: str, name: str, key: str, limit: int) -> list[list[str]]:
    pages, after = [], ""
    while True:
        answer = (await http.get(f"{path}{'&' if '?' in path else '?'}limit={limit}{after}")).json()
        pages.append([each[key] for each in answer[name]])
        if answer["next"] is None:
            return pages
        after = f"&after={answer['next']}"


class TestAListInPages:
    async def test_is_the_whole_list_oldest_first(self, http: httpx.AsyncClient, desk: Desk) -> None:
        names = await _orders(http, desk, 5)
        assert await _pages(http, ORDERS, "orders", "order_id", 2) == [names[:2], names[2:4], names[4:]]
        assert await _pages(http, ORDERS, "orders", "order_id", 5) == [names]
        assert await _pages(http, ORDERS, "orders", "order_id", 100) == [names]

    async def test_goes_on_where_it_was_though_more_came(self, http: httpx.AsyncClient, desk: Desk) -> None:
        names = await _orders(http, desk, 3)
        first = (await http.get(f"{ORDERS}?limit=2")).json()
        desk.clock.instant += timedelta(seconds=1)
        await http.post("/v1/orders", json={**ORDER_BODY, "order_id": "a-new-one"})
        rest = (await http.get(f"{ORDERS}?limit=2&after={first['next']}")).json()
        assert [each["order_id"] for each in rest["orders"]] == [names[2], "a-new-one"]

    async def test_of_two_kinds_of_payments_is_one_list(self, http: httpx.AsyncClient, desk: Desk) -> None:
        http.headers.update(OPERATOR)
        for name, cents in [("p-9", 100), ("p-8", 100), ("p-9", 200), ("p-7", 100), ("p-6", 100)]:
            desk.clock.instant += timedelta(seconds=1)
            await desk.when(payment(cents, payment_id=name, order_id="o-late"))
        path = "/v1/operator/payments"
        assert await _pages(http, path, "payments", "payment_id", 2) == [["p-9", "p-8"], ["p-9", "p-7"], ["p-6"]]
        assert await _pages(http, f"{path}?status=CONFLICTED", "payments", "payment_id", 1) == [["p-9"]]

    async def test_without_a_row_has_no_next_page(self, http: httpx.AsyncClient) -> None:
        assert (await http.get("/v1/customers/c-unknown/orders")).json() == {"orders": [], "next": None}


class TestAWrongPage:
    @pytest.mark.parametrize("limit", ["0", "501", "-1", "many", "1.5", ""])
    async def test_a_limit_out_of_bounds_is_named(self, http: httpx.AsyncClient, limit: str) -> None:
        answer = await http.get(f"{ORDERS}?limit={limit}")
        assert code(answer) == (422, "INVALID_REQUEST")
        assert [error["field"] for error in answer.json()["errors"]] == ["limit"]

    @pytest.mark.parametrize(
        "after", ["", "nonsense", "%00", "W10", "WzEsMiwzXQ", "WyIyMDI2LTAxLTE1IixudWxsLCJcdTAwMDAiXQ", "é"]
    )
    async def test_a_place_that_no_list_named_is_named(self, http: httpx.AsyncClient, after: str) -> None:
        answer = await http.get(f"{ORDERS}?after={after}")
        assert code(answer) == (422, "INVALID_REQUEST")
        assert answer.json()["errors"][0]["field"] in {"after", "path"}
