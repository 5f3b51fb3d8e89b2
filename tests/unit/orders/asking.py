"""What does a storefront send, an operator present, and a refusal look like over HTTP?"""

from typing import Any

import httpx

from tests.unit.memory_edge import OPERATOR, STOREFRONT

__all__ = ["OPERATOR", "ORDER_BODY", "PAYMENT_BODY", "STOREFRONT", "code"]

ORDER_BODY: dict[str, Any] = {
    "order_id": "o-1",
    "storefront": "pec.it",
    "channel": "CUSTOMER_AREA",
    "customer": {
        "customer_id": "c-1",
        "kind": "LEGAL_PERSON",
        "name": "Rossi Srl",
        "email": "a@rossi.example",
        "vat_number": "12345670017",
    },
    "lines": [{"product": "DOCUMENTS"}],
}
PAYMENT_BODY: dict[str, Any] = {
    "payment_source": "bank",
    "payment_id": "p-1",
    "amount_cents": 4427,
    "currency": "EUR",
    "method": "BANK_TRANSFER",
}


def code(answer: httpx.Response) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    return answer.status_code, answer.json()["code"]
