"""What is written when an operator ends what waits? Payments resolved, an order closed, and what is paid back."""

from datetime import date

from publishing.example import Example, instant
from publishing.golden.people import BODY_HASH
from schemas.billing import RefundDue, RefundPaid
from schemas.orders import OrderClosureRequested
from schemas.payments import MoneyDestination, PaymentResolved, RefundNoted, RefundReason, RefundReported
from schemas.vocabulary import PaymentMethod, PaymentResolution

REFUND_ID = "3f6b1f52-8a0e-5c4d-9a77-2b1c5d6e7f80"
EXPLANATION = "payment p-9 of bank for order o-77: 44.27 €: nobody knows what it was for"

EXAMPLES = (
    Example(
        PaymentResolved(
            customer_id="c-1",
            order_id="o-77",
            payment_source="bank",
            payment_id="p-9",
            amount_cents=4427,
            method=PaymentMethod.BANK_TRANSFER,
            content_hash=BODY_HASH,
            action=PaymentResolution.REFUND,
            why="nobody knows what it was for",
            resolved_on=date(2026, 1, 22),
        ),
        at=instant("2026-01-22T09:12:00.120033Z"),
        sequence=21,
        cause="orders.ResolvePayment:bank:p-9",
    ),
    Example(
        RefundDue(
            customer_id="c-1",
            refund_id=REFUND_ID,
            amount_cents=4427,
            payment_source="bank",
            payment_id="p-9",
            method=PaymentMethod.BANK_TRANSFER,
            reason=RefundReason.PAYMENT_RETURNED,
            explanation=EXPLANATION,
            due_on=date(2026, 1, 22),
        ),
        at=instant("2026-01-22T09:12:00.410882Z"),
        sequence=10,
        cause="orders.PaymentResolved:bank:p-9",
        cause_sequence=21,
    ),
    Example(
        RefundNoted(
            customer_id="c-1",
            refund_id=REFUND_ID,
            amount_cents=4427,
            payment_source="bank",
            payment_id="p-9",
            method=PaymentMethod.BANK_TRANSFER,
            reason=RefundReason.PAYMENT_RETURNED,
            explanation=EXPLANATION,
            due_on=date(2026, 1, 22),
        ),
        at=instant("2026-01-22T09:12:00.733104Z"),
        sequence=22,
        cause="billing.RefundDue:bank:p-9",
        cause_sequence=10,
    ),
    Example(
        RefundReported(
            customer_id="c-1",
            refund_id=REFUND_ID,
            paid_on=date(2026, 1, 23),
            reference="TRN 0306912345",
        ),
        at=instant("2026-01-23T08:40:00.000417Z"),
        sequence=23,
        cause="orders.ReportRefund",
    ),
    Example(
        RefundPaid(
            customer_id="c-1",
            refund_id=REFUND_ID,
            amount_cents=4427,
            paid_on=date(2026, 1, 23),
            reference="TRN 0306912345",
        ),
        at=instant("2026-01-23T08:40:00.391620Z"),
        sequence=11,
        cause="orders.RefundReported",
        cause_sequence=23,
    ),
    Example(
        OrderClosureRequested(
            customer_id="c-1",
            order_id="o-8",
            money=MoneyDestination.TO_REFUND,
            why="ordered twice by mistake",
        ),
        at=instant("2026-01-24T10:05:00.000219Z"),
        sequence=24,
        cause="orders.CloseOrder:o-8",
    ),
)
