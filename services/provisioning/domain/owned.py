"""What does provisioning know of one service? What it is, its dates, how it stands; keyed by its product."""

from datetime import date
from typing import assert_never

from msgspec import Struct
from msgspec.structs import replace

from schemas.ends import ServiceResumed, ServiceSuspended
from schemas.provisioning import (
    DdtPreservationActivated,
    DdtPreservationDeactivated,
    ExpiryAligned,
    ServiceActivated,
    ServiceCancelled,
    ServiceEnteredGrace,
    ServiceTerminated,
)
from schemas.vocabulary import (
    ActivationOrigin,
    BuyerKind,
    ExpiryReason,
    Family,
    Feature,
    Product,
    ProductKind,
    ServiceStatus,
)

ServiceEvent = (
    ServiceActivated
    | ExpiryAligned
    | DdtPreservationActivated
    | DdtPreservationDeactivated
    | ServiceEnteredGrace
    | ServiceTerminated
    | ServiceCancelled
    | ServiceSuspended
    | ServiceResumed
)
"""What changes one service; each names its product."""

DDT_PRESERVATION: Feature = "DDT_PRESERVATION"
"""The feature that the panel's switch for transport documents needs."""


class ExpiryConflict(Exception):
    """A move of an expiry starts neither from the present expiry nor ends there (R20)."""


class OwnedService(Struct, frozen=True):
    """A service of a customer, as the order that activated it knew its product."""

    customer_id: str
    product: Product
    kind: ProductKind
    family: Family
    status: ServiceStatus
    origin: ActivationOrigin
    order_id: str
    buyer_kind: BuyerKind
    activated_on: date
    expires_on: date
    anchor_on: date
    months: int
    requires: Product | None = None
    features: tuple[Feature, ...] = ()
    grace_until: date | None = None
    cancelled_on: date | None = None
    ddt_preservation: bool = False

    @property
    def is_alive(self) -> bool:
        """Active, in grace or suspended: not ended."""
        return self.status is not ServiceStatus.TERMINATED

    @property
    def is_base(self) -> bool:
        """Whether it stands on its own."""
        return self.kind is ProductKind.BASE


def evolve_service(owned: OwnedService | None, event: ServiceEvent) -> OwnedService | None:
    """Fold an own event into the service it names. Raises ExpiryConflict."""
    if isinstance(event, ServiceActivated):
        return _activated(event)
    if owned is None:
        return None
    match event:
        case ExpiryAligned():
            return _moved(owned, event)
        case DdtPreservationActivated() | DdtPreservationDeactivated():
            return replace(owned, ddt_preservation=isinstance(event, DdtPreservationActivated))
        case ServiceEnteredGrace():
            # A suspended service's dates run on: it stays suspended until it ends or is resumed.
            is_suspended = owned.status is ServiceStatus.SUSPENDED
            status = owned.status if is_suspended else ServiceStatus.GRACE
            return replace(owned, status=status, grace_until=event.grace_until)
        case ServiceTerminated():
            return replace(owned, status=ServiceStatus.TERMINATED, grace_until=None)
        case ServiceCancelled():
            return replace(owned, cancelled_on=event.cancelled_on)
        case ServiceSuspended():
            return replace(owned, status=ServiceStatus.SUSPENDED)
        case ServiceResumed():
            return replace(owned, status=event.status)
        case _:
            assert_never(event)


def _activated(event: ServiceActivated) -> OwnedService:
    return OwnedService(
        customer_id=event.customer_id,
        product=event.product,
        kind=event.kind,
        family=event.family,
        status=ServiceStatus.ACTIVE,
        origin=event.origin,
        order_id=event.order_id,
        buyer_kind=event.buyer_kind,
        activated_on=event.activated_on,
        expires_on=event.expires_on,
        anchor_on=event.anchor_on,
        months=event.months,
        requires=event.requires,
        features=tuple(event.features),
    )


def _moved(owned: OwnedService, event: ExpiryAligned) -> OwnedService:
    """Compare and set (R20): already there is no move, from anywhere else is a conflict."""
    if owned.expires_on == event.new_expiry:
        return owned
    if owned.expires_on != event.previous_expiry:
        raise ExpiryConflict(f"{owned.product} expires on {owned.expires_on}, not on {event.previous_expiry}")
    # Where the new expiry is over already, which only a reversal brings about, the calendar has the next word.
    status = ServiceStatus.ACTIVE if owned.status is ServiceStatus.GRACE else owned.status
    # Who renews a service that was cancelled wants it again; a reversal gives nothing to want.
    cancelled_on = owned.cancelled_on if event.reason is ExpiryReason.REVERSAL else None
    return replace(
        owned,
        expires_on=event.new_expiry,
        anchor_on=event.anchor_on,
        months=event.months,
        status=status,
        grace_until=None,
        cancelled_on=cancelled_on,
    )
