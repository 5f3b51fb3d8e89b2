"""Which services does a customer have, and until when? One row for each product, the ended ones too."""

from collections.abc import Iterable

from runtime.projection import Key, Projection, ddl
from schemas.envelope import Event
from schemas.provisioning import ServiceActivated
from services.provisioning.domain.owned import OwnedService, ServiceEvent, evolve_service


def keys_of(event: Event) -> Iterable[Key]:
    """Name the rows that an event touches."""
    return [(event.customer_id, event.product)] if isinstance(event, ServiceEvent) else []


def evolve(row: OwnedService | None, event: ServiceEvent, _: Key) -> OwnedService | None:
    """Fold an own event into a service's row."""
    return evolve_service(row, event)


SERVICES = Projection(
    "services", OwnedService, ("customer_id", "product"), keys_of, evolve, ddl(__file__), replaced_by=ServiceActivated
)
