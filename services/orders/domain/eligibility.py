"""May this buyer order this cart, here and now? Every violation as a code, never only the first (R8)."""

from collections.abc import Iterator

from schemas.cart import Violation
from schemas.catalogue import Catalogue
from schemas.vocabulary import BuyerKind, Channel, LineAction, Product, ServiceStatus, ViolationCode
from services.orders.domain.cases import purchase_case
from services.orders.domain.commands import Buyer
from services.orders.domain.holdings import Cart, Holdings
from services.orders.domain.identifiers import Verdict
from services.orders.domain.renewals import renewal_violations

_TOGETHER = "cancel that order and order both together"


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
        *renewal_violations(known, holdings, is_same_firm=not other_firm),
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
    is_automatic = cart.channel is Channel.AUTOMATIC  # nobody chose a place for it
    if case is not None and not is_automatic and cart.channel not in holdings.catalogue.channels[case]:
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
    in_cart = {line.product for line in cart.lines}
    apart = (holdings.sold(product) for product in asked if holdings.sold(product).requires not in in_cart)
    owned = {product.family for product in apart if holdings.base(product.family)}
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
    elif not pending.has(product, LineAction.ACTIVATE):
        detail = f"{required} is ordered and not yet active: {_TOGETHER}"
        yield _violation(ViolationCode.BASE_ORDER_PENDING, detail, pending.order_id)


def _of_the_same_add_on(product: Product, holdings: Holdings) -> Iterator[Violation]:
    pending, name = holdings.order_of(product), holdings.name(product)
    if holdings.living(product) is not None:
        yield _violation(ViolationCode.ADDON_ALREADY_ACTIVE, f"{name} is owned already: it is renewed instead")
    elif pending is not None:
        advice = f": {_TOGETHER}" if pending.families and not pending.is_paid else ""
        yield _violation(ViolationCode.ADDON_ORDER_PENDING, f"{name} is ordered already{advice}", pending.order_id)


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


def _violation(code: ViolationCode, detail: str, order_id: str | None = None) -> Violation:
    return Violation(code=code, detail=detail, order_id=order_id)
