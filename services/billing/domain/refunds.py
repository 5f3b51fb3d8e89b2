"""What is paid back to the customer, and by which payment did it come?"""

from uuid import UUID, uuid5

from schemas.billing import CreditRefunded, RefundDue, RefundPaid
from schemas.money import euros
from schemas.orders import OrderCancelled
from schemas.payments import MoneyDestination, PaymentResolved, RefundReason, RefundReported
from services.billing.domain.credit import identity
from services.billing.domain.model import Credit, Refund

REFUNDS = UUID("5d0c1d4e-7f52-5b0a-9b43-6a0f2d7c9e11")
"""The root of every refund's id. Never changed."""


def refund_id(what: str, *named: str) -> str:
    """Name a refund by what it is for: the same cause never makes two."""
    return str(uuid5(REFUNDS, "\n".join((what, *named))))


def of_closed_order(order: OrderCancelled) -> list[RefundDue]:
    """Pay back what was paid on an order, each part by the payment that it came by."""
    if order.money is not MoneyDestination.TO_REFUND:
        return []
    return [
        RefundDue(
            customer_id=order.customer_id,
            order_id=order.order_id,
            refund_id=refund_id("order-closed", order.order_id, *identity(part)),
            amount_cents=part.amount_cents,
            payment_source=part.payment_source,
            payment_id=part.payment_id,
            method=part.method,
            reason=RefundReason.ORDER_CLOSED,
            explanation=f"{euros(part.amount_cents)} paid on order {order.order_id}, closed: {order.why}",
            due_on=order.closed_on,
        )
        for part in order.payments
    ]


def of_resolved_payment(payment: PaymentResolved) -> RefundDue:
    """Pay back a payment that waited, as a whole."""
    name = f"payment {payment.payment_id} of {payment.payment_source}"
    return RefundDue(
        customer_id=payment.customer_id,
        refund_id=refund_id("payment", *identity(payment)),
        amount_cents=payment.amount_cents,
        payment_source=payment.payment_source,
        payment_id=payment.payment_id,
        method=payment.method,
        reason=RefundReason.PAYMENT_RETURNED,
        explanation=f"{name} for order {payment.order_id}: {euros(payment.amount_cents)}: {payment.why}",
        due_on=payment.resolved_on,
    )


def of_credit(refunded: CreditRefunded, credit: Credit) -> RefundDue:
    """Pay back what stood of a credit, by the payment that it came by where it was one."""
    return RefundDue(
        customer_id=refunded.customer_id,
        order_id=refunded.order_id,
        refund_id=refund_of_credit(refunded.credit_id),
        amount_cents=refunded.amount_cents,
        payment_source=credit.payment.payment_source if credit.payment is not None else None,
        payment_id=credit.payment.payment_id if credit.payment is not None else None,
        reason=RefundReason.CREDIT_REFUNDED,
        explanation=f"Credit: {refunded.explanation}",
        due_on=refunded.refunded_on,
    )


def refund_of_credit(credit_id: str) -> str:
    """Name the one refund that a credit can end in."""
    return refund_id("credit", credit_id)


def paid(reported: RefundReported, refund: Refund) -> RefundPaid:
    """Say that a refund was paid, by the amount that was due."""
    return RefundPaid(
        customer_id=reported.customer_id,
        order_id=refund.order_id,
        refund_id=reported.refund_id,
        amount_cents=refund.amount_cents,
        paid_on=reported.paid_on,
        reference=reported.reference,
    )
