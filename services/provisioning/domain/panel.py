"""What may a signed-in customer do, and in which order? Password, then configuration, then the rest (R36, R37)."""

from collections.abc import Collection, Mapping
from datetime import date
from enum import Enum, auto
from typing import Any

from schemas.catalogue import Catalogue
from schemas.provisioning import (
    ConfigurationCompleted,
    DdtPreservationActivated,
    DdtPreservationDeactivated,
    FirstSignInCompleted,
    PasswordChanged,
    SignInSealed,
)
from schemas.refusal import Refusal
from schemas.vocabulary import Channel, Product, PurchaseCase, ServiceStatus
from services.provisioning.domain.commands import ChangePassword, CompleteConfiguration
from services.provisioning.domain.model import Account, ProvisioningEvent
from services.provisioning.domain.owned import DDT_PRESERVATION, OwnedService


class Act(Enum):
    """What a customer wants to do in the panel."""

    CHANGE_PASSWORD = auto()
    CONFIGURE = auto()
    USE = auto()


def out_of_turn(account: Account, act: Act) -> Refusal | None:
    """Say what has to be done first: the first sign-in can do nothing but change the password."""
    if account.sign_in is None or account.sign_in.is_void:
        return Refusal("UNAUTHORIZED", "sign in again", 401)
    if account.sign_in.temporary:
        if act is Act.CHANGE_PASSWORD:
            return None
        return Refusal("PASSWORD_CHANGE_REQUIRED", "change the temporary password first", 403)
    if account.configured_on is None and act is not Act.CONFIGURE:
        return Refusal("CONFIGURATION_REQUIRED", "complete the configuration first", 403)
    return None


def change_password(account: Account, chosen: ChangePassword) -> list[ProvisioningEvent] | Refusal:
    """Spend the temporary password, or change one's own."""
    refusal = out_of_turn(account, Act.CHANGE_PASSWORD)
    if refusal is not None:
        return refusal
    sign_in = account.sign_in
    if sign_in is None or account.seals != chosen.seals:
        return Refusal("UNAUTHORIZED", "the credentials changed meanwhile: sign in again", 401)
    events: list[ProvisioningEvent] = []
    if sign_in.temporary and sign_in.credential_id:
        events.append(FirstSignInCompleted(customer_id=chosen.customer_id, credential_id=sign_in.credential_id))
    return [
        *events,
        PasswordChanged(customer_id=chosen.customer_id, first=sign_in.temporary),
        SignInSealed(
            customer_id=chosen.customer_id,
            username_hash=sign_in.username_hash,
            sealed=chosen.sealed,
            temporary=False,
            session_hash=chosen.session_hash,
        ),
    ]


def missing_sections(required: Collection[str], body: Mapping[str, Any]) -> list[str]:
    """Return the required sections that do not stand in the body, in the catalogue's order."""
    return [section for section in required if not body.get(section)]


def configure(account: Account, configuration: CompleteConfiguration, today: date) -> list[ProvisioningEvent] | Refusal:
    """Store a complete configuration."""
    refusal = out_of_turn(account, Act.CONFIGURE)
    if refusal is not None:
        return refusal
    if account.configurations != configuration.configurations:
        return Refusal("CONFIGURATION_CHANGED", "another configuration was stored meanwhile", 409)
    return [
        ConfigurationCompleted(
            customer_id=configuration.customer_id,
            sections=list(configuration.sections),
            sealed=configuration.sealed,
            completed_on=today,
        )
    ]


def switch_ddt_preservation(
    account: Account, customer_id: str, catalogue: Catalogue, *, enabled: bool, today: date
) -> list[ProvisioningEvent] | Refusal:
    """Switch the preservation of transport documents: on for each active service that opens it (R34).

    Nothing when it stands so.
    """
    refusal = out_of_turn(account, Act.USE)
    if refusal is not None:
        return refusal
    if not enabled:
        return [
            DdtPreservationDeactivated(customer_id=customer_id, product=owned.product, deactivated_on=today)
            for owned in account.services
            if owned.ddt_preservation
        ]
    opening = [
        owned
        for owned in account.services
        if owned.status is ServiceStatus.ACTIVE and DDT_PRESERVATION in owned.features and _on_active(account, owned)
    ]
    if not opening:
        on_sale = [name for name, product in catalogue.products.items() if DDT_PRESERVATION in product.features]
        detail = f"the preservation of transport documents needs {' or '.join(on_sale)}, active"
        # Named after the product to buy: the first in the catalogue.
        return Refusal(f"{next(iter(on_sale), 'SERVICE')}_NOT_ACTIVE", detail, 409)
    return [
        DdtPreservationActivated(customer_id=customer_id, product=owned.product, activated_on=today)
        for owned in opening
        if not owned.ddt_preservation
    ]


def _on_active(account: Account, owned: OwnedService) -> bool:
    """Tell whether what a service stands on is active too: on a suspended base, nothing new is switched on."""
    base = account.living(owned.requires)
    return base is None or base.status is ServiceStatus.ACTIVE


def add_ons_on_sale(account: Account, catalogue: Catalogue, today: date) -> list[Product]:
    """Return the add-ons that the customer may add in the panel, in the catalogue's order (R8, R10, R13)."""
    if Channel.PANEL not in catalogue.channels.get(PurchaseCase.ADD_ON_TO_OWNED, ()):
        return []
    bases = {
        base.product: base
        for base in account.living_bases()
        if base.status is ServiceStatus.ACTIVE and base.expires_on >= today
    }
    return [
        name
        for name, product in catalogue.products.items()
        if product.requires in bases
        and bases[product.requires].buyer_kind not in product.not_for
        and account.living(name) is None
    ]
