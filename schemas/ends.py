"""What does provisioning say of services that end on a day, or are suspended? Events of `provisioning.events` too."""

from datetime import date
from enum import StrEnum
from typing import ClassVar, Literal

from pydantic import Field

from schemas.envelope import Event
from schemas.payments import MoneyDestination
from schemas.vocabulary import Product, ServiceStatus


class SuspensionReason(StrEnum):
    """Why a service is suspended."""

    CHARGEBACK = "CHARGEBACK"


class ResumptionReason(StrEnum):
    """Why a suspended service goes on."""

    CHARGEBACK_WON = "CHARGEBACK_WON"


class ServiceEnded(Event):
    """An operator ended a service on a day: what of its term is unused is owed to the customer."""

    EVENT_TYPE: ClassVar[str] = "provisioning.ServiceEnded.v1"

    product: Product
    ended_on: date
    expires_on: date = Field(description="The expiry that it had: the time from its end until then is unused.")
    money: MoneyDestination
    why: str


class ServiceSuspended(Event):
    """A service is limited, since the money for it was charged back; nothing of it is deleted."""

    EVENT_TYPE: ClassVar[str] = "provisioning.ServiceSuspended.v1"

    order_id: str = Field(description="The order that activated it, whose payment was charged back.")
    product: Product
    suspended_on: date
    expires_on: date
    reason: SuspensionReason


class ServiceResumed(Event):
    """A suspended service goes on, as its dates say."""

    EVENT_TYPE: ClassVar[str] = "provisioning.ServiceResumed.v1"

    order_id: str
    product: Product
    resumed_on: date
    expires_on: date
    status: ServiceStatus = Field(description="Active, or in grace where it expired meanwhile.")
    reason: ResumptionReason


class ChargebackNoted(Event):
    """Provisioning noted that money for an order was charged back, or won back."""

    EVENT_TYPE: ClassVar[str] = "provisioning.ChargebackNoted.v1"
    VISIBILITY: ClassVar[Literal["public", "internal"]] = "internal"

    order_id: str
    payment_source: str
    payment_id: str
    is_won: bool = False
    content_hash: str | None = Field(default=None, description="Tells it from others under the same identity.")
