"""How do operators speak to orders over HTTP? They end what waits, pay back, and erase."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query, Response

from runtime.edge import Edge
from runtime.web import DryRun, Paged, Problem, WrittenAnswer, operator_key, raise_if_refused, rehearsed, written
from schemas.storefront import Id
from schemas.vocabulary import OrderStatus, PaymentStatus
from services.orders.adapters import operator_bodies as bodies
from services.orders.adapters.answers import OLDEST_FIRST, order_answer, order_row
from services.orders.adapters.bodies import OrdersAnswer
from services.orders.adapters.chargebacks import add_chargebacks
from services.orders.adapters.review import is_overdue
from services.orders.domain.commands import (
    ClearTheWay,
    CloseOrder,
    ErasePersonalData,
    ReleaseOrder,
    ReportRefund,
    ResolvePayment,
)
from services.orders.domain.model import State
from services.orders.domain.resolving import may_end
from services.orders.operators import WAITING
from services.orders.projections.orders import ORDERS
from services.orders.projections.payments import PAYMENTS, PaymentRow
from services.orders.projections.refunds import REFUNDS, RefundRow, RefundStatus

Named = Annotated[Id, Path()]
Waits = Literal["HELD", "CONFLICTED"]
_RESOLUTION: dict[int | str, dict[str, Any]] = {
    404: {"description": "PAYMENT_UNKNOWN or ORDER_UNKNOWN."},
    409: {
        "description": "PAYMENT_NOT_WAITING, PAYMENT_AMBIGUOUS, RESOLUTION_NOT_POSSIBLE, ORDER_OF_ANOTHER_CUSTOMER or "
        "ORDER_NOT_PAYABLE."
    },
}


def add_operators(routes: APIRouter, edge: Edge) -> None:
    """Add what operators may do."""
    _add_orders(routes, edge)
    _add_payments(routes, edge)
    add_chargebacks(routes, edge)
    _add_refunds(routes, edge)
    _add_erasure(routes, edge)


def _add_orders(routes: APIRouter, edge: Edge) -> None:
    guarded = [Depends(operator_key)]

    @routes.get("/operator/orders", dependencies=guarded)
    async def list_orders_of_status(
        page: Paged,
        status: Annotated[OrderStatus, Query(description="Those of this status.")] = OrderStatus.HELD,
    ) -> OrdersAnswer:
        """List the orders of a status, oldest first."""
        rows, on = await page.of(edge, ORDERS, {"status": status}, OLDEST_FIRST)
        return OrdersAnswer(orders=[await order_answer(edge, row) for row in rows], next=on)

    @routes.post(
        "/operator/orders/{order_id}/release",
        dependencies=guarded,
        responses={404: {"description": "ORDER_UNKNOWN."}, 409: {"description": "ORDER_NOT_HELD."}},
    )
    async def release_order(
        order_id: Named, body: bodies.ReleaseBody, response: Response, dry_run: DryRun = False
    ) -> WrittenAnswer:
        """Let provisioning try an order again that is held, or settled and not yet active."""
        row = await order_row(edge, order_id)
        command = ReleaseOrder(row.customer_id, order_id, row.holds, body.why)
        return await written(edge, command, response, dry_run=dry_run)

    @routes.post(
        "/operator/orders/{order_id}/closure",
        dependencies=guarded,
        responses={404: {"description": "ORDER_UNKNOWN."}, 409: {"description": "ORDER_NOT_CLOSABLE."}},
    )
    async def close_order(
        order_id: Named, body: bodies.ClosureBody, response: Response, dry_run: DryRun = False
    ) -> WrittenAnswer:
        """Close an order that is held, or settled and not yet active; what was paid becomes credit or is paid back.

        A held one is closed at once. Of a settled one provisioning says first whether it is active already.
        """
        row = await order_row(edge, order_id)
        command = CloseOrder(row.customer_id, order_id, row.holds, body.money, body.why)
        return await written(edge, command, response, dry_run=dry_run)


def _add_payments(routes: APIRouter, edge: Edge) -> None:
    guarded = [Depends(operator_key)]

    @routes.get("/operator/payments", dependencies=guarded)
    async def list_waiting_payments(
        page: Paged,
        status: Annotated[Waits | None, Query(description="Both kinds that wait, where left out.")] = None,
    ) -> bodies.QuestionedPaymentsAnswer:
        """List payments that wait, oldest first: for their order or price, or for an operator's word."""
        statuses = [PaymentStatus(status)] if status else list(WAITING)
        rows, on = await page.of(edge, PAYMENTS, {"status": statuses}, ("taken_at", *PAYMENTS.key))
        return bodies.QuestionedPaymentsAnswer(payments=[_questioned(edge, row) for row in rows], next=on)

    @routes.post(
        "/operator/payments/{payment_source}/{payment_id}/resolution", dependencies=guarded, responses=_RESOLUTION
    )
    async def resolve_payment(
        payment_source: Named,
        payment_id: Named,
        body: bodies.ResolutionBody,
        response: Response,
        dry_run: DryRun = False,
    ) -> WrittenAnswer:
        """End the wait of a payment.

        One that is held is moved to an order of its customer, paid back, or becomes credit. One in conflict is accepted
        as a payment of its own, moved, paid back, or dismissed: reported twice.
        """
        row = await _waiting_payment(edge, (payment_source, payment_id), body)
        command = ResolvePayment(
            row.customer_id,
            payment_source,
            payment_id,
            row.content_hash,
            body.action,
            body.why,
            body.order_id,
            row.order_id,
        )
        return await written(edge, command, response, dry_run=dry_run)


async def _waiting_payment(edge: Edge, identity: tuple[str, str], body: bodies.ResolutionBody) -> PaymentRow:
    """Find the payment that waits; under one identity several contents may."""
    named = "/".join(identity)
    known: list[PaymentRow] = await edge.rows(PAYMENTS, {"payment_source": identity[0], "payment_id": identity[1]})
    if body.content_hash is not None:
        known = [row for row in known if row.content_hash == body.content_hash]
    if not known:
        raise Problem(404, "PAYMENT_UNKNOWN", f"no payment {named}")
    waiting = [row for row in known if row.status in WAITING]
    if not waiting:
        how = ", ".join(f"{row.status}{f': {row.reason}' if row.reason else ''}" for row in known)
        raise Problem(409, "PAYMENT_NOT_WAITING", f"the payment {named} does not wait any more ({how})")
    fitting = [row for row in waiting if may_end(body.action, is_conflicted=row.status == PaymentStatus.CONFLICTED)]
    if len(fitting) > 1:
        which = ", ".join(
            f"{row.content_hash} ({row.status}, {row.amount_cents} for {row.order_id})" for row in fitting
        )
        raise Problem(409, "PAYMENT_AMBIGUOUS", f"several payments wait as {named}; name one by content_hash: {which}")
    return fitting[0] if fitting else waiting[0]


def _add_refunds(routes: APIRouter, edge: Edge) -> None:
    guarded = [Depends(operator_key)]

    @routes.get("/operator/refunds", dependencies=guarded)
    async def list_refunds(
        page: Paged,
        status: Annotated[RefundStatus, Query(description="Those still due, or those paid.")] = RefundStatus.DUE,
    ) -> bodies.RefundsAnswer:
        """List what is to be paid back, or was, oldest first."""
        rows, on = await page.of(edge, REFUNDS, {"status": status}, ("due_on", "refund_id"))
        return bodies.RefundsAnswer(refunds=[bodies.RefundAnswer.model_validate(row) for row in rows], next=on)

    @routes.post(
        "/operator/refunds/{refund_id}/paid",
        dependencies=guarded,
        responses={404: {"description": "REFUND_UNKNOWN."}},
    )
    async def report_refund_paid(
        refund_id: Named, response: Response, body: bodies.RefundPaidBody | None = None, dry_run: DryRun = False
    ) -> bodies.RefundAnswer | WrittenAnswer:
        """Report that a refund was paid; reported again, the answer is the same."""
        row = await _refund(edge, refund_id)
        transfer = body or bodies.RefundPaidBody()
        done = await written(
            edge, ReportRefund(row.customer_id, refund_id, transfer.reference, transfer.why), response, dry_run=dry_run
        )
        return done if dry_run else bodies.RefundAnswer.model_validate(await _refund(edge, refund_id))


async def _refund(edge: Edge, refund_id: str) -> RefundRow:
    row: RefundRow | None = await edge.row(REFUNDS, (refund_id,))
    if row is None:
        raise Problem(404, "REFUND_UNKNOWN", f"no refund {refund_id}")
    return row


def _add_erasure(routes: APIRouter, edge: Edge) -> None:
    @routes.post(
        "/operator/customers/{customer_id}/erasure",
        dependencies=[Depends(operator_key)],
        responses={
            202: {"description": "Erased; the event is on its way into the log.", "model": bodies.ErasureAnswer},
            404: {"description": "CUSTOMER_UNKNOWN."},
            409: {"description": "ERASURE_NOT_POSSIBLE: an order is open or a service lives; `detail` names them."},
            503: {"description": "ACCOUNT_PARKED."},
        },
    )
    async def erase_personal_data(
        customer_id: Named, body: bodies.ErasureBody, response: Response, dry_run: DryRun = False
    ) -> bodies.ErasureAnswer | WrittenAnswer:
        """Delete a customer's key, for good: nobody can read their personal data any more, in whichever copy."""
        # Judged before the key is touched; a crash from here on leaves nothing that asking again does not finish.
        way, erasure = await _way(edge, customer_id, body), ErasePersonalData(customer_id, body.why)
        if dry_run:
            return await rehearsed(edge, response, way, erasure)
        raise_if_refused((await edge.submit(way)).outcome)
        submitted = await edge.submit(erasure)
        raise_if_refused(submitted.outcome)
        if not await edge.durable(submitted, edge.settings.acknowledge_seconds):
            response.status_code = 202
        return bodies.ErasureAnswer(customer_id=customer_id)


async def _way(edge: Edge, customer_id: str, body: bodies.ErasureBody) -> ClearTheWay:
    state: State | None = await edge.state(customer_id)
    unpaid = [order.order_id for order in state.orders if not order.is_paid] if state is not None else []
    unpaid += [f"{each.payment_source}/{each.payment_id}" for each in state.held] if state is not None else []
    return ClearTheWay(customer_id, body.why, body.close_first, tuple(unpaid))


def _questioned(edge: Edge, row: PaymentRow) -> bodies.QuestionedPaymentAnswer:
    return bodies.QuestionedPaymentAnswer(
        payment_source=row.payment_source,
        payment_id=row.payment_id,
        customer_id=row.customer_id,
        order_id=row.order_id,
        content_hash=row.content_hash,
        amount_cents=row.amount_cents,
        method=row.method,
        status=row.status,
        reason=row.reason,
        taken_at=row.taken_at,
        is_overdue=is_overdue(row, edge.clock.now()),
    )
