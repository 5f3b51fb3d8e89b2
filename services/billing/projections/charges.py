"""What was charged for an order? The table `charges`, one row per priced order."""

from collections.abc import Iterable
from datetime import date
from typing import assert_never

from msgspec import Struct
from msgspec.structs import replace

from runtime.projection import Key, Projection, ddl
from schemas.billing import CreditReturned, CreditUsed, OrderPriced
from schemas.envelope import Event
from schemas.vocabulary import PurchaseCase
from services.billing.domain.charges import ChargedExtension, ChargedLine, UsedCredit, charged_extension, charged_line


class Charges(Struct, frozen=True):
    """An order's price as it was fixed, and the credit that pays of it."""

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
    credit_cents: int
    """What credit paid of the total when it was priced."""
    used_credit: tuple[UsedCredit, ...] = ()
    """The same, credit by credit; empty where the order closed and gave it back."""


def keys_of(event: Event) -> Iterable[Key]:
    """Name the order that an event prices, pays from credit, or gives credit back for."""
    return ((event.order_id,),) if isinstance(event, OrderPriced | CreditUsed | CreditReturned) else ()


def evolve(row: Charges | None, event: OrderPriced | CreditUsed | CreditReturned, key: Key) -> Charges | None:
    """Keep an order's price, and the credit that pays of it as long as it does."""
    match event:
        case OrderPriced():
            return _priced(event)
        case CreditUsed() if row is not None:
            used = UsedCredit(event.credit_id, event.amount_cents, event.used_on, event.expires_on, event.origin)
            return replace(row, used_credit=(*row.used_credit, used))
        case CreditReturned() if row is not None:
            rest = tuple(used for used in row.used_credit if used.credit_id != event.used_credit_id)
            return replace(row, used_credit=rest)
        case CreditUsed() | CreditReturned():
            return None
        case _:
            assert_never(event)


def _priced(event: OrderPriced) -> Charges:
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
        credit_cents=event.credit_cents,
    )


CHARGES = Projection(
    "charges",
    Charges,
    ("order_id",),
    keys_of,
    evolve,
    ddl(__file__),
    replaced_by=OrderPriced,
)
