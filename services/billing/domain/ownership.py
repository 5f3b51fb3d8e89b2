"""Which services does the customer own, as provisioning tells? Each of its events becomes a note of ours."""

from typing import assert_never

from schemas.billing import ServiceNoted
from schemas.provisioning import (
    DocumentsActivated,
    EInvoicingActivated,
    ExpiryAligned,
    ServiceCancelled,
    ServiceEnteredGrace,
    ServiceTerminated,
)
from schemas.vocabulary import Product, ServiceStatus
from services.billing.domain.model import Account

ServiceChange = (
    EInvoicingActivated
    | DocumentsActivated
    | ExpiryAligned
    | ServiceEnteredGrace
    | ServiceTerminated
    | ServiceCancelled
)


def note(change: ServiceChange, account: Account) -> ServiceNoted:
    """Say what a service is after a change; what the change leaves out stays as it was."""
    match change:
        case EInvoicingActivated() | DocumentsActivated():
            return ServiceNoted(
                customer_id=change.customer_id,
                order_id=change.order_id,
                product=change.variant,
                status=ServiceStatus.ACTIVE,
                expires_on=change.expires_on,
                anchor_on=change.anchor_on,
                buyer_kind=change.buyer_kind if isinstance(change, EInvoicingActivated) else None,
            )
        case ExpiryAligned():
            return ServiceNoted(
                customer_id=change.customer_id,
                order_id=change.order_id,
                product=change.product,
                status=_status_after_alignment(change.product, account),
                expires_on=change.new_expiry,
                anchor_on=change.anchor_on,
                buyer_kind=account.services[change.product].buyer_kind if change.product in account.services else None,
            )
        case ServiceEnteredGrace():
            return _ended(change, account, ServiceStatus.GRACE)
        case ServiceTerminated():
            return _ended(change, account, ServiceStatus.TERMINATED)
        case ServiceCancelled():
            return _ended(change, account, change.status)
        case _:
            assert_never(change)


def _status_after_alignment(product: Product, account: Account) -> ServiceStatus:
    # A new expiry ends grace; it does not lift a suspension.
    owned = account.services.get(product)
    return ServiceStatus.SUSPENDED if owned and owned.status is ServiceStatus.SUSPENDED else ServiceStatus.ACTIVE


def _ended(
    change: ServiceEnteredGrace | ServiceTerminated | ServiceCancelled, account: Account, status: ServiceStatus
) -> ServiceNoted:
    owned = account.services.get(change.product)
    return ServiceNoted(
        customer_id=change.customer_id,
        product=change.product,
        status=status,
        expires_on=change.lapses_on if isinstance(change, ServiceCancelled) else change.expires_on,
        anchor_on=owned.anchor_on if owned else None,
        buyer_kind=owned.buyer_kind if owned else None,
    )
