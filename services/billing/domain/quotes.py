"""What would it cost, with the extension and without? Every outcome the customer may choose, nothing stored (R17)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import assert_never

from schemas.cart import OrderLine, OwnedService, ProductTerms, Terms
from schemas.catalogue import Catalogue
from schemas.terms import add_months, missing_term
from schemas.vocabulary import Branch, LineAction, OrderWarning, PricingRefusal, Product, PurchaseCase, ServiceStatus
from services.billing.domain.cart import AddOns, Cart, NotPriceable, sold
from services.billing.domain.money import half_up
from services.billing.domain.pricing import Priced, price
from services.billing.domain.renewing import renewals


@dataclass(frozen=True, slots=True)
class Outcome:
    """One choice: its price, the expiries it leads to, what a month costs; the toggle is null where nothing extends."""

    extend_active_services: bool | None
    branch: Branch
    priced: Priced
    expiries: dict[Product, date]
    net_cents_per_month: dict[Product, int | None]
    warnings: list[OrderWarning]


@dataclass(frozen=True, slots=True)
class Quote:
    """All choices, the default first."""

    purchase_case: PurchaseCase
    outcomes: list[Outcome]


def quote(lines: Sequence[OrderLine], owned: Sequence[OwnedService], quoted_on: date, catalogue: Catalogue) -> Quote:
    """Quote what a cart would cost today. Raises NotPriceable when it can't be priced (no base, for instance)."""
    case = purchase_case(lines, catalogue)
    terms = terms_of(lines, catalogue)
    outcomes = [
        _outcome(Cart(branch, lines, quoted_on, owned, terms), catalogue)
        for branch in _branches(case, Cart(Branch.EXTENDED, lines, quoted_on, owned, terms), catalogue)
    ]
    return Quote(case, outcomes)


def terms_of(lines: Sequence[OrderLine], catalogue: Catalogue) -> Terms:
    """Return the terms that an order of these lines would freeze under a catalogue."""
    products = []
    for line in lines:
        product = sold(catalogue, line.product)
        products.append(
            ProductTerms(
                product=line.product,
                kind=product.kind,
                family=product.family,
                term_months=product.term_months,
                requires=product.requires,
                features=list(product.features),
            )
        )
    return Terms(payable_days=catalogue.payable_days, products=products)


def purchase_case(lines: Sequence[OrderLine], catalogue: Catalogue) -> PurchaseCase:
    """Tell which case a cart is. Raises NotPriceable for an empty or contradictory one."""
    if not lines:
        raise NotPriceable(PricingRefusal.EMPTY_CART, "an empty cart has no price")
    families = [product.family for line in lines if (product := sold(catalogue, line.product)).is_base]
    if len({line.product for line in lines}) < len(lines):
        raise NotPriceable(PricingRefusal.DUPLICATE_LINE, "a product stands twice in the cart")
    if len(set(families)) < len(families):
        raise NotPriceable(PricingRefusal.DUPLICATE_LINE, "two bases of one family stand in the cart")
    if any(line.action is LineAction.RENEW for line in lines):
        return PurchaseCase.RENEWAL
    return PurchaseCase.FIRST_PURCHASE if families else PurchaseCase.ADD_ON_TO_OWNED


def cents_per_month(net_cents: int, months: Fraction) -> int | None:
    """Return net ÷ (m + r/L), HALF_UP; None where the term is 0."""
    return half_up(net_cents / months) if months else None


def _branches(case: PurchaseCase, cart: Cart, catalogue: Catalogue) -> list[Branch]:
    match case:
        case PurchaseCase.FIRST_PURCHASE:
            return [Branch.BUNDLE]
        case PurchaseCase.RENEWAL:
            return [Branch.RENEWED]
        case PurchaseCase.ADD_ON_TO_OWNED:
            return _add_on_branches(cart, catalogue)
        case _:
            assert_never(case)


def _add_on_branches(cart: Cart, catalogue: Catalogue) -> list[Branch]:
    groups = cart.add_ons(catalogue)
    for base in (group.base for group in groups):
        if base.status is not ServiceStatus.ACTIVE or base.expires_on < cart.ordered_on:
            detail = f"{base.product} is not active: renew it first, adding the add-on there"
            raise NotPriceable(PricingRefusal.BASE_EXPIRED, detail)
    if all(group.base_runs_as_long for group in groups):
        return [Branch.ALIGNED_LONG]
    return [Branch.EXTENDED, Branch.ALIGNED_SHORT]


def _outcome(cart: Cart, catalogue: Catalogue) -> Outcome:
    priced = price(cart, catalogue)
    renewed = renewals(cart, catalogue) if cart.branch is Branch.RENEWED else []
    expiries = {each.line.product: each.expires_on for each in renewed} or _expiries(cart, priced, catalogue)
    months = {product: missing_term(cart.ordered_on, expiry).exact_months for product, expiry in expiries.items()}
    months |= {each.line.product: each.months for each in renewed}
    per_month = {line.product: cents_per_month(line.net_cents, months[line.product]) for line in priced.lines}
    for extended in priced.extensions:
        per_month[extended.product] = cents_per_month(extended.net_cents, extended.missing_term.exact_months)
    return Outcome(
        extend_active_services=_toggle(cart.branch),
        branch=cart.branch,
        priced=priced,
        expiries=expiries,
        net_cents_per_month=per_month,
        warnings=_warnings(cart, catalogue),
    )


def _toggle(branch: Branch) -> bool | None:
    match branch:
        case Branch.EXTENDED:
            return True
        case Branch.ALIGNED_SHORT:
            return False
        case Branch.BUNDLE | Branch.ALIGNED_LONG | Branch.RENEWED:
            return None
        case _:
            assert_never(branch)


def _expiries(cart: Cart, priced: Priced, catalogue: Catalogue) -> dict[Product, date]:
    """Return the expiries that an outcome leads to if it is settled today."""
    if cart.branch is Branch.BUNDLE:
        bases = [sold(catalogue, line.product).requires or line.product for line in cart.lines]
        return {
            line.product: add_months(cart.ordered_on, cart.terms.of(base).term_months)
            for line, base in zip(cart.lines, bases, strict=True)
        }
    moved = {extension.product: extension.new_expiry for extension in priced.extensions}
    expiries: dict[Product, date] = {}
    for group in cart.add_ons(catalogue):
        base = group.base
        expiries[base.product] = moved.get(base.product, base.expires_on)
        expiries |= {product: _ends_on(cart, group, product, expiries[base.product]) for product in group.products}
    return expiries | moved


def _ends_on(cart: Cart, group: AddOns, product: Product, base_expiry: date) -> date:
    """Return where an add-on ends: with its base, but never after both D and the base's expiry before (R18)."""
    natural = add_months(cart.ordered_on, cart.terms.of(product).term_months)
    return min(base_expiry, max(natural, group.base.expires_on))


def _warnings(cart: Cart, catalogue: Catalogue) -> list[OrderWarning]:
    if cart.branch is not Branch.ALIGNED_SHORT:
        return []
    residual = min((group.base.expires_on - cart.ordered_on).days for group in cart.add_ons(catalogue))
    return [OrderWarning.SHORT_RESIDUAL] if residual < catalogue.short_residual_days else []
