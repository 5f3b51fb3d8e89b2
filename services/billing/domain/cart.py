"""What is to be priced? A cart, with what its customer owns and the terms it froze; some have no price."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from schemas.cart import OrderLine, OwnedService, Terms
from schemas.catalogue import Catalogue, CatalogueProduct
from schemas.terms import add_months
from schemas.vocabulary import Branch, PricingRefusal, Product, ServiceStatus


class NotPriceable(Exception):
    """What was asked has no price, and why: in a word for counting, in a sentence for people."""

    def __init__(self, reason: PricingRefusal, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class AddOns:
    """The cart's add-ons for one base that is owned, and D, where the longest of them ends (R14)."""

    base: OwnedService
    products: list[Product]
    natural_expiry: date

    @property
    def base_runs_as_long(self) -> bool:
        """Whether the base needs no extension (R19)."""
        return self.base.expires_on >= self.natural_expiry


@dataclass(frozen=True, slots=True)
class Cart:
    """What a price depends on, beside the catalogue."""

    branch: Branch
    lines: Sequence[OrderLine]
    ordered_on: date
    owned: Sequence[OwnedService]
    terms: Terms

    def add_ons(self, catalogue: Catalogue) -> list[AddOns]:
        """Group the add-ons by the owned base that they need. Raises NotPriceable where one is not owned."""
        needing: dict[Product, list[Product]] = {}
        for line in self.lines:
            required = sold(catalogue, line.product).requires
            if required is None:
                detail = f"{line.product} is a base: it is not added to one that is owned"
                raise NotPriceable(PricingRefusal.BASE_MISSING, detail)
            needing.setdefault(required, []).append(line.product)
        return [
            AddOns(self._base(required, products[0]), products, self._natural_expiry(products))
            for required, products in needing.items()
        ]

    def _base(self, required: Product, add_on: Product) -> OwnedService:
        for service in self.owned:
            if service.product == required and service.status is not ServiceStatus.TERMINATED:
                return service
        detail = f"{add_on} needs {required}, in the same order or active"
        raise NotPriceable(PricingRefusal.BASE_MISSING, detail)

    def _natural_expiry(self, products: Sequence[Product]) -> date:
        return add_months(self.ordered_on, max(self.terms.of(product).term_months for product in products))


def sold(catalogue: Catalogue, product: Product) -> CatalogueProduct:
    """Return what the catalogue says of a product. Raises NotPriceable for one that it doesn't know."""
    if product not in catalogue.products:
        raise NotPriceable(PricingRefusal.PRODUCT_UNKNOWN, f"the catalogue knows no {product}")
    return catalogue.products[product]
