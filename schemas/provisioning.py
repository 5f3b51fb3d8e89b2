"""What does the provisioning service say happened? The events of `provisioning.events`: services and dates."""

from datetime import date
from typing import ClassVar, Literal

from pydantic import AwareDatetime, Field

from schemas.ends import ChargebackNoted, ServiceEnded, ServiceResumed, ServiceSuspended
from schemas.envelope import Event, Part
from schemas.personal import SealedBlock
from schemas.vocabulary import (
    ActivationOrigin,
    Branch,
    BuyerKind,
    CloseReason,
    CredentialsVoidReason,
    EmailFailure,
    EmailStatus,
    ExpiryReason,
    Family,
    Feature,
    HoldReason,
    Locale,
    Product,
    ProductKind,
    PurchaseCase,
    ServiceStatus,
)

Internal = Literal["public", "internal"]


class ServiceActivated(Event):
    """A service was activated: a base or an add-on, from its first day to its expiry."""

    EVENT_TYPE: ClassVar[str] = "provisioning.ServiceActivated.v1"

    order_id: str
    product: Product
    kind: ProductKind
    family: Family
    features: list[Feature] = Field(default=[], description="What it lets its customer switch on.")
    requires: Product | None = Field(default=None, description="The base that an add-on needs.")
    origin: ActivationOrigin
    branch: Branch
    activated_on: date
    expires_on: date
    anchor_on: date
    months: int = Field(ge=0, description="Months bought since the anchor.")
    buyer_kind: BuyerKind
    locale: Locale
    tax_identifier_hash: str | None = Field(default=None, description="Keyed hash; set on a base, which holds it.")
    base_previous_expiry: date | None = Field(default=None, description="The base's expiry before, where it moved.")
    base_expires_on: date | None = Field(default=None, description="The base's expiry from now on, where it moved.")


class ExpiryAligned(Event):
    """A service's expiry moved, and why."""

    EVENT_TYPE: ClassVar[str] = "provisioning.ExpiryAligned.v1"

    order_id: str
    product: Product
    previous_expiry: date
    new_expiry: date
    anchor_on: date
    months: int = Field(ge=0)
    reason: ExpiryReason


class MovedService(Part):
    """A service that the customer owned before, moved by an order's activation."""

    product: Product
    shown_expiry: date = Field(description="E0: the expiry that the order showed.")
    previous_expiry: date = Field(description="E1: the expiry at settlement.")
    new_expiry: date


class OrderActivated(Event):
    """Everything a settled order asked for is active."""

    EVENT_TYPE: ClassVar[str] = "provisioning.OrderActivated.v1"

    order_id: str
    storefront: str = Field(description="Whose order it is.")
    purchase_case: PurchaseCase
    branch: Branch
    activated_on: date
    expiries: dict[Product, date] = Field(description="The expiry of each service that is alive.")
    extended: list[MovedService] = Field(default=[], description="The services that its price set out to extend.")


class ActivationHeld(Event):
    """A settled order can't be activated: held for an operator, or to be closed by orders."""

    EVENT_TYPE: ClassVar[str] = "provisioning.ActivationHeld.v1"

    order_id: str
    reason: HoldReason | None = Field(default=None, description="Why an operator is needed.")
    closes: CloseReason | None = Field(default=None, description="Set when the order is to close instead (R18).")
    detail: str = ""


class CredentialsIssued(Event):
    """A temporary password was issued; the secret never stands in the log."""

    EVENT_TYPE: ClassVar[str] = "provisioning.CredentialsIssued.v1"

    order_id: str | None = None
    credential_id: str
    key_id: str = Field(description="Which public key of notifications the secret was sealed with.")
    expires_at: AwareDatetime
    reissued: bool = False


class SignInSealed(Event):
    """The sign-in was set: username and password hash, sealed, so that a rebuild keeps sign-ins."""

    EVENT_TYPE: ClassVar[str] = "provisioning.SignInSealed.v1"
    VISIBILITY: ClassVar[Internal] = "internal"

    order_id: str | None = None
    credential_id: str | None = None
    username_hash: str = Field(description="Keyed hash of the username, for look-ups.")
    sealed: SealedBlock = Field(
        description="Sealed: username and the password's hash: keyed while temporary, argon2id once chosen."
    )
    temporary: bool
    expires_at: AwareDatetime | None = None
    session_hash: str | None = Field(default=None, description="Hash of the one panel session that stays open.")


class CredentialsDeliveryNoted(Event):
    """Provisioning noted what became of the mail that carries credentials."""

    EVENT_TYPE: ClassVar[str] = "provisioning.CredentialsDeliveryNoted.v1"
    VISIBILITY: ClassVar[Internal] = "internal"

    order_id: str | None = None
    credential_id: str
    email_id: str
    status: EmailStatus
    failure: EmailFailure | None = None


class CredentialsVoided(Event):
    """Issued credentials can't be used any more."""

    EVENT_TYPE: ClassVar[str] = "provisioning.CredentialsVoided.v1"

    order_id: str | None = None
    credential_id: str
    reason: CredentialsVoidReason
    expires_at: AwareDatetime | None = Field(default=None, description="Until when they could have been used.")


class FirstSignInCompleted(Event):
    """The temporary password was spent: the customer chose their own."""

    EVENT_TYPE: ClassVar[str] = "provisioning.FirstSignInCompleted.v1"

    order_id: str | None = None
    credential_id: str


class PasswordChanged(Event):
    """The panel's password was changed."""

    EVENT_TYPE: ClassVar[str] = "provisioning.PasswordChanged.v1"

    first: bool


class ConfigurationCompleted(Event):
    """The service's configuration was completed as a whole."""

    EVENT_TYPE: ClassVar[str] = "provisioning.ConfigurationCompleted.v1"

    sections: list[str]
    sealed: SealedBlock = Field(description="Sealed: the sections' content.")
    completed_on: date


class DdtPreservationActivated(Event):
    """Preservation of transport documents was switched on."""

    EVENT_TYPE: ClassVar[str] = "provisioning.DdtPreservationActivated.v1"

    product: Product = Field(description="The service that opens it.")
    activated_on: date


class DdtPreservationDeactivated(Event):
    """Preservation of transport documents was switched off."""

    EVENT_TYPE: ClassVar[str] = "provisioning.DdtPreservationDeactivated.v1"

    product: Product = Field(description="The service that opened it.")
    deactivated_on: date
    reason: Literal["CUSTOMER_REQUEST", "SERVICE_LAPSED", "SERVICE_SUSPENDED"] = "CUSTOMER_REQUEST"


class ServiceEnteredGrace(Event):
    """A service passed its expiry and is limited until renewed or terminated."""

    EVENT_TYPE: ClassVar[str] = "provisioning.ServiceEnteredGrace.v1"

    product: Product
    expires_on: date
    grace_until: date


class ServiceTerminated(Event):
    """A service ended."""

    EVENT_TYPE: ClassVar[str] = "provisioning.ServiceTerminated.v1"

    product: Product
    terminated_on: date
    expires_on: date
    ends_sign_in: bool = Field(default=False, description="True for the last base: nobody signs in any more.")


class ServiceCancelled(Event):
    """A service was cancelled by an operator on the customer's behalf."""

    EVENT_TYPE: ClassVar[str] = "provisioning.ServiceCancelled.v1"

    product: Product
    cancelled_on: date
    lapses_on: date
    status: ServiceStatus
    why: str | None = Field(default=None, description="What the operator gave as the reason.")


class CancellationRefused(Event):
    """A cancellation was refused."""

    EVENT_TYPE: ClassVar[str] = "provisioning.CancellationRefused.v1"

    product: Product
    detail: str


class InputNoted(Event):
    """An input changed nothing in provisioning; its version is remembered."""

    EVENT_TYPE: ClassVar[str] = "provisioning.InputNoted.v1"
    VISIBILITY: ClassVar[Internal] = "internal"

    order_id: str | None = None
    input_type: str
    note: str = ""


class InputDiscarded(Event):
    """An operator discarded an input that was set aside, with the reason."""

    EVENT_TYPE: ClassVar[str] = "provisioning.InputDiscarded.v1"
    VISIBILITY: ClassVar[Internal] = "internal"

    input_type: str
    input_id: str
    why: str


PROVISIONING = (
    ServiceActivated,
    ExpiryAligned,
    OrderActivated,
    ActivationHeld,
    CredentialsIssued,
    SignInSealed,
    CredentialsDeliveryNoted,
    CredentialsVoided,
    FirstSignInCompleted,
    PasswordChanged,
    ConfigurationCompleted,
    DdtPreservationActivated,
    DdtPreservationDeactivated,
    ServiceEnteredGrace,
    ServiceTerminated,
    ServiceCancelled,
    ServiceEnded,
    ServiceSuspended,
    ServiceResumed,
    ChargebackNoted,
    CancellationRefused,
    InputNoted,
    InputDiscarded,
)
