"""What does billing consume, decide, fold and keep? Its declaration."""

from collections.abc import Callable, Sequence
from typing import assert_never, cast

from runtime.edge import Edge
from runtime.overdue import overdue_first
from runtime.service import Deadline, Decided, Duplicate, Input, Known, Outcome, RowKey, Service
from schemas.billing import InputNoted, PaymentNoted
from schemas.catalogue import catalogue_on, catalogue_version
from schemas.ends import ServiceEnded, ServiceResumed, ServiceSuspended
from schemas.envelope import Event
from schemas.orders import OrderCancelled, OrderExpired, OrderPlaced
from schemas.payments import (
    ChargebackWon,
    MoneyDestination,
    PaymentChargedBack,
    PaymentRegistered,
    PaymentResolved,
    RefundReported,
)
from schemas.provisioning import (
    ExpiryAligned,
    OrderActivated,
    ServiceActivated,
    ServiceCancelled,
    ServiceEnteredGrace,
    ServiceTerminated,
)
from schemas.refusal import Refusal
from schemas.terms import business_date
from schemas.topics import BILLING_EVENTS, ORDERS_EVENTS, PROVISIONING_EVENTS
from schemas.vocabulary import PaymentResolution
from services.billing.domain import chargebacks, credit, ends, refunds, spending
from services.billing.domain.commands import RefundCredit
from services.billing.domain.model import Account, BillingEvent, CreditEvent, evolve
from services.billing.domain.ownership import ServiceChange, note
from services.billing.domain.pricing import price_order
from services.billing.projections.charges import CHARGES, Charges
from services.billing.projections.credit_entries import CREDIT_ENTRIES, CreditEntry, EntryKind, key_of
from services.billing.projections.deadlines import CREDIT_EXPIRY, DEADLINES
from services.billing.projections.services import SERVICES

CREDIT_EXPIRY_DUE = f"billing.{CREDIT_EXPIRY}"


def on_order_placed(order: OrderPlaced, account: Account, known: Known) -> Outcome:
    """Price the order, and pay it from credit where it says so: what had lapsed by its date is no credit any more."""

    def lapsed(account: Account, customer_id: str, known: Known) -> Sequence[Event]:
        found = spending.overdue(account, customer_id, order.ordered_on) if order.use_credit else []
        return [credit.entered(each, known.now) for each in found]

    return overdue_first(lapsed, evolve, _priced)(order, account, known)


def _priced(order: OrderPlaced, account: Account, known: Known, _: Sequence[Event]) -> Outcome:
    """Price the order from what it says and the catalogue version it froze."""
    try:
        catalogue = catalogue_version(order.catalogue_version)
    except KeyError as unknown:
        return Refusal("CATALOGUE_UNKNOWN", str(unknown.args[0]))
    priced = spending.pay(price_order(order, catalogue, business_date(known.now)), order, account)
    return Decided([_entered(event, known) for event in priced])


def on_payment_registered(payment: PaymentRegistered, _: Account, known: Known) -> Outcome:
    """Turn a surplus into credit; note any other payment."""
    granted = credit.of_payment(payment, catalogue_on(payment.registered_on).credit_months)
    if granted:
        return Decided([credit.entered(granted, known.now)])
    noted = PaymentNoted(
        customer_id=payment.customer_id,
        order_id=payment.order_id,
        payment_source=payment.payment_source,
        payment_id=payment.payment_id,
        amount_cents=payment.amount_cents,
    )
    return Decided([noted])


def on_order_closed(order: OrderCancelled | OrderExpired, account: Account, known: Known) -> Outcome:
    """Turn what had been paid on a closing order into credit, or pay it back; give back the credit that it had used.

    What comes back of a payment that was charged back meanwhile is taken back at once.
    """
    closed_on = order.closed_on if isinstance(order, OrderCancelled) else order.expired_on
    due = refunds.of_closed_order(order) if isinstance(order, OrderCancelled) else []
    granted = credit.of_closed_order(order, closed_on, catalogue_on(closed_on).credit_months)
    charges: Charges | None = known.rows.get((CHARGES.table, (order.order_id,)))
    returned = spending.give_back(order, charges.used_credit if charges is not None else (), closed_on)
    happened: list[BillingEvent] = [*returned, *due, *([granted] if granted else [])]
    for event in happened:
        account = evolve(account, event)
    happened += chargebacks.on_given_back(account, order.customer_id, closed_on) if returned else []
    return Decided([_entered(event, known) for event in happened] or [_noted(order, "nothing had been paid")])


def on_payment_resolved(payment: PaymentResolved, _: Account, known: Known) -> Outcome:
    """Turn a payment that waited in vain into credit, or pay it back; one that pays an order is registered apart."""
    match payment.action:
        case PaymentResolution.TO_CREDIT:
            months = catalogue_on(payment.resolved_on).credit_months
            return Decided([credit.entered(credit.of_resolved_payment(payment, months), known.now)])
        case PaymentResolution.REFUND:
            return Decided([refunds.of_resolved_payment(payment)])
        case PaymentResolution.ACCEPT | PaymentResolution.MOVE | PaymentResolution.DISMISS:
            return Decided([_noted(payment, "nothing of it is the customer's to get back")])
        case _:
            assert_never(payment.action)


def on_refund_reported(reported: RefundReported, account: Account, _: Known) -> Outcome:
    """Note that a refund was paid, once."""
    due = account.refunds.get(reported.refund_id)
    return Decided([refunds.paid(reported, due) if due is not None else _noted(reported, "it is not due any more")])


def on_order_activated(activated: OrderActivated, account: Account, known: Known) -> Outcome:
    """Note what it charged for each service; grant credit, once, where what it extended ran further (R18)."""
    charges: Charges | None = known.rows.get((CHARGES.table, (activated.order_id,)))
    moved_up = credit.moved_up(activated)
    if charges is None and moved_up:
        return Refusal("CHARGES_UNKNOWN", f"order {activated.order_id} was activated but never priced")
    if charges is None or any(paid.order_id == activated.order_id for paid in account.paid):
        return Decided([_noted(activated, "nothing was charged, or it is noted already")])
    happened: list[Event] = [ends.charges_noted(activated, charges.lines, charges.extensions, charges.vat_percent)]
    if moved_up and known.rows.get(_granted(activated)) is None:
        months = catalogue_on(activated.activated_on).credit_months
        net, vat_percent = charges.net_cents, charges.vat_percent
        granted = credit.of_moved_services(activated, charges.extensions, net, vat_percent, months)
        happened += [granted] if granted else []
    return Decided([_entered(event, known) for event in happened])


def on_service_ended(ended: ServiceEnded, account: Account, known: Known) -> Outcome:
    """Give back what of an ended service is unused and paid: as credit, or as a refund that is due."""
    owed = ends.owed(ended, account)
    if not owed.gross_cents:
        return Decided([_noted(ended, owed.explanation)])
    if ended.money is MoneyDestination.TO_REFUND:
        return Decided(ends.refunds(ended, owed))
    months = catalogue_on(ended.ended_on).credit_months
    return Decided([credit.entered(ends.granted(ended, owed, business_date(known.now), months), known.now)])


def on_charged_back(event: PaymentChargedBack, account: Account, known: Known) -> Outcome:
    """Take back what is unspent of the credit that a charged-back payment had given."""
    return Decided([_entered(each, known) for each in chargebacks.on_charged_back(account, event)])


def on_chargeback_won(event: ChargebackWon, account: Account, known: Known) -> Outcome:
    """Give again the credit that a payment gives which was won back."""
    months = catalogue_on(event.won_on).credit_months
    return Decided([_entered(each, known) for each in chargebacks.on_won(account, event, months)])


def on_service_changed(change: ServiceChange, account: Account, _: Known) -> Outcome:
    """Note what a service is now."""
    return Decided([note(change, account)])


def on_credit_expiry(due: Deadline, account: Account, known: Known) -> Outcome:
    """Expire credit that still stands at its deadline."""
    standing = account.credits.get(due.key)
    if standing is None:
        return Duplicate()
    return Decided([credit.entered(credit.expire(due.customer_id, due.key, standing), known.now)])


def refund_credit(command: RefundCredit, account: Account, known: Known) -> Outcome:
    """Let a credit's refund be due, unless it has ended; an overdue deadline counts though its timer has not fired."""
    paid_back: CreditEntry | None = known.rows.get(_refund_of(command)[0])
    if paid_back is not None and paid_back.customer_id == command.customer_id:
        return Duplicate()
    standing = account.credits.get(command.credit_id)
    if standing is None or known.now >= credit.lapses_at(standing.expires_on):
        return Refusal("CREDIT_NOT_AVAILABLE", f"credit {command.credit_id} is unknown or expired")
    today = business_date(known.now)
    refunded = credit.refund(command.customer_id, command.credit_id, standing, today, command.why)
    return Decided([credit.entered(refunded, known.now), refunds.of_credit(refunded, standing)])


def _entered(event: Event, known: Known) -> Event:
    return credit.entered(event, known.now) if isinstance(event, CreditEvent) else event


def _noted(
    cause: OrderCancelled | OrderExpired | OrderActivated | PaymentResolved | RefundReported | ServiceEnded, why: str
) -> InputNoted:
    order_id = None if isinstance(cause, ServiceEnded) else cause.order_id
    return InputNoted(customer_id=cause.customer_id, order_id=order_id, input_type=cause.EVENT_TYPE, note=why)


def _refund_of(command: RefundCredit) -> Sequence[RowKey]:
    return ((CREDIT_ENTRIES.table, key_of(command.credit_id, EntryKind.REFUNDED)),)


def _charges_of(order: OrderCancelled | OrderExpired) -> Sequence[RowKey]:
    return ((CHARGES.table, (order.order_id,)),)


def _charges_and_credit_of(activated: OrderActivated) -> Sequence[RowKey]:
    return (CHARGES.table, (activated.order_id,)), _granted(activated)


def _granted(activated: OrderActivated) -> RowKey:
    return (CREDIT_ENTRIES.table, key_of(credit.moved_services_id(activated.order_id), EntryKind.GRANTED))


INPUTS = (
    Input(OrderPlaced.EVENT_TYPE, on_order_placed),
    Input(PaymentRegistered.EVENT_TYPE, on_payment_registered),
    Input(PaymentResolved.EVENT_TYPE, on_payment_resolved),
    Input(RefundReported.EVENT_TYPE, on_refund_reported),
    Input(OrderCancelled.EVENT_TYPE, on_order_closed, rows=_charges_of),
    Input(OrderExpired.EVENT_TYPE, on_order_closed, rows=_charges_of),
    Input(OrderActivated.EVENT_TYPE, on_order_activated, rows=_charges_and_credit_of),
    Input(ServiceActivated.EVENT_TYPE, on_service_changed),
    Input(ExpiryAligned.EVENT_TYPE, on_service_changed),
    Input(ServiceEnteredGrace.EVENT_TYPE, on_service_changed),
    Input(ServiceTerminated.EVENT_TYPE, on_service_changed),
    Input(ServiceCancelled.EVENT_TYPE, on_service_changed),
    Input(ServiceSuspended.EVENT_TYPE, on_service_changed),
    Input(ServiceResumed.EVENT_TYPE, on_service_changed),
    Input(ServiceEnded.EVENT_TYPE, on_service_ended),
    Input(PaymentChargedBack.EVENT_TYPE, on_charged_back),
    Input(ChargebackWon.EVENT_TYPE, on_chargeback_won),
    Input(CREDIT_EXPIRY_DUE, on_credit_expiry),
    Input(RefundCredit.TYPE, refund_credit, rows=_refund_of),
)


def declare(edge: Edge | None = None) -> Service:
    """Declare billing; it needs nothing from the edge, since it opens and seals nothing."""
    return Service(
        name="billing",
        topic=BILLING_EVENTS,
        fold_version=1,
        state=Account,
        initial=Account,
        evolve=cast(Callable[[Account, Event], Account], evolve),
        inputs=INPUTS,
        projections=(CHARGES, CREDIT_ENTRIES, SERVICES, DEADLINES),
        neighbours=(ORDERS_EVENTS, PROVISIONING_EVENTS),
    )
