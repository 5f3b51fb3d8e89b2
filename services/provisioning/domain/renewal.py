"""To which dates do bases and their add-ons run when they are renewed? By R31 and R32."""

from datetime import date, timedelta

from schemas import terms
from schemas.cart import OrderLine
from schemas.orders import SettledFacts
from schemas.provisioning import ActivationHeld
from schemas.vocabulary import ActivationOrigin, ExpiryReason, HoldReason, LineAction, ProductKind, ServiceStatus
from services.provisioning.domain.alignment import Beside, aligned, renewed, renewed_beside
from services.provisioning.domain.model import Account, ProvisioningEvent
from services.provisioning.domain.order_events import (
    Activated,
    BaseMove,
    activated,
    closed,
    held,
    moved,
    natural_expiry,
    shown_expiry,
    shown_service,
    term_of,
)
from services.provisioning.domain.owned import OwnedService


def renew(account: Account, order: SettledFacts, grace_days: int, *, released: bool) -> Activated | ActivationHeld:
    """Renew the order's bases, and renew or add its add-ons beside them."""
    base_lines = [line for line in order.lines if order.terms.of(line.product).kind is ProductKind.BASE]
    renewed_products = {line.product for line in base_lines}
    for line in order.lines:
        required = order.terms.of(line.product).requires or line.product
        if required not in renewed_products:
            return held(order, HoldReason.BASE_TERMINATED, f"{required} is not renewed with {line.product}")
        base = account.living(required)
        if base is None:
            return _without_base(account.service(required), order, grace_days)
        if base.status is ServiceStatus.SUSPENDED and not released:
            return held(order, HoldReason.CHARGEBACK, f"{required} is suspended")
        if line.action is LineAction.ACTIVATE and account.living(line.product) is not None:
            return held(order, HoldReason.ADDON_ALREADY_ACTIVE, f"{line.product} is active already")
    events: list[ProvisioningEvent] = []
    for line in base_lines:
        base = account.living(line.product)
        if base is not None:
            events += _renewed_base(account, base, order, line)
    return Activated(events)


def _without_base(base: OwnedService | None, order: SettledFacts, grace_days: int) -> ActivationHeld:
    """Close what was paid after the end of its base's grace (R31); what ended otherwise waits for an operator."""
    if base is not None and order.settled_on > base.expires_on + timedelta(days=grace_days):
        return closed(order, f"the grace of {base.product} is over: it expired on {base.expires_on}")
    ended = ", ".join(line.product for line in order.lines) if base is None else base.product
    return held(order, HoldReason.BASE_TERMINATED, f"{ended} has ended")


def _renewed_base(
    account: Account, base: OwnedService, order: SettledFacts, line: OrderLine
) -> list[ProvisioningEvent]:
    term = renewed(term_of(base), line.years)
    shown_end = _shown_end(order, base, line.years)
    move = BaseMove(base.expires_on, term.expires_on)
    events = moved(order, base, term, ExpiryReason.RENEWAL)
    for other in order.lines:
        if order.terms.of(other.product).requires != base.product:
            continue
        known = account.service(other.product)
        if other.action is LineAction.ACTIVATE or known is None:
            capped = aligned(term, natural_expiry(order, other.product), shown_end)
            whole = term if capped.expires_on == term.expires_on else capped
            events.append(activated(order, other.product, whole, ActivationOrigin.ADD_ON, move))
            continue
        shown = Beside(shown_expiry(order, known), shown_expiry(order, base), shown_end)
        beside = renewed_beside(term_of(base), term_of(known), term, shown, line.years)
        if known.is_alive:
            events += moved(order, known, beside, ExpiryReason.RENEWAL)
        else:  # It lapsed since the order: what was paid for goes on from where it ended.
            events.append(activated(order, other.product, beside, ActivationOrigin.ADD_ON, move))
    return events


def _shown_end(order: SettledFacts, base: OwnedService, years: int) -> date:
    """Return E' as the order showed it, from the base's anchor where it showed one."""
    shown = shown_service(order, base.product)
    if shown is None:
        return renewed(term_of(base), years).expires_on
    return terms.renewed(shown.anchor_on or shown.expires_on, shown.expires_on, years)
