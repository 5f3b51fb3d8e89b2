"""What does a mail tell? Facts in cents and dates, from which its text is written in the customer's language."""

from datetime import date

from pydantic import AwareDatetime, Field

from schemas.envelope import Part
from schemas.vocabulary import CloseReason, CreditOrigin, HoldReason, PaymentMethod, Product, TemplateName


class MailLine(Part):
    """A line of an order, as its mail tells it."""

    product: Product
    years: int
    net_cents: int


class MailExtension(Part):
    """The extension of an active service, as its mail tells it."""

    product: Product
    previous_expiry: date
    new_expiry: date
    months: int = Field(description="Whole months of the missing term.")
    days: int = Field(description="Days of the missing term beyond its whole months.")
    net_cents: int


class MailPrice(Part):
    """An order's price, as its mail tells it."""

    lines: list[MailLine]
    extensions: list[MailExtension] = Field(default=[])
    net_cents: int
    vat_cents: int
    total_cents: int
    credit_cents: int = Field(default=0, description="What the customer's credit pays of the total.")


class MailService(Part):
    """A service, as a mail about several of them tells it."""

    product: Product
    expires_on: date
    previous_expiry: date | None = Field(default=None, description="Its expiry before, where it moved.")


class MailFacts(Part):
    """What a mail tells: amounts in cents, dates; nothing personal. Each text needs a few of them."""

    order_id: str | None = None
    price: MailPrice | None = None
    amount_cents: int | None = Field(
        default=None,
        description="What was paid, granted as credit, used, given back, refunded: what the mail is about.",
    )
    due_cents: int | None = Field(default=None, description="What is still to be paid.")
    surplus_cents: int | None = Field(default=None, description="What was paid and became credit.")
    credit_cents: int | None = Field(default=None, description="What of the price the customer's credit has paid.")
    payable_until: date | None = Field(default=None, description="The last Europe/Rome date on which it can be paid.")
    reason: CloseReason | None = Field(default=None, description="Why the order was closed.")
    closed_on: date | None = None
    product: Product | None = Field(default=None, description="The service that was activated.")
    activated_on: date | None = None
    expires_on: date | None = None
    base: Product | None = Field(default=None, description="The base that the activated service needs.")
    base_previous_expiry: date | None = Field(default=None, description="The base's expiry before, where it moved.")
    base_expires_on: date | None = Field(default=None, description="The base's expiry from now on, where it moved.")
    expiries: dict[Product, date] = Field(default={}, description="The expiry of each service that is alive.")
    valid_until: AwareDatetime | None = Field(default=None, description="Until when the temporary password is valid.")
    services: list[MailService] = Field(
        default=[], description="The services that the mail is about: a base before its add-ons."
    )
    others: list[MailService] = Field(default=[], description="Add-ons of the same base that expire on another date.")
    notified_on: date | None = Field(default=None, description="The Europe/Rome date on which the mail was asked for.")
    remaining_days: int | None = Field(
        default=None, description="Days from then to the expiry, or to the end of grace."
    )
    grace_until: date | None = Field(default=None, description="The last date on which the services can be renewed.")
    ended_on: date | None = Field(default=None, description="The first date on which the services are no more.")
    cancelled: bool = Field(default=False, description="Whether the services end because they were cancelled.")
    renews_by_itself: bool = Field(default=False, description="Whether the customer switched automatic renewal on.")
    credit_origin: CreditOrigin | None = Field(default=None, description="Why credit was granted.")
    credit_expires_on: date | None = Field(default=None, description="The last date on which the credit can be used.")
    balance_cents: int | None = Field(default=None, description="All the credit that the customer has now.")
    hold_reason: HoldReason | None = Field(default=None, description="Why the order is looked at by people.")
    method: PaymentMethod | None = Field(default=None, description="The way by which money goes back.")
    paid_on: date | None = Field(default=None, description="When a refund was paid.")
    reference: str | None = Field(default=None, description="What a refund's transfer can be recognised by.")


class CausedMail(Part):
    """A mail that a neighbour's event caused, and which leaves once its recipient is known."""

    template: TemplateName
    subject: str = Field(description="What it is about: an order, or a credential.")
    event_id: str = Field(description="The event that caused it.")
    order_id: str | None = None
    facts: MailFacts
    credential_id: str | None = None
