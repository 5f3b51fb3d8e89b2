"""Which services does the customer own, as provisioning tells? Each of its events becomes a note of ours."""

from datetime import date
from typing import assert_never

from schemas.billing import InputNoted, ServiceNoted
from schemas.ends import ServiceResumed, ServiceSuspended
from schemas.provisioning import (
    ExpiryAligned,
    ServiceActivated,
    ServiceCancelled,
    ServiceEnteredGrace,
    ServiceTerminated,
)
from schemas.vocabulary import ServiceStatus
from services.billing.domain.model import Account, Owned

_Later = ExpiryAligned | ServiceEnteredGrace | ServiceTerminated | ServiceCancelled | ServiceSuspended | ServiceResumed
ServiceChange = ServiceActivated | _Later


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


def _changed(change: _Later, owned: Owned) -> ServiceNoted:
    match change:
        case ExpiryAligned():
            return _noted(
                change, owned, _unless_suspended(owned, ServiceStatus.ACTIVE), change.new_expiry, change.anchor_on
            )
        case ServiceEnteredGrace():
            return _noted(
                change, owned, _unless_suspended(owned, ServiceStatus.GRACE), change.expires_on, owned.anchor_on
            )
        case ServiceSuspended():
            return _noted(change, owned, ServiceStatus.SUSPENDED, change.expires_on, owned.anchor_on)
        case ServiceResumed():
            return _noted(change, owned, change.status, change.expires_on, owned.anchor_on)
        case ServiceTerminated():
            return _noted(change, owned, ServiceStatus.TERMINATED, change.expires_on, owned.anchor_on)
        case ServiceCancelled():
            return _noted(change, owned, change.status, change.lapses_on, owned.anchor_on)
        case _:
            assert_never(change)


def _unless_suspended(owned: Owned, status: ServiceStatus) -> ServiceStatus:
    """Keep a suspension: its dates run on, and no new expiry and no grace lifts it."""
    return owned.status if owned.status is ServiceStatus.SUSPENDED else status


def _noted(
    change: _Later,
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
