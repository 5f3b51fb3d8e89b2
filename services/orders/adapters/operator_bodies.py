"""What do operators send to orders, and what does it answer? The interface, for OpenAPI too."""

from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationInfo, field_validator

from runtime.web import Next, example
from schemas.payments import MoneyDestination, RefundReason
from schemas.storefront import Body, Id
from schemas.text import Reason
from schemas.vocabulary import PaymentMethod, PaymentResolution, PaymentStatus
from services.orders.adapters.bodies import Answer
from services.orders.projections.refunds import RefundStatus

_QUESTIONED: dict[str, JsonValue] = {
    "payment_source": "bank",
    "payment_id": "p-1",
    "customer_id": "c-1",
    "order_id": "o-9",
    "content_hash": "9f86d081884c7d659a2feaa0c55ad015",
    "amount_cents": 4427,
    "method": "BANK_TRANSFER",
    "status": "HELD",
    "reason": "ORDER_UNKNOWN",
    "taken_at": "2026-01-15T10:00:00Z",
    "is_overdue": False,
}
_REFUND: dict[str, JsonValue] = {
    "refund_id": "1d3c8a52-5c55-5d0e-9f0b-0a4f6c1e7b21",
    "customer_id": "c-1",
    "order_id": "o-1",
    "amount_cents": 4427,
    "payment_source": "bank",
    "payment_id": "p-1",
    "method": "BANK_TRANSFER",
    "reason": "ORDER_CLOSED",
    "explanation": "order o-1 was closed: payment p-1 of bank, 44.27 €",
    "status": "DUE",
    "due_on": "2026-01-20",
    "paid_on": None,
    "reference": None,
}


class QuestionedPaymentAnswer(Answer):
    """Show an operator a payment that waits."""

    payment_source: str
    payment_id: str
    customer_id: str
    order_id: str
    content_hash: str
    """Tells it from others under the same identity."""
    amount_cents: int
    method: PaymentMethod
    status: PaymentStatus
    reason: str | None
    taken_at: datetime | None
    is_overdue: bool
    """True when it has been held for longer than the catalogue allows (R27)."""


class QuestionedPaymentsAnswer(Answer):
    """List the payments that wait."""

    model_config = ConfigDict(json_schema_extra={"examples": [example({"payments": [_QUESTIONED], "next": None})]})

    payments: list[QuestionedPaymentAnswer]
    next: Next = None


class ErasureBody(Body):
    """Say why a customer's personal data is erased; it stands in the log for ever, so nothing personal.

    `close_first` closes what is unpaid; what was paid in part becomes credit.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [{"why": "Requested by the customer, art. 17 GDPR."}]})

    why: Reason
    close_first: bool = False


class ErasureAnswer(BaseModel):
    """Whose personal data can't be read any more."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"customer_id": "c-1", "status": "ERASED"}]})

    customer_id: str
    status: Literal["ERASED"] = "ERASED"


class ChargebackBody(Body):
    """Say why a payment was charged back; `content_hash` only where several payments came under its identity."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"why": "Case 7 of the customer's bank."}]})

    why: Reason
    content_hash: str | None = Field(default=None, max_length=64)


class ChargebackWonBody(ChargebackBody):
    """Say why a charged-back payment is here again."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"why": "Case 7 was won."}]})

    why: Reason = "it was won back"


class ReleaseBody(Body):
    """Say why an order may go on."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"why": "The base is back."}]})

    why: Reason


class ClosureBody(Body):
    """Say why an order is closed, and where its money goes."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"why": "The customer gave it up.", "money": "TO_CREDIT"}]}
    )

    why: Reason
    money: MoneyDestination = MoneyDestination.TO_CREDIT


class ResolutionBody(Body):
    """Say what becomes of a payment that waits, and why; only one that is moved names an order."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"action": "TO_CREDIT", "why": "Its order will never be placed."},
                {"action": "MOVE", "order_id": "o-1", "why": "The order number was mistyped."},
            ]
        }
    )

    action: PaymentResolution
    why: Reason
    order_id: Id | None = Field(default=None, validate_default=True)
    content_hash: str | None = None
    """Which one, where several wait under its identity."""

    @field_validator("order_id", mode="after")
    @classmethod
    def _only_of_a_move(cls, order_id: str | None, info: ValidationInfo) -> str | None:
        if (info.data.get("action") is PaymentResolution.MOVE) is (order_id is None):
            raise ValueError("only MOVE needs the order that the payment is to pay, and it does")
        return order_id


class RefundAnswer(Answer):
    """Show a refund; the payment is the one by which the money came, where it came by one."""

    model_config = ConfigDict(json_schema_extra={"examples": [example(_REFUND)]})

    refund_id: str
    customer_id: str
    order_id: str | None
    amount_cents: int
    payment_source: str | None
    payment_id: str | None
    method: PaymentMethod | None
    reason: RefundReason
    explanation: str
    status: RefundStatus
    due_on: date
    paid_on: date | None
    reference: str | None


class RefundsAnswer(Answer):
    """List refunds."""

    model_config = ConfigDict(json_schema_extra={"examples": [example({"refunds": [_REFUND], "next": None})]})

    refunds: list[RefundAnswer]
    next: Next = None


class RefundPaidBody(Body):
    """Say how the transfer is found again, and why it was made; both may be left out."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reference": "TRN 0306912345"}]})

    reference: Reason | None = None
    why: Reason | None = None
