"""Which services does a customer have, and until when?"""

from collections.abc import Iterable

from runtime.projection import Key, Projection
from schemas.envelope import Event
from schemas.provisioning import (
    DdtPreservationActivated,
    DdtPreservationDeactivated,
    DocumentsActivated,
    EInvoicingActivated,
    ExpiryAligned,
    ServiceCancelled,
    ServiceEnteredGrace,
    ServiceTerminated,
)
from schemas.vocabulary import Product
from services.provisioning.domain.model import OwnedService, evolve_service, service_of
from services.provisioning.projections import ddl


def keys_of(event: Event) -> Iterable[Key]:
    """Name the rows that an event touches."""
    match event:
        case EInvoicingActivated():
            return [(event.customer_id, Product.E_INVOICING.value)]
        case DocumentsActivated() | DdtPreservationActivated() | DdtPreservationDeactivated():
            return [(event.customer_id, Product.DOCUMENTS.value)]
        case ExpiryAligned() | ServiceEnteredGrace() | ServiceTerminated() | ServiceCancelled():
            return [(event.customer_id, service_of(event.product).value)]
        case _:
            return []


def evolve(row: OwnedService | None, event: Event, key: Key) -> OwnedService | None:
    """Fold an own event into a service's row."""
    return evolve_service(row, event, Product(key[1]))


SERVICES = Projection("services", OwnedService, ("customer_id", "product"), keys_of, evolve, ddl("services"))
