"""What does the other side of a storefront's client answer? A scripted web server, one answer after the other."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx

from coterm_client import (
    BuyerKind,
    Cart,
    Channel,
    Customer,
    Line,
    Patience,
    Payment,
    PaymentMethod,
    Storefront,
)

QUICK = Patience(seconds=60.0, first_pause=0.001, longest_pause=0.002)

ORDER: dict[str, Any] = {
    "order_id": "o-1", "customer_id": "c-1", "status": "AWAITING_PAYMENT", "purchase_case": "ADD_ON_TO_OWNED",
    "channel": "CUSTOMER_AREA", "ordered_on": "2026-01-15", "extend_active_services": True,
    "catalogue_version": "2026-01",
    "lines": [{"product": "DOCUMENTS", "action": "ACTIVATE", "years": 1, "net_cents": 2000, "reason": "FULL_PRICE"}],
    "extensions": [{
        "product": "E_INVOICING", "previous_expiry": "2026-06-30", "new_expiry": "2027-01-15",
        "missing_term": {"months": 6, "days": 16, "days_in_month": 31}, "net_cents": 1629,
    }],
    "net_cents": 3629, "vat_cents": 798, "total_cents": 4427, "credit_cents": 0, "outstanding_cents": 4427,
    "surplus_cents": 0,
    "payments": [], "payable_until": "2026-02-14", "reason": None, "violations": [], "warnings": [],
}  # fmt: skip

CART = Cart(
    order_id="o-1",
    storefront="example",
    channel=Channel.CUSTOMER_AREA,
    customer=Customer(
        customer_id="c-1",
        kind=BuyerKind.LEGAL_PERSON,
        name="Rossi Srl",
        email="a@rossi.example",
        vat_number="12345670017",
    ),
    lines=[Line(product="DOCUMENTS")],
)
PAYMENT = Payment(payment_source="bank", payment_id="p-1", amount_cents=4427, method=PaymentMethod.BANK_TRANSFER)

Scripted = httpx.Response | Exception


@dataclass
class Server:
    """Answer each request with the next of the script, and the last one for ever."""

    script: list[Callable[[], Scripted]]
    requests: list[httpx.Request] = field(default_factory=list)

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        """Serve one request."""
        self.requests.append(request)
        answer = self.script[min(len(self.requests), len(self.script)) - 1]()
        if isinstance(answer, Exception):
            raise answer
        return answer

    def storefront(self, patience: Patience = QUICK) -> Storefront:
        """Return a client that speaks with it."""
        transport = httpx.MockTransport(self)
        return Storefront("http://orders", "key", billing="http://billing/", patience=patience, transport=transport)


def good(status: int = 201, body: Any = None) -> Callable[[], Scripted]:
    """Answer with an order, or another body."""
    return lambda: httpx.Response(status, json=ORDER if body is None else body)


def problem(status: int, code: str, headers: dict[str, str] | None = None, **more: Any) -> Callable[[], Scripted]:
    """Answer with a problem."""
    document = {"status": status, "code": code, "detail": "because", **more}
    media_type = {"content-type": "application/problem+json", "x-request-id": "r-1"}
    return lambda: httpx.Response(status, json=document, headers={**media_type, **(headers or {})})


def cut_off(kind: type[httpx.TransportError] = httpx.ReadError) -> Callable[[], Scripted]:
    """Break the connection before there is an answer."""
    return lambda: kind("cut off")
