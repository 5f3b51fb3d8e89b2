"""Whose is a held payment's order, now that it has come? Looked up again and again; another's is a conflict (R25).

The order comes in its own customer's account, the payment waits in the payer's: no input of either meets both.
"""

import asyncio
from contextlib import suppress

import structlog

from runtime.edge import AccountParked, Edge
from runtime.postgres.store import CONNECTION_ERRORS
from schemas.vocabulary import PaymentHoldReason, PaymentMethod, PaymentStatus
from services.orders.domain.commands import ReceivePayment
from services.orders.intake import payment_reviewed
from services.orders.projections.orders import ORDERS, OrderRow
from services.orders.projections.payments import PAYMENTS, PaymentRow

SECONDS = 2.0
_UNMATCHED = {"status": PaymentStatus.HELD, "reason": PaymentHoldReason.ORDER_UNKNOWN}
_log = structlog.get_logger()


async def keep_reviewing(edge: Edge, _: object) -> None:
    """Review for ever; what fails for a while is looked at again."""
    while True:
        try:
            await review_held(edge)
        except CONNECTION_ERRORS as error:
            _log.warning("held payments wait for a review", action="review.waits", why=type(error).__name__)
        await asyncio.sleep(SECONDS)


async def review_held(edge: Edge) -> None:
    """Let each held payment be judged whose order turned out to be another customer's."""
    rows: list[PaymentRow] = await edge.rows(PAYMENTS, _UNMATCHED)
    for row in rows:
        order: OrderRow | None = await edge.row(ORDERS, (row.order_id,))
        if order is not None and order.customer_id != row.customer_id:
            with suppress(AccountParked):
                await edge.submit(payment_reviewed(_payment(row)))


def _payment(row: PaymentRow) -> ReceivePayment:
    return ReceivePayment(
        customer_id=row.customer_id,
        order_id=row.order_id,
        payment_source=row.payment_source,
        payment_id=row.payment_id,
        amount_cents=row.amount_cents,
        currency="EUR",
        method=PaymentMethod(row.method),
        received_at=None,
        content_hash=row.content_hash,
    )
