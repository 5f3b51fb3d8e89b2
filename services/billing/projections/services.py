"""Which services does a customer own, for a quote? The table `services`."""

from collections.abc import Iterable
from datetime import date

from msgspec import Struct

from runtime.projection import Key, Projection, ddl
from schemas.billing import ServiceNoted
from schemas.envelope import Event
from schemas.vocabulary import BuyerKind, Family, Product, ProductKind, ServiceStatus


class OwnedRow(Struct, frozen=True):
    """A service as provisioning last reported it."""

    customer_id: str
    product: Product
    kind: ProductKind
    family: Family
    status: ServiceStatus
    expires_on: date
    anchor_on: date | None
    buyer_kind: BuyerKind | None


def keys_of(event: Event) -> Iterable[Key]:
    """Name the service that an event notes."""
    return ((event.customer_id, event.product),) if isinstance(event, ServiceNoted) else ()


def evolve(_: OwnedRow | None, event: ServiceNoted, key: Key) -> OwnedRow:
    """Keep a service's last note."""
    return OwnedRow(
        event.customer_id,
        event.product,
        event.kind,
        event.family,
        event.status,
        event.expires_on,
        event.anchor_on,
        event.buyer_kind,
    )


SERVICES = Projection(
    "services",
    OwnedRow,
    ("customer_id", "product"),
    keys_of,
    evolve,
    ddl(__file__),
    replaced_by=ServiceNoted,
)
