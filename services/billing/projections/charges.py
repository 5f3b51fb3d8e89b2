"""What was charged for an order? The table `charges`, one row per priced order."""

from collections.abc import Iterable
from datetime import date

from msgspec import Struct

from runtime.projection import Key, Projection, ddl
from schemas.billing import OrderPriced
from schemas.envelope import Event
from schemas.vocabulary import PurchaseCase
from services.billing.domain.charges import ChargedExtension, ChargedLine, charged_extension, charged_line


class Charges(Struct, frozen=True):
    """An order's price as it was fixed."""

    order_id: str
    customer_id: str
    storefront: str
    purchase_case: PurchaseCase
    priced_on: date
    catalogue_version: str
    lines: tuple[ChargedLine, ...]
    extensions: tuple[ChargedExtension, ...]
    net_cents: int
    vat_percent: int
    vat_cents: int
    total_cents: int


def keys_of(event: Event) -> Iterable[Key]:
    """Name the order that an event prices."""
    return ((event.order_id,),) if isinstance(event, OrderPriced) else ()


def evolve(_: Charges | None, event: OrderPriced, key: Key) -> Charges:
    """Keep an order's price."""
    return Charges(
        order_id=event.order_id,
        customer_id=event.customer_id,
        storefront=event.storefront,
        purchase_case=event.purchase_case,
        priced_on=event.priced_on,
        catalogue_version=event.catalogue_version,
        lines=tuple(charged_line(line) for line in event.lines),
        extensions=tuple(charged_extension(extension) for extension in event.extensions),
        net_cents=event.net_cents,
        vat_percent=event.vat_percent,
        vat_cents=event.vat_cents,
        total_cents=event.total_cents,
    )


CHARGES = Projection(
    "charges",
    Charges,
    ("order_id",),
    keys_of,
    evolve,
    ddl(__file__),
)
