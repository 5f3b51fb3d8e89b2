"""To which dates do add-ons for an owned base run, and what is extended with them? By R16 to R20, case 2."""

from datetime import date

from schemas.cart import ProductTerms
from schemas.orders import SettledFacts
from schemas.provisioning import ActivationHeld, MovedService
from schemas.terms import add_months
from schemas.vocabulary import ActivationOrigin, Branch, ExpiryReason, HoldReason, ServiceStatus
from services.provisioning.domain.alignment import aligned, extended
from services.provisioning.domain.model import Account, ProvisioningEvent
from services.provisioning.domain.order_events import (
    Activated,
    BaseMove,
    activated_aligned,
    closed,
    held,
    moved,
    natural_expiry,
    shown_expiry,
    shown_service,
    term_of,
)
from services.provisioning.domain.owned import OwnedService


def add_to_owned(account: Account, order: SettledFacts, today: date, *, released: bool) -> Activated | ActivationHeld:
    """Activate the order's add-ons beside the bases that they need; extend what the order's price extended."""
    whole = Activated()
    add_ons = [order.terms.of(line.product) for line in order.lines]
    for required in dict.fromkeys(add_on.requires for add_on in add_ons):
        base = account.living(required)
        if base is None:
            return held(order, HoldReason.BASE_TERMINATED, f"{required or 'the base'} has ended")
        beside = [add_on for add_on in add_ons if add_on.requires == required]
        to_extend = _to_extend(account, base, order, beside)
        obstacle = _obstacle(account, base, order, beside, to_extend, today, released=released)
        if obstacle is not None:
            return obstacle
        part = _beside(base, order, beside, [owned for owned in to_extend if owned.is_alive])
        whole = Activated([*whole.events, *part.events], [*whole.extended, *part.extended])
    return whole


def _to_extend(
    account: Account, base: OwnedService, order: SettledFacts, beside: list[ProductTerms]
) -> list[OwnedService]:
    """Return the services that the order's price set out to extend (R16): those it showed to expire before D.

    They are the base and its further add-ons, as they stand now, an ended one too. Where the base was shown to run as
    long as D there is nothing to extend (R19); an add-on that had expired at the order was over (R10).
    """
    if order.branch is not Branch.EXTENDED:
        return []
    end = max(add_months(order.ordered_on, add_on.term_months) for add_on in beside)
    if shown_expiry(order, base) >= end:
        return []
    further = [
        owned
        for owned in account.services
        if owned.requires == base.product
        and (shown := shown_service(order, owned.product)) is not None
        and shown.status is ServiceStatus.ACTIVE
        and shown.expires_on >= order.ordered_on
    ]
    return [owned for owned in (base, *further) if shown_expiry(order, owned) < end]


def _obstacle(
    account: Account,
    base: OwnedService,
    order: SettledFacts,
    beside: list[ProductTerms],
    to_extend: list[OwnedService],
    today: date,
    *,
    released: bool,
) -> ActivationHeld | None:
    for add_on in beside:
        if account.living(add_on.product) is not None:
            return held(order, HoldReason.ADDON_ALREADY_ACTIVE, f"{add_on.product} is active already")
    if not released:
        for owned in dict.fromkeys((base, *to_extend)):
            if not owned.is_alive:
                return held(order, HoldReason.BASE_TERMINATED, f"{owned.product} has ended")
            shown = shown_expiry(order, owned)
            if owned.expires_on < shown:
                detail = f"{owned.product} expires on {owned.expires_on}, the order showed {shown}"
                return held(order, HoldReason.BASE_SHORTENED, detail)
    # Judged by dates: a timer that was faster than the news of a payment on the last day closes nothing.
    is_limited = base.status is ServiceStatus.SUSPENDED or base.expires_on < today
    if is_limited and base not in to_extend:
        return closed(order, f"{base.product} expired on {base.expires_on}")
    return None


def _beside(
    base: OwnedService, order: SettledFacts, beside: list[ProductTerms], to_extend: list[OwnedService]
) -> Activated:
    end = max(natural_expiry(order, add_on.product) for add_on in beside)
    base_term = extended(term_of(base), end) if base in to_extend else term_of(base)
    events: list[ProvisioningEvent] = []
    services: list[MovedService] = []
    for owned in to_extend:
        term = base_term if owned == base else extended(term_of(owned), min(end, base_term.expires_on))
        events += moved(order, owned, term, ExpiryReason.EXTENSION)
        services.append(
            MovedService(
                product=owned.product,
                shown_expiry=shown_expiry(order, owned),
                previous_expiry=owned.expires_on,
                new_expiry=term.expires_on,
            )
        )
    for add_on in beside:
        term = aligned(base_term, natural_expiry(order, add_on.product), shown_expiry(order, base))
        move = BaseMove(base.expires_on, base_term.expires_on)
        events += activated_aligned(order, add_on.product, term, ActivationOrigin.ADD_ON, move)
    return Activated(events, services)
