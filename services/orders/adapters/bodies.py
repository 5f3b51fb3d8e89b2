"""What do orders' HTTP bodies look like? To the letter of the interface, for OpenAPI too."""

from datetime import date
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from runtime.web import Next, example
from schemas.vocabulary import (
    EXAMPLE_ADD_ON,
    EXAMPLE_BASE,
    Channel,
    LineAction,
    OrderStatus,
    OrderWarning,
    PaymentStatus,
    PriceReason,
    Product,
    PurchaseCase,
    ViolationCode,
)

ORDER_SUBMITTED: dict[str, Any] = {
    "order_id": "o-1",
    "storefront": "pec.it",
    "channel": "CUSTOMER_AREA",
    "customer": {
        "customer_id": "c-1",
        "kind": "LEGAL_PERSON",
        "citizenship": "IT",
        "name": "Rossi Srl",
        "email": "a@rossi.example",
        "vat_number": "12345670017",
        "tax_code": None,
        "locale": "it",
    },
    "lines": [{"product": EXAMPLE_ADD_ON, "action": "ACTIVATE", "years": 1}],
    "extend_active_services": True,
    "use_credit": False,
    "expected_total_cents": 4427,
    "submitted_at": "2026-01-15T09:00:00Z",
}
RENEWAL_SUBMITTED: dict[str, Any] = {
    "order_id": "o-2",
    "storefront": "pec.it",
    "channel": "PANEL",
    "customer": {"customer_id": "c-1"},
    "lines": [
        {"product": EXAMPLE_BASE, "action": "RENEW", "years": 2},
        {"product": EXAMPLE_ADD_ON, "action": "RENEW", "years": 2},
    ],
}
PAYMENT: dict[str, Any] = {
    "payment_source": "bank",
    "payment_id": "p-1",
    "amount_cents": 4427,
    "currency": "EUR",
    "method": "BANK_TRANSFER",
    "received_at": "2026-01-15T10:00:00Z",
    "customer_id": "c-1",
}
ORDER: dict[str, Any] = {
    "order_id": "o-1",
    "customer_id": "c-1",
    "status": "AWAITING_PAYMENT",
    "purchase_case": "ADD_ON_TO_OWNED",
    "channel": "CUSTOMER_AREA",
    "ordered_on": "2026-01-15",
    "extend_active_services": True,
    "catalogue_version": "2026-01",
    "lines": [{"product": EXAMPLE_ADD_ON, "action": "ACTIVATE", "years": 1, "net_cents": 2000, "reason": "FULL_PRICE"}],
    "extensions": [
        {
            "product": EXAMPLE_BASE,
            "previous_expiry": "2026-06-30",
            "new_expiry": "2027-01-15",
            "missing_term": {"months": 6, "days": 16, "days_in_month": 31},
            "net_cents": 1629,
        }
    ],
    "net_cents": 3629,
    "vat_cents": 798,
    "total_cents": 4427,
    "credit_cents": 0,
    "outstanding_cents": 4427,
    "surplus_cents": 0,
    "expiries": {},
    "payments": [],
    "payable_until": "2026-02-14",
    "reason": None,
    "violations": [],
    "warnings": [],
}
VIOLATION: dict[str, Any] = {
    "code": "ADDON_ORDER_PENDING",
    "detail": "it is ordered already",
    "order_id": "o-0",
}


class Answer(BaseModel):
    """A body that is read from a row."""

    model_config = ConfigDict(frozen=True, from_attributes=True)


class LineAnswer(Answer):
    """Show a line, with its price once there is one."""

    product: Product
    action: LineAction
    years: int
    net_cents: int | None
    reason: PriceReason | None


class TermAnswer(Answer):
    """Show a missing term."""

    months: int
    days: int
    days_in_month: int


class ExtensionAnswer(Answer):
    """Show what extending an active service costs."""

    product: Product
    previous_expiry: date
    new_expiry: date
    missing_term: TermAnswer
    net_cents: int


class PaymentAnswer(Answer):
    """Show a payment of an order; only a registered one has a date."""

    payment_source: str
    payment_id: str
    amount_cents: int
    registered_on: date | None
    status: PaymentStatus
    surplus_cents: int


class ViolationAnswer(Answer):
    """Show a reason for a refusal; `order_id` stands there only where an order is in the way."""

    code: ViolationCode
    detail: str
    order_id: str | None = Field(
        default=None, exclude_if=lambda order_id: order_id is None, description="The order that is in the way."
    )


class OrderAnswer(Answer):
    """Show an order; amounts are null until it is priced."""

    model_config = ConfigDict(frozen=True, from_attributes=True, json_schema_extra={"examples": [example(ORDER)]})

    order_id: str
    customer_id: str
    status: OrderStatus
    purchase_case: PurchaseCase | None
    channel: Channel
    ordered_on: date
    extend_active_services: bool | None
    catalogue_version: str
    lines: list[LineAnswer]
    extensions: list[ExtensionAnswer]
    net_cents: int | None
    vat_cents: int | None
    total_cents: int | None
    credit_cents: int | None
    outstanding_cents: int | None
    surplus_cents: int
    expiries: dict[Product, date]
    payments: list[PaymentAnswer]
    payable_until: date | None
    reason: str | None
    violations: list[ViolationAnswer]
    warnings: list[OrderWarning]


class OrdersAnswer(Answer):
    """List orders."""

    model_config = ConfigDict(json_schema_extra={"examples": [example({"orders": [ORDER], "next": None})]})

    orders: list[OrderAnswer]
    next: Next = None


class PreviewAnswer(Answer):
    """Say what stands against an order that was not stored."""

    model_config = ConfigDict(
        frozen=True,
        json_schema_extra={"examples": [{"order_id": "o-1", "violations": [VIOLATION], "warnings": []}]},
    )

    order_id: str
    violations: list[ViolationAnswer]
    warnings: list[OrderWarning]


class HeldAnswer(Answer):
    """Say that a payment waits for its order or its price."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"status": "HELD"}]})

    status: PaymentStatus = PaymentStatus.HELD
