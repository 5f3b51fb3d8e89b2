"""What became of each settled order? So that none is activated twice, and each held one shows."""

from collections.abc import Iterable
from enum import StrEnum
from typing import assert_never

from msgspec import Struct

from runtime.projection import Key, Projection, ddl
from schemas.envelope import Event
from schemas.provisioning import ActivationHeld, OrderActivated
from schemas.vocabulary import CloseReason, HoldReason


class ActivationStatus(StrEnum):
    """How far a settled order came here."""

    ACTIVATED = "ACTIVATED"
    HELD = "HELD"
    CLOSED = "CLOSED"


class Activation(Struct, frozen=True):
    """A settled order, as provisioning dealt with it."""

    order_id: str
    customer_id: str
    status: ActivationStatus
    reason: HoldReason | None = None
    closes: CloseReason | None = None
    detail: str = ""
    storefront: str | None = None
    """Whose order it is, once it is active: who may look at the customer's services."""


def keys_of(event: Event) -> Iterable[Key]:
    """Name the rows that an event touches."""
    return [(event.order_id,)] if isinstance(event, OrderActivated | ActivationHeld) else []


def evolve(_: Activation | None, event: OrderActivated | ActivationHeld, __: Key) -> Activation | None:
    """Fold an own event into an order's row."""
    match event:
        case OrderActivated():
            storefront = event.storefront
            return Activation(event.order_id, event.customer_id, ActivationStatus.ACTIVATED, storefront=storefront)
        case ActivationHeld():
            status = ActivationStatus.CLOSED if event.closes else ActivationStatus.HELD
            return Activation(event.order_id, event.customer_id, status, event.reason, event.closes, event.detail)
        case _:
            assert_never(event)


ACTIVATIONS = Projection(
    "activations",
    Activation,
    ("order_id",),
    keys_of,
    evolve,
    ddl(__file__),
    replaced_by=OrderActivated | ActivationHeld,
)
