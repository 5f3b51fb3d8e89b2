"""Which services does the customer own, as provisioning tells? Each of its events becomes a note of ours."""

from datetime import date
from typing import assert_never

from schemas.billing import InputNoted, ServiceNoted
from schemas.provisioning import (
    ExpiryAligned,
    ServiceActivated,
    ServiceCancelled,
    ServiceEnteredGrace,
    ServiceTerminated,
)
from schemas.vocabulary import ServiceStatus
from services.billing.domain.model import Account, Owned

ServiceChange = ServiceActivated | ExpiryAligned | ServiceEnteredGrace | ServiceTerminated | ServiceCancelled


def note(change: ServiceChange, account: Account) -> ServiceNoted | InputNoted:
    """Say what a service is after a change; what the change leaves out stays as it was."""
    if isinstance(change, ServiceActivated):
        return ServiceNoted(
            customer_id=change.customer_id,
            order_id=change.order_id,
            product=change.product,
            kind=change.kind,
            family=change.family,
            status=ServiceStatus.ACTIVE,
            expires_on=change.expires_on,
            anchor_on=change.anchor_on,
            buyer_kind=change.buyer_kind,
        )
    owned = account.services.get(change.product)
    if owned is None:
        why = f"{change.product} was never activated here"
        return InputNoted(customer_id=change.customer_id, input_type=change.EVENT_TYPE, note=why)
    return _changed(change, owned)


def _changed(
    change: ExpiryAligned | ServiceEnteredGrace | ServiceTerminated | ServiceCancelled, owned: Owned
) -> ServiceNoted:
    match change:
        case ExpiryAligned():
            return _noted(change, owned, _status_after_alignment(owned), change.new_expiry, change.anchor_on)
        case ServiceEnteredGrace():
            return _noted(change, owned, ServiceStatus.GRACE, change.expires_on, owned.anchor_on)
        case ServiceTerminated():
            return _noted(change, owned, ServiceStatus.TERMINATED, change.expires_on, owned.anchor_on)
        case ServiceCancelled():
            return _noted(change, owned, change.status, change.lapses_on, owned.anchor_on)
        case _:
            assert_never(change)


def _status_after_alignment(owned: Owned) -> ServiceStatus:
    # A new expiry ends grace; it does not lift a suspension.
    return ServiceStatus.SUSPENDED if owned.status is ServiceStatus.SUSPENDED else ServiceStatus.ACTIVE


def _noted(
    change: ExpiryAligned | ServiceEnteredGrace | ServiceTerminated | ServiceCancelled,
    owned: Owned,
    status: ServiceStatus,
    expires_on: date,
    anchor_on: date | None,
) -> ServiceNoted:
    return ServiceNoted(
        customer_id=change.customer_id,
        order_id=change.order_id if isinstance(change, ExpiryAligned) else None,
        product=change.product,
        kind=owned.kind,
        family=owned.family,
        status=status,
        expires_on=expires_on,
        anchor_on=anchor_on,
        buyer_kind=owned.buyer_kind,
    )
