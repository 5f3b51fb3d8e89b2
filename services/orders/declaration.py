"""What does orders consume, decide, fold and keep? Its declaration."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, cast

from runtime.edge import Edge
from runtime.overdue import overdue_first
from runtime.service import (
    Claim,
    ClaimKey,
    Deadline,
    Decided,
    Duplicate,
    Handle,
    Input,
    Known,
    Outcome,
    RowKey,
    Service,
)
from schemas import billing, provisioning
from schemas.cart import refused_years
from schemas.catalogue import Catalogue, catalogue_on
from schemas.ends import ServiceResumed, ServiceSuspended
from schemas.envelope import Event
from schemas.orders import InputNoted
from schemas.refusal import Refusal
from schemas.terms import business_date
from schemas.topics import (
    BILLING_EVENTS,
    ORDERS_EVENTS,
    PROVISIONING_EVENTS,
    STOREFRONT_INTAKE,
    STOREFRONT_REJECTIONS,
)
from schemas.vocabulary import PaymentConflictReason
from services.orders import operators
from services.orders.domain import automatic, decisions, reactions
from services.orders.domain.closing import overdue
from services.orders.domain.commands import (
    CancelOrder,
    ChargeBack,
    ClearTheWay,
    CloseOrder,
    ErasePersonalData,
    ReceivePayment,
    ReleaseOrder,
    ReportRefund,
    ResolvePayment,
    ReviewPayment,
    Submission,
    SubmitOrder,
    Today,
    WinChargeback,
)
from services.orders.domain.customers import described
from services.orders.domain.model import OrdersEvent, State, evolve
from services.orders.domain.payments import conflicted, received, waits
from services.orders.intake import erasing, finding_the_order, from_intake, preparing, rehearsing_erasure
from services.orders.operators import Closed, ended, outcome
from services.orders.projections.claims import (
    CLAIMS,
    IDEMPOTENCY_KEY,
    ORDER_ID,
    bases_elsewhere,
    claim_of_service,
    claims_of_order,
    claims_of_payment,
    conflict_of,
    payment_key,
)
from services.orders.projections.deadlines import AUTOMATIC_RENEWAL_INPUT, DEADLINES, PAYMENT_OVERDUE_INPUT, base_of
from services.orders.projections.orders import ORDERS
from services.orders.projections.payments import PAYMENTS
from services.orders.projections.refunds import REFUNDS

Step = Callable[[Any, State, Known, Today, Closed], Outcome]


def submit(command: SubmitOrder, state: State, known: Known, today: Today, _: Closed) -> Outcome:
    """Place or refuse an order, unless it came before or its id is taken."""
    earlier = _holder(known, (IDEMPOTENCY_KEY, command.idempotency_key))
    taken = _holder(known, (ORDER_ID, command.order_id))
    if earlier is not None:
        if earlier.content == command.body_hash:
            return Duplicate()
        return Refusal("IDEMPOTENCY_CONFLICT", "this idempotency key was used with another body", differs=True)
    if taken is not None:
        # Intake has no idempotency keys: there the order itself tells that it came before.
        if command.is_from_intake and taken.content == command.body_hash:
            return Duplicate()
        return Refusal("ORDER_ID_TAKEN", f"the order id {command.order_id} is taken", differs=True)
    catalogue = catalogue_on(today.date)
    ready = ready_to_judge(command, state, today, catalogue)
    if isinstance(ready, Refusal):
        return ready
    elsewhere = bases_elsewhere(ready, known.claims, today, catalogue)
    return Decided(decisions.submitted(state, ready, elsewhere, today, catalogue))


def receive(payment: ReceivePayment, state: State, known: Known, today: Today, closed: Closed) -> Outcome:
    """Register, hold or set against each other what is reported of a payment."""
    seen = _holder(known, payment_key(payment.payment_source, payment.payment_id))
    if seen is not None:
        if seen.content == payment.content_hash or _holder(known, conflict_of(payment)) is not None:
            return Duplicate()
        return Decided([conflicted(payment, PaymentConflictReason.CONTENT_DIFFERS, today)])
    if decisions.is_ahead(payment.received_at, today):
        return ahead("received_at")
    owner = _holder(known, (ORDER_ID, payment.order_id))
    if owner is not None and owner.customer_id != payment.customer_id:
        return Decided([conflicted(payment, PaymentConflictReason.CUSTOMER_DIFFERS, today)])
    how = ended(known, closed, payment.order_id, payment.customer_id)
    return Decided(received(state, payment, how[0] if how else None, today))


def review(payment: ReceivePayment, state: State, known: Known, today: Today, _: Closed) -> Outcome:
    """Set a held payment against the customer of its order, who came after it (R25, R27)."""
    owner = _holder(known, (ORDER_ID, payment.order_id))
    if owner is None or owner.customer_id == payment.customer_id or not waits(state, payment):
        return Duplicate()
    return Decided([conflicted(payment, PaymentConflictReason.CUSTOMER_DIFFERS, today)])


def cancel(command: CancelOrder, state: State, known: Known, today: Today, closed: Closed) -> Outcome:
    """Cancel an order at its customer's request."""
    how = ended(known, closed, command.order_id, command.customer_id)
    return outcome(decisions.cancellation(state, command, how, today))


def on_payment_overdue(due: Deadline, state: State, known: Known) -> Outcome:
    """Close what is overdue; note a deadline that nothing hangs from any more, so that it goes."""
    today = _today(known)
    order = state.order(due.key)
    happened = overdue(state, due.customer_id, today)
    if order is not None and state.is_overdue(order, today.date):
        return Decided(happened)
    if order is not None and not order.is_paid and not order.is_overdue(today.date):
        return Duplicate()  # the clock was set back since it fired: it will be due again
    note = "nothing was overdue" if order is None or order.is_paid else "it was paid, and waits for its price"
    noted = InputNoted(customer_id=due.customer_id, order_id=due.key, input_type=PAYMENT_OVERDUE_INPUT, note=note)
    return Decided([*happened, noted])


def choose_renewal(
    command: automatic.SetAutomaticRenewal, state: State, known: Known, today: Today, closed: Closed
) -> Outcome:
    """Note whether a base renews by itself."""
    return outcome(automatic.choice(state, command, today, catalogue_on(today.date)))


def on_automatic_renewal(deadline: Deadline, state: State, known: Known) -> Outcome:
    """Place the order of a renewal that is due, or tell that it was not paid (R43)."""
    today, product = _today(known), base_of(deadline)
    catalogue = catalogue_on(today.date)
    was_placed = any(_holder(known, claim) is not None for claim in _claims_of_renewal(deadline))
    happened = automatic.due(
        state, deadline.customer_id, product, deadline.due_at, today, catalogue, was_placed=was_placed
    )
    return outcome(happened)


def _dated(step: Step) -> Handle:
    """Apply overdue deadlines before the input that meets them (R21)."""
    return overdue_first(
        lambda state, customer_id, known: overdue(state, customer_id, _today(known)),
        evolve,
        lambda data, state, known, closed: step(data, state, known, _today(known), closed),
    )


def _reaction(react: Callable[[State, Any, Today], list[OrdersEvent]]) -> Handle:
    """React to a neighbour; what is overdue waits for its deadline: an unread payment may have come in time."""

    def handle(event: Event, state: State, known: Known) -> Outcome:
        today = _today(known)
        happened = react(state, event, today)
        return Decided(automatic.with_what_follows(state, event, happened, catalogue_on(today.date)))

    return handle


def _chargebacks(edge: Edge | None) -> tuple[Input, ...]:
    rows = _payment_and_order_rows
    find_order = finding_the_order(edge) if edge is not None else None
    return (
        Input(ChargeBack.TYPE, _dated(operators.charge_back), rows=rows, prepare=find_order),
        Input(WinChargeback.TYPE, _dated(operators.win_chargeback), rows=rows),
    )


def _inputs(edge: Edge | None) -> tuple[Input, ...]:
    prepare = preparing(edge.keyring, edge.clock, edge.state) if edge is not None else None
    return (
        Input(Submission.TYPE, _dated(submit), claims=claims_of_order, prepare=prepare),
        Input(ReceivePayment.TYPE, _dated(receive), claims=claims_of_payment, rows=_order_row),
        Input(CancelOrder.TYPE, _dated(cancel), rows=_order_row),
        Input(ReleaseOrder.TYPE, _dated(operators.release), rows=_order_row),
        Input(CloseOrder.TYPE, _dated(operators.close), rows=_order_row),
        Input(ResolvePayment.TYPE, _dated(operators.resolve), rows=_payment_and_order_rows),
        Input(ReportRefund.TYPE, _dated(operators.report_refund), rows=_refund_row),
        *_chargebacks(edge),
        Input(ClearTheWay.TYPE, _dated(operators.clear)),
        Input(
            ErasePersonalData.TYPE,
            _dated(operators.erase),
            prepare=erasing(edge.keyring) if edge is not None else None,
            rehearse=rehearsing_erasure(edge.keyring) if edge is not None else None,
        ),
        Input(ReviewPayment.TYPE, _dated(review), claims=claims_of_payment),
        Input(PAYMENT_OVERDUE_INPUT, on_payment_overdue),
        Input(automatic.SetAutomaticRenewal.TYPE, _dated(choose_renewal)),
        Input(AUTOMATIC_RENEWAL_INPUT, on_automatic_renewal, claims=_claims_of_renewal),
        Input(billing.OrderPriced.EVENT_TYPE, _reaction(reactions.on_order_priced)),
        Input(billing.PricingRefused.EVENT_TYPE, _reaction(reactions.on_pricing_refused)),
        Input(billing.RefundDue.EVENT_TYPE, _reaction(reactions.on_refund_due)),
        Input(
            provisioning.ServiceActivated.EVENT_TYPE,
            _reaction(reactions.on_service_activated),
            claims=claim_of_service,
        ),
        Input(provisioning.ExpiryAligned.EVENT_TYPE, _reaction(reactions.on_expiry_aligned)),
        Input(provisioning.OrderActivated.EVENT_TYPE, _reaction(reactions.on_order_activated)),
        Input(provisioning.ActivationHeld.EVENT_TYPE, _reaction(reactions.on_activation_held)),
        Input(provisioning.ServiceEnteredGrace.EVENT_TYPE, _reaction(reactions.on_service_entered_grace)),
        Input(provisioning.ServiceTerminated.EVENT_TYPE, _reaction(reactions.on_service_terminated)),
        Input(provisioning.ServiceCancelled.EVENT_TYPE, _reaction(reactions.on_service_cancelled)),
        Input(ServiceSuspended.EVENT_TYPE, _reaction(reactions.on_service_suspended)),
        Input(ServiceResumed.EVENT_TYPE, _reaction(reactions.on_service_resumed)),
    )


def _order_row(command: ReceivePayment | CancelOrder | ReleaseOrder | CloseOrder) -> Iterable[RowKey]:
    return [(ORDERS.table, (command.order_id,))]


def _payment_and_order_rows(command: ResolvePayment | ChargeBack) -> Iterable[RowKey]:
    return [
        (PAYMENTS.table, operators.payment_of(command)),
        (ORDERS.table, (operators.target_of(command),)),
    ]


def _refund_row(command: ReportRefund) -> Iterable[RowKey]:
    return [(REFUNDS.table, (command.refund_id,))]


def _claims_of_renewal(due: Deadline) -> Iterable[ClaimKey]:
    order_id = automatic.order_id_of(due.customer_id, base_of(due), due.due_at)
    return [(ORDER_ID, order_id), (IDEMPOTENCY_KEY, order_id)]


def _claims(known: Known, key: ClaimKey) -> Sequence[Claim]:
    return known.claims.get(key, ())


def _holder(known: Known, key: ClaimKey) -> Claim | None:
    return next(iter(_claims(known, key)), None)


def ready_to_judge(command: SubmitOrder, state: State, today: Today, catalogue: Catalogue) -> SubmitOrder | Refusal:
    """Say who orders, where the account must; refuse what no rule needs to judge, which stores nothing (R8)."""
    if decisions.is_ahead(command.submitted_at, today):
        return ahead("submitted_at")
    return refused_years(command.lines, catalogue) or described(command, state.on_record)


def ahead(field: str) -> Refusal:
    """Refuse an instant from outside that lies too far in the future (R1)."""
    return Refusal("INVALID_REQUEST", f"{field} lies more than 5 minutes in the future", 422)


def _today(known: Known) -> Today:
    return Today(known.now, business_date(known.now))


def declare(edge: Edge | None = None) -> Service:
    """Declare orders; without an edge it can replay and decide, but prepares nothing."""
    return Service(
        name="orders",
        topic=ORDERS_EVENTS,
        fold_version=1,
        state=State,
        initial=State,
        evolve=cast(Callable[[State, Event], State], evolve),
        inputs=_inputs(edge),
        projections=(ORDERS, PAYMENTS, REFUNDS, CLAIMS, DEADLINES),
        neighbours=(BILLING_EVENTS, PROVISIONING_EVENTS),
        intake=STOREFRONT_INTAKE,
        from_intake=from_intake,
        rejections_to=STOREFRONT_REJECTIONS,
    )
