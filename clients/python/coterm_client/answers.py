"""What comes back? Typed, and tolerant: a field or a word that is newer than this client breaks nothing."""

from dataclasses import dataclass
from datetime import date, datetime

from pydantic import BaseModel, ConfigDict, Field

from coterm_client.words import (
    Branch,
    Channel,
    Known,
    LineAction,
    OrderStatus,
    PaymentStatus,
    PriceReason,
    PurchaseCase,
    ViolationCode,
    Warned,
)


class Answer(BaseModel):
    """Ignore what is not known here."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Listed(Answer):
    """A list; `next` is where a page of it goes on, None once it is whole."""

    next: str | None = None


class Violation(Answer):
    """A reason for a refusal; `order_id` names the order that is in the way, where one is."""

    code: Known[ViolationCode]
    detail: str
    order_id: str | None = None


class OrderLine(Answer):
    """A line of an order; its net price once there is one."""

    product: str
    action: Known[LineAction]
    years: int
    net_cents: int | None
    reason: Known[PriceReason] | None


class MissingTerm(Answer):
    """A term of whole months, and days of a month of `days_in_month` days."""

    months: int
    days: int
    days_in_month: int


class Extension(Answer):
    """What extending an active service costs, and from when to when."""

    product: str
    previous_expiry: date
    new_expiry: date
    missing_term: MissingTerm
    net_cents: int


class OrderPayment(Answer):
    """A payment of an order; only a registered one has a date."""

    payment_source: str
    payment_id: str
    amount_cents: int
    registered_on: date | None
    status: Known[PaymentStatus]
    surplus_cents: int


class Order(Answer):
    """An order as it stands; its amounts are None until it is priced."""

    order_id: str
    customer_id: str
    status: Known[OrderStatus]
    purchase_case: Known[PurchaseCase] | None
    channel: Known[Channel]
    ordered_on: date
    extend_active_services: bool | None
    catalogue_version: str
    lines: list[OrderLine]
    extensions: list[Extension]
    net_cents: int | None
    vat_cents: int | None
    total_cents: int | None
    credit_cents: int | None
    outstanding_cents: int | None
    surplus_cents: int
    expiries: dict[str, date] = Field(default={}, description="Until when each service runs, once it is active.")
    payments: list[OrderPayment]
    payable_until: date | None
    reason: str | None
    violations: list[Violation]
    warnings: list[Known[Warned]]

    @property
    def is_priced(self) -> bool:
        """Whether its total is known."""
        return self.total_cents is not None


class Orders(Listed):
    """All orders of a customer, the oldest first."""

    orders: list[Order]


class Preview(Answer):
    """What would stand against a cart that was not stored."""

    order_id: str
    violations: list[Violation]
    warnings: list[Known[Warned]]


class Outcome(Answer):
    """One choice of the customer, with what it costs and where it leads."""

    extend_active_services: bool | None
    branch: Known[Branch]
    lines: list[OrderLine]
    extensions: list[Extension]
    net_cents: int
    vat_cents: int
    total_cents: int
    expiries: dict[str, date]
    net_cents_per_month: dict[str, int | None]
    warnings: list[Known[Warned]]


class Quote(Answer):
    """Every choice, the default first; nothing was stored."""

    customer_id: str | None
    quoted_on: date
    purchase_case: Known[PurchaseCase]
    catalogue_version: str
    outcomes: list[Outcome]


class CatalogueProduct(Answer):
    """A product that is on sale; `annual_cents` is net."""

    product: str
    kind: str
    family: str
    names: dict[str, str]
    annual_cents: int
    term_months: int
    requires: str | None
    free_with: str | None
    not_for: list[str]
    features: list[str]

    @property
    def is_base(self) -> bool:
        """Whether it stands on its own."""
        return self.requires is None


class Catalogue(Answer):
    """What is sold on a day."""

    version: str
    on: date
    vat_percent: int
    products: list[CatalogueProduct]
    channels: dict[str, list[str]]
    payable_days: int
    short_residual_days: int
    grace_days: int

    def product(self, name: str) -> CatalogueProduct | None:
        """Return a product by its name, or None for one that is not sold."""
        return next((product for product in self.products if product.product == name), None)


class Service(Answer):
    """A service of a customer; `variant` is the product that was bought, `product` a base's family."""

    product: str
    variant: str
    status: str
    activated_on: date
    expires_on: date
    origin: str
    ddt_preservation: bool


class Services(Listed):
    """What a customer owns or owned."""

    services: list[Service]


class ExplainedCharge(Answer):
    """What a line or an extension costs, and how that came about."""

    product: str
    net_cents: int
    explanation: str


class Charges(Answer):
    """An order's charges, explained."""

    order_id: str
    lines: list[ExplainedCharge]
    extensions: list[ExplainedCharge]
    net_cents: int
    vat_percent: int
    vat_cents: int
    total_cents: int


class CreditEntry(Answer):
    """One entry of a credit ledger; `kind` says which way the amount goes."""

    kind: str
    amount_cents: int
    on: date
    explanation: str
    expires_on: date | None = None


class Credit(Listed):
    """A customer's credit."""

    balance_cents: int
    expires_next_on: date | None
    entries: list[CreditEntry]


class Email(Answer):
    """A mail that was sent, or is to be; never its body."""

    email_id: str
    message_id: str
    template: str
    status: str
    requested_at: datetime
    sent_at: datetime | None
    order_id: str | None


class Emails(Listed):
    """A customer's mails, the oldest first."""

    emails: list[Email]


class AutomaticRenewal(Answer):
    """What a customer chose for a base; `order_id` is the order that placed itself for its present expiry."""

    base: str
    enabled: bool
    years: int | None
    add_ons: list[str]
    order_id: str | None


@dataclass(frozen=True, slots=True)
class Placed:
    """An accepted order, and how it was answered."""

    order: Order
    is_repeated: bool
    """It had been placed before, with the same body."""
    is_published: bool
    """False: stored, and on its way into the event log (202)."""


@dataclass(frozen=True, slots=True)
class Paid:
    """A payment that was taken; `order` is None while it waits for its order or its price."""

    order: Order | None
    is_repeated: bool
    """The same payment had been reported before."""
    is_published: bool
    """False: stored, and held or on its way into the event log (202)."""

    @property
    def is_held(self) -> bool:
        """Whether it waits; it is registered by itself once its order is priced."""
        return self.order is None
