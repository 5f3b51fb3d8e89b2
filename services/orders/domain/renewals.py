"""May this be renewed? A base that is active or in grace, and its add-ons together with it (R31, R32)."""

from collections.abc import Iterator
from datetime import date, timedelta

from schemas.cart import Violation
from schemas.vocabulary import Channel, CloseReason, LineAction, Product, ServiceStatus, ViolationCode
from services.orders.domain.holdings import Cart, Holdings
from services.orders.domain.model import State
from services.orders.domain.order import OpenOrder


def renewal_violations(cart: Cart, holdings: Holdings, *, is_same_firm: bool) -> Iterator[Violation]:
    """Say what stands against the lines that renew, and against a new base beside them."""
    renewed = cart.products(LineAction.RENEW)
    if not renewed:
        return
    for product in sorted(renewed):
        required = holdings.sold(product).requires
        if required is not None and required not in renewed:
            detail = f"{holdings.name(product)} is renewed together with {holdings.name(required)} only"
            yield _not_possible(detail)
        elif is_same_firm and not _is_renewable(product, holdings):
            yield _not_possible(_why_not(product, holdings))
    for product in sorted(cart.products(LineAction.ACTIVATE)):
        if holdings.sold(product).is_base:
            yield _not_possible(f"{holdings.name(product)} is bought apart from a renewal")


def payable_until(cart: Cart, holdings: Holdings) -> date:
    """Return the last day on which an order can be paid: a renewal not beyond its bases' grace (R21, R31)."""
    days = [holdings.today + timedelta(days=holdings.catalogue.payable_days)]
    last = [] if cart.channel is Channel.AUTOMATIC else days  # R43: through the whole grace
    grace = timedelta(days=holdings.catalogue.grace_days)
    bases = [holdings.living(product) for product in cart.products(LineAction.RENEW) if holdings.sold(product).is_base]
    return min([*last, *(base.expires_on + grace for base in bases if base is not None)])


def why_over(state: State, order: OpenOrder) -> CloseReason:
    """Tell a renewal that outlived its base's grace from an order that was payable for all its days (R31)."""
    renewed = (service for service in order.expiries_shown if order.has(service.product, LineAction.RENEW))
    shown = {service.product: service.expires_on for service in renewed}
    is_cut_short = order.payable_until < order.ordered_on + timedelta(days=order.payable_days)
    has_moved = any(service.expires_on > shown.get(service.product, date.max) for service in state.services)
    return CloseReason.BASE_NOT_ACTIVE if is_cut_short and not has_moved else CloseReason.PAYMENT_OVERDUE


def _is_renewable(product: Product, holdings: Holdings) -> bool:
    owned = holdings.living(product)
    return owned is not None and holdings.status(owned) is not ServiceStatus.SUSPENDED


def _why_not(product: Product, holdings: Holdings) -> str:
    name = holdings.name(product)
    if holdings.living(product) is not None:
        return f"{name} is suspended"
    if holdings.sold(product).is_base:
        return f"{name} is not owned, or has ended: it is bought anew"
    return f"{name} is not owned, or has ended: it is added beside the renewal"


def _not_possible(detail: str) -> Violation:
    return Violation(code=ViolationCode.RENEWAL_NOT_POSSIBLE, detail=detail)
