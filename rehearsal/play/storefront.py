"""What can a storefront, a customer or an operator ask over HTTP? Every call of the interface, one method each."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import httpx

from rehearsal.play.endpoints import Endpoints

Body = dict[str, Any]


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
        answer = await self._client.request(method, f"{self._url}{path}", headers=all_headers, **sent)
        is_json = "json" in answer.headers.get("content-type", "")
        return Answer(answer.status_code, answer.json() if is_json and answer.content else {}, answer.headers)


class Storefront:
    """Requests to the four services: a storefront's, its customers' and the operators'."""

    def __init__(self, endpoints: Endpoints) -> None:
        keys = endpoints.keys
        self._secret = base64.b64decode(endpoints.webhook_secret.removeprefix("whsec_"))
        self._client = client = httpx.AsyncClient(timeout=30.0, trust_env=False)
        self.orders = ServiceClient(client, endpoints.orders, keys.storefront)
        self.quotes = ServiceClient(client, endpoints.billing, keys.storefront)
        self.orders_operator = ServiceClient(client, endpoints.orders, keys.operator)
        self.billing_operator = ServiceClient(client, endpoints.billing, keys.operator)
        self.provisioning_operator = ServiceClient(client, endpoints.provisioning, keys.operator)
        self.notifications_operator = ServiceClient(client, endpoints.notifications, keys.operator)
        self.anonymous_orders = ServiceClient(client, endpoints.orders, None)
        self.panel = ServiceClient(client, endpoints.provisioning, None)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self._client.aclose()

    async def submit(
        self, order: Body, *, wait: int | None = None, key: str | None = None, dry_run: bool = False
    ) -> Answer:
        """Submit a cart; `wait` asks for the price within so many seconds."""
        headers = {}
        if wait is not None:
            headers["Prefer"] = f"wait={wait}"
        if key is not None:
            headers["Idempotency-Key"] = key
        return await self.orders.ask("POST", f"/v1/orders{'?dry_run=true' if dry_run else ''}", order, headers=headers)

    async def order(self, order_id: str) -> Answer:
        """Read an order."""
        return await self.orders.ask("GET", f"/v1/orders/{order_id}")

    async def orders_of(self, customer_id: str) -> Answer:
        """Read all orders of a customer."""
        return await self.orders.ask("GET", f"/v1/customers/{customer_id}/orders")

    async def pay(self, order_id: str, payment: Body) -> Answer:
        """Report a payment for an order."""
        return await self.orders.ask("POST", f"/v1/orders/{order_id}/payments", payment)

    async def cancel(self, order_id: str) -> Answer:
        """Cancel an order at the customer's request."""
        return await self.orders.ask("POST", f"/v1/orders/{order_id}/cancellation", {"reason": "CUSTOMER_REQUEST"})

    async def webhook(self, payment: Body, *, webhook_id: str, timestamp: int, forged: bool = False) -> Answer:
        """Send a payment as a provider's signed webhook; `forged` signs another body."""
        content = json.dumps(payment).encode()
        signed = f"{webhook_id}.{timestamp}.".encode() + (b"{}" if forged else content)
        signature = base64.b64encode(hmac.new(self._secret, signed, hashlib.sha256).digest()).decode()
        headers = {
            "content-type": "application/json",
            "webhook-id": webhook_id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": f"v1,{signature}",
        }
        return await self.anonymous_orders.ask("POST", "/v1/payment-webhooks", content=content, headers=headers)

    async def quote(self, body: Body) -> Answer:
        """Ask what a cart would cost, with and without the extension."""
        return await self.quotes.ask("POST", "/v1/quotes", body)

    async def charges(self, order_id: str) -> Answer:
        """Read an order's charges with their explanation."""
        return await self.billing_operator.ask("GET", f"/v1/orders/{order_id}/charges")

    async def credit(self, customer_id: str) -> Answer:
        """Read a customer's credit ledger."""
        return await self.billing_operator.ask("GET", f"/v1/customers/{customer_id}/credit")

    async def services(self, customer_id: str) -> dict[str, Body]:
        """Read a customer's services, by product."""
        answer = await self.provisioning_operator.ask("GET", f"/v1/customers/{customer_id}/services")
        return {service["product"]: service for service in answer.body["services"]}

    async def emails(self, customer_id: str) -> list[Body]:
        """Read what the notifications service keeps of a customer's mails."""
        answer = await self.notifications_operator.ask("GET", f"/v1/customers/{customer_id}/emails")
        emails: list[Body] = answer.body["emails"]
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
