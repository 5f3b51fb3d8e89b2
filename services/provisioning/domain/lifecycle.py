"""When does a service become limited, and when does it end? By its expiry, or by a cancellation (R30, R34)."""

from collections.abc import Iterable
from datetime import date, timedelta

from schemas.envelope import Event
from schemas.provisioning import (
    CancellationRefused,
    CredentialsVoided,
    DdtPreservationDeactivated,
    ServiceCancelled,
    ServiceEnteredGrace,
    ServiceTerminated,
)
from schemas.vocabulary import CredentialsVoidReason, Product, ServiceStatus
from services.provisioning.domain.model import Account, OwnedService, after
from services.provisioning.domain.refusal import Refusal

ONE_DAY = timedelta(days=1)


def overdue(account: Account, today: date, grace_days: int) -> list[Event]:
    """Return what the calendar has brought about by `today`: grace from E+1, the end after it.

    A decision applies this first, so that it never depends on whether a timer was in time.
    """
    events: list[Event] = []
    events += _entering_grace(account, today, grace_days)
    return events + _ending(after(account, events), today)


def cancel(account: Account, customer_id: str, product: Product, today: date) -> list[Event] | Refusal:
    """Cancel e-invoicing at once, with its Documents; or let Documents lapse at its expiry (R30)."""
    owned = account.documents if product is Product.DOCUMENTS else account.base
    if owned is None or product not in (owned.product, owned.variant):
        return Refusal("SERVICE_UNKNOWN", f"the customer never had {product}", 404)
    if not owned.is_alive or owned.cancelled_on is not None:
        ended = "is cancelled already" if owned.cancelled_on else "has ended"
        return [CancellationRefused(customer_id=customer_id, product=product, detail=f"{product} {ended}")]
    if product is Product.DOCUMENTS:
        return [_cancelled(owned, today, lapses_on=owned.expires_on, status=owned.status)]
    services = [service for service in (account.documents, owned) if service is not None and service.is_alive]
    cancelled = [_cancelled(service, today, lapses_on=today, status=ServiceStatus.TERMINATED) for service in services]
    return [*cancelled, *_ended(account, services, today)]


def _entering_grace(account: Account, today: date, grace_days: int) -> list[Event]:
    expired = [
        service
        for service in (account.base, account.documents)
        if service is not None and service.status is ServiceStatus.ACTIVE and service.expires_on < today
    ]
    lapsing = [service for service in expired if service.cancelled_on is None]
    events: list[Event] = [
        ServiceEnteredGrace(
            customer_id=service.customer_id,
            product=service.variant,
            expires_on=service.expires_on,
            grace_until=service.expires_on + timedelta(days=grace_days),
        )
        for service in lapsing
    ]
    if account.documents in lapsing:
        events += _ddt_off(account, today)
    return events


def _ending(account: Account, today: date) -> list[Event]:
    services = [account.documents, account.base]
    ending = [service for service in services if service is not None and _is_over(service, today)]
    if not ending:
        return []
    if account.base in ending:
        ending = [service for service in services if service is not None and service.is_alive]
    ends_on = max(_last_day(service) for service in ending) + ONE_DAY
    return _ended(account, ending, ends_on)


def _is_over(owned: OwnedService, today: date) -> bool:
    return (
        owned.is_alive
        and (owned.status is ServiceStatus.GRACE or owned.cancelled_on is not None)
        and (_last_day(owned) < today)
    )


def _last_day(owned: OwnedService) -> date:
    return owned.grace_until or owned.expires_on


def _ended(account: Account, services: Iterable[OwnedService], on: date) -> list[Event]:
    services = list(services)
    events: list[Event] = []
    if account.documents in services:
        events += _ddt_off(account, on)
    sign_in = account.sign_in
    if account.base in services and sign_in and sign_in.temporary and not sign_in.is_void and sign_in.credential_id:
        events.append(
            CredentialsVoided(
                customer_id=sign_in.customer_id,
                credential_id=sign_in.credential_id,
                reason=CredentialsVoidReason.SERVICE_TERMINATED,
                expires_at=sign_in.expires_at,
            )
        )
    return events + [
        ServiceTerminated(
            customer_id=service.customer_id, product=service.variant, terminated_on=on, expires_on=service.expires_on
        )
        for service in services
    ]


def _ddt_off(account: Account, on: date) -> list[Event]:
    documents = account.documents
    if documents is None or not documents.ddt_preservation:
        return []
    return [DdtPreservationDeactivated(customer_id=documents.customer_id, deactivated_on=on, reason="DOCUMENTS_LAPSED")]


def _cancelled(owned: OwnedService, today: date, *, lapses_on: date, status: ServiceStatus) -> ServiceCancelled:
    return ServiceCancelled(
        customer_id=owned.customer_id,
        product=owned.variant,
        cancelled_on=today,
        lapses_on=lapses_on,
        status=status,
    )
