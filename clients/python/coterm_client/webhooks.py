"""How does a payment provider tell of money? A signed webhook (Standard Webhooks): no API key, a shared secret."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

import httpx

from coterm_client.answers import Paid
from coterm_client.bodies import PaymentOfOrder
from coterm_client.problems import problem_of
from coterm_client.retrying import UNTIL_ACCEPTED, Patience, patiently
from coterm_client.storefront import paid

_PREFIX = "whsec_"


def sign(secret: str, webhook_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """Return the three headers for a body: HMAC-SHA256 over `id.timestamp.body` under a `whsec_…` secret."""
    key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    signed = f"{webhook_id}.{timestamp}.".encode() + body
    signature = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return {"webhook-id": webhook_id, "webhook-timestamp": str(timestamp), "webhook-signature": f"v1,{signature}"}


class PaymentWebhook:
    """Report payments, each report signed at the moment it is sent (a signature lives for five minutes)."""

    def __init__(
        self,
        orders: str,
        secret: str,
        *,
        patience: Patience | None = None,
        now: Callable[[], float] = time.time,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._url = f"{orders.rstrip('/')}/v1/payment-webhooks"
        self._secret = secret
        self._patience = patience or Patience()
        self._now = now
        self._client = httpx.AsyncClient(timeout=15.0, follow_redirects=False, transport=transport)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.aclose()

    async def report(self, payment: PaymentOfOrder) -> Paid:
        """Report a payment. The webhook's id is the payment's identity, so that reporting it twice counts once."""
        body = json.dumps(payment.written()).encode()
        webhook_id = f"{payment.payment_source}:{payment.payment_id}"

        async def ask() -> httpx.Response:
            headers = sign(self._secret, webhook_id, int(self._now()), body)
            return await self._client.post(
                self._url, content=body, headers={"content-type": "application/json", **headers}
            )

        answer = await patiently(ask, self._patience, wait=UNTIL_ACCEPTED)
        if answer.status_code >= 400:
            raise problem_of(answer)
        return paid(answer)
