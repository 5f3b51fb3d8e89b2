"""When does a service become limited, and when does it end? By its expiry, or by an operator (R10, R29, R30, R34)."""

from datetime import date, timedelta

from schemas.ends import ServiceEnded
from schemas.provisioning import (
    CancellationRefused,
    CredentialsVoided,
    DdtPreservationDeactivated,
    ServiceCancelled,
    ServiceEnteredGrace,
    ServiceTerminated,
)
from schemas.refusal import Refusal
from schemas.vocabulary import CredentialsVoidReason, ServiceStatus
from services.provisioning.domain.commands import CancelService, EndService
from services.provisioning.domain.model import Account, ProvisioningEvent, after
from services.provisioning.domain.owned import OwnedService

ONE_DAY = timedelta(days=1)


def overdue(account: Account, today: date, grace_days: int) -> list[ProvisioningEvent]:
    """Return what the calendar has brought about by `today`: grace from E+1, the end after it, base by base.

    A decision applies this first, so that it never depends on whether a timer was in time.
    """
    events: list[ProvisioningEvent] = []
    for base in account.living_bases():
        events += _entering_grace(account, base, today, grace_days)
    current = after(account, events)
    for base in current.living_bases():
        ended = _ending(current, base, today)
        current = after(current, ended)
        events += ended
    return events


def cancel(account: Account, command: CancelService, today: date) -> list[ProvisioningEvent] | Refusal:
    """Cancel a base at once, with its add-ons; or let an add-on lapse at its expiry, at once if that is over (R30)."""
    owned = named(account, command.product)
    if owned is None:
        return Refusal("SERVICE_UNKNOWN", f"the customer never had {command.product}", 404)
    if not owned.is_alive or owned.cancelled_on is not None:
        ended = "is cancelled already" if owned.cancelled_on else "has ended"
        detail = f"{owned.product} {ended}"
        return [CancellationRefused(customer_id=command.customer_id, product=owned.product, detail=detail)]
    if not owned.is_base and owned.expires_on >= today:
        return [_cancelled(owned, command, today, owned.expires_on, owned.status)]
    services = [*account.add_ons_of(owned), owned]
    cancelled = [_cancelled(service, command, today, today, ServiceStatus.TERMINATED) for service in services]
    return [*cancelled, *_ended(account, dict.fromkeys(services, today))]


def end(account: Account, command: EndService, today: date) -> list[ProvisioningEvent] | Refusal:
    """End a service on a day, a base with its add-ons: what of their terms is unused is billing's to compute (R29)."""
    owned = named(account, command.product)
    if owned is None:
        return Refusal("SERVICE_UNKNOWN", f"the customer never had {command.product}", 404)
    if not owned.is_alive:
        return Refusal("SERVICE_ENDED", f"{owned.product} has ended already")
    if not owned.activated_on <= command.on <= today:
        detail = f"`on` is {command.on}: {owned.product} ends today, {today}, or on a day since {owned.activated_on}"
        return Refusal("INVALID_REQUEST", detail, 422)
    services = (*account.add_ons_of(owned), owned) if owned.is_base else (owned,)
    ending = {service: max(command.on, service.activated_on) for service in services}
    ended: list[ProvisioningEvent] = [
        ServiceEnded(
            customer_id=command.customer_id,
            product=service.product,
            ended_on=on,
            expires_on=service.expires_on,
            money=command.money,
            why=command.why,
        )
        for service, on in ending.items()
    ]
    return [*ended, *_ended(account, ending)]


def named(account: Account, name: str) -> OwnedService | None:
    """Return the service that goes by a name: its product, or a base's family; a living one first."""
    found = [owned for owned in account.services if name == owned.product]
    found += [owned for owned in account.services if owned.is_base and name == owned.family]
    living = [owned for owned in found if owned.is_alive]
    return next(iter(living or found), None)


def _entering_grace(account: Account, base: OwnedService, today: date, grace_days: int) -> list[ProvisioningEvent]:
    """Let a base and the add-ons that expire with it enter grace; an add-on has none of its own (R10)."""
    lapsing = [
        service
        for service in (base, *account.add_ons_of(base))
        if service.grace_until is None
        and service.expires_on < today
        and service.expires_on >= base.expires_on
        and service.cancelled_on is None
    ]
    events: list[ProvisioningEvent] = [
        ServiceEnteredGrace(
            customer_id=service.customer_id,
            product=service.product,
            expires_on=service.expires_on,
            grace_until=service.expires_on + timedelta(days=grace_days),
        )
        for service in lapsing
    ]
    return events + [_ddt_off(service, today) for service in lapsing if service.ddt_preservation]


def _ending(account: Account, base: OwnedService, today: date) -> list[ProvisioningEvent]:
    add_ons = account.add_ons_of(base)
    services = (*add_ons, base) if _is_over(base, base, today) else add_ons
    ending = {
        service: min(_last_day(service, base), _last_day(base, base)) + ONE_DAY
        for service in services
        if base in services or _is_over(service, base, today)
    }
    return _ended(account, ending)


def _is_over(owned: OwnedService, base: OwnedService, today: date) -> bool:
    """Tell whether it has come to its end by a day. What is in grace has expired, whichever day is judged by."""
    if owned.grace_until is not None and _lapses_alone(owned, base):
        return True
    has_end = owned.grace_until is not None or owned.cancelled_on is not None or _lapses_alone(owned, base)
    return has_end and _last_day(owned, base) < today


def _lapses_alone(owned: OwnedService, base: OwnedService) -> bool:
    return owned.expires_on < base.expires_on


def _last_day(owned: OwnedService, base: OwnedService) -> date:
    return owned.expires_on if _lapses_alone(owned, base) else owned.grace_until or owned.expires_on


def _ended(account: Account, ending: dict[OwnedService, date]) -> list[ProvisioningEvent]:
    """End services, each on its day; with the customer's last base ends the sign-in."""
    events: list[ProvisioningEvent] = [
        _ddt_off(service, on) for service, on in ending.items() if service.ddt_preservation
    ]
    is_last = all(base in ending for base in account.living_bases())
    sign_in = account.sign_in
    if is_last and sign_in and sign_in.temporary and not sign_in.is_void and sign_in.credential_id:
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
            customer_id=service.customer_id,
            product=service.product,
            terminated_on=on,
            expires_on=service.expires_on,
            ends_sign_in=service.is_base and is_last,
        )
        for service, on in ending.items()
    ]


def _ddt_off(owned: OwnedService, on: date) -> DdtPreservationDeactivated:
    return DdtPreservationDeactivated(
        customer_id=owned.customer_id, product=owned.product, deactivated_on=on, reason="SERVICE_LAPSED"
    )


def _cancelled(
    owned: OwnedService, command: CancelService, today: date, lapses_on: date, status: ServiceStatus
) -> ServiceCancelled:
    return ServiceCancelled(
        customer_id=owned.customer_id,
        product=owned.product,
        cancelled_on=today,
        lapses_on=lapses_on,
        status=status,
        why=command.why,
    )
