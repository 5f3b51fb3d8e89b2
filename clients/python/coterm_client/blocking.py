"""How does code that is not asynchronous use the client? By the same calls, each of which blocks until it is answered.

A loop in a thread of its own runs the asynchronous client, so it works beside a running loop (a notebook) and from
several threads at once. After a fork it does not: make one per process.
"""

import asyncio
import functools
import os
import threading
from collections.abc import Awaitable, Callable, Coroutine
from types import TracebackType
from typing import Any, Concatenate, Generic, ParamSpec, Protocol, Self, TypeVar

from coterm_client.problems import CotermError
from coterm_client.storefront import Storefront
from coterm_client.webhooks import PaymentWebhook


class Opened(Protocol):
    """What is used as an asynchronous context manager."""

    async def __aenter__(self) -> Self:
        """Open it."""
        ...

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        """Close it."""
        ...


A = TypeVar("A", bound=Opened)
R = TypeVar("R")
P = ParamSpec("P")


class Blocking(Generic[A]):
    """Run an asynchronous client; use it as a context manager, or `close` it."""

    def __init__(self, client: A) -> None:
        self._client = client
        self._process = os.getpid()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="coterm-client", daemon=True)
        self._thread.start()
        try:
            self._run(self._client.__aenter__())
        except BaseException:
            self._stop()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections; a second time does nothing."""
        if not self._loop.is_closed():
            try:
                self._run(self._client.__aexit__(None, None, None))
            finally:
                self._stop()

    def _run(self, call: Coroutine[Any, Any, R]) -> R:
        if self._loop.is_closed() or os.getpid() != self._process:
            call.close()
            raise CotermError("this client is closed, or was made before a fork: make one in each process")
        answer = asyncio.run_coroutine_threadsafe(call, self._loop)
        try:
            return answer.result()
        except BaseException:
            answer.cancel()  # interrupted: nobody waits for it any more
            raise

    def _stop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


def blocking(method: Callable[Concatenate[A, P], Awaitable[R]]) -> Callable[Concatenate[Blocking[A], P], R]:
    """Make the call that waits for its answer."""

    @functools.wraps(method)
    def call(self: Blocking[A], /, *given: P.args, **named: P.kwargs) -> R:
        async def answer() -> R:
            return await method(self._client, *given, **named)

        return self._run(answer())

    return call


class BlockingStorefront(Blocking[Storefront]):
    """Place orders, tell of payments, look orders up: `Storefront`, each call blocking until it is answered."""

    submit = blocking(Storefront.submit)
    preview = blocking(Storefront.preview)
    pay = blocking(Storefront.pay)
    cancel = blocking(Storefront.cancel)
    order = blocking(Storefront.order)
    orders_of = blocking(Storefront.orders_of)
    until = blocking(Storefront.until)
    quote = blocking(Storefront.quote)
    catalogue = blocking(Storefront.catalogue)
    services = blocking(Storefront.services)
    charges = blocking(Storefront.charges)
    credit = blocking(Storefront.credit)
    emails = blocking(Storefront.emails)
    automatic_renewals = blocking(Storefront.automatic_renewals)
    choose_automatic_renewal = blocking(Storefront.choose_automatic_renewal)
    rejections = blocking(Storefront.rejections)


class BlockingPaymentWebhook(Blocking[PaymentWebhook]):
    """Report payments, signed: `PaymentWebhook`, blocking."""

    report = blocking(PaymentWebhook.report)
