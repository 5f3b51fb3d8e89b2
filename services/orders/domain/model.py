"""What does orders remember of an account? Its open orders, its services, its held payments, and nothing closed."""

from datetime import date, datetime
from typing import assert_never

from msgspec import Struct
from msgspec.structs import replace

from schemas.automatic_renewals import (
    AutomaticRenewalFailed,
    AutomaticRenewalScheduled,
    AutomaticRenewalSet,
    AutomaticRenewalSkipped,
    PaymentRequested,
)
from schemas.orders import (
    InputDiscarded,
    InputNoted,
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
    PersonalDataErased,
    ServiceNoted,
)
from schemas.payments import (
    ChargebackWon,
    PaymentChargedBack,
    PaymentConflicted,
    PaymentHeld,
    PaymentRegistered,
    PaymentResolved,
    RefundNoted,
    RefundReported,
)
from schemas.vocabulary import (
    Channel,
    OrderStatus,
    PaymentMethod,
    Product,
    ServiceStatus,
)
from services.orders.domain.customers import OnRecord, recorded
from services.orders.domain.order import Automatic, Closing, OpenOrder, Owned, PaidBy, placed, services_after

AutomaticRenewalEvent = (
    AutomaticRenewalSet | AutomaticRenewalScheduled | AutomaticRenewalSkipped | AutomaticRenewalFailed
)
"""What is said of a renewal that places itself, its order aside."""

OrdersEvent = (
    OrderPlaced
    | OrderRefused
    | OrderPriceNoted
    | PaymentRegistered
    | PaymentHeld
    | PaymentConflicted
    | PaymentResolved
    | RefundNoted
    | RefundReported
    | PaymentChargedBack
    | ChargebackWon
    | OrderSettled
    | OrderHeld
    | OrderReleased
    | OrderClosureRequested
    | OrderCancelled
    | OrderExpired
    | OrderActivationNoted
    | ServiceNoted
    | AutomaticRenewalEvent
    | PaymentRequested
    | InputNoted
    | PersonalDataErased
    | InputDiscarded
)
"""Everything that orders says: what its folds take."""


_ChangingRenewals = AutomaticRenewalSet | AutomaticRenewalScheduled
_ChangingTheOrder = OrderPriceNoted | OrderSettled | OrderReleased | OrderHeld | OrderClosureRequested


class HeldPayment(Struct, frozen=True):
    """A payment that waits for its order or its price."""

    order_id: str
    payment_source: str
    payment_id: str
    amount_cents: int
    method: PaymentMethod
    taken_at: datetime | None = None
    """When it reached the provider: the date on which it pays (R1)."""

    def is_what(self, event: PaymentConflicted | PaymentResolved) -> bool:
        """Tell whether an event is about this very payment, not about another content under its identity."""
        mine = (self.order_id, self.payment_source, self.payment_id, self.amount_cents)
        return mine == (event.order_id, event.payment_source, event.payment_id, event.amount_cents)


class State(Struct, frozen=True):
    """An account: small, since what is closed and every payment seen are rows."""

    orders: tuple[OpenOrder, ...] = ()
    services: tuple[Owned, ...] = ()
    held: tuple[HeldPayment, ...] = ()
    """In the order of arrival."""
    on_record: OnRecord | None = None
    """The customer, as the last order described them; None before the first one, and after an erasure."""
    automatic: tuple[Automatic, ...] = ()
    """The bases that renew by themselves."""
    automatic_changes: int = 0
    """Tells one asking, and one moment to look again, from the next."""

    def automatic_of(self, product: Product) -> Automatic | None:
        """Return what was chosen for a base, or None where it doesn't renew by itself."""
        return next((chosen for chosen in self.automatic if chosen.product == product), None)

    def order(self, order_id: str) -> OpenOrder | None:
        """Return an open order, or None."""
        return next((order for order in self.orders if order.order_id == order_id), None)

    def is_overdue(self, order: OpenOrder, today: date) -> bool:
        """Tell whether an order expires (R21): not one whose money is here, in time, and whose price is not."""
        waits_for_price = order.status is OrderStatus.AWAITING_PRICE and self.held_for(order.order_id)
        return order.is_overdue(today) and not waits_for_price

    def service(self, product: Product) -> Owned | None:
        """Return a service that has not ended, or None."""
        return next((service for service in self.services if service.product == product), None)

    def held_for(self, order_id: str) -> tuple[HeldPayment, ...]:
        """Return the payments that wait for an order, in the order of arrival."""
        return tuple(payment for payment in self.held if payment.order_id == order_id)


def evolve(state: State, event: OrdersEvent) -> State:
    """Fold one own event into the account; what happens most often is asked first."""
    match event:
        case ServiceNoted():
            services, automatic = services_after(state.services, event), _ended(state.automatic, event)
            return replace(state, services=services, automatic=automatic)
        case OrderPlaced():
            orders, automatic = (*state.orders, placed(event)), _bought(state.automatic, event)
            return replace(state, orders=orders, automatic=automatic, on_record=recorded(event))
        case OrderPriceNoted() | OrderSettled() | OrderReleased() | OrderHeld() | OrderClosureRequested():
            return _with(state, event.order_id, **_changes(event))
        case PaymentRegistered() | PaymentChargedBack() | ChargebackWon():
            return _money(state, event)
        case OrderActivationNoted() | OrderCancelled() | OrderExpired():
            return replace(state, orders=tuple(order for order in state.orders if order.order_id != event.order_id))
        case PaymentHeld() | PaymentConflicted() | PaymentResolved():
            return replace(state, held=_waiting(state.held, event))
        case AutomaticRenewalSet() | AutomaticRenewalScheduled():
            return _with_renewals(state, event)
        case PersonalDataErased():
            return replace(state, on_record=None)
        case (
            AutomaticRenewalSkipped()
            | AutomaticRenewalFailed()
            | PaymentRequested()
            | OrderRefused()
            | RefundNoted()
            | RefundReported()
            | InputNoted()
            | InputDiscarded()
        ):
            return state
        case _:
            assert_never(event)


def _changes(event: _ChangingTheOrder) -> dict[str, object]:
    """Say what an event changes of the open order that it is about."""
    match event:
        case OrderPriceNoted():
            amounts = {"total_cents": event.total_cents, "credit_cents": event.credit_cents}
            return {**amounts, "status": OrderStatus.AWAITING_PAYMENT}
        case OrderSettled() | OrderReleased():
            return {"status": OrderStatus.SETTLED, "settled_on": event.settled_on}
        case OrderHeld():
            return {"status": OrderStatus.HELD}
        case OrderClosureRequested():
            return {"closing": Closing(event.money, event.why)}


def _waiting(
    held: tuple[HeldPayment, ...], event: PaymentHeld | PaymentConflicted | PaymentResolved
) -> tuple[HeldPayment, ...]:
    if not isinstance(event, PaymentHeld):
        return tuple(payment for payment in held if not payment.is_what(event))
    waits = HeldPayment(event.order_id, event.payment_source, event.payment_id, event.amount_cents, event.method)
    waits = replace(waits, taken_at=event.taken_at)
    return (*held, waits)


def _money(state: State, event: PaymentRegistered | PaymentChargedBack | ChargebackWon) -> State:
    match event:
        case PaymentRegistered():
            return _registered(state, event)
        case PaymentChargedBack():
            is_held = not event.order_cents and not event.surplus_cents
            return _counted(_without_held(state, event) if is_held else state, event, -event.order_cents)
        case ChargebackWon():
            return _counted(state, event, event.order_cents)


def _counted(state: State, event: PaymentChargedBack | ChargebackWon, cents: int) -> State:
    """Count money that left an open order, or came back to it."""
    order = state.order(event.order_id)
    if order is None or not cents:
        return state
    status, paid_cents = order.status, order.paid_cents + cents
    if not order.is_paid:
        status = OrderStatus.PARTIALLY_PAID if paid_cents else OrderStatus.AWAITING_PAYMENT
    paid_by = tuple(paid for paid in order.paid_by if not paid.is_of(event))
    if cents > 0:
        named = (event.payment_source, event.payment_id, event.content_hash)
        paid_by = (*paid_by, PaidBy(*named, event.method, cents))
    return _with(state, event.order_id, status=status, paid_cents=paid_cents, paid_by=paid_by)


def _without_held(state: State, event: PaymentRegistered | PaymentChargedBack) -> State:
    identity = (event.payment_source, event.payment_id)
    waiting = tuple(payment for payment in state.held if (payment.payment_source, payment.payment_id) != identity)
    return replace(state, held=waiting)


def _registered(state: State, event: PaymentRegistered) -> State:
    if event.content_hash is None:  # what an operator resolved waits no more, and another may under its identity
        state = _without_held(state, event)
    order = state.order(event.order_id)
    if order is None:
        return state
    status = OrderStatus.PARTIALLY_PAID if event.outstanding_cents else order.status
    counts = event.amount_cents - event.surplus_cents
    paid = PaidBy(event.payment_source, event.payment_id, event.content_hash, event.method, counts)
    paid_by = (*order.paid_by, paid) if counts else order.paid_by
    return _with(state, event.order_id, status=status, paid_cents=order.paid_cents + counts, paid_by=paid_by)


def _with_renewals(state: State, event: _ChangingRenewals) -> State:
    chosen = state.automatic_of(event.product)
    others = tuple(each for each in state.automatic if each.product != event.product)
    changed = _chosen(chosen, event) if isinstance(event, AutomaticRenewalSet) else _moved(chosen, event)
    kept = others if changed is None else (*others, changed)
    return replace(state, automatic=kept, automatic_changes=state.automatic_changes + 1)


def _chosen(chosen: Automatic | None, event: AutomaticRenewalSet) -> Automatic | None:
    if not event.enabled:
        return None
    return Automatic(
        product=event.product,
        years=event.years,
        add_ons=tuple(event.add_ons),
        storefront=event.storefront,
        expires_on=chosen.expires_on if chosen else None,
        order_id=chosen.order_id if chosen else None,
    )


def _moved(chosen: Automatic | None, event: AutomaticRenewalScheduled) -> Automatic | None:
    if chosen is None:
        return None
    order_id = chosen.order_id if chosen.expires_on == event.expires_on else None
    return replace(chosen, expires_on=event.expires_on, order_id=order_id)


def _bought(automatic: tuple[Automatic, ...], event: OrderPlaced) -> tuple[Automatic, ...]:
    if event.channel is not Channel.AUTOMATIC:
        return automatic
    renewed = {line.product for line in event.lines}
    return tuple(
        replace(chosen, order_id=event.order_id) if chosen.product in renewed else chosen for chosen in automatic
    )


def _ended(automatic: tuple[Automatic, ...], event: ServiceNoted) -> tuple[Automatic, ...]:
    """Forget what was chosen for a base once that has ended: who buys anew chooses anew."""
    if event.status is not ServiceStatus.TERMINATED:
        return automatic
    return tuple(chosen for chosen in automatic if chosen.product != event.product)


def _with(state: State, order_id: str, **changes: object) -> State:
    changed = tuple(replace(order, **changes) if order.order_id == order_id else order for order in state.orders)
    return replace(state, orders=changed)
