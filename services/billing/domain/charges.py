"""What was a customer charged for an order? The plain values that rows keep of a price."""

from datetime import date

from msgspec import Struct

from schemas.billing import PricedExtension, PricedLine
from schemas.vocabulary import CreditOrigin, LineAction, PriceReason, Product, ProrationMethod


class ChargedLine(Struct, frozen=True):
    """A line's price, explained."""

    product: Product
    action: LineAction
    years: int
    annual_cents: int
    net_cents: int
    reason: PriceReason
    explanation: str


class ChargedTerm(Struct, frozen=True):
    """A missing term: months, and days of a month of so many days."""

    months: int
    days: int
    days_in_month: int


class ChargedExtension(Struct, frozen=True):
    """An extension's price, explained, with everything it was computed from."""

    product: Product
    previous_expiry: date
    new_expiry: date
    missing_term: ChargedTerm
    method: ProrationMethod
    annual_cents: int
    net_cents: int
    explanation: str


class UsedCredit(Struct, frozen=True):
    """What of a credit pays an order: with all that giving it back says."""

    credit_id: str
    amount_cents: int
    used_on: date
    expires_on: date
    origin: CreditOrigin


def charged_line(line: PricedLine) -> ChargedLine:
    """Keep a priced line as plain values."""
    return ChargedLine(
        line.product, line.action, line.years, line.annual_cents, line.net_cents, line.reason, line.explanation
    )


def charged_extension(extension: PricedExtension) -> ChargedExtension:
    """Keep a priced extension as plain values."""
    term = extension.missing_term
    return ChargedExtension(
        product=extension.product,
        previous_expiry=extension.previous_expiry,
        new_expiry=extension.new_expiry,
        missing_term=ChargedTerm(term.months, term.days, term.days_in_month),
        method=extension.method,
        annual_cents=extension.annual_cents,
        net_cents=extension.net_cents,
        explanation=extension.explanation,
    )
