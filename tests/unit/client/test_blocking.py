"""Does code that is not asynchronous get the same client?"""

import asyncio
import inspect
import threading
import typing
from collections.abc import Callable
from typing import Any

import httpx
import pytest

import coterm_client
from coterm_client import BlockingPaymentWebhook, BlockingStorefront, OrderUnknown, PaymentWebhook, Storefront
from coterm_client.blocking import Blocking
from coterm_client.intake import BlockingIntake, Intake
from coterm_client.problems import CotermError
from tests.unit.client.answering import CART, ORDER, Server, good, problem

PAIRS: list[tuple[type[Any], type[Blocking[Any]]]] = [
    (Storefront, BlockingStorefront),
    (PaymentWebhook, BlockingPaymentWebhook),
    (Intake, BlockingIntake),
]


def _calls(kind: type[Any]) -> dict[str, Callable[..., Any]]:
    return {name: call for name, call in vars(kind).items() if callable(call) and not name.startswith("_")}


class TestWhatItOffers:
    @pytest.mark.parametrize(("asynchronous", "blocking"), PAIRS)
    def test_is_every_call_of_the_asynchronous_client_with_its_signature_and_its_words(
        self, asynchronous: type[Any], blocking: type[Any]
    ) -> None:
        calls = {name: call for name, call in _calls(asynchronous).items() if name != "aclose"}
        assert all(inspect.iscoroutinefunction(call) for call in calls.values())
        assert _calls(blocking).keys() == calls.keys()
        for name, call in calls.items():
            assert inspect.signature(getattr(blocking, name)) == inspect.signature(call)
            assert getattr(blocking, name).__doc__ == call.__doc__


class TestACall:
    def test_blocks_until_it_is_answered(self) -> None:
        server = Server([good(), good(200)])
        with BlockingStorefront(server.storefront()) as shop:
            placed, again = shop.submit(CART), shop.submit(CART)
        assert (placed.order.total_cents, placed.is_repeated, again.is_repeated) == (4427, False, True)

    def test_raises_the_same_problems(self) -> None:
        front = Server([problem(404, "ORDER_UNKNOWN")]).storefront()
        with BlockingStorefront(front) as shop, pytest.raises(OrderUnknown) as caught:
            shop.order("o-1")
        assert caught.value.request_id == "r-1"

    async def test_works_beside_a_running_loop(self) -> None:
        with BlockingStorefront(Server([good(200)]).storefront()) as shop:
            assert shop.order("o-1").order_id == "o-1"

    def test_may_be_made_from_several_threads_at_once(self) -> None:
        met = asyncio.Barrier(3)

        async def answer(request: httpx.Request) -> httpx.Response:
            await met.wait()  # answered only once all three are there
            return httpx.Response(200, json=ORDER)

        found: list[str] = []
        transport = httpx.MockTransport(answer)
        with BlockingStorefront(Storefront("http://orders", "key", transport=transport)) as shop:
            threads = [threading.Thread(target=lambda: found.append(shop.order("o-1").order_id)) for _ in range(3)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(10)
        assert found == ["o-1"] * 3

    def test_of_one_that_is_closed_or_came_over_a_fork_says_so(self, monkeypatch: pytest.MonkeyPatch) -> None:
        before = threading.active_count()
        with BlockingStorefront(Server([good(200)]).storefront()) as shop, monkeypatch.context() as forked:
            forked.setattr("coterm_client.blocking.os.getpid", lambda: -1)
            with pytest.raises(CotermError, match="fork"):
                shop.order("o-1")
        shop.close()
        with pytest.raises(CotermError, match="closed"):
            shop.order("o-1")
        assert threading.active_count() == before


class TestThePackage:
    def test_names_its_version_once(self) -> None:
        assert coterm_client.__version__.count(".") == 2

    def test_says_the_type_of_everything_that_it_offers(self) -> None:
        for name in coterm_client.__all__:
            offered = getattr(coterm_client, name)
            calls = [*_calls(offered).values(), offered.__init__] if inspect.isclass(offered) else [offered]
            for call in calls:
                if not inspect.isfunction(call) or not call.__module__.startswith("coterm_client"):
                    continue
                hints = typing.get_type_hints(call)
                given = [each for each in inspect.signature(call).parameters if each != "self"]
                assert "return" in hints, f"{name}.{call.__name__}"
                assert set(given) <= set(hints), f"{name}.{call.__name__}"
