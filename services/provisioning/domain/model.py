"""What does provisioning know of an account? Its services with their dates, its sign-in; folded from own events."""

from collections.abc import Iterable
from datetime import date, datetime

from msgspec import Struct
from msgspec.structs import replace

from schemas.envelope import Event
from schemas.personal import SealedBlock
from schemas.provisioning import (
    CancellationRefused,
    ConfigurationCompleted,
    CredentialsVoided,
    DdtPreservationActivated,
    DdtPreservationDeactivated,
    DocumentsActivated,
    EInvoicingActivated,
    ExpiryAligned,
    ServiceCancelled,
    ServiceEnteredGrace,
    ServiceTerminated,
    SignInSealed,
)
from schemas.vocabulary import ActivationOrigin, Product, ServiceStatus


class ExpiryConflict(Exception):
    """A move of an expiry starts neither from the present expiry nor ends there (R20)."""


class Sealed(Struct, frozen=True):
    """A sealed block, as states and rows keep it."""

    key_id: str
    nonce: str
    ciphertext: str


class OwnedService(Struct, frozen=True):
    """A service of a customer. `product` is E_INVOICING for either variant: there is one of them (R9)."""

    customer_id: str
    product: Product
    variant: Product
    status: ServiceStatus
    origin: ActivationOrigin
    order_id: str
    activated_on: date
    expires_on: date
    anchor_on: date
    months: int
    grace_until: date | None = None
    cancelled_on: date | None = None
    ddt_preservation: bool = False

    @property
    def is_alive(self) -> bool:
        """Active or in grace: not ended."""
        return self.status is not ServiceStatus.TERMINATED


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

    base: OwnedService | None = None
    documents: OwnedService | None = None
    sign_in: SignIn | None = None
    configured_on: date | None = None
    seals: int = 0
    configurations: int = 0
    ddt_switches: int = 0
    cancellations: int = 0


def service_of(product: Product) -> Product:
    """Name the service a product belongs to: e-invoicing has two variants."""
    return Product.DOCUMENTS if product is Product.DOCUMENTS else Product.E_INVOICING


def sealed_of(block: SealedBlock) -> Sealed:
    """Keep a sealed block as a plain value."""
    return Sealed(block.key_id, block.nonce, block.ciphertext)


def block_of(sealed: Sealed) -> SealedBlock:
    """Return the block that the keyring opens."""
    return SealedBlock(key_id=sealed.key_id, nonce=sealed.nonce, ciphertext=sealed.ciphertext)


def evolve(account: Account, event: Event) -> Account:
    """Fold an own event into an account."""
    account = replace(
        account,
        base=evolve_service(account.base, event, Product.E_INVOICING),
        documents=evolve_service(account.documents, event, Product.DOCUMENTS),
        sign_in=evolve_sign_in(account.sign_in, event),
    )
    match event:
        case EInvoicingActivated():
            return replace(account, configured_on=None)
        case SignInSealed():
            return replace(account, seals=account.seals + 1)
        case ConfigurationCompleted():
            return replace(account, configured_on=event.completed_on, configurations=account.configurations + 1)
        case DdtPreservationActivated() | DdtPreservationDeactivated():
            return replace(account, ddt_switches=account.ddt_switches + 1)
        case ServiceCancelled() | CancellationRefused():
            return replace(account, cancellations=account.cancellations + 1)
        case _:
            return account


def after(account: Account, events: Iterable[Event]) -> Account:
    """Return the account as it will be once the events have happened. Raises ExpiryConflict."""
    for event in events:
        account = evolve(account, event)
    return account


def evolve_service(owned: OwnedService | None, event: Event, product: Product) -> OwnedService | None:
    """Fold an own event into one service of an account. Raises ExpiryConflict."""
    is_documents = product is Product.DOCUMENTS
    match event:
        case EInvoicingActivated() if not is_documents:
            return _activated(event, product)
        case DocumentsActivated() if is_documents:
            return _activated(event, product)
        case _ if owned is None:
            return None
        case DdtPreservationActivated() if is_documents:
            return replace(owned, ddt_preservation=True)
        case DdtPreservationDeactivated() if is_documents:
            return replace(owned, ddt_preservation=False)
        case ExpiryAligned() | ServiceEnteredGrace() | ServiceTerminated() | ServiceCancelled():
            return _changed(owned, event) if service_of(event.product) is product else owned
        case _:
            return owned


def evolve_sign_in(sign_in: SignIn | None, event: Event) -> SignIn | None:
    """Fold an own event into the sign-in; it ends with e-invoicing, so that the username can be used anew."""
    match event:
        case SignInSealed():
            return SignIn(
                customer_id=event.customer_id,
                username_hash=event.username_hash,
                sealed=sealed_of(event.sealed),
                credential_id=event.credential_id,
                temporary=event.temporary,
                expires_at=event.expires_at,
                session_hash=event.session_hash,
            )
        case CredentialsVoided() if sign_in and sign_in.temporary and sign_in.credential_id == event.credential_id:
            return replace(sign_in, is_void=True)
        case ServiceTerminated() if event.product is not Product.DOCUMENTS:
            return None
        case _:
            return sign_in


def _activated(event: EInvoicingActivated | DocumentsActivated, product: Product) -> OwnedService:
    return OwnedService(
        customer_id=event.customer_id,
        product=product,
        variant=event.variant,
        status=ServiceStatus.ACTIVE,
        origin=event.origin,
        order_id=event.order_id,
        activated_on=event.activated_on,
        expires_on=event.expires_on,
        anchor_on=event.anchor_on,
        months=event.months,
    )


def _changed(
    owned: OwnedService, event: ExpiryAligned | ServiceEnteredGrace | ServiceTerminated | ServiceCancelled
) -> OwnedService:
    match event:
        case ExpiryAligned():
            return _moved(owned, event)
        case ServiceEnteredGrace():
            return replace(owned, status=ServiceStatus.GRACE, grace_until=event.grace_until)
        case ServiceTerminated():
            return replace(owned, status=ServiceStatus.TERMINATED, grace_until=None)
        case ServiceCancelled():
            return replace(owned, cancelled_on=event.cancelled_on)


def _moved(owned: OwnedService, event: ExpiryAligned) -> OwnedService:
    """Compare and set (R20): already there is no move, from anywhere else is a conflict."""
    if owned.expires_on == event.new_expiry:
        return owned
    if owned.expires_on != event.previous_expiry:
        raise ExpiryConflict(f"{owned.product} expires on {owned.expires_on}, not on {event.previous_expiry}")
    # A move into the past is never decided, so a service that was in grace is active again.
    status = ServiceStatus.ACTIVE if owned.status is ServiceStatus.GRACE else owned.status
    return replace(
        owned,
        expires_on=event.new_expiry,
        anchor_on=event.anchor_on,
        months=event.months,
        status=status,
        grace_until=None,
        cancelled_on=None,
    )
