"""Which case is this order, and how will its dates run? Case and branch, frozen at the order (R14)."""

from collections.abc import Iterable
from datetime import date

from schemas.catalogue import Catalogue
from schemas.terms import add_months
from schemas.vocabulary import Branch, LineAction, OrderWarning, PurchaseCase, ServiceStatus
from services.orders.domain.order import Line, Owned


def purchase_case(lines: Iterable[Line], catalogue: Catalogue) -> PurchaseCase | None:
    """Name the case of a cart from its lines alone; None for an empty one."""
    cart = list(lines)
    if not cart:
        return None
    if any(line.action is LineAction.RENEW for line in cart):
        return PurchaseCase.RENEWAL
    if any(catalogue.products[line.product].is_base for line in cart):
        return PurchaseCase.FIRST_PURCHASE
    return PurchaseCase.ADD_ON_TO_OWNED


def branch(case: PurchaseCase, extends: bool, base_expires_on: date | None, natural_expiry: date) -> Branch:
    """Choose how the dates run, with the order date for the payment date (R15, R16, R17, R19)."""
    if case is PurchaseCase.RENEWAL:
        return Branch.RENEWED
    if case is PurchaseCase.FIRST_PURCHASE or base_expires_on is None:
        return Branch.BUNDLE
    if base_expires_on >= natural_expiry:
        return Branch.ALIGNED_LONG
    return Branch.EXTENDED if extends else Branch.ALIGNED_SHORT


def natural_expiry(lines: Iterable[Line], ordered_on: date, catalogue: Catalogue) -> date:
    """Return when what is bought would expire by its own terms, the longest of them (D of R14)."""
    months = max((catalogue.products[line.product].term_months for line in lines), default=0)
    return add_months(ordered_on, months)


def warnings(
    chosen: Branch | None,
    base_expires_on: date | None,
    ordered_on: date,
    has_certified_mail: bool,
    catalogue: Catalogue,
) -> list[OrderWarning]:
    """List what the storefront should tell its customer (R17, R39)."""
    found = [OrderWarning.PEC_ADDRESS] if has_certified_mail else []
    if chosen is not Branch.ALIGNED_SHORT or base_expires_on is None:
        return found
    is_short = (base_expires_on - ordered_on).days < catalogue.short_residual_days
    return [*found, OrderWarning.SHORT_RESIDUAL] if is_short else found


def status_on(service: Owned, today: date, catalogue: Catalogue) -> ServiceStatus:
    """Tell a service's status by its dates, before provisioning's timer has said so (R21, R34)."""
    days_over = (today - service.expires_on).days
    if service.status is ServiceStatus.TERMINATED or days_over > catalogue.grace_days:
        return ServiceStatus.TERMINATED
    if service.status is ServiceStatus.ACTIVE and days_over > 0:
        return ServiceStatus.GRACE
    return service.status
