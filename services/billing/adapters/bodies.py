"""What do billing's HTTP bodies look like? To the letter of the interface, for OpenAPI too."""

from datetime import date
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from schemas.storefront import Body, Customer, Id, Line
from schemas.terms import MissingTerm
from schemas.vocabulary import (
    Branch,
    Channel,
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
        "summary": "Documents for a customer who owns e-invoicing",
        "value": {"customer_id": "c-1", "channel": "CUSTOMER_AREA", "lines": [{"product": "DOCUMENTS"}]},
    },
    "first purchase": {
        "summary": "Both products at once, by someone new",
        "value": {
            "customer": {
                "customer_id": "c-2",
                "kind": "LEGAL_PERSON",
                "name": "Rossi Srl",
                "email": "a@rossi.example",
                "vat_number": "12345670017",
            },
            "channel": "SITE",
            "lines": [{"product": "E_INVOICING"}, {"product": "DOCUMENTS"}],
        },
    },
}


class QuoteRequested(Body):
    """Ask what a cart would cost, for a known customer or for one described here."""

    customer: Customer | None = None
    customer_id: Id | None = None
    channel: Channel
    lines: Annotated[list[Line], Field(max_length=20)]

    @model_validator(mode="after")
    def _names_one_customer(self) -> Self:
        if (self.customer is None) == (self.customer_id is None):
            raise ValueError("give either customer or customer_id")
        return self

    @property
    def account(self) -> str:
        """Name the customer asked for."""
        return self.customer.customer_id if self.customer else str(self.customer_id)


class CreditRefundRequested(Body):
    """An operator pays a credit back as a whole, and says why."""

    why: Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=r"^[^\x00-\x1f\x7f]*$")]


class Answer(BaseModel):
    """Be read from what the domain or a row holds."""

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

    extend_active_services: bool
    branch: Branch
    lines: list[QuotedLine]
    extension: QuotedExtension | None
    net_cents: int
    vat_cents: int
    total_cents: int
    expiries: dict[Product, date]
    net_cents_per_month: dict[Product, int | None]
    warnings: list[OrderWarning]


class QuoteAnswer(Answer):
    """Every choice, the default first; nothing is stored."""

    customer_id: str
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

    order_id: str
    customer_id: str
    purchase_case: PurchaseCase
    priced_on: date
    catalogue_version: str
    lines: list[ExplainedLine]
    extension: ExplainedExtension | None
    net_cents: int
    vat_percent: int
    vat_cents: int
    total_cents: int


class CreditSource(BaseModel):
    """What a credit comes from."""

    reason: CreditOrigin
    order_id: str | None = None
    payment_source: str | None = None
    payment_id: str | None = None


class CreditEntryAnswer(BaseModel):
    """One entry of a customer's ledger; the amount is positive, its kind says which way it goes."""

    kind: EntryKind
    amount_cents: int
    on: date
    origin: CreditSource
    explanation: str
    credit_id: str
    expires_on: date | None = Field(description="The last day on which granted credit stands.")


class CreditAnswer(BaseModel):
    """A customer's credit: granted less expired and refunded."""

    balance_cents: int
    entries: list[CreditEntryAnswer]
