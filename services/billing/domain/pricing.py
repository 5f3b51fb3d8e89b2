"""What does an order cost? Its branch, frozen at the order, says how; O stands for P (R14-R19, R32)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import assert_never

from schemas.billing import ExtensionComputed, OrderPriced, PricedExtension, PricedLine, PricingRefused
from schemas.catalogue import Catalogue
from schemas.envelope import Event
from schemas.orders import OrderLine, OrderPlaced, OwnedService, Terms
from schemas.terms import add_months
from schemas.vocabulary import Branch, LineAction, PricingRefusal, Product
from services.billing.domain.money import vat_cents
from services.billing.domain.proration import align_up, extend, free, full_price

BASES = (Product.E_INVOICING, Product.E_INVOICING_RECEIVE_ONLY)


class NotPriceable(Exception):
    """What was asked has no price, and why: in a word for counting, in a sentence for people."""

    def __init__(self, reason: PricingRefusal, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Cart:
    """What a price depends on, beside the catalogue."""

    branch: Branch
    lines: Sequence[OrderLine]
    ordered_on: date
    owned: Sequence[OwnedService]
    terms: Terms

    def base_of(self, catalogue: Catalogue) -> OwnedService:
        """Return the owned service that the cart's add-on needs. Raises NotPriceable without it."""
        required = {catalogue.products[line.product].requires for line in self.lines} - {None}
        for service in self.owned:
            if service.product in required:
                return service
        raise NotPriceable(PricingRefusal.BASE_MISSING, "Documents needs e-invoicing, in the same order or active")


@dataclass(frozen=True, slots=True)
class Priced:
    """What a cart costs: each line once rounded, VAT once on the net total."""

    lines: list[PricedLine]
    extension: PricedExtension | None
    net_cents: int
    vat_percent: int
    vat_cents: int
    total_cents: int


def price(cart: Cart, catalogue: Catalogue) -> Priced:
    """Price a cart. Raises NotPriceable when its branch does not fit what it holds or what is owned."""
    if not cart.lines:
        raise NotPriceable(PricingRefusal.EMPTY_CART, "an empty cart has no price")
    lines, extension = _charges(cart, catalogue)
    net = sum(line.net_cents for line in lines) + (extension.net_cents if extension else 0)
    vat = vat_cents(net, catalogue.vat_percent)
    return Priced(lines, extension, net, catalogue.vat_percent, vat, net + vat)


def price_order(order: OrderPlaced, catalogue: Catalogue, priced_on: date) -> list[Event]:
    """Say what a placed order costs, or why it has no price."""
    cart = Cart(order.branch, order.lines, order.ordered_on, order.owned, order.terms)
    try:
        priced = price(cart, catalogue)
    except NotPriceable as refusal:
        return [_refused(order, refusal)]
    events: list[Event] = []
    if priced.extension:
        computed = dict(priced.extension)
        events.append(ExtensionComputed(customer_id=order.customer_id, order_id=order.order_id, **computed))
    events.append(
        OrderPriced(
            customer_id=order.customer_id,
            order_id=order.order_id,
            storefront=order.storefront,
            purchase_case=order.purchase_case,
            lines=priced.lines,
            extension=priced.extension,
            net_cents=priced.net_cents,
            vat_percent=priced.vat_percent,
            vat_cents=priced.vat_cents,
            total_cents=priced.total_cents,
            priced_on=priced_on,
            catalogue_version=catalogue.version,
        )
    )
    return events


def _refused(order: OrderPlaced, why: NotPriceable) -> PricingRefused:
    return PricingRefused(customer_id=order.customer_id, order_id=order.order_id, reason=why.reason, detail=str(why))


Charges = tuple[list[PricedLine], PricedExtension | None]


def _charges(cart: Cart, catalogue: Catalogue) -> Charges:
    match cart.branch:
        case Branch.BUNDLE:
            return _bundle(cart, catalogue), None
        case Branch.EXTENDED:
            return _extended(cart, catalogue)
        case Branch.ALIGNED_SHORT:
            return _aligned_short(cart, catalogue), None
        case Branch.ALIGNED_LONG:
            return _aligned_long(cart, catalogue), None
        case Branch.RENEWED:
            return _renewed(cart, catalogue), None
        case _:
            assert_never(cart.branch)


def _bundle(cart: Cart, catalogue: Catalogue) -> list[PricedLine]:
    """Charge a first purchase: the base's term, and its add-on free where the customer put it in (R15)."""
    bought = {line.product for line in cart.lines}
    priced = []
    for line in cart.lines:
        product = catalogue.products[line.product]
        if product.requires and product.requires not in bought:
            raise NotPriceable(
                PricingRefusal.BASE_MISSING, f"{line.product} needs {product.requires} in the same order"
            )
        if product.free_with and product.free_with in bought:
            priced.append(free(line.product, product.annual_cents, product.free_with))
        else:
            priced.append(full_price(line.product, product.annual_cents))
    return priced


def _extended(cart: Cart, catalogue: Catalogue) -> Charges:
    """Charge the add-on's year and the base's missing term up to the add-on's expiry (R16)."""
    base = cart.base_of(catalogue)
    new_expiry = add_months(cart.ordered_on, cart.terms.documents_months)
    if base.expires_on >= new_expiry:
        detail = f"{base.product} runs to {base.expires_on}: there is nothing to extend"
        raise NotPriceable(PricingRefusal.NOTHING_TO_EXTEND, detail)
    annual_cents = catalogue.products[base.product].annual_cents
    extension = extend(base.product, annual_cents, base.expires_on, new_expiry, catalogue.proration_method)
    return [full_price(line.product, catalogue.products[line.product].annual_cents) for line in cart.lines], extension


def _aligned_short(cart: Cart, catalogue: Catalogue) -> list[PricedLine]:
    """Charge the add-on's full price although it ends with its base (R17)."""
    base = cart.base_of(catalogue)
    note = f"expires with {base.product} on {base.expires_on}"
    return [full_price(line.product, catalogue.products[line.product].annual_cents, note=note) for line in cart.lines]


def _aligned_long(cart: Cart, catalogue: Catalogue) -> list[PricedLine]:
    """Charge the add-on for as long as its base still runs, a year at least (R19)."""
    base, method = cart.base_of(catalogue), catalogue.proration_method
    if base.expires_on < cart.ordered_on:
        raise NotPriceable(PricingRefusal.BASE_EXPIRED, f"{base.product} expired on {base.expires_on}")
    return [
        align_up(line.product, catalogue.products[line.product].annual_cents, cart.ordered_on, base.expires_on, method)
        for line in cart.lines
    ]


def _renewed(cart: Cart, catalogue: Catalogue) -> list[PricedLine]:
    """Charge whole years for the base, and as many for an add-on, which gets the same new date (R32)."""
    base = next((ln for ln in cart.lines if ln.product in BASES and ln.action is LineAction.RENEW), None)
    if base is None:
        raise NotPriceable(PricingRefusal.BASE_NOT_RENEWED, "an add-on is renewed together with its base only")
    for line in cart.lines:
        requires = catalogue.products[line.product].requires
        if requires and requires is not base.product:
            raise NotPriceable(PricingRefusal.BASE_MISSING, f"{line.product} needs {requires}")
    return [
        full_price(line.product, catalogue.products[line.product].annual_cents, line.action, base.years)
        for line in cart.lines
    ]
