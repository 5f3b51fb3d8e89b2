"""How did a customer configure the service? The content stays sealed."""

from collections.abc import Iterable
from datetime import date

from msgspec import Struct

from runtime.projection import Key, Projection
from schemas.envelope import Event
from schemas.provisioning import ConfigurationCompleted, EInvoicingActivated
from services.provisioning.domain.model import Sealed, sealed_of
from services.provisioning.projections import ddl


class Configuration(Struct, frozen=True):
    """The last complete configuration."""

    customer_id: str
    sections: tuple[str, ...]
    sealed: Sealed
    completed_on: date


def keys_of(event: Event) -> Iterable[Key]:
    """Name the rows that an event touches: e-invoicing activated anew is configured anew."""
    return [(event.customer_id,)] if isinstance(event, ConfigurationCompleted | EInvoicingActivated) else []


def evolve(row: Configuration | None, event: Event, _: Key) -> Configuration | None:
    """Fold an own event into a customer's configuration."""
    match event:
        case ConfigurationCompleted():
            return Configuration(event.customer_id, tuple(event.sections), sealed_of(event.sealed), event.completed_on)
        case EInvoicingActivated():
            return None
        case _:
            return row


CONFIGURATIONS = Projection("configurations", Configuration, ("customer_id",), keys_of, evolve, ddl("configurations"))
