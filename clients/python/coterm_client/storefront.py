"""How does a storefront speak to coterm over HTTP? One method per call, each safe to be made twice."""

import asyncio
import time
from collections.abc import Sequence
from datetime import date
from types import TracebackType
from typing import Any, Self, TypeVar
from urllib.parse import quote as escaped

import httpx
from pydantic import BaseModel

from coterm_client.answers import (
    Answer,
    AutomaticRenewal,
    Catalogue,
    Charges,
    Credit,
    Emails,
    Listed,
    Order,
    Orders,
    Paid,
    Placed,
    Preview,
    Quote,
    Services,
)
from coterm_client.bodies import Cart, Customer, KnownCustomer, Line, Payment
from coterm_client.problems import CotermError, OrderUnknown, not_understood, problem_of
from coterm_client.refused import Rejections
from coterm_client.retrying import UNTIL_ACCEPTED, Patience, patiently
from coterm_client.words import Channel, OrderStatus

M = TypeVar("M", bound=BaseModel)
L = TypeVar("L", bound=Listed)

_CONNECT_SECONDS = 5.0
_ANSWER_SECONDS = 15.0
_FIRST_LOOK = 0.1
_LONGEST_LOOK = 2.0
_A_PAGE = 200


FINAL = frozenset({OrderStatus.REFUSED, OrderStatus.ACTIVATED, OrderStatus.CANCELLED, OrderStatus.EXPIRED})
"""An order that stands so stays so."""


class NotYet(CotermError):
    """An order did not come to the status that was waited for, or never will; `order` is how it stands."""

    def __init__(self, order: Order, expected: Sequence[str], seconds: float) -> None:
        self.order = order
        is_final = order.status in FINAL
        how = "and stays so" if is_final else f"after {seconds:.0f} s"
        super().__init__(f"{order.order_id} is {order.status} {how}, not {' or '.join(expected)}")


class Storefront:
    """Place orders, tell of payments, look orders up.

    `orders`, `billing`, `provisioning`, `notifications` are the services' addresses; give those that are asked: billing
    for quotes, charges and credit, provisioning for services, notifications for mails. The catalogue alone needs no
    `key`. Use it as an async context manager; it holds connections. Every method raises a Problem for an answer that is
    one, and Unreachable when there was none; see `coterm_client.problems`.
    """

    def __init__(
        self,
        orders: str,
        key: str | None,
        *,
        billing: str | None = None,
        provisioning: str | None = None,
        notifications: str | None = None,
        patience: Patience | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._orders = orders.rstrip("/")
        others = {"billing": billing, "provisioning": provisioning, "notifications": notifications}
        self._others = {name: address.rstrip("/") for name, address in others.items() if address}
        self._patience = patience or Patience()
        self._client = httpx.AsyncClient(
            headers={
                **({"Authorization": f"Bearer {key}"} if key else {}),
                "Accept": "application/json, application/problem+json",
            },
            timeout=httpx.Timeout(_ANSWER_SECONDS, connect=_CONNECT_SECONDS),
            follow_redirects=False,
            transport=transport,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def submit(self, cart: Cart, *, wait: int = 5) -> Placed:
        """Place an order, and wait up to `wait` seconds (30 at most) for its price.

        The idempotency key is the order id: sent again, the same cart is the same order (`is_repeated`). An order
        that could not be priced in time is `AWAITING_PRICE`; nothing is wrong with it. Raises OrderRefused with
        every violation, IdempotencyConflict or OrderIdTaken where the id was used before.
        """
        headers = {"Idempotency-Key": cart.order_id, **({"Prefer": f"wait={wait}"} if wait else {})}
        answer = await self._ask("POST", "/v1/orders", cart.written(), headers=headers, wait=max(wait, UNTIL_ACCEPTED))
        return Placed(_read(Order, answer), answer.status_code == 200, answer.status_code != 202)

    async def preview(self, cart: Cart) -> Preview:
        """Ask what would stand against a cart; nothing is stored and its id stays free."""
        return _read(Preview, await self._ask("POST", "/v1/orders?dry_run=true", cart.written()))

    async def pay(self, order_id: str, payment: Payment) -> Paid:
        """Report a payment for an order.

        One that comes before its order or its price is held (`is_held`), if it names its `customer_id`. Raises
        OrderUnknown without that, PaymentConflict where it contradicts what was reported before.
        """
        path = f"/v1/orders/{_named(order_id)}/payments"
        answer = await self._ask("POST", path, payment.written(), wait=UNTIL_ACCEPTED)
        return paid(answer)

    async def cancel(self, order_id: str) -> Order:
        """Cancel an order at its customer's request; a second time changes nothing. Raises OrderNotCancellable."""
        body = {"reason": "CUSTOMER_REQUEST"}
        path = f"/v1/orders/{_named(order_id)}/cancellation"
        return _read(Order, await self._ask("POST", path, body, wait=UNTIL_ACCEPTED))

    async def order(self, order_id: str) -> Order:
        """Look an order up. Raises OrderUnknown."""
        return _read(Order, await self._ask("GET", f"/v1/orders/{_named(order_id)}"))

    async def orders_of(self, customer_id: str) -> list[Order]:
        """List a customer's orders, the oldest first; an unknown customer has none."""
        return (await self._whole(Orders, "orders", f"/v1/customers/{_named(customer_id)}/orders")).orders

    async def until(self, order_id: str, *statuses: OrderStatus, seconds: float = 30.0) -> Order:
        """Look an order up until it has one of the statuses.

        One that was published over Kafka may not be there yet: it is waited for too. Raises NotYet after `seconds`, or
        as soon as the order is where it stays (refused, say); OrderUnknown where it has not appeared in that time.
        """
        end = time.monotonic() + seconds
        pause = _FIRST_LOOK
        while True:
            is_over = time.monotonic() + pause > end
            try:
                order = await self.order(order_id)
            except OrderUnknown:
                if is_over:
                    raise
            else:
                if order.status in statuses:
                    return order
                if is_over or order.status in FINAL:
                    raise NotYet(order, statuses, seconds)
            await asyncio.sleep(pause)
            pause = min(_LONGEST_LOOK, pause * 1.5)

    async def quote(
        self, customer: Customer | KnownCustomer | str | None, channel: Channel, lines: Sequence[Line]
    ) -> Quote:
        """Ask billing what a cart would cost: for a customer described here, known by id, or (None) anybody new.

        Raises NotPriceable.
        """
        whose: dict[str, Any] = {} if customer is None else {"customer_id": customer}
        if isinstance(customer, Customer | KnownCustomer):
            whose = {"customer": customer.written()}
        body = {**whose, "channel": channel, "lines": [line.written() for line in lines]}
        return _read(Quote, await self._ask("POST", "/v1/quotes", body, base=self._at("billing")))

    async def catalogue(self, on: date | None = None) -> Catalogue:
        """Read what is sold today, or on another day."""
        return _read(Catalogue, await self._ask("GET", f"/v1/catalogue{f'?on={on}' if on else ''}"))

    async def services(self, customer_id: str) -> Services:
        """Read a customer's services; an unknown customer has none."""
        path = f"/v1/customers/{_named(customer_id)}/services"
        return await self._whole(Services, "services", path, base=self._at("provisioning"))

    async def charges(self, order_id: str) -> Charges:
        """Read what an order costs, explained. Raises OrderUnknown for one without a price."""
        path = f"/v1/orders/{_named(order_id)}/charges"
        return _read(Charges, await self._ask("GET", path, base=self._at("billing")))

    async def credit(self, customer_id: str) -> Credit:
        """Read a customer's credit."""
        path = f"/v1/customers/{_named(customer_id)}/credit"
        return await self._whole(Credit, "entries", path, base=self._at("billing"))

    async def emails(self, customer_id: str) -> Emails:
        """Read which mails a customer was sent; their bodies stay where they are."""
        path = f"/v1/customers/{_named(customer_id)}/emails"
        return await self._whole(Emails, "emails", path, base=self._at("notifications"))

    async def rejections(self) -> Rejections:
        """Read what Kafka's intake refused of this storefront in the last 30 days, and what names no storefront."""
        return await self._whole(Rejections, "rejections", "/v1/intake/rejections")

    async def _whole(self, model: type[L], name: str, path: str, *, base: str | None = None) -> L:
        """Read a list to its end, a page at a time."""
        first = page = _read(model, await self._ask("GET", f"{path}?limit={_A_PAGE}", base=base))
        found = list(getattr(first, name))
        while page.next is not None:
            place = f"{path}?limit={_A_PAGE}&after={_named(page.next)}"
            page = _read(model, await self._ask("GET", place, base=base))
            found += getattr(page, name)
        return first.model_copy(update={name: found, "next": None})

    async def automatic_renewals(self, customer_id: str) -> list[AutomaticRenewal]:
        """Read which bases of a customer renew by themselves; an unknown customer owns none."""
        path = f"/v1/customers/{_named(customer_id)}/automatic-renewal"
        return _read(_Renewals, await self._ask("GET", path)).bases

    async def choose_automatic_renewal(
        self, customer_id: str, base: str, *, enabled: bool, years: int = 1, add_ons: Sequence[str] = ()
    ) -> list[AutomaticRenewal]:
        """Choose whether a base renews by itself; the same again changes nothing.

        Raises Problem with the code RENEWAL_NOT_POSSIBLE where it is not owned or suspended, CUSTOMER_UNKNOWN.
        """
        body = {"enabled": enabled, "years": years, "add_ons": list(add_ons), "base": base}
        path = f"/v1/customers/{_named(customer_id)}/automatic-renewal"
        return _read(_Renewals, await self._ask("PUT", path, body, wait=UNTIL_ACCEPTED)).bases

    def _at(self, service: str) -> str:
        if service not in self._others:
            raise ValueError(f"this is asked of {service}: give its address")
        return self._others[service]

    async def _ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        headers: dict[str, str] | None = None,
        base: str | None = None,
        wait: int = 0,
    ) -> httpx.Response:
        timeout = httpx.Timeout(_ANSWER_SECONDS + wait, connect=_CONNECT_SECONDS)

        async def ask() -> httpx.Response:
            url = f"{base or self._orders}{path}"
            return await self._client.request(method, url, json=body, headers=headers, timeout=timeout)

        answer = await patiently(ask, self._patience, wait=wait)
        if answer.status_code >= 400:
            raise problem_of(answer)
        return answer


def paid(answer: httpx.Response) -> Paid:
    """Read how a payment was answered: the order, or 202 `{"status": "HELD"}`."""
    is_held = answer.status_code == 202 and _read(_PaymentAnswer, answer).order_id is None
    return Paid(None if is_held else _read(Order, answer), answer.status_code == 200, answer.status_code != 202)


class _Renewals(Answer):
    bases: list[AutomaticRenewal]


class _PaymentAnswer(BaseModel):
    order_id: str | None = None


def _named(name: str) -> str:
    return escaped(name, safe="")


def _read(model: type[M], answer: httpx.Response) -> M:
    try:
        return model.model_validate_json(answer.content)
    except ValueError as error:
        raise not_understood(answer, error) from error
