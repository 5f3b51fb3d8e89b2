"""May this buyer order this cart, here and now? Every violation as a code, never only the first (R8)."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date

from schemas.cart import Violation
from schemas.catalogue import Catalogue, CatalogueProduct, product_known_as
from schemas.vocabulary import (
    BuyerKind,
    Channel,
    Family,
    LineAction,
    Locale,
    Product,
    ProductKind,
    ServiceStatus,
    ViolationCode,
)
from services.orders.domain.cases import purchase_case, status_on
from services.orders.domain.commands import BaseElsewhere, Buyer
from services.orders.domain.identifiers import Verdict
from services.orders.domain.model import State
from services.orders.domain.order import Line, OpenOrder, Owned

_TOGETHER = "cancel that order and order both together"


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

    def base(self, family: Family) -> Owned | None:
        """Return the base owned of a family, in whichever variant."""
        bases = (service for service in self.owned() if service.kind is ProductKind.BASE)
        return next((service for service in bases if service.family == family), None)

    def base_order(self, family: Family) -> OpenOrder | None:
        """Return the account's open order that asks for a base of a family."""
        return next((order for order in self.state.orders if family in order.families), None)

    def extended_base(self, lines: Iterable[Line]) -> Owned | None:
        """Return the base owned to which the add-ons of a cart are bought."""
        families = (self.sold(line.product).family for line in lines if not self.sold(line.product).is_base)
        return next((base for family in families if (base := self.base(family)) is not None), None)

    def order_of(self, product: Product) -> OpenOrder | None:
        """Return the account's open order that asks for a product."""
        return next((order for order in self.state.orders if order.has(product)), None)

    def other_firm(self, tax_identifier_hash: str | None) -> list[str | None]:
        """Return what the account has under another tax identifier: its orders by id, each base as None (R42)."""
        if tax_identifier_hash is None:
            return []
        orders = (order for order in self.state.orders if order.tax_identifier_hash != tax_identifier_hash)
        bases = (service for service in self.owned() if service.kind is ProductKind.BASE)
        owned = [None for base in bases if base.tax_identifier_hash != tax_identifier_hash]
        return [*owned, *(order.order_id for order in orders)]


def violations(cart: Cart, holdings: Holdings) -> list[Violation]:
    """List everything that stands against an order, one violation per code and order."""
    other_firm = holdings.other_firm(cart.tax_identifier_hash)
    known = cart.of_what(holdings.catalogue.products)
    found = [
        *_of_unknown_products(cart, known),
        *_of_the_cart(cart, known, holdings),
        *_of_the_buyer(known, holdings),
        *_of_another_firm(other_firm),
        # What one firm owns says nothing of what another may buy.
        *_of_add_ons(known, holdings, is_same_firm=not other_firm),
        *_of_bases(known, holdings, is_same_firm=not other_firm),
        *_of_renewals(known),
    ]
    return list({(violation.code, violation.order_id): violation for violation in reversed(found)}.values())[::-1]


def _of_unknown_products(cart: Cart, known: Cart) -> Iterator[Violation]:
    for product in sorted({line.product for line in cart.lines} - {line.product for line in known.lines}):
        yield _violation(ViolationCode.PRODUCT_UNKNOWN, f"there is no product {product}")


def _of_the_cart(whole: Cart, cart: Cart, holdings: Holdings) -> Iterator[Violation]:
    products = [line.product for line in cart.lines]
    families = [holdings.sold(product).family for product in set(products) if holdings.sold(product).is_base]
    if not whole.lines:
        yield _violation(ViolationCode.EMPTY_CART, "the order has no line")
    if len(set(products)) < len(products):
        yield _violation(ViolationCode.DUPLICATE_LINE, "a product stands in the order twice")
    elif len(set(families)) < len(families):
        twice = sorted({holdings.name(product) for product in products if holdings.sold(product).is_base})
        yield _violation(ViolationCode.DUPLICATE_LINE, f"one of these is bought, not both: {', '.join(twice)}")
    case = purchase_case(cart.lines, holdings.catalogue)
    if case is not None and cart.channel not in holdings.catalogue.channels[case]:
        allowed = ", ".join(holdings.catalogue.channels[case])
        yield _violation(ViolationCode.CHANNEL_NOT_ALLOWED, f"{case} is sold on {allowed}, not on {cart.channel}")


def _of_the_buyer(cart: Cart, holdings: Holdings) -> Iterator[Violation]:
    buyer = cart.buyer
    if buyer.vat_number is Verdict.MALFORMED:
        yield _violation(ViolationCode.VAT_NUMBER_INVALID, "the VAT number is no Italian VAT number")
    if buyer.tax_code is Verdict.MALFORMED:
        is_firm = buyer.kind is BuyerKind.LEGAL_PERSON
        detail = "a legal person's tax code is one of 11 digits" if is_firm else "the tax code is no Italian tax code"
        yield _violation(ViolationCode.TAX_CODE_INVALID, detail)
    excluded = [(line.product, kind) for line in cart.lines for kind in _excluded(line.product, buyer, holdings)]
    for product, kind in excluded:
        code = ViolationCode.ACCOUNTANT_USER if kind is BuyerKind.ACCOUNTANT else ViolationCode.BUYER_NOT_ELIGIBLE
        yield _violation(code, f"{holdings.name(product)} is not for a buyer of kind {kind}")
    if any(kind is buyer.kind for _, kind in excluded):
        return
    reasons = list(_why_not_eligible(buyer, holdings.catalogue))
    if reasons:
        yield _violation(ViolationCode.BUYER_NOT_ELIGIBLE, "; ".join(reasons))


def _excluded(product: Product, buyer: Buyer, holdings: Holdings) -> list[BuyerKind]:
    """List the kinds of this buyer that a product is not for (R13)."""
    return [kind for kind in holdings.sold(product).not_for if kind in _kinds(buyer, holdings)]


def _kinds(buyer: Buyer, holdings: Holdings) -> set[BuyerKind | None]:
    """Collect the kind given and those recorded on the services owned, which count too."""
    return {buyer.kind, *(service.buyer_kind for service in holdings.owned())}


def _why_not_eligible(buyer: Buyer, catalogue: Catalogue) -> Iterator[str]:
    if buyer.kind not in catalogue.eligible_kinds:
        yield f"{buyer.kind} is not sold to"
    elif buyer.kind is BuyerKind.LEGAL_PERSON:
        if buyer.vat_number is Verdict.MISSING and buyer.tax_code is Verdict.MISSING:
            yield "a legal person needs a VAT number or a tax code"
    else:
        if buyer.vat_number is Verdict.MISSING:
            yield "an Italian VAT number is needed"
        if buyer.citizenship != "IT":
            yield "only Italian citizens are sold to"


def _of_another_firm(held: list[str | None]) -> Iterator[Violation]:
    for order_id in held:
        detail = "this account is another firm's: a second firm buys under a customer id of its own"
        yield _violation(ViolationCode.TAX_IDENTIFIER_DIFFERS, detail, order_id)


def _of_add_ons(cart: Cart, holdings: Holdings, *, is_same_firm: bool) -> Iterator[Violation]:
    asked = sorted(product for product in cart.products(LineAction.ACTIVATE) if not holdings.sold(product).is_base)
    for product in asked:
        in_cart = {line.product for line in cart.lines if _is_base_of(line.product, product, holdings)}
        if in_cart - {holdings.sold(product).requires}:
            yield _not_sold_for(product, min(in_cart - {holdings.sold(product).requires}), holdings)
        elif not in_cart and is_same_firm:
            yield from _of_the_missing_base(product, cart, holdings)
        if is_same_firm:
            yield from _of_the_same_add_on(product, holdings)
    owned = {holdings.sold(product).family for product in asked if holdings.base(holdings.sold(product).family)}
    if is_same_firm and len(owned) > 1:
        yield _violation(ViolationCode.BASE_REQUIRED, "add-ons of different bases are ordered apart, each with its own")


def _is_base_of(product: Product, add_on: Product, holdings: Holdings) -> bool:
    return holdings.sold(product).is_base and holdings.sold(product).family == holdings.sold(add_on).family


def _not_sold_for(product: Product, base: Product, holdings: Holdings) -> Violation:
    detail = f"{holdings.name(product)} is not sold for {holdings.name(base)}"
    return _violation(ViolationCode.BASE_RECEIVE_ONLY, detail)


def _of_the_missing_base(product: Product, cart: Cart, holdings: Holdings) -> Iterator[Violation]:
    """Judge an add-on that is ordered without its base: the base must be owned and active (R8, R11, R12)."""
    sold, name = holdings.sold(product), holdings.name(product)
    required = holdings.name(sold.requires or product)
    owned, pending = holdings.base(sold.family), holdings.base_order(sold.family)
    if owned is not None and owned.product != sold.requires:
        yield _not_sold_for(product, owned.product, holdings)
    elif owned is not None and holdings.status(owned) is not ServiceStatus.ACTIVE:
        detail = f"{required} is in {holdings.status(owned)}: renew it first, with {name}"
        yield _violation(ViolationCode.BASE_NOT_ACTIVE, detail)
    elif owned is not None:
        if any(holdings.sold(line.product).is_base for line in cart.lines):
            detail = f"{required} is owned: order {name} apart from another base"
            yield _violation(ViolationCode.BASE_ALREADY_OWNED, detail)
    elif pending is None:
        yield _violation(ViolationCode.BASE_REQUIRED, f"{name} needs {required}: order both together")
    elif pending.is_paid:
        yield _violation(ViolationCode.BASE_NOT_ACTIVE, f"{required} is paid and not yet active", pending.order_id)
    elif not pending.has(product):
        detail = f"{required} is ordered and not yet active: {_TOGETHER}"
        yield _violation(ViolationCode.BASE_ORDER_PENDING, detail, pending.order_id)


def _of_the_same_add_on(product: Product, holdings: Holdings) -> Iterator[Violation]:
    pending, name = holdings.order_of(product), holdings.name(product)
    if any(service.product == product and _blocks(service, holdings) for service in holdings.owned()):
        yield _violation(ViolationCode.ADDON_ALREADY_ACTIVE, f"{name} is owned already: it is renewed instead")
    elif pending is not None:
        advice = f": {_TOGETHER}" if pending.families and not pending.is_paid else ""
        yield _violation(ViolationCode.ADDON_ORDER_PENDING, f"{name} is ordered already{advice}", pending.order_id)


def _blocks(service: Owned, holdings: Holdings) -> bool:
    """Tell whether an add-on is active, or in grace together with its base (R10)."""
    base = holdings.base(service.family)
    is_over = service.expires_on < holdings.today
    return not is_over or base is None or holdings.status(base) is not ServiceStatus.ACTIVE


def _of_bases(cart: Cart, holdings: Holdings, *, is_same_firm: bool) -> Iterator[Violation]:
    for product in sorted(cart.products(LineAction.ACTIVATE)):
        sold, name = holdings.sold(product), holdings.name(product)
        if not sold.is_base:
            continue
        owned = holdings.base(sold.family) if is_same_firm else None
        pending = holdings.base_order(sold.family) if is_same_firm else None
        elsewhere = [held for held in holdings.elsewhere if held.family == sold.family]
        if owned is not None or any(held.is_owned for held in elsewhere):
            detail = f"{name} is owned already under this tax identifier"
            yield _violation(ViolationCode.BASE_ALREADY_OWNED, detail)
        elif pending is not None:
            yield _order_pending(name, pending.order_id)
        yield from (_order_pending(name, held.order_id) for held in elsewhere if not held.is_owned)


def _order_pending(name: str, order_id: str) -> Violation:
    detail = f"{name} is ordered already under this tax identifier"
    return _violation(ViolationCode.BASE_ORDER_PENDING, detail, order_id)


def _of_renewals(cart: Cart) -> Iterator[Violation]:
    if cart.products(LineAction.RENEW):
        yield _violation(ViolationCode.RENEWAL_NOT_POSSIBLE, "renewals are not sold yet")


def _violation(code: ViolationCode, detail: str, order_id: str | None = None) -> Violation:
    return Violation(code=code, detail=detail, order_id=order_id)
