"""What does a storefront, a customer or an operator ask over HTTP? A storefront asks through the published client."""

import json
import math
from collections.abc import Awaitable, Mapping
from contextlib import suppress
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Self

import httpx
from pydantic import BaseModel, ConfigDict

from coterm_client import Cart, Channel, Customer, KnownCustomer, Line, Patience, Payment, Problem, sign
from coterm_client import Storefront as Shop
from rehearsal.play.endpoints import Endpoints

Body = dict[str, Any]

_answered: ContextVar[httpx.Response] = ContextVar("answered")


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: the status, and the JSON body ({} where there is none)."""

    status: int
    body: Body
    headers: Mapping[str, str]

    @property
    def code(self) -> str:
        """The problem's code."""
        return str(self.body.get("code", ""))

    @property
    def violations(self) -> list[str]:
        """The codes of a refusal, sorted."""
        return sorted(violation["code"] for violation in self.body.get("violations", []))


class ServiceClient:
    """Requests to one service with one key, over connections that are shared with the others."""

    def __init__(self, client: httpx.AsyncClient, url: str, key: str | None) -> None:
        self._client = client
        self._url = url
        self._headers = {"Authorization": f"Bearer {key}"} if key else {}

    async def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
    ) -> Answer:
        """Send a request and read the answer."""
        sent: Body = {"content": content} if content is not None else {"json": body} if body is not None else {}
        all_headers = {**self._headers, **(headers or {})}
        return _answer(await self._client.request(method, f"{self._url}{path}", headers=all_headers, **sent))


class _Asked(BaseModel):
    """What a quote is asked for."""

    model_config = ConfigDict(extra="forbid")

    channel: Channel
    lines: list[Line]
    customer: Customer | KnownCustomer | None = None
    customer_id: str | None = None


class _OneTry(Patience):
    """No second try, and the whole time for the first: a case judges what came back."""

    def pause(self, tries: int, retry_after: float | None) -> float:
        """Return that a second try would never come."""
        return math.inf


class _Way(httpx.AsyncHTTPTransport):
    """The way to the services; what came back last is noted for each task."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request."""
        answer = await super().handle_async_request(request)
        _answered.set(answer)
        return answer


class Storefront:
    """Requests to the four services: a storefront's, its customers' and the operators'.

    What a storefront does goes through the published client, `shop`, in one try, and is told as it was answered: a
    refusal is an Answer here. What the client would not write, since no storefront should, a case sends with `orders`.
    Raises NotUnderstood where the client can't read an answer, and Unreachable, or httpx.TransportError of what the
    client does not offer.
    """

    def __init__(self, endpoints: Endpoints) -> None:
        keys = endpoints.keys
        self._secret = endpoints.webhook_secret
        self._client = client = httpx.AsyncClient(timeout=30.0, trust_env=False)
        others = {name: getattr(endpoints, name) for name in ("billing", "provisioning", "notifications")}
        self.shop = Shop(endpoints.orders, keys.storefront, **others, patience=_OneTry(), transport=_Way())
        self.orders = ServiceClient(client, endpoints.orders, keys.storefront)
        self.orders_operator = ServiceClient(client, endpoints.orders, keys.operator)
        self.provisioning_operator = ServiceClient(client, endpoints.provisioning, keys.operator)
        self.notifications_operator = ServiceClient(client, endpoints.notifications, keys.operator)
        self.anonymous_orders = ServiceClient(client, endpoints.orders, None)
        self.panel = ServiceClient(client, endpoints.provisioning, None)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self.shop.aclose()
        await self._client.aclose()

    async def submit(self, order: Body, *, wait: int = 0) -> Answer:
        """Submit a cart; `wait` asks for the price within so many seconds."""
        return await _told(self.shop.submit(Cart.model_validate(order), wait=wait))

    async def preview(self, order: Body) -> Answer:
        """Ask what stands against a cart."""
        return await _told(self.shop.preview(Cart.model_validate(order)))

    async def order(self, order_id: str) -> Answer:
        """Read an order."""
        return await _told(self.shop.order(order_id))

    async def orders_of(self, customer_id: str) -> Answer:
        """Read all orders of a customer."""
        return await _told(self.shop.orders_of(customer_id))

    async def pay(self, order_id: str, payment: Body) -> Answer:
        """Report a payment for an order."""
        return await _told(self.shop.pay(order_id, Payment.model_validate(payment)))

    async def cancel(self, order_id: str) -> Answer:
        """Cancel an order at the customer's request."""
        return await _told(self.shop.cancel(order_id))

    async def webhook(self, payment: Body, *, webhook_id: str, timestamp: int, forged: bool = False) -> Answer:
        """Send a payment as a provider's signed webhook; `forged` signs another body."""
        content = json.dumps(payment).encode()
        signed = sign(self._secret, webhook_id, timestamp, b"{}" if forged else content)
        headers = {"content-type": "application/json", **signed}
        return await self.anonymous_orders.ask("POST", "/v1/payment-webhooks", content=content, headers=headers)

    async def quote(self, body: Body) -> Answer:
        """Ask what a cart would cost, with and without the extension."""
        asked = _Asked.model_validate(body)
        return await _told(self.shop.quote(asked.customer or asked.customer_id, asked.channel, asked.lines))

    async def charges(self, order_id: str) -> Answer:
        """Read an order's charges with their explanation."""
        return await _told(self.shop.charges(order_id))

    async def credit(self, customer_id: str) -> Answer:
        """Read a customer's credit ledger."""
        return await _told(self.shop.credit(customer_id))

    async def services(self, customer_id: str) -> dict[str, Body]:
        """Read a customer's services, by product."""
        answer = await _told(self.shop.services(customer_id))
        return {service["product"]: service for service in answer.body["services"]}

    async def emails(self, customer_id: str) -> list[Body]:
        """Read what the notifications service keeps of a customer's mails."""
        emails: list[Body] = (await _told(self.shop.emails(customer_id))).body["emails"]
        return emails

    async def held_payments(self, status: str = "HELD") -> list[Body]:
        """Read the payments that operators should look at."""
        answer = await self.orders_operator.ask("GET", f"/v1/operator/payments?status={status}&limit=500")
        payments: list[Body] = answer.body["payments"]
        return payments

    async def reissue(self, customer_id: str) -> Answer:
        """Issue a customer's credentials anew, as an operator."""
        return await self.provisioning_operator.ask("POST", f"/v1/operator/customers/{customer_id}/credentials")

    async def correct_contact(self, customer_id: str, address: str) -> Answer:
        """Correct a customer's contact address, as an operator."""
        path = f"/v1/operator/customers/{customer_id}/contact"
        return await self.notifications_operator.ask("PUT", path, {"email": address})

    async def sign_in(self, username: str, password: str) -> Answer:
        """Sign in at the panel."""
        return await self.panel.ask("POST", "/v1/panel/sign-in", {"username": username, "password": password})

    async def in_panel(self, session: str, method: str, path: str, body: Body | None = None) -> Answer:
        """Do something in the panel with a session."""
        return await self.panel.ask(method, f"/v1/panel/{path}", body, headers={"Authorization": f"Bearer {session}"})


async def _told(call: Awaitable[object]) -> Answer:
    """Let the client ask, and tell what it was answered last: of a list, the last page of two hundred."""
    with suppress(Problem):
        await call
    return _answer(_answered.get())


def _answer(answer: httpx.Response) -> Answer:
    is_json = "json" in answer.headers.get("content-type", "")
    return Answer(answer.status_code, answer.json() if is_json and answer.content else {}, answer.headers)
