"""To which dates do bases and their add-ons run when they are renewed? By R31 and R32."""

from schemas.cart import OrderLine
from schemas.orders import SettledFacts
from schemas.provisioning import ActivationHeld
from schemas.terms import missing_term
from schemas.vocabulary import ActivationOrigin, ExpiryReason, HoldReason, LineAction, ProductKind
from services.provisioning.domain.alignment import Term, aligned, renewed, renewed_beside
from services.provisioning.domain.model import Account, ProvisioningEvent
from services.provisioning.domain.order_events import (
    Activated,
    BaseMove,
    activated,
    held,
    moved,
    natural_expiry,
    shown_expiry,
    shown_service,
    term_of,
)
from services.provisioning.domain.owned import OwnedService


def renew(account: Account, order: SettledFacts) -> Activated | ActivationHeld:
    """Renew the order's bases, and renew or add its add-ons beside them."""
    base_lines = [line for line in order.lines if order.terms.of(line.product).kind is ProductKind.BASE]
    renewed_products = {line.product for line in base_lines}
    for line in order.lines:
        required = order.terms.of(line.product).requires or line.product
        if account.living(required) is None or required not in renewed_products:
            return held(order, HoldReason.BASE_TERMINATED, f"{required} has ended, or is not renewed")
        if line.action is LineAction.ACTIVATE and account.living(line.product) is not None:
            return held(order, HoldReason.ADDON_ALREADY_ACTIVE, f"{line.product} is active already")
    events: list[ProvisioningEvent] = []
    for line in base_lines:
        base = account.living(line.product)
        if base is not None:
            events += _renewed_base(account, base, order, line)
    return Activated(events)


def _renewed_base(
    account: Account, base: OwnedService, order: SettledFacts, line: OrderLine
) -> list[ProvisioningEvent]:
    months = order.terms.of(line.product).term_months * line.years
    term = renewed(term_of(base), months)
    shown_end = renewed(_shown_term(order, base), months)
    events = moved(order, base, term, ExpiryReason.RENEWAL)
    for other in order.lines:
        if order.terms.of(other.product).requires != base.product:
            continue
        owned = account.living(other.product)
        if owned is not None:
            beside = renewed_beside(term, owned.expires_on, shown_expiry(order, owned), shown_end.expires_on)
            events += moved(order, owned, beside, ExpiryReason.RENEWAL)
            continue
        capped = aligned(term, natural_expiry(order, other.product), shown_end.expires_on)
        whole = term if capped.expires_on == term.expires_on else capped
        move = BaseMove(base.expires_on, term.expires_on)
        events.append(activated(order, other.product, whole, ActivationOrigin.ADD_ON, move))
    return events


def _shown_term(order: SettledFacts, base: OwnedService) -> Term:
    """Return the base's term as the order showed it, from its anchor where it showed one."""
    shown = shown_service(order, base.product)
    if shown is None:
        return term_of(base)
    if shown.anchor_on is None:
        return Term(shown.expires_on, 0)
    return Term(shown.anchor_on, missing_term(shown.anchor_on, shown.expires_on).months)
