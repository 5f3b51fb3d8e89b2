"""What is asked of provisioning, and how is each asking named? Twice the same is the same command."""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from schemas.orders import SettledFacts
from schemas.payments import MoneyDestination
from schemas.personal import SealedBlock
from services.provisioning.domain.credentials import NewCredentials


@dataclass(frozen=True, slots=True)
class Settlement:
    """A settled or released order, with credentials made ready where it is a first purchase."""

    order: SettledFacts
    credentials: NewCredentials | None = None


@dataclass(frozen=True, slots=True)
class ReissueCredentials:
    """An operator asks for a new temporary password."""

    TYPE: ClassVar[str] = "provisioning.reissue_credentials"

    customer_id: str
    seals: int
    credentials: NewCredentials | None = None

    @property
    def key(self) -> str:
        """Asked again before anything was sealed anew, it is the same asking."""
        return f"{self.customer_id}:{self.seals}"


@dataclass(frozen=True, slots=True)
class CancelService:
    """An operator cancels a service, on the customer's behalf."""

    TYPE: ClassVar[str] = "provisioning.cancel_service"

    customer_id: str
    product: str
    """Its product, or a base's family."""
    cancellations: int
    why: str | None = None

    @property
    def key(self) -> str:
        """A product that was bought again is cancelled again."""
        return f"{self.customer_id}:{self.product}:{self.cancellations}"


@dataclass(frozen=True, slots=True)
class EndService:
    """An operator ends a service on a day; what of it is unused goes to credit or is paid back."""

    TYPE: ClassVar[str] = "provisioning.end_service"

    customer_id: str
    product: str
    """Its product, or a base's family."""
    on: date
    money: MoneyDestination
    why: str
    cancellations: int

    @property
    def key(self) -> str:
        """A product that was bought again is ended again."""
        return f"{self.customer_id}:{self.product}:{self.cancellations}"


@dataclass(frozen=True, slots=True)
class ChangePassword:
    """A password that the customer chose, hashed and sealed at the edge; the session that chose it stays open."""

    TYPE: ClassVar[str] = "provisioning.change_password"

    customer_id: str
    key: str
    """Drawn: another password is another command, which must not be answered, nor sealed, as this one was."""
    seals: int
    sealed: SealedBlock
    session_hash: str


@dataclass(frozen=True, slots=True)
class CompleteConfiguration:
    """A complete configuration, its content sealed."""

    TYPE: ClassVar[str] = "provisioning.complete_configuration"

    customer_id: str
    key: str
    """Names the content, by a keyed hash: the block is sealed under it."""
    configurations: int
    sections: tuple[str, ...]
    sealed: SealedBlock


@dataclass(frozen=True, slots=True)
class SwitchDdtPreservation:
    """A customer switches the preservation of transport documents."""

    TYPE: ClassVar[str] = "provisioning.switch_ddt_preservation"

    customer_id: str
    switches: int
    """How often it was switched before."""
    enabled: bool

    @property
    def key(self) -> str:
        """On, off and on again are three."""
        return f"{self.customer_id}:{self.switches}:{self.enabled}"
