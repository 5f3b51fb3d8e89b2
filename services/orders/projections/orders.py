"""What does an order look like from outside? One row per order: all that GET answers, but its payments."""

from collections.abc import Iterable
from datetime import date, datetime

from msgspec import Struct
from msgspec.structs import replace

from runtime.projection import Key, Projection, ddl
from schemas.billing import PricedExtension
from schemas.cart import OrderLine
from schemas.envelope import Event
from schemas.orders import (
    OrderActivationNoted,
    OrderCancelled,
    OrderClosureRequested,
    OrderExpired,
    OrderHeld,
    OrderPlaced,
    OrderPriceNoted,
    OrderRefused,
    OrderReleased,
    OrderSettled,
)
from schemas.payments import ChargebackWon, PaymentChargedBack, PaymentRegistered
from schemas.vocabulary import (
    Channel,
    CloseReason,
    LineAction,
    OrderStatus,
    OrderWarning,
    PriceReason,
    Product,
    PurchaseCase,
)

_Touching = (
    OrderPlaced
    | OrderRefused
    | OrderPriceNoted
    | PaymentRegistered
    | PaymentChargedBack
    | ChargebackWon
    | OrderSettled
    | OrderHeld
    | OrderReleased
    | OrderClosureRequested
    | OrderCancelled
    | OrderExpired
    | OrderActivationNoted
)


class RowLine(Struct, frozen=True):
    """A line of an order, with its price once billing has said it."""

    product: Product
    action: LineAction
    years: int
    net_cents: int | None = None
    reason: PriceReason | None = None


class RowTerm(Struct, frozen=True):
    """A missing term in parts (R16)."""

    months: int
    days: int
    days_in_month: int


class RowExtension(Struct, frozen=True):
    """The extension of a service the customer owns, as billing priced it."""

    product: Product
    previous_expiry: date
    new_expiry: date
    missing_term: RowTerm
    net_cents: int


class RowViolation(Struct, frozen=True):
    """A reason for a refusal."""

    code: str
    detail: str
    order_id: str | None = None


class OrderRow(Struct, frozen=True):
    """An order as the storefront sees it; amounts are None until it is priced."""

    order_id: str
    customer_id: str
    status: OrderStatus
    storefront: str
    channel: Channel
    purchase_case: PurchaseCase | None
    ordered_on: date
    extend_active_services: bool | None
    catalogue_version: str
    lines: tuple[RowLine, ...]
    extensions: tuple[RowExtension, ...]
    net_cents: int | None
    vat_cents: int | None
    total_cents: int | None
    credit_cents: int | None
    """What of the total credit pays; 0 where the order closed and gave it back."""
    outstanding_cents: int | None
    surplus_cents: int
    payable_until: date | None
    reason: str | None
    expiries: dict[Product, date]
    """Of each service, once the order is active."""
    holds: int
    """How often it was held: tells one release from the next."""
    violations: tuple[RowViolation, ...]
    warnings: tuple[OrderWarning, ...]
    taken_at: datetime | None
    """When it came in: what lists are ordered by within a day."""


def _keys_of(event: _Touching) -> Iterable[Key]:
    return ((event.order_id,),)


def evolve(row: OrderRow | None, event: Event, key: Key) -> OrderRow | None:
    """Fold one own event into an order's row."""
    match event:
        case OrderPlaced():
            return _placed(event)
        case OrderRefused():
            return _refused(event)
        case _:
            # A payment of another customer, who named this order before it was placed, changes nothing here.
            return _changed(row, event) if row is not None and row.customer_id == event.customer_id else row


def _changed(row: OrderRow, event: Event) -> OrderRow:
    match event:
        case OrderPriceNoted():
            return _priced(row, event)
        case PaymentRegistered() | PaymentChargedBack() | ChargebackWon():
            return _money(row, event)
        case OrderSettled():
            return replace(row, status=OrderStatus.SETTLED, outstanding_cents=0)
        case OrderReleased():
            return replace(row, status=OrderStatus.SETTLED, reason=None)
        case OrderHeld() | OrderClosureRequested():
            return _stopped(row, event)
        case OrderCancelled():
            return _closed(row, OrderStatus.CANCELLED, event)
        case OrderExpired():
            return _closed(row, OrderStatus.EXPIRED, event)
        case OrderActivationNoted():
            return replace(row, status=OrderStatus.ACTIVATED, reason=None, expiries=dict(event.expiries))
        case _:
            return row


def _placed(event: OrderPlaced) -> OrderRow:
    return OrderRow(
        order_id=event.order_id,
        customer_id=event.customer_id,
        status=OrderStatus.AWAITING_PRICE,
        storefront=event.storefront,
        channel=event.channel,
        purchase_case=event.purchase_case,
        ordered_on=event.ordered_on,
        extend_active_services=event.extend_active_services,
        catalogue_version=event.catalogue_version,
        lines=_lines(event.lines),
        extensions=(),
        net_cents=None,
        vat_cents=None,
        total_cents=None,
        credit_cents=None,
        outstanding_cents=None,
        surplus_cents=0,
        payable_until=event.payable_until,
        reason=None,
        expiries={},
        holds=0,
        violations=(),
        warnings=tuple(event.warnings),
        taken_at=event.taken_at,
    )


def _refused(event: OrderRefused) -> OrderRow:
    return OrderRow(
        order_id=event.order_id,
        customer_id=event.customer_id,
        status=OrderStatus.REFUSED,
        storefront=event.storefront,
        channel=event.channel,
        purchase_case=None,
        ordered_on=event.ordered_on,
        extend_active_services=event.extend_active_services,
        catalogue_version=event.catalogue_version,
        lines=_lines(event.lines),
        extensions=(),
        net_cents=None,
        vat_cents=None,
        total_cents=None,
        credit_cents=None,
        outstanding_cents=None,
        surplus_cents=0,
        payable_until=None,
        reason=None,
        expiries={},
        holds=0,
        violations=tuple(RowViolation(one.code, one.detail, one.order_id) for one in event.violations),
        warnings=tuple(event.warnings),
        taken_at=event.taken_at,
    )


def _priced(row: OrderRow, event: OrderPriceNoted) -> OrderRow:
    return replace(
        row,
        status=OrderStatus.AWAITING_PAYMENT,
        lines=tuple(
            RowLine(line.product, line.action, line.years, line.net_cents, line.reason) for line in event.lines
        ),
        extensions=tuple(_extension(priced) for priced in event.extensions),
        net_cents=event.net_cents,
        vat_cents=event.vat_cents,
        total_cents=event.total_cents,
        credit_cents=event.credit_cents,
        outstanding_cents=event.total_cents - event.credit_cents,
        payable_until=event.payable_until,
        catalogue_version=event.catalogue_version,
    )


def _extension(priced: PricedExtension) -> RowExtension:
    term = priced.missing_term
    return RowExtension(
        priced.product,
        priced.previous_expiry,
        priced.new_expiry,
        RowTerm(term.months, term.days, term.days_in_month),
        priced.net_cents,
    )


def _money(row: OrderRow, event: PaymentRegistered | PaymentChargedBack | ChargebackWon) -> OrderRow:
    match event:
        case PaymentRegistered():
            status = OrderStatus.PARTIALLY_PAID if event.outstanding_cents else row.status
            # What is all surplus pays for nothing: a settled order goes on lacking what was charged back.
            is_surplus = event.surplus_cents == event.amount_cents
            outstanding = row.outstanding_cents if is_surplus else event.outstanding_cents
            surplus = row.surplus_cents + event.surplus_cents
            return replace(row, status=status, outstanding_cents=outstanding, surplus_cents=surplus)
        case PaymentChargedBack():
            return _lacking(row, event.order_cents, -event.surplus_cents)
        case ChargebackWon():
            return _lacking(row, -event.order_cents, event.surplus_cents)


def _lacking(row: OrderRow, cents: int, surplus_cents: int) -> OrderRow:
    """Count money that was charged back, or won back; what waits for money says how far it is paid."""
    surplus_cents = max(0, row.surplus_cents + surplus_cents)
    if row.outstanding_cents is None or not cents:
        return replace(row, surplus_cents=surplus_cents)
    outstanding, status = row.outstanding_cents + cents, row.status
    if status in (OrderStatus.AWAITING_PAYMENT, OrderStatus.PARTIALLY_PAID):
        is_unpaid = outstanding == (row.total_cents or 0) - (row.credit_cents or 0)
        status = OrderStatus.AWAITING_PAYMENT if is_unpaid else OrderStatus.PARTIALLY_PAID
    return replace(row, status=status, outstanding_cents=outstanding, surplus_cents=surplus_cents)


def _stopped(row: OrderRow, event: OrderHeld | OrderClosureRequested) -> OrderRow:
    if isinstance(event, OrderHeld):
        return replace(row, status=OrderStatus.HELD, reason=event.reason, holds=row.holds + 1)
    return replace(row, reason=CloseReason.OPERATOR_REQUEST)


def _closed(row: OrderRow, status: OrderStatus, event: OrderCancelled | OrderExpired) -> OrderRow:
    return replace(
        row,
        status=status,
        reason=event.reason,
        credit_cents=None if row.total_cents is None else 0,
        outstanding_cents=None if row.total_cents is None else 0,
        surplus_cents=row.surplus_cents + event.surplus_cents,
    )


def _lines(lines: Iterable[OrderLine]) -> tuple[RowLine, ...]:
    return tuple(RowLine(line.product, line.action, line.years) for line in lines)


_Making = OrderPlaced | OrderRefused
ORDERS = Projection("orders", OrderRow, ("order_id",), _keys_of, evolve, ddl(__file__), _Touching, _Making)
