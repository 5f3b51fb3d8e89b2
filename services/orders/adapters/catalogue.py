"""What is sold, and on which terms? The catalogue in force, as anybody may read it."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from runtime.edge import Edge
from runtime.web import example
from schemas.catalogue import CatalogueProduct, catalogue_on
from schemas.terms import business_date
from schemas.vocabulary import (
    EXAMPLE_ADD_ON,
    EXAMPLE_BASE,
    BuyerKind,
    Channel,
    Family,
    Feature,
    Locale,
    Product,
    ProductKind,
    ProrationMethod,
    PurchaseCase,
)

_EXAMPLE = {
    "version": "2026-01",
    "effective_from": "2026-01-01",
    "on": "2026-01-15",
    "currency": "EUR",
    "vat_percent": 22,
    "products": [
        {
            "product": EXAMPLE_ADD_ON,
            "kind": "ADD_ON",
            "family": EXAMPLE_BASE,
            "names": {"it": "Un modulo", "en": "An add-on"},
            "annual_cents": 2000,
            "term_months": 12,
            "requires": EXAMPLE_BASE,
            "free_with": EXAMPLE_BASE,
            "not_for": ["ACCOUNTANT"],
            "features": ["DDT_PRESERVATION"],
        }
    ],
    "channels": {"FIRST_PURCHASE": ["SITE"], "ADD_ON_TO_OWNED": ["SITE", "CUSTOMER_AREA", "PANEL"]},
    "eligible_kinds": ["LEGAL_PERSON", "VAT_HOLDER", "ACCOUNTANT"],
    "proration_method": "MONTH_FRACTION",
    "payable_days": 30,
    "short_residual_days": 90,
    "grace_days": 90,
    "credit_months": 12,
}


class ProductAnswer(BaseModel):
    """A product that is on sale."""

    product: Product
    kind: ProductKind
    family: Family = Field(description="Of the bases of a family a customer owns one at a time.")
    names: dict[Locale, str] = Field(description="What people call it, by language.")
    annual_cents: int = Field(description="The net price of a year, in cents.")
    term_months: int = Field(description="How many months an activation buys.")
    requires: Product | None = Field(description="The base that an add-on needs, owned or in the same order.")
    free_with: Product | None = Field(description="The base beside which its first term costs nothing.")
    not_for: list[BuyerKind] = Field(description="Kinds of buyers that can't have it.")
    features: list[Feature] = Field(description="What it lets its customer switch on.")

    @classmethod
    def of(cls, name: Product, product: CatalogueProduct) -> "ProductAnswer":
        """Show a product of the catalogue under its name."""
        return cls(product=name, **{field: getattr(product, field) for field in cls.model_fields if field != "product"})


class CatalogueAnswer(BaseModel):
    """What is sold on a day: products, prices, terms and where each case is sold."""

    model_config = ConfigDict(json_schema_extra={"examples": [example(_EXAMPLE)]})

    version: str
    effective_from: date
    on: date = Field(description="The day asked for; a Europe/Rome date.")
    currency: str = "EUR"
    vat_percent: int = Field(description="Added once to an order's net total.")
    products: list[ProductAnswer]
    channels: dict[PurchaseCase, list[Channel]] = Field(description="Where each case may be bought.")
    eligible_kinds: list[BuyerKind]
    proration_method: ProrationMethod
    payable_days: int = Field(description="For how many days after the order it can be paid.")
    short_residual_days: int = Field(description="Below so many days left, an aligned add-on is warned about.")
    grace_days: int = Field(description="How long an expired base can still be renewed.")
    credit_months: int = Field(description="How long credit stands.")


def add_catalogue(routes: APIRouter, edge: Edge) -> None:
    """Add the catalogue's route: it takes no key."""

    @routes.get("/catalogue")
    async def show_catalogue(
        on: Annotated[date | None, Query(description="Another day than today (Europe/Rome).")] = None,
    ) -> CatalogueAnswer:
        """Show what is sold, with names, prices and terms."""
        day = on or business_date(edge.clock.now())
        found = catalogue_on(day)
        shown = {field: getattr(found, field) for field in CatalogueAnswer.model_fields if hasattr(found, field)}
        products = [ProductAnswer.of(name, product) for name, product in found.products.items()]
        return CatalogueAnswer.model_validate({**shown, "on": day, "products": products})
