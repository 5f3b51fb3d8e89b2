"""How do storefronts, payment providers and operators speak to orders over HTTP?"""

import time
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Header, Path, Query, Request, Response

from runtime.edge import Edge, Submitted
from runtime.service import Duplicate
from runtime.web import Paged, Problem, Storefront, example, raise_if_refused, storefront_key
from schemas.orders import OrderRefused
from schemas.payments import PaymentConflicted, PaymentHeld
from schemas.storefront import Cancellation, Id, OrderPayment, OrderSubmitted, Payment
from schemas.vocabulary import OrderStatus, PaymentStatus
from services.orders.adapters import bodies, webhooks
from services.orders.adapters.answers import (
    order_answer,
    order_row,
    priced,
    seconds_to_wait,
    submitted_row,
    violations_of,
    written,
)
from services.orders.adapters.automatic import add_automatic_renewals
from services.orders.adapters.binding import own_order, page_of_own_orders, refuse_foreign_order, refuse_foreign_payment
from services.orders.adapters.catalogue import add_catalogue
from services.orders.adapters.operators import add_operators
from services.orders.adapters.preview import preview
from services.orders.adapters.rejections import add_rejections
from services.orders.domain.commands import CancelOrder, ReceivePayment, Submission
from services.orders.intake import payment_received
from services.orders.projections.orders import ORDERS, OrderRow
from services.orders.projections.payments import PAYMENTS, PaymentRow

Named = Annotated[Id, Path()]
SubmittedBody = Annotated[
    OrderSubmitted,
    Body(
        openapi_examples={
            "add-on": {"summary": "An add-on for an owner", "value": example(bodies.ORDER_SUBMITTED)},
            "renewal": {
                "summary": "A renewal with its add-on, by a customer on record",
                "value": example(bodies.RENEWAL_SUBMITTED),
            },
        }
    ),
]
PaymentBody = Annotated[
    Payment, Body(openapi_examples={"transfer": {"summary": "A bank transfer", "value": bodies.PAYMENT}})
]
WebhookBody = Annotated[
    OrderPayment,
    Body(
        openapi_examples={"transfer": {"summary": "A signed telling", "value": {**bodies.PAYMENT, "order_id": "o-1"}}}
    ),
]
CancellationBody = Annotated[
    Cancellation,
    Body(openapi_examples={"wish": {"summary": "The customer's wish", "value": {"reason": "CUSTOMER_REQUEST"}}}),
]
IdempotencyKey = Annotated[str | None, Header(min_length=1, max_length=255, pattern=r"^[\x20-\x7e]+$")]
_SHOWN = {"model": bodies.OrderAnswer}
_SUBMITTED: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The same order again; with `dry_run`, the violations.",
        "model": bodies.OrderAnswer | bodies.PreviewAnswer,
    },
    201: {"description": "The order.", **_SHOWN},
    202: {"description": "The order, on its way into the log.", **_SHOWN},
    409: {"description": "IDEMPOTENCY_CONFLICT or ORDER_ID_TAKEN."},
    422: {"description": "ORDER_REFUSED with `violations`, or INVALID_REQUEST."},
}
_PAID: dict[int | str, dict[str, Any]] = {
    200: {"description": "The same payment again.", **_SHOWN},
    201: {"description": "The order.", **_SHOWN},
    202: {"description": "Held for its order or its price.", "model": bodies.HeldAnswer | bodies.OrderAnswer},
    404: {"description": "ORDER_UNKNOWN."},
    409: {"description": "PAYMENT_CONFLICT."},
}


def router(edge: Edge) -> APIRouter:
    """Make orders' routes: the catalogue, storefronts', the signed webhook, operators'."""
    routes = APIRouter(prefix="/v1")
    for tag, add in _PARTS.items():
        part = APIRouter(tags=[tag])
        add(part, edge)
        routes.include_router(part)
    return routes


def _add_orders(routes: APIRouter, edge: Edge) -> None:
    guarded = [Depends(storefront_key)]

    @routes.post("/orders", status_code=201, responses=_SUBMITTED, response_model=None, dependencies=guarded)
    async def submit_order(
        caller: Storefront,
        body: SubmittedBody,
        response: Response,
        dry_run: Annotated[bool, Query(description="Judge it, store nothing.")] = False,
        idempotency_key: IdempotencyKey = None,
        prefer: Annotated[str | None, Header(description="`wait=N`: wait for the price.")] = None,
    ) -> Response:
        """Submit an order; what is refused is stored too, with every violation."""
        await refuse_foreign_order(edge, caller, body)
        submission = Submission(body, idempotency_key)
        if dry_run:
            response.status_code = 200
            return written(await preview(edge, submission), response)
        submitted = await edge.submit(submission)
        answer = await _answer_submission(edge, body.order_id, submitted, seconds_to_wait(prefer), response)
        return written(answer, response)

    @routes.get("/orders/{order_id}", dependencies=guarded, responses={404: {"description": "ORDER_UNKNOWN."}})
    async def show_order(caller: Storefront, order_id: Named) -> bodies.OrderAnswer:
        """Show an order."""
        return await order_answer(edge, await own_order(edge, caller, order_id))

    @routes.get("/customers/{customer_id}/orders", dependencies=guarded)
    async def list_orders(caller: Storefront, customer_id: Named, page: Paged) -> bodies.OrdersAnswer:
        """List a customer's orders, oldest first; an unknown customer has none."""
        rows, on = await page_of_own_orders(edge, caller, customer_id, page)
        return bodies.OrdersAnswer(orders=[await order_answer(edge, row) for row in rows], next=on)

    @routes.post(
        "/orders/{order_id}/cancellation",
        dependencies=guarded,
        responses={404: {"description": "ORDER_UNKNOWN."}, 409: {"description": "ORDER_NOT_CANCELLABLE."}},
    )
    async def cancel_order(caller: Storefront, order_id: Named, body: CancellationBody) -> bodies.OrderAnswer:
        """Cancel an order that is not settled yet."""
        row = await own_order(edge, caller, order_id)
        submitted = await edge.submit(CancelOrder(row.customer_id, order_id))
        raise_if_refused(submitted.outcome)
        await edge.durable(submitted, edge.settings.acknowledge_seconds)
        return await order_answer(edge, await order_row(edge, order_id))


def _add_payments(routes: APIRouter, edge: Edge) -> None:
    keys = webhooks.keys_of(secret.get_secret_value() for secret in edge.settings.webhook_secrets)

    async def signed(
        request: Request,
        webhook_id: Annotated[str | None, Header()] = None,
        webhook_timestamp: Annotated[str | None, Header()] = None,
        webhook_signature: Annotated[str | None, Header()] = None,
    ) -> None:
        body = await request.body()
        webhooks.check(keys, webhook_id, webhook_timestamp, webhook_signature, body, edge.clock.now())

    @routes.post(
        "/orders/{order_id}/payments",
        status_code=201,
        responses=_PAID,
        response_model=None,
        dependencies=[Depends(storefront_key)],
    )
    async def report_payment(caller: Storefront, order_id: Named, body: PaymentBody, response: Response) -> Response:
        """Report a payment for an order."""
        payment = OrderPayment.model_validate({**body.model_dump(), "order_id": order_id})
        await refuse_foreign_payment(edge, caller, payment)
        return written(await _receive(edge, payment, response), response)

    @routes.post(
        "/payment-webhooks",
        status_code=201,
        responses={**_PAID, 401: {"description": "SIGNATURE_INVALID."}},
        response_model=None,
        dependencies=[Depends(signed)],
    )
    async def report_payment_signed(body: WebhookBody, response: Response) -> Response:
        """Report a payment, signed as Standard Webhooks are."""
        return written(await _receive(edge, body, response), response)


async def _answer_submission(
    edge: Edge, order_id: str, submitted: Submitted, seconds: int, response: Response
) -> bodies.OrderAnswer:
    raise_if_refused(submitted.outcome)
    until = time.monotonic() + seconds  # what waits for Kafka waits for the price: together no longer than was asked
    is_durable = await edge.durable(submitted, edge.settings.acknowledge_seconds)
    row = await submitted_row(edge, order_id, submitted)
    is_refused = any(isinstance(recorded.event, OrderRefused) for recorded in submitted.recorded)
    if is_refused or row.status == OrderStatus.REFUSED:
        detail = "; ".join(violation.detail for violation in row.violations)
        raise Problem(422, "ORDER_REFUSED", detail, violations=violations_of(row))
    response.headers["Location"] = f"/v1/orders/{order_id}"
    if isinstance(submitted.outcome, Duplicate):
        response.status_code = 200
    elif not is_durable:
        response.status_code = 202
    if seconds:
        response.headers["Preference-Applied"] = f"wait={seconds}"
    return await order_answer(edge, await priced(edge, row, until))


async def _receive(edge: Edge, body: OrderPayment, response: Response) -> bodies.OrderAnswer | bodies.HeldAnswer:
    row: OrderRow | None = await edge.row(ORDERS, (body.order_id,))
    customer_id = body.customer_id or (row.customer_id if row else None)
    if customer_id is None:
        raise Problem(404, "ORDER_UNKNOWN", f"no order {body.order_id}; to hold the payment, name its customer_id")
    payment = payment_received(body, customer_id)
    submitted = await edge.submit(payment)
    raise_if_refused(submitted.outcome)
    is_durable = await edge.durable(submitted, edge.settings.acknowledge_seconds)
    status = await _payment_status(edge, payment, submitted)
    if status == PaymentStatus.CONFLICTED:
        detail = "this payment contradicts one already seen, or its order's customer; an operator will look at it"
        raise Problem(409, "PAYMENT_CONFLICT", detail)
    if status == PaymentStatus.HELD:
        response.status_code = 202
        return bodies.HeldAnswer()
    if isinstance(submitted.outcome, Duplicate):
        response.status_code = 200
    elif not is_durable:
        response.status_code = 202
    return await order_answer(edge, await order_row(edge, body.order_id))


async def _payment_status(edge: Edge, payment: ReceivePayment, submitted: Submitted) -> PaymentStatus | None:
    events = [recorded.event for recorded in submitted.recorded]
    if any(isinstance(event, PaymentConflicted) for event in events):
        return PaymentStatus.CONFLICTED
    if any(isinstance(event, PaymentHeld) for event in events):
        return PaymentStatus.HELD
    place = (payment.payment_source, payment.payment_id, payment.content_hash)
    row: PaymentRow | None = await edge.row(PAYMENTS, place)
    return row.status if row else None


_PARTS = {
    "catalogue": add_catalogue,
    "orders": _add_orders,
    "payments": _add_payments,
    "renewals": add_automatic_renewals,
    "intake": add_rejections,
    "operators": add_operators,
}
