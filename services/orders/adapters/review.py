"""Whose is a held payment's order, now that it has come, and which payments have waited too long for theirs?

Looked up again and again: another's order is a conflict (R25), a long wait an alert (R27).

The order comes in its own customer's account, the payment waits in the payer's: no input of either meets both.
"""

import asyncio
from contextlib import suppress
from datetime import datetime, timedelta

import structlog
from prometheus_client import Gauge

from runtime.edge import AccountParked, CatchingUp, Edge
from runtime.errors import Overfull
from runtime.postgres.store import DATABASE_ERRORS
from schemas.catalogue import catalogue_on
from schemas.terms import business_date
from schemas.vocabulary import PaymentHoldReason, PaymentMethod, PaymentStatus
from services.orders.domain.commands import ReviewPayment
from services.orders.projections.orders import ORDERS, OrderRow
from services.orders.projections.payments import PAYMENTS, PaymentRow

SECONDS = 2.0
_PASSING: tuple[type[BaseException], ...] = (*DATABASE_ERRORS, Overfull)
OVERDUE = Gauge("coterm_held_payments_overdue", "Payments held for longer than the catalogue lets them wait unseen.")
_log = structlog.get_logger()


async def keep_reviewing(edge: Edge, _: object) -> None:
    """Review for ever, and alert; what fails for a while is looked at again."""
    logged = 0
    while True:
        try:
            held = await review_held(edge)
            overdue = sum(is_overdue(row, edge.clock.now()) for row in held)
            OVERDUE.set(overdue)
            if overdue > logged:
                _log.warning("payments wait unmatched", action="review.overdue", payments=overdue)
            logged = overdue
        except _PASSING as error:
            _log.warning("held payments wait for a review", action="review.waits", why=type(error).__name__)
        await asyncio.sleep(SECONDS)


async def review_held(edge: Edge) -> list[PaymentRow]:
    """Let each held payment be judged whose order turned out to be another customer's; return all that were held."""
    rows: list[PaymentRow] = await edge.rows(PAYMENTS, {"status": PaymentStatus.HELD})
    for row in rows:
        if row.reason != PaymentHoldReason.ORDER_UNKNOWN:
            continue
        order: OrderRow | None = await edge.row(ORDERS, (row.order_id,))
        if order is not None and order.customer_id != row.customer_id:
            with suppress(AccountParked, CatchingUp):
                await edge.submit(_review(row))
    return rows


def is_overdue(row: PaymentRow, now: datetime) -> bool:
    """Tell whether a payment is held and has waited for longer than the catalogue of today says."""
    patience = timedelta(hours=catalogue_on(business_date(now)).held_payment_alert_hours)
    return row.status == PaymentStatus.HELD and row.taken_at is not None and now - row.taken_at > patience


def _review(row: PaymentRow) -> ReviewPayment:
    return ReviewPayment(
        customer_id=row.customer_id,
        order_id=row.order_id,
        payment_source=row.payment_source,
        payment_id=row.payment_id,
        amount_cents=row.amount_cents,
        currency="EUR",
        method=PaymentMethod(row.method),
        received_at=None,
    )
