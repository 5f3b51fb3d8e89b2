"""What is asked for, and what stands around it? A cart, and the account that it comes to."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date

from schemas.catalogue import Catalogue, CatalogueProduct, product_known_as
from schemas.vocabulary import Channel, Family, LineAction, Locale, Product, ProductKind, ServiceStatus
from services.orders.domain.cases import status_on
from services.orders.domain.commands import BaseElsewhere, Buyer
from services.orders.domain.model import State
from services.orders.domain.order import Line, OpenOrder, Owned


@dataclass(frozen=True, slots=True)
class Cart:
    """What is asked for: lines, where, by whom."""

    lines: tuple[Line, ...]
    channel: Channel
    buyer: Buyer
    tax_identifier_hash: str | None

    def products(self, action: LineAction) -> set[Product]:
        """Return the products that its lines activate, or renew."""
        return {line.product for line in self.lines if line.action is action}

    def of_what(self, is_sold: Collection[Product]) -> "Cart":
        """Return the cart without the products that nobody sells."""
        return replace(self, lines=tuple(line for line in self.lines if line.product in is_sold))


@dataclass(frozen=True, slots=True)
class Holdings:
    """What stands around a cart: the account, and who else holds the buyer's tax identifier."""

    state: State
    elsewhere: tuple[BaseElsewhere, ...]
    today: date
    catalogue: Catalogue

    def owned(self) -> list[Owned]:
        """Return the services that have not ended by their dates."""
        ended = ServiceStatus.TERMINATED
        return [service for service in self.state.services if self.status(service) is not ended]

    def status(self, service: Owned) -> ServiceStatus:
        """Tell a service's status today."""
        return status_on(service, self.today, self.catalogue)

    def sold(self, product: Product) -> CatalogueProduct:
        """Return what the catalogue of today says of a product."""
        return self.catalogue.products[product]

    def name(self, product: Product) -> str:
        """Name a product in the words of people."""
        return product_known_as(product).names[Locale.EN]

    def living(self, product: Product) -> Owned | None:
        """Return a service owned that has not ended: an add-on has no grace but that of its base (R10)."""
        owned = next((service for service in self.owned() if service.product == product), None)
        if owned is None or owned.kind is ProductKind.BASE or owned.expires_on >= self.today:
            return owned
        base = self.base(owned.family)
        return owned if base is not None and owned.expires_on >= base.expires_on else None

    def base(self, family: Family) -> Owned | None:
        """Return the base owned of a family, in whichever variant."""
        bases = (service for service in self.owned() if service.kind is ProductKind.BASE)
        return next((service for service in bases if service.family == family), None)

    def base_order(self, family: Family) -> OpenOrder | None:
        """Return the account's open order that asks for a base of a family, or has paid for its renewal."""
        return next((order for order in self.state.orders if family in order.bases_to_come), None)

    def extended_base(self, lines: Iterable[Line]) -> Owned | None:
        """Return the base owned to which the add-ons of a cart are bought."""
        families = (self.sold(line.product).family for line in lines if not self.sold(line.product).is_base)
        return next((base for family in families if (base := self.base(family)) is not None), None)

    def order_of(self, product: Product) -> OpenOrder | None:
        """Return the account's open order that asks for a product anew: a pending renewal blocks nothing (R10)."""
        return next((order for order in self.state.orders if order.has(product, LineAction.ACTIVATE)), None)

    def other_firm(self, tax_identifier_hash: str | None) -> list[str | None]:
        """Return what the account has under another tax identifier: its orders by id, each base as None (R42)."""
        if tax_identifier_hash is None:
            return []
        orders = (order for order in self.state.orders if order.tax_identifier_hash != tax_identifier_hash)
        bases = (service for service in self.owned() if service.kind is ProductKind.BASE)
        owned = [None for base in bases if base.tax_identifier_hash != tax_identifier_hash]
        return [*owned, *(order.order_id for order in orders)]
