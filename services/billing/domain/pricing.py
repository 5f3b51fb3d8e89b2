"""What does an order cost? Its branch, frozen at the order, says how; O stands for P (R14-R19, R32)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import assert_never

from schemas.billing import ExtensionComputed, OrderPriced, PricedExtension, PricedLine, PricingRefused
from schemas.cart import OwnedService
from schemas.catalogue import Catalogue
from schemas.envelope import Event
from schemas.orders import OrderPlaced
from schemas.terms import add_months
from schemas.vocabulary import Branch, PricingRefusal, Product, ServiceStatus
from services.billing.domain.cart import AddOns, Cart, NotPriceable, sold
from services.billing.domain.money import vat_cents
from services.billing.domain.proration import align_up, extend, free, full_price
from services.billing.domain.renewing import renewals


@dataclass(frozen=True, slots=True)
class Priced:
    """What a cart costs: each line and each extension once rounded, VAT once on the net total."""

    lines: list[PricedLine]
    extensions: list[PricedExtension]
    net_cents: int
    vat_percent: int
    vat_cents: int
    total_cents: int


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
        ExtensionComputed(customer_id=order.customer_id, order_id=order.order_id, **vars(extension))
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
            groups = cart.add_ons(catalogue)
            return _added(cart, groups, catalogue), _extensions(cart, groups, catalogue)
        case Branch.ALIGNED_SHORT | Branch.ALIGNED_LONG:
            return _added(cart, cart.add_ons(catalogue), catalogue), []
        case Branch.RENEWED:
            return [renewed.line for renewed in renewals(cart, catalogue)], []
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


def _added(cart: Cart, groups: Sequence[AddOns], catalogue: Catalogue) -> list[PricedLine]:
    """Charge each add-on in the order of the cart, by how long its base runs."""
    bases = {product: group.base for group in groups for product in group.products}
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


def _extensions(cart: Cart, groups: Sequence[AddOns], catalogue: Catalogue) -> list[PricedExtension]:
    """Charge what each extended service misses up to D, from its own expiry at its own price (R16)."""
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
        expiries = ", ".join(f"{group.base.product} runs to {group.base.expires_on}" for group in groups)
        raise NotPriceable(PricingRefusal.NOTHING_TO_EXTEND, f"{expiries}: there is nothing to extend")
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
