"""What would it cost, with the extension and without? Every outcome the customer may choose, nothing stored (R17)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import assert_never

from schemas.catalogue import Catalogue
from schemas.orders import OrderLine, OwnedService, Terms
from schemas.terms import MissingTerm, add_months, missing_term
from schemas.vocabulary import Branch, LineAction, OrderWarning, PricingRefusal, Product, PurchaseCase, ServiceStatus
from services.billing.domain.money import half_up
from services.billing.domain.pricing import BASES, Cart, NotPriceable, Priced, price


@dataclass(frozen=True, slots=True)
class Outcome:
    """One choice: its price, the expiries it leads to, what a month costs."""

    extend_active_services: bool
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
    case = purchase_case(lines)
    outcomes = [
        _outcome(Cart(branch, lines, quoted_on, owned, terms_of(catalogue)), catalogue)
        for branch in _branches(case, lines, owned, quoted_on, catalogue)
    ]
    return Quote(case, outcomes)


def terms_of(catalogue: Catalogue) -> Terms:
    """Return the terms an order placed under a catalogue would have."""
    return Terms(
        e_invoicing_months=catalogue.products[Product.E_INVOICING].term_months,
        documents_months=catalogue.products[Product.DOCUMENTS].term_months,
        payable_days=catalogue.payable_days,
    )


def purchase_case(lines: Sequence[OrderLine]) -> PurchaseCase:
    """Tell which case a cart is. Raises NotPriceable for an empty or contradictory one."""
    products = [line.product for line in lines]
    if not products:
        raise NotPriceable(PricingRefusal.EMPTY_CART, "an empty cart has no price")
    if len(set(products)) < len(products) or all(base in products for base in BASES):
        raise NotPriceable(PricingRefusal.DUPLICATE_LINE, "a product stands twice in the cart")
    if any(line.action is LineAction.RENEW for line in lines):
        return PurchaseCase.RENEWAL
    return PurchaseCase.FIRST_PURCHASE if any(base in products for base in BASES) else PurchaseCase.ADD_ON_TO_OWNED


def cents_per_month(net_cents: int, term: MissingTerm) -> int | None:
    """Return net ÷ (m + r/L), HALF_UP; None where the term is 0."""
    months = term.exact_months
    return half_up(net_cents / months) if months else None


def _branches(
    case: PurchaseCase, lines: Sequence[OrderLine], owned: Sequence[OwnedService], today: date, catalogue: Catalogue
) -> list[Branch]:
    match case:
        case PurchaseCase.FIRST_PURCHASE:
            return [Branch.BUNDLE]
        case PurchaseCase.RENEWAL:
            raise NotPriceable(PricingRefusal.NOTHING_TO_RENEW, "renewals are not sold yet")
        case PurchaseCase.ADD_ON_TO_OWNED:
            return _add_on_branches(lines, owned, today, catalogue)
        case _:
            assert_never(case)


def _add_on_branches(
    lines: Sequence[OrderLine], owned: Sequence[OwnedService], today: date, catalogue: Catalogue
) -> list[Branch]:
    terms = terms_of(catalogue)
    base = Cart(Branch.EXTENDED, lines, today, owned, terms).base_of(catalogue)
    if base.status is not ServiceStatus.ACTIVE or base.expires_on < today:
        detail = f"{base.product} is not active: renew it first, adding the add-on there"
        raise NotPriceable(PricingRefusal.BASE_EXPIRED, detail)
    if base.expires_on >= add_months(today, terms.documents_months):
        return [Branch.ALIGNED_LONG]
    return [Branch.EXTENDED, Branch.ALIGNED_SHORT]


def _outcome(cart: Cart, catalogue: Catalogue) -> Outcome:
    priced = price(cart, catalogue)
    expiries = _expiries(cart, catalogue)
    per_month = {
        line.product: cents_per_month(line.net_cents, missing_term(cart.ordered_on, expiries[line.product]))
        for line in priced.lines
    }
    if priced.extension:
        extended = priced.extension
        per_month[extended.product] = cents_per_month(extended.net_cents, extended.missing_term)
    return Outcome(
        extend_active_services=cart.branch is not Branch.ALIGNED_SHORT,
        branch=cart.branch,
        priced=priced,
        expiries=expiries,
        net_cents_per_month=per_month,
        warnings=_warnings(cart, catalogue),
    )


def _expiries(cart: Cart, catalogue: Catalogue) -> dict[Product, date]:
    """Return the expiries that an outcome leads to if it is settled today."""
    bought = [line.product for line in cart.lines]
    match cart.branch:
        case Branch.BUNDLE:
            return dict.fromkeys(bought, add_months(cart.ordered_on, cart.terms.e_invoicing_months))
        case Branch.RENEWED:
            raise NotPriceable(PricingRefusal.NOTHING_TO_RENEW, "renewals are not sold yet")
        case Branch.EXTENDED:
            until = add_months(cart.ordered_on, cart.terms.documents_months)
        case Branch.ALIGNED_SHORT | Branch.ALIGNED_LONG:
            until = cart.base_of(catalogue).expires_on
    return dict.fromkeys((cart.base_of(catalogue).product, *bought), until)


def _warnings(cart: Cart, catalogue: Catalogue) -> list[OrderWarning]:
    if cart.branch is not Branch.ALIGNED_SHORT:
        return []
    residual = (cart.base_of(catalogue).expires_on - cart.ordered_on).days
    return [OrderWarning.SHORT_RESIDUAL] if residual < catalogue.short_residual_days else []
