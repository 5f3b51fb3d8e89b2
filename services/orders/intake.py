"""How does a body become an input? The same way, with the same id, over HTTP and over Kafka."""

from collections.abc import Iterable
from uuid import UUID

from runtime.errors import Unreadable
from runtime.ids import command_id
from runtime.service import Incoming
from schemas.storefront import Body, OrderCancellationRequested, OrderPayment, OrderSubmitted, PaymentReceived
from services.orders.domain.commands import (
    CancelOrder,
    ClearTheWay,
    CloseOrder,
    CreditPayment,
    ErasePersonalData,
    ReceivePayment,
    ReleaseOrder,
)
from services.orders.domain.payments import content_hash
from services.orders.preparation import ERASE_PERSONAL_DATA, Submission, erasure_id

RELEASE_ORDER = "orders.ReleaseOrder"
CLOSE_ORDER = "orders.CloseOrder"
CREDIT_PAYMENT = "orders.CreditPayment"
CLEAR_THE_WAY = "orders.ClearTheWay"
REVIEW_PAYMENT = "orders.ReviewPayment"


def incoming(body: Body) -> Incoming:
    """Turn a body of the intake topic into an input. Raises Unreadable for a body that orders does not take."""
    match body:
        case OrderSubmitted():
            return order_submitted(body)
        case PaymentReceived():
            return payment_received(body, body.customer_id)
        case OrderCancellationRequested():
            return cancellation_requested(body.order_id, body.customer_id)
        case _:
            raise Unreadable(f"orders takes no {type(body).__name__}")


def order_submitted(body: OrderSubmitted, idempotency_key: str | None = None) -> Incoming:
    """Turn a submitted order into an input; its key is the order id where none was given."""
    return Incoming(
        type=OrderSubmitted.EVENT_TYPE,
        id=command_id(OrderSubmitted.EVENT_TYPE, body.order_id),
        customer_id=body.customer.customer_id,
        data=Submission(body, idempotency_key),
        correlation_id=body.order_id,
    )


def payment_received(body: OrderPayment, customer_id: str) -> Incoming:
    """Turn a payment into an input of the account of who paid."""
    content = content_hash(customer_id, body.order_id, body.amount_cents, body.currency)
    payment = ReceivePayment(
        customer_id=customer_id,
        order_id=body.order_id,
        payment_source=body.payment_source,
        payment_id=body.payment_id,
        amount_cents=body.amount_cents,
        currency=body.currency,
        method=body.method,
        received_at=body.received_at,
        content_hash=content,
    )
    return Incoming(
        type=PaymentReceived.EVENT_TYPE,
        id=payment_command_id(body.payment_source, body.payment_id, content),
        customer_id=customer_id,
        data=payment,
        correlation_id=body.order_id,
    )


def payment_command_id(payment_source: str, payment_id: str, content: str) -> UUID:
    """Name the telling of a payment.

    The content stands in it because a contradiction is an event of its own, with an id of its own; who is paid twice
    is decided by the claim on (payment_source, payment_id) alone (R25).
    """
    return command_id(PaymentReceived.EVENT_TYPE, f"{payment_source}\n{payment_id}\n{content}")


def payment_reviewed(payment: ReceivePayment) -> Incoming:
    """Turn a second look at a held payment into an input: its order has come, and is another customer's (R25)."""
    content = f"{payment.payment_source}\n{payment.payment_id}\n{payment.content_hash}"
    identity = command_id(REVIEW_PAYMENT, content)
    return Incoming(REVIEW_PAYMENT, identity, payment.customer_id, payment, correlation_id=payment.order_id)


def cancellation_requested(order_id: str, customer_id: str) -> Incoming:
    """Turn a customer's wish to cancel into an input."""
    kind = OrderCancellationRequested.EVENT_TYPE
    command = CancelOrder(customer_id, order_id)
    return Incoming(kind, command_id(kind, order_id), customer_id, command, correlation_id=order_id)


def release_wanted(order_id: str, customer_id: str, holds: int, why: str) -> Incoming:
    """Turn an operator's release into an input; `holds` tells it from the release of an earlier hold."""
    command = ReleaseOrder(customer_id, order_id, why)
    identity = command_id(RELEASE_ORDER, f"{order_id}\n{holds}")
    return Incoming(RELEASE_ORDER, identity, customer_id, command, correlation_id=order_id)


def closure_wanted(order_id: str, customer_id: str, holds: int, why: str) -> Incoming:
    """Turn an operator's closing of a held order into an input."""
    command = CloseOrder(customer_id, order_id, why)
    identity = command_id(CLOSE_ORDER, f"{order_id}\n{holds}")
    return Incoming(CLOSE_ORDER, identity, customer_id, command, correlation_id=order_id)


def credit_wanted(payment: tuple[str, str], customer_id: str, why: str) -> Incoming:
    """Turn an operator's word that a held payment becomes credit into an input."""
    command = CreditPayment(customer_id, *payment, why)
    return Incoming(CREDIT_PAYMENT, command_id(CREDIT_PAYMENT, "\n".join(payment)), customer_id, command)


def way_wanted(customer_id: str, why: str, unpaid: Iterable[str], *, close_first: bool) -> Incoming:
    """Turn what precedes an erasure into an input; what is open, as who asks saw it, tells it from an earlier one."""
    command = ClearTheWay(customer_id, why, close_first)
    identity = command_id(CLEAR_THE_WAY, "\n".join([customer_id, *sorted(unpaid)]))
    return Incoming(CLEAR_THE_WAY, identity, customer_id, command)


def erasure_wanted(customer_id: str, why: str) -> Incoming:
    """Turn an operator's wish to erase into an input; once its key is gone it is named by that."""
    command = ErasePersonalData(customer_id, why)
    return Incoming(ERASE_PERSONAL_DATA, erasure_id(customer_id, ""), customer_id, command)
