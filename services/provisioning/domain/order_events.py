"""How does what a settled order brings about become events? With the order's facts and its frozen terms."""

from dataclasses import dataclass, field
from datetime import date

from schemas.cart import OwnedService as ShownService
from schemas.orders import SettledFacts
from schemas.provisioning import ActivationHeld, ExpiryAligned, MovedService, ServiceActivated
from schemas.terms import add_months
from schemas.vocabulary import ActivationOrigin, CloseReason, ExpiryReason, HoldReason, Product, ProductKind
from services.provisioning.domain.alignment import Term
from services.provisioning.domain.model import ProvisioningEvent
from services.provisioning.domain.owned import OwnedService


@dataclass(frozen=True, slots=True)
class Activated:
    """What an order activates and moves; `extended` are the services that its price set out to extend."""

    events: list[ProvisioningEvent] = field(default_factory=list)
    extended: list[MovedService] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class BaseMove:
    """From where to where an add-on's base runs with the same order."""

    previous: date
    now: date


def term_of(owned: OwnedService) -> Term:
    """Return a service's term as it stands."""
    return Term(owned.anchor_on, owned.months)


def natural_expiry(order: SettledFacts, product: Product) -> date:
    """Return D, where an add-on's own term from the payment ends (R14)."""
    return add_months(order.settled_on, order.terms.of(product).term_months)


def shown_service(order: SettledFacts, product: Product) -> ShownService | None:
    """Return a service as the order showed it, or None."""
    return next((shown for shown in order.expiries_shown if shown.product == product), None)


def shown_expiry(order: SettledFacts, owned: OwnedService) -> date:
    """Return E0, the expiry that the order showed of a service; its own where the order showed none."""
    shown = shown_service(order, owned.product)
    return shown.expires_on if shown else owned.expires_on


def activated(
    order: SettledFacts, product: Product, term: Term, origin: ActivationOrigin, base: BaseMove | None = None
) -> ServiceActivated:
    """Activate a product."""
    terms = order.terms.of(product)
    is_base = terms.kind is ProductKind.BASE
    moved = base if base is not None and base.now != base.previous else None
    return ServiceActivated(
        customer_id=order.customer_id,
        order_id=order.order_id,
        product=product,
        kind=terms.kind,
        family=terms.family,
        features=terms.features,
        requires=terms.requires,
        origin=origin,
        branch=order.branch,
        activated_on=order.settled_on,
        expires_on=term.expires_on,
        anchor_on=term.anchor_on,
        months=term.months,
        buyer_kind=order.buyer_kind,
        locale=order.locale,
        tax_identifier_hash=order.tax_identifier_hash if is_base else None,
        base_previous_expiry=moved.previous if moved else None,
        base_expires_on=moved.now if moved else None,
    )


def activated_aligned(
    order: SettledFacts, product: Product, term: Term, origin: ActivationOrigin, base: BaseMove | None = None
) -> list[ProvisioningEvent]:
    """Activate an add-on; where its expiry is not its natural one, say that it was aligned."""
    event = activated(order, product, term, origin, base)
    natural = natural_expiry(order, product)
    if term.expires_on == natural:
        return [event]
    return [event, _aligned(order, product, natural, term, ExpiryReason.ALIGNMENT)]


def moved(order: SettledFacts, owned: OwnedService, term: Term, reason: ExpiryReason) -> list[ProvisioningEvent]:
    """Move a service's expiry; nothing where it is there already."""
    if term.expires_on == owned.expires_on:
        return []
    return [_aligned(order, owned.product, owned.expires_on, term, reason)]


def held(order: SettledFacts, reason: HoldReason, detail: str) -> ActivationHeld:
    """Hold the order for an operator."""
    return ActivationHeld(customer_id=order.customer_id, order_id=order.order_id, reason=reason, detail=detail)


def closed(order: SettledFacts, detail: str) -> ActivationHeld:
    """Say that the order is to close, since its base is limited (R18)."""
    return ActivationHeld(
        customer_id=order.customer_id, order_id=order.order_id, closes=CloseReason.BASE_NOT_ACTIVE, detail=detail
    )


def _aligned(order: SettledFacts, product: Product, previous: date, term: Term, reason: ExpiryReason) -> ExpiryAligned:
    return ExpiryAligned(
        customer_id=order.customer_id,
        order_id=order.order_id,
        product=product,
        previous_expiry=previous,
        new_expiry=term.expires_on,
        anchor_on=term.anchor_on,
        months=term.months,
        reason=reason,
    )
