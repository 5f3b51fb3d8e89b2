"""Which commands does provisioning take, and how is each named? Twice the same is the same command."""

from dataclasses import dataclass

from schemas.orders import SettledFacts
from services.provisioning.domain.credentials import NewCredentials

REISSUE_CREDENTIALS = "provisioning.reissue_credentials"
CANCEL_SERVICE = "provisioning.cancel_service"
CHANGE_PASSWORD = "provisioning.change_password"  # noqa: S105 - the name of a command
COMPLETE_CONFIGURATION = "provisioning.complete_configuration"
SWITCH_DDT_PRESERVATION = "provisioning.switch_ddt_preservation"


@dataclass(frozen=True, slots=True)
class Settlement:
    """A settled or released order, with credentials made ready where it is a first purchase."""

    order: SettledFacts
    credentials: NewCredentials | None = None


@dataclass(frozen=True, slots=True)
class ReissueCredentials:
    """An operator asks for a new temporary password."""

    customer_id: str
    seals: int
    credentials: NewCredentials | None = None


@dataclass(frozen=True, slots=True)
class CancelService:
    """An operator cancels a service, on the customer's behalf."""

    customer_id: str
    product: str
    """Its product, or a base's family."""
    cancellations: int


@dataclass(frozen=True, slots=True)
class SwitchDdtPreservation:
    """A customer switches the preservation of transport documents."""

    customer_id: str
    enabled: bool
