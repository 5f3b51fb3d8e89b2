"""What does provisioning know of an account? Its services with their dates, its sign-in; folded from own events."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import assert_never

from msgspec import Struct
from msgspec.structs import replace

from schemas.ends import ChargebackNoted, ServiceEnded, ServiceResumed, ServiceSuspended
from schemas.personal import Sealed
from schemas.provisioning import (
    ActivationHeld,
    CancellationRefused,
    ConfigurationCompleted,
    CredentialsDeliveryNoted,
    CredentialsIssued,
    CredentialsVoided,
    DdtPreservationActivated,
    DdtPreservationDeactivated,
    ExpiryAligned,
    FirstSignInCompleted,
    InputDiscarded,
    InputNoted,
    OrderActivated,
    PasswordChanged,
    ServiceActivated,
    ServiceCancelled,
    ServiceEnteredGrace,
    ServiceTerminated,
    SignInSealed,
)
from schemas.vocabulary import Family, Product
from services.provisioning.domain.moves import Chargeback, Move, charged_back, moved
from services.provisioning.domain.owned import OwnedService, ServiceEvent, evolve_service

SignInEvent = SignInSealed | CredentialsVoided | ServiceTerminated
"""What changes how the customer signs in."""

ProvisioningEvent = (
    ServiceEvent
    | SignInEvent
    | OrderActivated
    | ActivationHeld
    | CredentialsIssued
    | CredentialsDeliveryNoted
    | FirstSignInCompleted
    | PasswordChanged
    | ConfigurationCompleted
    | CancellationRefused
    | ServiceEnded
    | ChargebackNoted
    | InputNoted
    | InputDiscarded
)
"""Everything that provisioning says: what its folds take."""


class SignIn(Struct, frozen=True):
    """How the customer signs in at the panel; username and password hash are sealed."""

    customer_id: str
    username_hash: str
    sealed: Sealed
    credential_id: str | None
    temporary: bool
    expires_at: datetime | None = None
    is_void: bool = False
    session_hash: str | None = None


class Account(Struct, frozen=True):
    """Everything a decision looks at. The counters name commands: the same one twice has the same id."""

    services: tuple[OwnedService, ...] = ()
    """One of each product ever owned, the ended ones too; at most one living base of a family (R13)."""
    sign_in: SignIn | None = None
    configured_on: date | None = None
    seals: int = 0
    configurations: int = 0
    ddt_switches: int = 0
    cancellations: int = 0
    """Of services ended on a day, too."""
    moves: tuple[Move, ...] = ()
    chargebacks: tuple[Chargeback, ...] = ()
    """The payments that are charged back and not won back."""

    def service(self, product: Product | None) -> OwnedService | None:
        """Return the service of a product, ended or not, or None."""
        return next((owned for owned in self.services if owned.product == product), None)

    def living(self, product: Product | None) -> OwnedService | None:
        """Return the service of a product where it has not ended, or None."""
        owned = self.service(product)
        return owned if owned is not None and owned.is_alive else None

    def living_bases(self) -> tuple[OwnedService, ...]:
        """Return the bases that have not ended."""
        return tuple(owned for owned in self.services if owned.is_base and owned.is_alive)

    def base_of(self, family: Family) -> OwnedService | None:
        """Return the living base of a family, or None."""
        return next((base for base in self.living_bases() if base.family == family), None)

    def add_ons_of(self, base: OwnedService) -> tuple[OwnedService, ...]:
        """Return the living add-ons that need a base."""
        return tuple(owned for owned in self.services if owned.is_alive and owned.requires == base.product)


def evolve(account: Account, event: ProvisioningEvent) -> Account:
    """Fold an own event into an account. Raises ExpiryConflict."""
    if isinstance(event, ServiceEvent):
        moves = moved(account.moves, account.service(event.product), event)
        account = replace(_with_service(account, event), moves=moves)
    match event:
        case DdtPreservationActivated() | DdtPreservationDeactivated():
            return replace(account, ddt_switches=account.ddt_switches + 1)
        case ChargebackNoted():
            return replace(account, chargebacks=charged_back(account.chargebacks, event))
        case ServiceCancelled() | ServiceEnded() | CancellationRefused():
            return replace(account, cancellations=account.cancellations + 1)
        case ServiceTerminated() | CredentialsVoided() | SignInSealed():
            seals = account.seals + isinstance(event, SignInSealed)
            return replace(account, sign_in=evolve_sign_in(account.sign_in, event), seals=seals)
        case CredentialsIssued():
            return account if event.reissued else replace(account, configured_on=None)
        case ConfigurationCompleted():
            return replace(account, configured_on=event.completed_on, configurations=account.configurations + 1)
        case ServiceActivated() | ExpiryAligned() | ServiceEnteredGrace() | ServiceSuspended() | ServiceResumed():
            return account
        case OrderActivated() | ActivationHeld():
            return account
        case CredentialsDeliveryNoted() | FirstSignInCompleted() | PasswordChanged() | InputNoted() | InputDiscarded():
            return account
        case _:
            assert_never(event)


def after(account: Account, events: Iterable[ProvisioningEvent]) -> Account:
    """Return the account as it will be once the events have happened. Raises ExpiryConflict."""
    for event in events:
        account = evolve(account, event)
    return account


def evolve_sign_in(sign_in: SignIn | None, event: SignInEvent) -> SignIn | None:
    """Fold an own event into the sign-in; it ends with the last base, so that the username can be used anew."""
    match event:
        case SignInSealed():
            return SignIn(
                customer_id=event.customer_id,
                username_hash=event.username_hash,
                sealed=Sealed.of(event.sealed),
                credential_id=event.credential_id,
                temporary=event.temporary,
                expires_at=event.expires_at,
                session_hash=event.session_hash,
            )
        case CredentialsVoided():
            if sign_in and sign_in.temporary and sign_in.credential_id == event.credential_id:
                return replace(sign_in, is_void=True)
            return sign_in
        case ServiceTerminated():
            return None if event.ends_sign_in else sign_in
        case _:
            assert_never(event)


def _with_service(account: Account, event: ServiceEvent) -> Account:
    known = account.service(event.product)
    changed = evolve_service(known, event)
    if changed is None:
        return account
    if known is None:
        return replace(account, services=(*account.services, changed))
    services = tuple(changed if owned.product == event.product else owned for owned in account.services)
    return replace(account, services=services)
