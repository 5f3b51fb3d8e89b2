"""What follows in orders from what billing and provisioning say? Prices, closings, holds, and services noted."""

from datetime import date

from schemas import billing, provisioning
from schemas.ends import ServiceResumed, ServiceSuspended
from schemas.envelope import Event
from schemas.orders import InputNoted, OrderActivationNoted, OrderHeld, OrderPriceNoted, OrderSettled, ServiceNoted
from schemas.payments import RefundNoted
from schemas.vocabulary import CloseReason, OrderStatus, ServiceStatus
from services.orders.domain.closing import TO_CREDIT, cancelled
from services.orders.domain.commands import Today
from services.orders.domain.model import OrdersEvent, State
from services.orders.domain.order import Owned
from services.orders.domain.payments import after, registered_in_turn
from services.orders.domain.settlement import settled

_Limited = (
    provisioning.ServiceEnteredGrace
    | provisioning.ServiceTerminated
    | provisioning.ServiceCancelled
    | ServiceSuspended
    | ServiceResumed
)


def on_order_priced(state: State, event: billing.OrderPriced, today: Today) -> list[OrdersEvent]:
    """Note what is due, and register what waited for it (R27).

    An order that was promised for less closes; one that costs nothing, or that credit pays, is settled (R22, R41).
    """
    order = state.order(event.order_id)
    if order is None or order.status is not OrderStatus.AWAITING_PRICE:
        return [_noted(event, event.order_id, "no open order waits for this price")]
    happened: list[OrdersEvent] = [
        OrderPriceNoted(
            customer_id=event.customer_id,
            order_id=event.order_id,
            lines=event.lines,
            extensions=event.extensions,
            net_cents=event.net_cents,
            vat_cents=event.vat_cents,
            total_cents=event.total_cents,
            credit_cents=event.credit_cents,
            payable_until=order.payable_until,
            catalogue_version=event.catalogue_version,
        )
    ]
    state = after(state, happened)
    priced = state.order(event.order_id)
    assert priced is not None, "a noted price leaves the order open"  # noqa: S101
    if order.expected_total_cents is not None and order.expected_total_cents < event.total_cents:
        return happened + cancelled(state, event.customer_id, priced, CloseReason.PRICE_CHANGED, today)
    if priced.outstanding_cents == 0:
        happened.append(settled(OrderSettled, event.customer_id, priced, today.date))
        state = after(state, happened[-1:])
    return happened + registered_in_turn(state, event.customer_id, event.order_id, today)


def on_pricing_refused(state: State, event: billing.PricingRefused, today: Today) -> list[OrdersEvent]:
    """Close an order that has no price."""
    order = state.order(event.order_id)
    if order is None or order.status is not OrderStatus.AWAITING_PRICE:
        return [_noted(event, event.order_id, "no open order waits for a price")]
    return cancelled(state, event.customer_id, order, CloseReason.NOT_PRICEABLE, today)


def on_order_activated(state: State, event: provisioning.OrderActivated, _: Today) -> list[OrdersEvent]:
    """Note that an order's work is done."""
    order = state.order(event.order_id)
    if order is None or not order.is_paid:
        return [_noted(event, event.order_id, "no settled order")]
    noted = OrderActivationNoted(customer_id=event.customer_id, order_id=event.order_id, expiries=event.expiries)
    return [noted]


def on_activation_held(state: State, event: provisioning.ActivationHeld, today: Today) -> list[OrdersEvent]:
    """Hold an order for an operator, or close it where the rules say so (R18)."""
    order = state.order(event.order_id)
    if order is None or not order.is_paid:
        return [_noted(event, event.order_id, "no settled order")]
    if event.closes is not None:
        return cancelled(state, event.customer_id, order, event.closes, today, order.closing or TO_CREDIT)
    if event.reason is None:
        return [_noted(event, event.order_id, "held for no reason")]
    return [OrderHeld(customer_id=event.customer_id, order_id=event.order_id, reason=event.reason, detail=event.detail)]


def on_refund_due(_: State, event: billing.RefundDue, __: Today) -> list[OrdersEvent]:
    """Note a refund, for the operators who pay it (R29)."""
    return [
        RefundNoted(
            customer_id=event.customer_id,
            refund_id=event.refund_id,
            order_id=event.order_id,
            amount_cents=event.amount_cents,
            payment_source=event.payment_source,
            payment_id=event.payment_id,
            method=event.method,
            reason=event.reason,
            explanation=event.explanation,
            due_on=event.due_on,
        )
    ]


def on_service_activated(state: State, event: provisioning.ServiceActivated, _: Today) -> list[OrdersEvent]:
    """Note a service: a base, to which its tax identifier now belongs (R9), or an add-on and the base it moved."""
    noted: list[OrdersEvent] = [
        ServiceNoted(
            customer_id=event.customer_id,
            order_id=event.order_id,
            product=event.product,
            kind=event.kind,
            family=event.family,
            status=ServiceStatus.ACTIVE,
            expires_on=event.expires_on,
            anchor_on=event.anchor_on,
            buyer_kind=event.buyer_kind,
            tax_identifier_hash=event.tax_identifier_hash,
        )
    ]
    base = state.service(event.requires) if event.requires is not None else None
    if event.base_expires_on is not None and base is not None and base.expires_on != event.base_expires_on:
        moved = _status_after_move(base.status)
        noted.append(_known(base, event, event.order_id, moved, event.base_expires_on, base.anchor_on))
    return noted


def on_expiry_aligned(state: State, event: provisioning.ExpiryAligned, _: Today) -> list[OrdersEvent]:
    """Note a service's new expiry."""
    known = state.service(event.product)
    if known is None:
        return [_noted(event, event.order_id, "no such service is known")]
    moved = _status_after_move(known.status)
    return [_known(known, event, event.order_id, moved, event.new_expiry, event.anchor_on)]


def on_service_entered_grace(state: State, event: provisioning.ServiceEnteredGrace, _: Today) -> list[OrdersEvent]:
    """Note that a service is limited until renewed; a suspended one stays so."""
    known = state.service(event.product)
    is_suspended = known is not None and known.status is ServiceStatus.SUSPENDED
    status = ServiceStatus.SUSPENDED if is_suspended else ServiceStatus.GRACE
    return [_limited(state, event, status, event.expires_on)]


def on_service_suspended(state: State, event: ServiceSuspended, _: Today) -> list[OrdersEvent]:
    """Note that a service is limited, since its money was charged back; a base keeps its tax identifier."""
    return [_limited(state, event, ServiceStatus.SUSPENDED, event.expires_on)]


def on_service_resumed(state: State, event: ServiceResumed, _: Today) -> list[OrdersEvent]:
    """Note that a suspended service goes on."""
    return [_limited(state, event, event.status, event.expires_on)]


def on_service_terminated(state: State, event: provisioning.ServiceTerminated, _: Today) -> list[OrdersEvent]:
    """Note that a service ended; a base frees its tax identifier (R9)."""
    return [_limited(state, event, ServiceStatus.TERMINATED, event.expires_on)]


def on_service_cancelled(state: State, event: provisioning.ServiceCancelled, _: Today) -> list[OrdersEvent]:
    """Note that a service was cancelled and when it lapses (R30)."""
    return [_limited(state, event, event.status, event.lapses_on)]


def _limited(state: State, event: _Limited, status: ServiceStatus, expires_on: date) -> OrdersEvent:
    known = state.service(event.product)
    if known is None:
        return _noted(event, None, "no such service is known")
    ended_by = known.activated_by if status is ServiceStatus.TERMINATED else None
    return _known(known, event, ended_by, status, expires_on, known.anchor_on)


def _known(
    known: Owned, event: Event, order_id: str | None, status: ServiceStatus, expires_on: date, anchor_on: date | None
) -> ServiceNoted:
    """Note a service again; a base says which tax identifier it holds, and for which order (R9)."""
    is_holding = known.tax_identifier_hash is not None
    return ServiceNoted(
        customer_id=event.customer_id,
        order_id=order_id,
        product=known.product,
        kind=known.kind,
        family=known.family,
        status=status,
        expires_on=expires_on,
        anchor_on=anchor_on,
        buyer_kind=known.buyer_kind,
        tax_identifier_hash=known.tax_identifier_hash,
        held_by=known.activated_by if is_holding else None,
    )


def _status_after_move(status: ServiceStatus) -> ServiceStatus:
    # A moved expiry ends the grace; whether the new date is over already follows from dates (cases.status_on).
    return ServiceStatus.ACTIVE if status is ServiceStatus.GRACE else status


def _noted(event: Event, order_id: str | None, note: str) -> InputNoted:
    return InputNoted(customer_id=event.customer_id, order_id=order_id, input_type=event.EVENT_TYPE, note=note)
