"""What does an order cost? Its branch, frozen at the order, says how; O stands for P (R14-R19, R32)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import assert_never

from schemas.billing import ExtensionComputed, OrderPriced, PricedExtension, PricedLine, PricingRefused
from schemas.cart import OrderLine, OwnedService, Terms
from schemas.catalogue import Catalogue, CatalogueProduct
from schemas.envelope import Event
from schemas.orders import OrderPlaced
from schemas.terms import add_months
from schemas.vocabulary import Branch, LineAction, PricingRefusal, Product, ServiceStatus
from services.billing.domain.money import vat_cents
from services.billing.domain.proration import align_up, extend, free, full_price


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


@dataclass(frozen=True, slots=True)
class Priced:
    """What a cart costs: each line and each extension once rounded, VAT once on the net total."""

    lines: list[PricedLine]
    extensions: list[PricedExtension]
    net_cents: int
    vat_percent: int
    vat_cents: int
    total_cents: int


def sold(catalogue: Catalogue, product: Product) -> CatalogueProduct:
    """Return what the catalogue says of a product. Raises NotPriceable for one that it doesn't know."""
    if product not in catalogue.products:
        raise NotPriceable(PricingRefusal.PRODUCT_UNKNOWN, f"the catalogue knows no {product}")
    return catalogue.products[product]


def price(cart: Cart, catalogue: Catalogue) -> Priced:
    """Price a cart. Raises NotPriceable when its branch does not fit what it holds or what is owned."""
    if not cart.lines:
        raise NotPriceable(PricingRefusal.EMPTY_CART, "an empty cart has no price")
    lines, extensions = _charges(cart, catalogue)
    net = sum(line.net_cents for line in lines) + sum(extension.net_cents for extension in extensions)
    vat = vat_cents(net, catalogue.vat_percent)
    return Priced(lines, extensions, net, catalogue.vat_percent, vat, net + vat)


def price_order(order: OrderPlaced, catalogue: Catalogue, priced_on: date) -> list[Event]:
    """Say what a placed order costs, or why it has no price."""
    cart = Cart(order.branch, order.lines, order.ordered_on, order.owned, order.terms)
    try:
        priced = price(cart, catalogue)
    except NotPriceable as refusal:
        return [_refused(order, refusal)]
    computed = [
        ExtensionComputed(customer_id=order.customer_id, order_id=order.order_id, **dict(extension))
        for extension in priced.extensions
    ]
    total = OrderPriced(
        customer_id=order.customer_id,
        order_id=order.order_id,
        storefront=order.storefront,
        purchase_case=order.purchase_case,
        lines=priced.lines,
        extensions=priced.extensions,
        net_cents=priced.net_cents,
        vat_percent=priced.vat_percent,
        vat_cents=priced.vat_cents,
        total_cents=priced.total_cents,
        priced_on=priced_on,
        catalogue_version=catalogue.version,
    )
    return [*computed, total]


def _refused(order: OrderPlaced, why: NotPriceable) -> PricingRefused:
    return PricingRefused(customer_id=order.customer_id, order_id=order.order_id, reason=why.reason, detail=str(why))


def _charges(cart: Cart, catalogue: Catalogue) -> tuple[list[PricedLine], list[PricedExtension]]:
    match cart.branch:
        case Branch.BUNDLE:
            return _bundle(cart, catalogue), []
        case Branch.EXTENDED:
            return _added(cart, catalogue), _extensions(cart, catalogue)
        case Branch.ALIGNED_SHORT | Branch.ALIGNED_LONG:
            return _added(cart, catalogue), []
        case Branch.RENEWED:
            return _renewed(cart, catalogue), []
        case _:
            assert_never(cart.branch)


def _bundle(cart: Cart, catalogue: Catalogue) -> list[PricedLine]:
    """Charge a first purchase: each product's term, an add-on nothing beside the base it is free with (R15)."""
    bought = {line.product for line in cart.lines}
    priced = []
    for line in cart.lines:
        product = sold(catalogue, line.product)
        if product.requires and product.requires not in bought:
            detail = f"{line.product} needs {product.requires} in the same order"
            raise NotPriceable(PricingRefusal.BASE_MISSING, detail)
        if product.free_with and product.free_with in bought:
            priced.append(free(line.product, product.annual_cents, product.free_with))
        else:
            priced.append(full_price(line.product, product.annual_cents, cart.terms.of(line.product).term_months))
    return priced


def _added(cart: Cart, catalogue: Catalogue) -> list[PricedLine]:
    """Charge each add-on in the order of the cart, by how long its base runs."""
    bases = {product: group.base for group in cart.add_ons(catalogue) for product in group.products}
    return [_added_line(cart, line.product, bases[line.product], catalogue) for line in cart.lines]


def _added_line(cart: Cart, product: Product, base: OwnedService, catalogue: Catalogue) -> PricedLine:
    """Charge an add-on's whole term (R16), also where it ends before (R17), or as long as its base still runs (R19)."""
    annual_cents, months = sold(catalogue, product).annual_cents, cart.terms.of(product).term_months
    if cart.branch is Branch.ALIGNED_LONG or base.expires_on >= add_months(cart.ordered_on, months):
        if base.expires_on < cart.ordered_on:
            raise NotPriceable(PricingRefusal.BASE_EXPIRED, f"{base.product} expired on {base.expires_on}")
        return align_up(product, annual_cents, months, cart.ordered_on, base.expires_on, catalogue.proration_method)
    if cart.branch is Branch.ALIGNED_SHORT:
        note = f"expires with {base.product} on {base.expires_on}"
        return full_price(product, annual_cents, months, note=note)
    return full_price(product, annual_cents, months)


def _extensions(cart: Cart, catalogue: Catalogue) -> list[PricedExtension]:
    """Charge what each extended service misses up to D, from its own expiry at its own price (R16)."""
    groups = cart.add_ons(catalogue)
    extensions = [
        extend(
            service.product,
            sold(catalogue, service.product).annual_cents,
            service.expires_on,
            group.natural_expiry,
            catalogue.proration_method,
        )
        for group in groups
        for service in _extended_with(cart, group, catalogue)
    ]
    if not extensions:
        told = ", ".join(f"{group.base.product} runs to {group.base.expires_on}" for group in groups)
        raise NotPriceable(PricingRefusal.NOTHING_TO_EXTEND, f"{told}: there is nothing to extend")
    return extensions


def _extended_with(cart: Cart, group: AddOns, catalogue: Catalogue) -> list[OwnedService]:
    """Return the base, where it expires before D, and with it its further active add-ons that do.

    An add-on that has expired is over, whatever its status says (R10).
    """
    if group.base_runs_as_long:
        return []
    bought = {line.product for line in cart.lines}
    further = [
        service
        for service in cart.owned
        if service.product in catalogue.products
        and catalogue.products[service.product].requires == group.base.product
        and service.product not in bought
        and service.status is ServiceStatus.ACTIVE
        and service.expires_on >= cart.ordered_on
    ]
    return [service for service in (group.base, *further) if service.expires_on < group.natural_expiry]


def _renewed(cart: Cart, catalogue: Catalogue) -> list[PricedLine]:
    """Charge a base's years, and as many for an add-on renewed or added beside it (R32)."""
    years = {line.product: line.years for line in cart.lines if _renews_a_base(line, catalogue)}
    if not years:
        raise NotPriceable(PricingRefusal.BASE_NOT_RENEWED, "an add-on is renewed together with its base only")
    priced = []
    for line in cart.lines:
        product = sold(catalogue, line.product)
        base = product.requires or line.product
        if base not in years:
            raise NotPriceable(PricingRefusal.BASE_MISSING, f"{line.product} needs {base}, renewed in the same order")
        months = cart.terms.of(line.product).term_months
        priced.append(full_price(line.product, product.annual_cents, months, line.action, years[base]))
    return priced


def _renews_a_base(line: OrderLine, catalogue: Catalogue) -> bool:
    return line.action is LineAction.RENEW and sold(catalogue, line.product).is_base
