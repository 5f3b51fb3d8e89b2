"""What does a chargeback do to an order and its payment? The money is gone, until it is won back (R29)."""

from dataclasses import dataclass

from schemas.orders import OrderSettled
from schemas.payments import ChargebackWon, PaymentChargedBack
from schemas.refusal import Refusal
from schemas.vocabulary import OrderStatus, PaymentMethod, PaymentResolution, PaymentStatus
from services.orders.domain.commands import ChargeBack, ReceivePayment, Today, WinChargeback
from services.orders.domain.model import OrdersEvent, State
from services.orders.domain.payments import after, received
from services.orders.domain.settlement import settled

_WITHOUT_MONEY: dict[str, str] = {
    PaymentResolution.REFUND: "its money goes back by a refund: report that as paid instead",
    PaymentResolution.DISMISS: "it was dismissed as told twice",
}
_CLOSED = (OrderStatus.REFUSED, OrderStatus.CANCELLED, OrderStatus.EXPIRED)


@dataclass(frozen=True, slots=True)
class KnownPayment:
    """A payment as its row knows it."""

    status: PaymentStatus
    order_id: str
    """The order that it pays: where an operator moved it, another than the one that it was reported for."""
    method: PaymentMethod
    is_registered: bool
    """Whether it ever was, or became credit: one that waited for its order waits again once it is won back."""
    surplus_cents: int
    lacking_cents: int
    """What its order lacks where that is active: it was charged back."""
    chargebacks: int
    """How often it was charged back so far."""
    reason: str | None = None
    """How it was resolved, where it was."""

    @property
    def has_money(self) -> bool:
        """Tell whether its money stands somewhere here: with its order, as credit, or waiting for its order."""
        is_credit = self.status is PaymentStatus.RESOLVED and self.reason == PaymentResolution.TO_CREDIT
        return is_credit or self.status in (PaymentStatus.REGISTERED, PaymentStatus.HELD)


def charged_back(
    state: State, command: ChargeBack, known: KnownPayment | None, closed_as: OrderStatus | None, today: Today
) -> list[OrdersEvent] | Refusal:
    """Take a payment's money out of where it is; an empty list: it was charged back already.

    `closed_as` is the status of its order where that is not open any more.
    """
    if known is None:
        return _unknown(command)
    if known.status is PaymentStatus.CHARGED_BACK:
        return []
    if not known.has_money:
        why = _WITHOUT_MONEY.get(known.reason or "", "resolve it first")
        return Refusal("PAYMENT_NOT_REGISTERED", f"the payment {_name(command)} is {known.status}: {why}")
    order, surplus = state.order(known.order_id), known.surplus_cents
    if known.status is PaymentStatus.HELD:
        paid = surplus = 0
    elif order is None and closed_as in _CLOSED:
        paid, surplus = 0, command.amount_cents
    else:
        paid = command.amount_cents - surplus
    return [
        PaymentChargedBack(
            customer_id=command.customer_id,
            order_id=known.order_id,
            payment_source=command.payment_source,
            payment_id=command.payment_id,
            content_hash=command.content_hash,
            method=known.method,
            amount_cents=command.amount_cents,
            order_cents=paid,
            surplus_cents=surplus,
            was_settled=bool(paid) and (order is None or order.is_paid),
            charged_back_on=today.date,
            why=command.why,
            taken_at=today.instant,
        )
    ]


def won(
    state: State, command: WinChargeback, known: KnownPayment | None, closed_as: OrderStatus | None, today: Today
) -> list[OrdersEvent] | Refusal:
    """Put a payment's money back where it was; an empty list: it was won back already.

    Its order gets what it had paid of it, as far as that lacks it: what had been surplus, or an operator had made
    credit, may have been spent since. One that had waited for its order comes as if it came now.
    """
    if known is None:
        return _unknown(command)
    if known.status is not PaymentStatus.CHARGED_BACK:
        detail = f"the payment {_name(command)} is {known.status}, it was not charged back"
        return [] if known.chargebacks else Refusal("PAYMENT_NOT_CHARGED_BACK", detail)
    order = state.order(known.order_id)
    if not known.is_registered:
        return [_won(command, known, 0, 0, today), *received(state, _as_it_came(command, known), closed_as, today)]
    lacking = known.lacking_cents if order is None else order.outstanding_cents
    paid = min(command.amount_cents - known.surplus_cents, lacking)
    events: list[OrdersEvent] = [_won(command, known, paid, command.amount_cents - paid, today)]
    order = after(state, events).order(known.order_id)
    if order is not None and order.status is OrderStatus.PARTIALLY_PAID and not order.outstanding_cents:
        events.append(settled(OrderSettled, command.customer_id, order, today.date))
    return events


def _won(
    command: WinChargeback, known: KnownPayment, order_cents: int, surplus_cents: int, today: Today
) -> ChargebackWon:
    return ChargebackWon(
        customer_id=command.customer_id,
        order_id=known.order_id,
        payment_source=command.payment_source,
        payment_id=command.payment_id,
        content_hash=command.content_hash,
        method=known.method,
        amount_cents=command.amount_cents,
        order_cents=order_cents,
        surplus_cents=surplus_cents,
        won_on=today.date,
        why=command.why,
        taken_at=today.instant,
    )


def _as_it_came(command: WinChargeback, known: KnownPayment) -> ReceivePayment:
    return ReceivePayment(
        customer_id=command.customer_id,
        order_id=known.order_id,
        payment_source=command.payment_source,
        payment_id=command.payment_id,
        amount_cents=command.amount_cents,
        currency="EUR",
        method=known.method,
        received_at=None,
    )


def _unknown(command: ChargeBack) -> Refusal:
    what = f"no payment {_name(command)} of {command.amount_cents} cents for order {command.order_id}"
    return Refusal("PAYMENT_UNKNOWN", what, 404)


def _name(command: ChargeBack) -> str:
    return f"{command.payment_source}/{command.payment_id}"
