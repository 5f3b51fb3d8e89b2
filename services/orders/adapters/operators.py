"""How do operators speak to orders over HTTP? They release and close what is held, see what waits, and erase."""

from datetime import UTC, datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Query, Response

from runtime.edge import Edge
from runtime.web import DryRun, Problem, WrittenAnswer, operator_key, raise_if_refused, rehearsed, written
from schemas.storefront import Id
from schemas.vocabulary import PaymentStatus
from services.orders.adapters import bodies
from services.orders.adapters.answers import order_row
from services.orders.adapters.review import is_overdue
from services.orders.domain.commands import ClearTheWay, CloseOrder, CreditPayment, ErasePersonalData, ReleaseOrder
from services.orders.domain.model import State
from services.orders.projections.payments import PAYMENTS, PaymentRow

Named = Annotated[Id, Path()]
Waiting = Literal["HELD", "CONFLICTED"]
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


def add_operators(routes: APIRouter, edge: Edge) -> None:
    """Add what operators may do."""
    _add_orders(routes, edge)
    _add_payments(routes, edge)
    _add_erasure(routes, edge)


def _add_orders(routes: APIRouter, edge: Edge) -> None:
    guarded = [Depends(operator_key)]

    @routes.post(
        "/operator/orders/{order_id}/release",
        dependencies=guarded,
        responses={404: {"description": "ORDER_UNKNOWN."}, 409: {"description": "ORDER_NOT_HELD."}},
    )
    async def release_order(
        order_id: Named, wanted: bodies.ReleaseBody, response: Response, dry_run: DryRun = False
    ) -> WrittenAnswer:
        """Let provisioning try a held order again."""
        row = await order_row(edge, order_id)
        command = ReleaseOrder(row.customer_id, order_id, row.holds, wanted.why)
        return await written(edge, command, response, dry_run=dry_run)

    @routes.post(
        "/operator/orders/{order_id}/closure",
        dependencies=guarded,
        responses={404: {"description": "ORDER_UNKNOWN."}, 409: {"description": "ORDER_NOT_HELD."}},
    )
    async def close_order(
        order_id: Named, wanted: bodies.ClosureBody, response: Response, dry_run: DryRun = False
    ) -> WrittenAnswer:
        """Close a held order; what was paid for it becomes credit."""
        row = await order_row(edge, order_id)
        command = CloseOrder(row.customer_id, order_id, row.holds, wanted.why)
        return await written(edge, command, response, dry_run=dry_run)


def _add_payments(routes: APIRouter, edge: Edge) -> None:
    guarded = [Depends(operator_key)]

    @routes.get("/operator/payments", dependencies=guarded)
    async def list_payments(
        status: Annotated[Waiting | None, Query(description="Both kinds that wait, where left out.")] = None,
    ) -> bodies.QuestionedPaymentsAnswer:
        """List payments that wait: for their order or price, or for an operator's word."""
        wanted = [PaymentStatus(status)] if status else [PaymentStatus.HELD, PaymentStatus.CONFLICTED]
        rows = [row for each in wanted for row in await edge.rows(PAYMENTS, {"status": each})]
        rows.sort(key=lambda row: (row.taken_at or _LONG_AGO, row.payment_source, row.payment_id, row.content_hash))
        return bodies.QuestionedPaymentsAnswer(payments=[_questioned(edge, row) for row in rows])

    @routes.post(
        "/operator/payments/{payment_source}/{payment_id}/resolution",
        dependencies=guarded,
        responses={404: {"description": "PAYMENT_UNKNOWN."}, 409: {"description": "PAYMENT_NOT_HELD."}},
    )
    async def resolve_payment(
        payment_source: Named,
        payment_id: Named,
        wanted: bodies.ResolutionBody,
        response: Response,
        dry_run: DryRun = False,
    ) -> WrittenAnswer:
        """End the wait of a held payment: it becomes its customer's credit."""
        identity = (payment_source, payment_id)
        row = await _held_payment(edge, identity)
        command = CreditPayment(row.customer_id, *identity, wanted.why)
        return await written(edge, command, response, dry_run=dry_run)


async def _held_payment(edge: Edge, identity: tuple[str, str]) -> PaymentRow:
    known = await edge.rows(PAYMENTS, {"payment_source": identity[0], "payment_id": identity[1]})
    if not known:
        raise Problem(404, "PAYMENT_UNKNOWN", f"no payment {'/'.join(identity)}")
    held: list[PaymentRow] = [row for row in known if row.status == PaymentStatus.HELD]
    if not held:
        raise Problem(409, "PAYMENT_NOT_HELD", f"the payment {'/'.join(identity)} is not held")
    return held[0]


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
        customer_id: Named, wanted: bodies.ErasureBody, response: Response, dry_run: DryRun = False
    ) -> bodies.ErasureAnswer | WrittenAnswer:
        """Delete a customer's key, for good: nobody can read their personal data any more, in whichever copy."""
        # Judged before the key is touched; a crash from here on leaves nothing that asking again does not finish.
        way, erasure = await _way(edge, customer_id, wanted), ErasePersonalData(customer_id, wanted.why)
        if dry_run:
            return await rehearsed(edge, response, way, erasure)
        raise_if_refused((await edge.submit(way)).outcome)
        submitted = await edge.submit(erasure)
        raise_if_refused(submitted.outcome)
        if not await edge.durable(submitted, edge.settings.acknowledge_seconds):
            response.status_code = 202
        return bodies.ErasureAnswer(customer_id=customer_id)


async def _way(edge: Edge, customer_id: str, wanted: bodies.ErasureBody) -> ClearTheWay:
    state: State | None = await edge.state(customer_id)
    unpaid = [order.order_id for order in state.orders if not order.is_paid] if state is not None else []
    unpaid += [f"{each.payment_source}/{each.payment_id}" for each in state.held] if state is not None else []
    return ClearTheWay(customer_id, wanted.why, wanted.close_first, tuple(unpaid))


def _questioned(edge: Edge, row: PaymentRow) -> bodies.QuestionedPaymentAnswer:
    return bodies.QuestionedPaymentAnswer(
        payment_source=row.payment_source,
        payment_id=row.payment_id,
        customer_id=row.customer_id,
        order_id=row.order_id,
        amount_cents=row.amount_cents,
        method=row.method,
        status=row.status,
        reason=row.reason,
        taken_at=row.taken_at,
        is_overdue=is_overdue(row, edge.clock.now()),
    )
