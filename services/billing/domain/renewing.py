"""What does a renewal cost, and until when do its services then run? By R31 and R32, with O for P."""

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from schemas.billing import PricedLine
from schemas.cart import OrderLine, OwnedService
from schemas.catalogue import Catalogue, CatalogueProduct
from schemas.terms import MONTHS_A_YEAR, missing_term, renewed
from schemas.vocabulary import LineAction, PricingRefusal, Product, ServiceStatus
from services.billing.domain.cart import Cart, NotPriceable, sold
from services.billing.domain.proration import align_up, full_price, prorated


@dataclass(frozen=True, slots=True)
class Renewed:
    """A line of a renewal: its price, where its service then ends, and the months that the price is for."""

    line: PricedLine
    expires_on: date
    months: Fraction


@dataclass(frozen=True, slots=True)
class _Base:
    """A base that is renewed: as it stands, for how many years, and E', where it then ends."""

    service: OwnedService
    years: int
    new_expiry: date


def renewals(cart: Cart, catalogue: Catalogue) -> list[Renewed]:
    """Price what is renewed, and what is added beside it, in the order of the cart. Raises NotPriceable."""
    asked = {line.product: line for line in cart.lines if _renews_a_base(line, catalogue)}
    if not asked:
        raise NotPriceable(PricingRefusal.BASE_NOT_RENEWED, "an add-on is renewed together with its base only")
    for line in cart.lines:
        _refuse_without_base(line, set(asked), catalogue)
    bases = {product: _renewed_base(line, cart, catalogue) for product, line in asked.items()}
    return [_renewed(line, bases, cart, catalogue) for line in cart.lines]


def _renews_a_base(line: OrderLine, catalogue: Catalogue) -> bool:
    return line.action is LineAction.RENEW and sold(catalogue, line.product).is_base


def _refuse_without_base(line: OrderLine, bases: set[Product], catalogue: Catalogue) -> None:
    required = sold(catalogue, line.product).requires
    if required is None and line.product not in bases:
        raise NotPriceable(PricingRefusal.BASE_MISSING, f"{line.product} is a base: it is bought apart from a renewal")
    if required is not None and required not in bases:
        detail = f"{line.product} needs {required}, renewed in the same order"
        raise NotPriceable(PricingRefusal.BASE_MISSING, detail)


def _renewed_base(line: OrderLine, cart: Cart, catalogue: Catalogue) -> _Base:
    """Add years to a base's anchor, from the old date in grace too (R31)."""
    service = _owned(line.product, cart)
    is_over = service is None or (cart.ordered_on - service.expires_on).days > catalogue.grace_days
    if service is None or is_over or service.status is ServiceStatus.SUSPENDED:
        detail = f"{line.product} is neither active nor in grace: there is nothing to renew"
        raise NotPriceable(PricingRefusal.NOTHING_TO_RENEW, detail)
    anchor = service.anchor_on or service.expires_on
    return _Base(service, line.years, renewed(anchor, service.expires_on, line.years))


def _renewed(line: OrderLine, bases: dict[Product, _Base], cart: Cart, catalogue: Catalogue) -> Renewed:
    product = sold(catalogue, line.product)
    base = bases[product.requires or line.product]
    if product.is_base:
        return _whole_years(line, product, base)
    living = _living(line.product, base, cart)
    if line.action is LineAction.ACTIVATE:
        return _added(line, product, base, living, cart, catalogue)
    if living is None or living.status is ServiceStatus.SUSPENDED:
        detail = f"{line.product} is not active: it is added beside the renewal instead"
        raise NotPriceable(PricingRefusal.NOTHING_TO_RENEW, detail)
    if living.expires_on == base.service.expires_on:
        return _whole_years(line, product, base)
    method = catalogue.proration_method
    priced = prorated(line.product, product.annual_cents, living.expires_on, base.new_expiry, base.years, method)
    return Renewed(priced, base.new_expiry, missing_term(living.expires_on, base.new_expiry).exact_months)


def _whole_years(line: OrderLine, product: CatalogueProduct, base: _Base) -> Renewed:
    """Charge a base, or an add-on that ends with it, for each year; the free first term never repeats."""
    priced = full_price(line.product, product.annual_cents, MONTHS_A_YEAR, LineAction.RENEW, base.years)
    return Renewed(priced, base.new_expiry, Fraction(MONTHS_A_YEAR * base.years))


def _added(
    line: OrderLine,
    product: CatalogueProduct,
    base: _Base,
    living: OwnedService | None,
    cart: Cart,
    catalogue: Catalogue,
) -> Renewed:
    """Charge an add-on that is not owned, or has lapsed, from O to E', as R19 does."""
    if living is not None:
        detail = f"{line.product} is active already: it is renewed instead"
        raise NotPriceable(PricingRefusal.ALREADY_ACTIVE, detail)
    months = cart.terms.of(line.product).term_months
    ordered_on, method = cart.ordered_on, catalogue.proration_method
    priced = align_up(line.product, product.annual_cents, months, ordered_on, base.new_expiry, method)
    return Renewed(priced, base.new_expiry, missing_term(ordered_on, base.new_expiry).exact_months)


def _owned(product: Product, cart: Cart) -> OwnedService | None:
    ended = ServiceStatus.TERMINATED
    return next((owned for owned in cart.owned if owned.product == product and owned.status is not ended), None)


def _living(product: Product, base: _Base, cart: Cart) -> OwnedService | None:
    """Return an add-on that has not ended: it has no grace but its base's (R10)."""
    service = _owned(product, cart)
    if service is None or service.expires_on < min(cart.ordered_on, base.service.expires_on):
        return None
    return service
