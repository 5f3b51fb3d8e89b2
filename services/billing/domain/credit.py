"""What does the customer get back? Credit, granted, expired or refunded; what it pays is in spending (R18–R28)."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from schemas.billing import CreditExpired, CreditGranted, CreditRefunded, PricedExtension
from schemas.money import euros
from schemas.orders import OrderCancelled, OrderExpired
from schemas.payments import MoneyDestination, PaidPart, PaymentRegistered, PaymentResolved
from schemas.provisioning import OrderActivated
from schemas.terms import add_months, start_of
from schemas.vocabulary import CreditOrigin, Product
from services.billing.domain.charges import ChargedExtension
from services.billing.domain.model import Credit, CreditEvent, credit_id
from services.billing.domain.money import with_vat
from services.billing.domain.proration import extend


def of_payment(payment: PaymentRegistered, credit_months: int) -> CreditGranted | None:
    """Grant what a payment exceeds the amount due, or all of it on a closed order (R24, R28)."""
    if not payment.surplus_cents:
        return None
    name = f"payment {payment.payment_id} of {payment.payment_source}"
    paid, surplus = euros(payment.amount_cents), euros(payment.surplus_cents)
    if payment.order_closed:
        origin, why = CreditOrigin.PAYMENT_ON_CLOSED_ORDER, f"{name} came for the closed order {payment.order_id}"
    else:
        origin, why = CreditOrigin.PAYMENT_SURPLUS, f"{name} was more than order {payment.order_id} still owed"
    return CreditGranted(
        customer_id=payment.customer_id,
        order_id=payment.order_id,
        credit_id=credit_id("payment", *identity(payment)),
        amount_cents=payment.surplus_cents,
        granted_on=payment.registered_on,
        expires_on=add_months(payment.registered_on, credit_months),
        origin=origin,
        payment_source=payment.payment_source,
        payment_id=payment.payment_id,
        explanation=f"{why}: {surplus} of {paid}",
    )


def of_resolved_payment(payment: PaymentResolved, credit_months: int) -> CreditGranted:
    """Grant a payment that waited in vain, as a whole (R29)."""
    name = f"payment {payment.payment_id} of {payment.payment_source}"
    return CreditGranted(
        customer_id=payment.customer_id,
        credit_id=credit_id("payment", *identity(payment)),
        amount_cents=payment.amount_cents,
        granted_on=payment.resolved_on,
        expires_on=add_months(payment.resolved_on, credit_months),
        origin=CreditOrigin.PAYMENT_ON_CLOSED_ORDER,
        payment_source=payment.payment_source,
        payment_id=payment.payment_id,
        explanation=f"{name} waited in vain for order {payment.order_id}: {euros(payment.amount_cents)}",
    )


def identity(payment: PaymentRegistered | PaymentResolved | PaidPart) -> tuple[str, ...]:
    """Name a payment; its content tells it from another of the same identity."""
    named = (payment.payment_source, payment.payment_id)
    return named if payment.content_hash is None else (*named, payment.content_hash)


def of_closed_order(order: OrderCancelled | OrderExpired, closed_on: date, credit_months: int) -> CreditGranted | None:
    """Grant what had been paid on an order that closes, unless it is paid back (R28)."""
    is_paid_back = isinstance(order, OrderCancelled) and order.money is MoneyDestination.TO_REFUND
    if not order.surplus_cents or is_paid_back:
        return None
    return CreditGranted(
        customer_id=order.customer_id,
        order_id=order.order_id,
        credit_id=credit_id("order-closed", order.order_id),
        amount_cents=order.surplus_cents,
        granted_on=closed_on,
        expires_on=add_months(closed_on, credit_months),
        origin=CreditOrigin.ORDER_CLOSED,
        explanation=f"{euros(order.surplus_cents)} paid on order {order.order_id}, closed: {order.reason}",
    )


def moved_up(activated: OrderActivated) -> dict[Product, date]:
    """Return E1 of each service that ran further at settlement than the order showed when it was to be extended."""
    return {
        moved.product: moved.previous_expiry
        for moved in activated.extended
        if moved.previous_expiry > moved.shown_expiry
    }


def of_moved_services(
    activated: OrderActivated,
    extensions: Sequence[ChargedExtension],
    net_cents: int,
    vat_percent: int,
    credit_months: int,
) -> CreditGranted | None:
    """Grant what extensions were paid for and no longer needed: total − total recomputed with each E1 (R18).

    The recomputation keeps everything the order froze (annual price, method, the expiry computed with O) but E. It is
    one credit for the order, however many services ran further.
    """
    found = moved_up(activated)
    again = [(paid, computed_anew(paid, found[paid.product])) for paid in extensions if paid.product in found]
    saved = sum(paid.net_cents - anew.net_cents for paid, anew in again)
    total = with_vat(net_cents, vat_percent)
    total_again = with_vat(net_cents - saved, vat_percent)
    if total <= total_again:
        return None
    differences = [
        f"{paid.product} ran to {anew.previous_expiry} at the payment, not to {paid.previous_expiry} as at the order. "
        f"Extension: {anew.explanation} instead of {euros(paid.net_cents)}. "
        for paid, anew in again
    ]
    sums = f"{euros(total)} − {euros(total_again)} = {euros(total - total_again)}"
    return CreditGranted(
        customer_id=activated.customer_id,
        order_id=activated.order_id,
        credit_id=moved_services_id(activated.order_id),
        amount_cents=total - total_again,
        granted_on=activated.activated_on,
        expires_on=add_months(activated.activated_on, credit_months),
        origin=CreditOrigin.BASE_CHANGED,
        explanation=f"{''.join(differences)}With VAT {vat_percent} %: {sums}",
    )


def moved_services_id(order_id: str) -> str:
    """Name the one credit that an order can give for services that ran further at its settlement."""
    return credit_id("base-changed", order_id)


def computed_anew(paid: ChargedExtension, found: date) -> PricedExtension:
    """Compute an extension again from where the service had got to (R18)."""
    return extend(paid.product, paid.annual_cents, found, max(found, paid.new_expiry), paid.method)


def entered(entry: CreditEvent, at: datetime) -> CreditEvent:
    """Say at which instant an entry comes into the ledger: of one day, the earlier stands first."""
    return entry.model_copy(update={"entered_at": at})


def lapses_at(expires_on: date) -> datetime:
    """Return the instant after the last on which credit can be used: 00:00 Rome of the day after (R1)."""
    return start_of(expires_on + timedelta(days=1))


def expire(customer_id: str, name: str, credit: Credit) -> CreditExpired:
    """Let what nobody used of a credit end (R26)."""
    return CreditExpired(
        customer_id=customer_id,
        order_id=credit.order_id,
        credit_id=name,
        amount_cents=credit.amount_cents,
        expired_on=credit.expires_on + timedelta(days=1),
        origin=credit.origin,
        explanation=f"{euros(credit.amount_cents)} could be used through {credit.expires_on}",
    )


def refund(customer_id: str, name: str, credit: Credit, refunded_on: date, why: str) -> CreditRefunded:
    """End what stands of a credit, since an operator pays it back (R26)."""
    return CreditRefunded(
        customer_id=customer_id,
        order_id=credit.order_id,
        credit_id=name,
        amount_cents=credit.amount_cents,
        refunded_on=refunded_on,
        origin=credit.origin,
        explanation=f"{euros(credit.amount_cents)} are paid back: {why}",
    )
