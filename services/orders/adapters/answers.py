"""How does an order answer? Its row, with the payments of its own customer."""

import asyncio
import re
import time
from typing import Any

from fastapi import Response
from pydantic import BaseModel

from runtime.edge import Edge, Submitted
from runtime.web import Problem
from schemas.vocabulary import OrderStatus, PaymentStatus
from services.orders.adapters.bodies import OrderAnswer, PaymentAnswer, ViolationAnswer
from services.orders.projections.orders import ORDERS, OrderRow
from services.orders.projections.payments import PAYMENTS

OLDEST_FIRST = ("ordered_on", "taken_at", "order_id")
"""How orders are listed: by the instant of their arrival, whose day every order has."""
LONGEST_WAIT = 30
"""Seconds; what `Prefer: wait=N` gets at most."""

_WAIT = re.compile(r"(?:^|[,;\s])wait\s*=\s*(\"?)(\d{1,6})\1(?:$|[,;\s])", re.IGNORECASE)
_FIRST_LOOK = 0.02
"""Seconds; each later one comes after a quarter of what was waited so far: a price that comes soon is shown soon."""


async def order_row(edge: Edge, order_id: str) -> OrderRow:
    """Read an order. Raises Problem 404 ORDER_UNKNOWN."""
    row: OrderRow | None = await edge.row(ORDERS, (order_id,))
    if row is None:
        raise Problem(404, "ORDER_UNKNOWN", f"no order {order_id}")
    return row


async def submitted_row(edge: Edge, order_id: str, submitted: Submitted) -> OrderRow:
    """Take an order from the events that its submission has just left, as the table has it; read one known before."""
    key, row = (order_id,), None
    for event in (recorded.event for recorded in submitted.recorded):
        if isinstance(event, ORDERS.touched_by) and key in ORDERS.keys_of(event):
            row = ORDERS.evolve(row, event, key)
    return row or await order_row(edge, order_id)


async def order_answer(edge: Edge, row: OrderRow) -> OrderAnswer:
    """Show an order with its payments, in the order of their arrival."""
    where = {"order_id": row.order_id, "customer_id": row.customer_id}
    order = ("taken_at", "payment_source", "payment_id", "content_hash")
    payments = [each for each in await edge.rows(PAYMENTS, where, order) if each.status != PaymentStatus.RESOLVED]
    shown = {name: getattr(row, name) for name in OrderAnswer.model_fields if name != "payments"}
    return OrderAnswer.model_validate({**shown, "payments": [PaymentAnswer.model_validate(each) for each in payments]})


def written(answer: BaseModel, response: Response) -> Response:
    """Write what was made or taken, under the status and headers set so far; FastAPI would walk through it first."""
    status = response.status_code or 201
    return Response(answer.model_dump_json(), status, response.headers, "application/json")


def violations_of(row: OrderRow) -> list[dict[str, Any]]:
    """Write an order's violations as a problem shows them: without an order where none is in the way."""
    return [ViolationAnswer.model_validate(each).model_dump(mode="json") for each in row.violations]


def seconds_to_wait(prefer: str | None) -> int:
    """Read `Prefer: wait=N`; 0 without it."""
    found = _WAIT.search(prefer or "")
    return min(int(found[2]), LONGEST_WAIT) if found else 0


async def priced(edge: Edge, row: OrderRow, until: float) -> OrderRow:
    """Wait for an order's price until an instant of the monotonic clock; the row as it is then."""
    began = time.monotonic()
    while row.status == OrderStatus.AWAITING_PRICE and (now := time.monotonic()) < until:
        await asyncio.sleep(min(max(_FIRST_LOOK, (now - began) / 4), until - now))
        row = await order_row(edge, row.order_id)
    return row
