"""What do billing's HTTP bodies look like? To the letter of the interface, for OpenAPI too."""

from datetime import date
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from runtime.web import Next, example
from schemas.storefront import Body, FilledChannel, Id, Line, WhoBuys
from schemas.terms import MissingTerm
from schemas.text import Reason
from schemas.vocabulary import (
    EXAMPLE_ADD_ON,
    EXAMPLE_BASE,
    Branch,
    CreditOrigin,
    LineAction,
    OrderWarning,
    PriceReason,
    Product,
    ProrationMethod,
    PurchaseCase,
)
from services.billing.projections.credit_entries import EntryKind

QUOTE_EXAMPLES: dict[str, Any] = {
    "owned": {
        "summary": "An add-on for a customer who owns its base",
        "value": {"customer_id": "c-1", "channel": "CUSTOMER_AREA", "lines": [{"product": EXAMPLE_ADD_ON}]},
    },
    "renewal": {
        "summary": "A base and its add-on for two more years",
        "value": {
            "customer": {"customer_id": "c-1"},
            "channel": "PANEL",
            "lines": [
                {"product": EXAMPLE_BASE, "action": "RENEW", "years": 2},
                {"product": EXAMPLE_ADD_ON, "action": "RENEW", "years": 2},
            ],
        },
    },
    "first purchase": {
        "summary": "A base and its add-on at once, by someone new",
        "value": {
            "customer": {
                "customer_id": "c-2",
                "kind": "LEGAL_PERSON",
                "name": "Rossi Srl",
                "email": "a@rossi.example",
                "vat_number": "12345670017",
            },
            "channel": "SITE",
            "lines": [{"product": EXAMPLE_BASE}, {"product": EXAMPLE_ADD_ON}],
        },
    },
}
_ADD_ON: dict[str, Any] = {
    "product": EXAMPLE_ADD_ON,
    "action": "ACTIVATE",
    "years": 1,
    "net_cents": 2000,
    "reason": "FULL_PRICE",
}
_EXTENSION: dict[str, Any] = {
    "product": EXAMPLE_BASE,
    "previous_expiry": "2026-06-30",
    "new_expiry": "2027-01-15",
    "missing_term": {"months": 6, "days": 16, "days_in_month": 31},
    "net_cents": 1629,
}
QUOTE: dict[str, Any] = {
    "customer_id": "c-1",
    "quoted_on": "2026-01-15",
    "purchase_case": "ADD_ON_TO_OWNED",
    "catalogue_version": "2026-01",
    "outcomes": [
        {
            "extend_active_services": True,
            "branch": "EXTENDED",
            "lines": [_ADD_ON],
            "extensions": [_EXTENSION],
            "net_cents": 3629,
            "vat_cents": 798,
            "total_cents": 4427,
            "expiries": {EXAMPLE_BASE: "2027-01-15", EXAMPLE_ADD_ON: "2027-01-15"},
            "net_cents_per_month": {EXAMPLE_ADD_ON: 167, EXAMPLE_BASE: 250},
            "warnings": [],
        },
        {
            "extend_active_services": False,
            "branch": "ALIGNED_SHORT",
            "lines": [_ADD_ON],
            "extensions": [],
            "net_cents": 2000,
            "vat_cents": 440,
            "total_cents": 2440,
            "expiries": {EXAMPLE_BASE: "2026-06-30", EXAMPLE_ADD_ON: "2026-06-30"},
            "net_cents_per_month": {EXAMPLE_ADD_ON: 364},
            "warnings": [],
        },
    ],
}
CHARGES: dict[str, Any] = {
    "order_id": "o-1",
    "customer_id": "c-1",
    "purchase_case": "ADD_ON_TO_OWNED",
    "priced_on": "2026-01-15",
    "catalogue_version": "2026-01",
    "lines": [{**_ADD_ON, "annual_cents": 2000, "explanation": "20.00 € a year × 1 = 20.00 €"}],
    "extensions": [
        {
            **_EXTENSION,
            "method": "MONTH_FRACTION",
            "annual_cents": 3000,
            "explanation": "30.00 € a year × (6 + 16/31) / 12 = 16.29 €",
        }
    ],
    "net_cents": 3629,
    "vat_percent": 22,
    "vat_cents": 798,
    "total_cents": 4427,
    "credit_cents": 0,
}
CREDIT: dict[str, Any] = {
    "balance_cents": 200,
    "expires_next_on": "2027-01-15",
    "entries": [
        {
            "kind": "GRANTED",
            "amount_cents": 200,
            "on": "2026-01-15",
            "origin": {
                "reason": "PAYMENT_SURPLUS",
                "order_id": "o-1",
                "payment_source": "bank",
                "payment_id": "p-1",
            },
            "explanation": "payment p-1 of bank was more than order o-1 still owed: 2.00 € of 46.27 €",
            "credit_id": "6d1c6d0d-0a0c-5a0e-8a64-1f0c3f6f7f35",
            "order_id": None,
            "expires_on": "2027-01-15",
        }
    ],
    "next": None,
}


def _shows(answer: dict[str, Any]) -> ConfigDict:
    return ConfigDict(frozen=True, from_attributes=True, json_schema_extra={"examples": [example(answer)]})


class QuoteBody(Body):
    """What would a cart cost: for a known customer, for one described here, or a first purchase by anybody?"""

    customer: WhoBuys | None = None
    customer_id: Id | None = None
    channel: FilledChannel
    lines: Annotated[list[Line], Field(max_length=20)]

    @model_validator(mode="after")
    def _names_one_customer_at_most(self) -> Self:
        if self.customer is not None and self.customer_id is not None:
            raise ValueError("give either customer or customer_id")
        return self

    @property
    def account(self) -> str | None:
        """The customer asked for; None for anybody."""
        return self.customer.customer_id if self.customer else self.customer_id


class CreditRefundBody(Body):
    """An operator pays a credit back as a whole, and says why."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"why": "The customer closes the account."}]})

    why: Reason


class Answer(BaseModel):
    """A body that is read from what the domain or a row holds."""

    model_config = ConfigDict(frozen=True, from_attributes=True)


class QuotedLine(Answer):
    """A line and its price."""

    product: Product
    action: LineAction
    years: int
    net_cents: int
    reason: PriceReason


class QuotedExtension(Answer):
    """The extension of an active service and its price."""

    product: Product
    previous_expiry: date
    new_expiry: date
    missing_term: MissingTerm
    net_cents: int


class QuotedOutcome(Answer):
    """One choice of the customer."""

    extend_active_services: bool | None
    branch: Branch
    lines: list[QuotedLine]
    extensions: list[QuotedExtension]
    net_cents: int
    vat_cents: int
    total_cents: int
    expiries: dict[Product, date]
    net_cents_per_month: dict[Product, int | None]
    warnings: list[OrderWarning]


class QuoteAnswer(Answer):
    """Every choice, the default first; nothing is stored."""

    model_config = _shows(QUOTE)

    customer_id: str | None
    quoted_on: date
    purchase_case: PurchaseCase
    catalogue_version: str
    outcomes: list[QuotedOutcome]


class ExplainedLine(QuotedLine):
    """A line's price and how it came about."""

    annual_cents: int
    explanation: str = Field(examples=["20.00 € a year × 1 = 20.00 €"])


class ExplainedExtension(QuotedExtension):
    """An extension's price and how it came about."""

    method: ProrationMethod
    annual_cents: int
    explanation: str = Field(examples=["30.00 € a year × (6 + 16/31) / 12 = 16.29 €"])


class ChargesAnswer(Answer):
    """What an order costs, explained."""

    model_config = _shows(CHARGES)

    order_id: str
    customer_id: str
    purchase_case: PurchaseCase
    priced_on: date
    catalogue_version: str
    lines: list[ExplainedLine]
    extensions: list[ExplainedExtension]
    net_cents: int
    vat_percent: int
    vat_cents: int
    total_cents: int
    credit_cents: int = Field(description="What the customer's credit paid of the total when it was priced.")


class CreditSource(BaseModel):
    """What a credit comes from."""

    reason: CreditOrigin
    order_id: str | None = None
    payment_source: str | None = None
    payment_id: str | None = None


class CreditEntryAnswer(BaseModel):
    """One entry of a customer's ledger; the amount is positive, its kind says which way it goes.

    `origin` is what the credit was granted for in the beginning, also where it was used or given back since.
    """

    kind: EntryKind
    amount_cents: int
    on: date
    origin: CreditSource
    explanation: str
    credit_id: str
    order_id: str | None = Field(description="The order that used credit pays, or that closed and gave it back.")
    expires_on: date | None = Field(description="The last day on which credit granted or given back can be used.")


class CreditAnswer(BaseModel):
    """A customer's credit: granted and given back, less what was used, expired or refunded."""

    model_config = _shows(CREDIT)

    balance_cents: int
    expires_next_on: date | None = Field(description="When the next of what stands expires; null where nothing does.")
    entries: list[CreditEntryAnswer]
    next: Next = None
