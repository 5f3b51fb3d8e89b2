"""Is a call made again just where that helps and harms nobody?"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import httpx
import pytest

from coterm_client import AccountParked, Order, Patience, Problem, Storefront, TooManyRequests, Unavailable, Unreachable
from coterm_client.retrying import seconds_to_wait
from tests.unit.client.answering import CART, ORDER, PAYMENT, Server, cut_off, good, problem


class Twice(Patience):
    """Lose the patience after the second try."""

    def pause(self, tries: int, retry_after: float | None) -> float:
        return 0.0 if tries == 0 else 3600.0


class TestWhenTheServiceComesBack:
    @pytest.mark.parametrize("status", [408, 429, 502, 503, 504])
    async def test_the_same_request_is_made_again(self, status: int) -> None:
        server = Server([problem(status, "UNAVAILABLE"), cut_off(), good()])
        async with server.storefront() as shop:
            placed = await shop.submit(CART)

        assert placed.order.order_id == "o-1"
        assert len({(each.method, each.url, each.content) for each in server.requests}) == 1
        assert [each.headers["idempotency-key"] for each in server.requests] == ["o-1"] * 3

    @pytest.mark.parametrize("kind", [httpx.ConnectError, httpx.ConnectTimeout, httpx.ReadTimeout, httpx.ReadError])
    async def test_a_lost_answer_is_asked_for_again(self, kind: type[httpx.TransportError]) -> None:
        server = Server([cut_off(kind), good(200)])
        async with server.storefront() as shop:
            assert (await shop.pay("o-1", PAYMENT)).is_repeated
        assert len(server.requests) == 2

    async def test_it_waits_as_long_as_it_is_told(self) -> None:
        server = Server([problem(429, "TOO_MANY_REQUESTS", {"Retry-After": "1"}), good()])
        began = time.monotonic()
        async with server.storefront(Patience(seconds=5)) as shop:
            await shop.submit(CART)
        assert 1.0 <= time.monotonic() - began < 5.0


class TestWhenAskingAgainWouldChangeNothing:
    @pytest.mark.parametrize(
        ("status", "code"), [(500, "INTERNAL_ERROR"), (422, "ORDER_REFUSED"), (409, "X"), (401, "Y")]
    )
    async def test_it_is_asked_once(self, status: int, code: str) -> None:
        server = Server([problem(status, code), good()])
        async with server.storefront() as shop:
            with pytest.raises(Problem, match=code):
                await shop.submit(CART)
        assert len(server.requests) == 1

    async def test_a_parked_account_waits_for_an_operator_not_for_us(self) -> None:
        server = Server([problem(503, "ACCOUNT_PARKED", {"Retry-After": "0"}), good()])
        async with server.storefront() as shop:
            with pytest.raises(AccountParked):
                await shop.submit(CART)
        assert len(server.requests) == 1

    async def test_an_address_that_is_none_is_no_matter_of_patience(self) -> None:
        server = Server([cut_off(httpx.UnsupportedProtocol), good()])
        async with server.storefront() as shop:
            with pytest.raises(httpx.UnsupportedProtocol):
                await shop.submit(CART)
        assert len(server.requests) == 1


class TestWhenThePatienceIsOver:
    async def test_the_last_answer_is_told(self) -> None:
        server = Server([problem(503, "UNAVAILABLE", {"Retry-After": "3600"})])
        async with server.storefront() as shop:
            with pytest.raises(Unavailable):
                await shop.submit(CART)
        assert len(server.requests) == 1  # no use in waiting for an hour

    async def test_a_limit_of_calls_too(self) -> None:
        async with Server([problem(429, "TOO_MANY_REQUESTS", {"Retry-After": "3600"})]).storefront() as shop:
            with pytest.raises(TooManyRequests):
                await shop.submit(CART)

    async def test_or_that_there_was_none(self) -> None:
        server = Server([cut_off(httpx.ConnectError)])
        async with server.storefront(Twice(60)) as shop:
            with pytest.raises(Unreachable, match="no answer after 2 tries: ConnectError: cut off") as caught:
                await shop.order("o-1")
        assert isinstance(caught.value.__cause__, httpx.ConnectError)

    async def test_an_answer_that_does_not_come_is_not_waited_for_any_longer(self) -> None:
        async def never(_request: httpx.Request) -> httpx.Response:
            await asyncio.Event().wait()
            raise AssertionError

        shop = Storefront("http://orders", "key", patience=Patience(0.05), transport=httpx.MockTransport(never))
        async with shop:
            with pytest.raises(Unreachable, match="no answer after 1 tries: TimeoutError"):
                await shop.order("o-1")

    async def test_what_was_answered_before_says_more(self) -> None:
        answers = iter([problem(503, "UNAVAILABLE", {"Retry-After": "0"})()])

        async def once(_request: httpx.Request) -> httpx.Response:
            for answer in answers:
                assert isinstance(answer, httpx.Response)
                return answer
            raise TimeoutError

        async with Storefront("http://orders", "key", transport=httpx.MockTransport(once)) as shop:
            with pytest.raises(Unavailable):
                await shop.order("o-1")

    @pytest.mark.parametrize(
        "write",
        [
            lambda shop: shop.submit(CART, wait=30),
            lambda shop: shop.submit(CART, wait=0),
            lambda shop: shop.pay("o-1", PAYMENT),
            lambda shop: shop.cancel("o-1"),
        ],
        ids=["priced", "submitted", "paid", "cancelled"],
    )
    async def test_what_the_service_takes_to_accept_is_no_part_of_it(
        self, write: Callable[[Storefront], Awaitable[Any]]
    ) -> None:
        async def later(_request: httpx.Request) -> httpx.Response:
            await asyncio.sleep(0.3)
            return httpx.Response(201, json=ORDER)

        shop = Storefront("http://orders", "key", patience=Patience(0.1), transport=httpx.MockTransport(later))
        async with shop:
            answer = await write(shop)
        assert (answer if isinstance(answer, Order) else answer.order).order_id == "o-1"


class TestWhenAPauseIsChosen:
    def test_it_grows_up_to_a_limit_and_is_never_the_same_for_all(self) -> None:
        patience = Patience(first_pause=1.0, longest_pause=4.0)
        spans = [max(patience.pause(tries, None) for _ in range(300)) for tries in (0, 1, 2, 5, 4000)]

        assert all(limit / 2 < span <= limit for span, limit in zip(spans, (1, 2, 4, 4, 4), strict=True))
        assert len({patience.pause(2, None) for _ in range(50)}) == 50

    def test_what_the_server_asked_for_is_the_least(self) -> None:
        pauses = [Patience().pause(0, 2.0) for _ in range(300)]
        assert all(2.0 <= pause <= 2.5 for pause in pauses)
        assert len(set(pauses)) > 1

    @pytest.mark.parametrize(
        ("header", "seconds"), [(None, None), ("", None), ("7", 7.0), ("soon", None), ("-1", None)]
    )
    def test_retry_after_is_read(self, header: str | None, seconds: float | None) -> None:
        assert seconds_to_wait(header) == seconds

    def test_as_a_date_too(self) -> None:
        later = seconds_to_wait(format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True))
        assert later is not None
        assert 20 < later <= 30
        assert seconds_to_wait(format_datetime(datetime.now(UTC) - timedelta(days=1), usegmt=True)) == 0.0
