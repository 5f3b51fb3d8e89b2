"""What does a cart hold, what did the catalogue say of it, what is owned already, and what stands against it?"""

from collections.abc import Sequence
from datetime import date
from typing import Protocol

from pydantic import Field

from schemas.catalogue import Catalogue
from schemas.envelope import Part
from schemas.refusal import Refusal
from schemas.vocabulary import (
    BuyerKind,
    Family,
    Feature,
    LineAction,
    Product,
    ProductKind,
    ServiceStatus,
    ViolationCode,
)


class OrderLine(Part):
    """One product of a cart."""

    product: Product
    action: LineAction = LineAction.ACTIVATE
    years: int = Field(default=1, ge=1, le=10)


class OwnedService(Part):
    """A service the customer owns, as orders knows it."""

    product: Product
    kind: ProductKind
    family: Family
    status: ServiceStatus
    expires_on: date
    anchor_on: date | None = None
    buyer_kind: BuyerKind | None = None


class Violation(Part):
    """A reason for refusing an order."""

    code: ViolationCode
    detail: str
    order_id: str | None = Field(default=None, description="The order that stands in the way, where one does.")


class ProductTerms(Part):
    """What the catalogue said of one product of the order when it was placed."""

    product: Product
    kind: ProductKind
    family: Family
    term_months: int = Field(ge=1, description="How many months an activation buys.")
    requires: Product | None = Field(default=None, description="The base that an add-on needs.")
    features: list[Feature] = Field(default=[], description="What it lets its customer switch on.")


class Terms(Part):
    """The catalogue's terms that an order froze."""

    payable_days: int = Field(ge=0, description="How many days after the order it can be paid.")
    products: list[ProductTerms] = Field(description="One for each product of the order, in the order of its lines.")

    def of(self, product: Product) -> ProductTerms:
        """Return a product's terms. Raises KeyError for one that is not in the order."""
        for terms in self.products:
            if terms.product == product:
                return terms
        raise KeyError(product)


class CartLine(Protocol):
    """A line of a cart, in whichever form."""

    @property
    def product(self) -> Product:
        """What it is about."""

    @property
    def action(self) -> LineAction:
        """Whether it starts a service or prolongs it."""

    @property
    def years(self) -> int:
        """For how many years."""


def refused_years(lines: Sequence[CartLine], catalogue: Catalogue) -> Refusal | None:
    """Refuse an add-on that is renewed for other years than its base in the same cart (R32)."""
    renewed = {line.product: line.years for line in lines if line.action is LineAction.RENEW}
    for place, line in enumerate(lines):
        sold = catalogue.products.get(line.product)
        base = sold.requires if sold is not None and line.action is LineAction.RENEW else None
        if base in renewed and line.years != renewed[base]:
            detail = f"lines.{place}.years must be those of {base}, which is renewed for {renewed[base]}"
            return Refusal("INVALID_REQUEST", detail, 422)
    return None
