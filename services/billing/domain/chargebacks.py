"""What does a chargeback do to credit? What its surplus gave is taken back as far as unspent, and given anew if won."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

from schemas.billing import CreditGranted
from schemas.money import euros
from schemas.payments import ChargebackWon, PaymentChargedBack
from schemas.reversals import ChargebackNoted, CreditReversed
from schemas.terms import add_months
from schemas.vocabulary import CreditOrigin
from services.billing.domain.model import Account, BillingEvent, Credit, Payment, credit_id

_OF_THE_ORDER = (CreditOrigin.BASE_CHANGED, CreditOrigin.SERVICE_ENDED)
"""Credit that came of what an order was paid for, and not of a payment's surplus."""


@dataclass(frozen=True, slots=True)
class _Gone:
    """A payment that is charged back: of what it had paid, its order and the day."""

    customer_id: str
    order_id: str
    payment: Payment
    order_cents: int
    surplus_cents: int
    on: date
    content_hash: str | None

    def is_surplus(self, credit: Credit) -> bool:
        """Tell credit that the payment itself gave: its surplus, or the rest of its order that closed."""
        is_rest = credit.origin is CreditOrigin.ORDER_CLOSED and credit.order_id == self.order_id
        return credit.payment == self.payment or is_rest

    def is_of_order(self, credit: Credit) -> bool:
        """Tell other credit that came of what its order was paid for."""
        return credit.origin in _OF_THE_ORDER and credit.order_id == self.order_id


def on_charged_back(account: Account, event: PaymentChargedBack) -> list[BillingEvent]:
    """Take back what is unspent of the credit that the payment had given: its surplus, and what came of its order."""
    payment = Payment(event.payment_source, event.payment_id)
    on, settled_cents = event.charged_back_on, event.order_cents if event.was_settled else 0
    gone = _Gone(
        event.customer_id, event.order_id, payment, event.order_cents, event.surplus_cents, on, event.content_hash
    )
    return _taken_back(account, gone, settled_cents, 0)


def on_given_back(account: Account, customer_id: str, on: date) -> list[BillingEvent]:
    """Take back of credit that an order had used, and that has just come back, what its payment took along since."""
    happened: list[BillingEvent] = []
    for each in account.chargebacks:
        missing = each.order_cents - each.of_order_cents
        gone = _Gone(customer_id, each.order_id, each.payment, missing, each.lost_cents, on, each.content_hash)
        taken = _taken_back(account, gone, each.order_cents, each.of_order_cents)
        happened += taken if len(taken) > 1 else []
    return happened


def on_won(account: Account, event: ChargebackWon, credit_months: int) -> list[BillingEvent]:
    """Give again what is surplus of a payment that was won back, less what of its credit had been spent before."""
    known = next((each for each in account.chargebacks if each.is_of(event)), None)
    spent, of_order = (known.lost_cents, known.of_order_cents) if known is not None else (0, 0)
    amount = max(0, event.surplus_cents - spent)
    noted = ChargebackNoted(
        customer_id=event.customer_id,
        order_id=event.order_id,
        payment_source=event.payment_source,
        payment_id=event.payment_id,
        order_cents=event.order_cents,
        surplus_cents=event.surplus_cents,
        taken_back_cents=0,
        is_won=True,
        content_hash=event.content_hash,
    )
    less = f", {euros(spent)} of it were spent before" if spent else ""
    granted: list[BillingEvent] = [noted]
    if amount:
        granted.append(_granted(event, CreditOrigin.PAYMENT_SURPLUS, amount, less, credit_months))
    if of_order:
        granted.append(_granted(event, CreditOrigin.SERVICE_ENDED, of_order, "", credit_months))
    return granted


def _taken_back(account: Account, gone: _Gone, order_cents: int, of_order_cents: int) -> list[BillingEvent]:
    """Note what of a payment is gone, and take it back as far as it is there; `of_order_cents` were taken before."""
    surplus = list(_reversed(account, gone, gone.surplus_cents, gone.is_surplus))
    rest = list(_reversed(account, gone, gone.order_cents, gone.is_of_order))
    noted = ChargebackNoted(
        customer_id=gone.customer_id,
        order_id=gone.order_id,
        payment_source=gone.payment.payment_source,
        payment_id=gone.payment.payment_id,
        order_cents=order_cents,
        surplus_cents=gone.surplus_cents,
        taken_back_cents=sum(each.amount_cents for each in surplus),
        of_order_cents=of_order_cents + sum(each.amount_cents for each in rest),
        content_hash=gone.content_hash,
    )
    return [noted, *surplus, *rest]


def _reversed(
    account: Account, gone: _Gone, cents: int, is_meant: Callable[[Credit], bool]
) -> Iterator[CreditReversed]:
    for name, credit in sorted(account.credits.items(), key=lambda item: (item[1].expires_on, item[0])):
        amount = min(cents, credit.amount_cents)
        if amount and is_meant(credit):
            cents -= amount
            named = f"payment {gone.payment.payment_id} of {gone.payment.payment_source}"
            of = f"{euros(amount)} of {euros(credit.amount_cents)} taken back"
            yield CreditReversed(
                customer_id=gone.customer_id,
                order_id=credit.order_id,
                credit_id=name,
                amount_cents=amount,
                remaining_cents=credit.amount_cents - amount,
                reversed_on=gone.on,
                origin=credit.origin,
                payment_source=gone.payment.payment_source,
                payment_id=gone.payment.payment_id,
                explanation=f"{of}: {named} was charged back",
            )


def _granted(event: ChargebackWon, origin: CreditOrigin, amount: int, less: str, credit_months: int) -> CreditGranted:
    of_payment = origin is CreditOrigin.PAYMENT_SURPLUS
    payment = (event.payment_source, event.payment_id)
    moment = (event.taken_at or event.won_on).isoformat()
    return CreditGranted(
        customer_id=event.customer_id,
        order_id=event.order_id,
        credit_id=credit_id("won", *payment, moment, origin),
        amount_cents=amount,
        granted_on=event.won_on,
        expires_on=add_months(event.won_on, credit_months),
        origin=origin,
        payment_source=payment[0] if of_payment else None,
        payment_id=payment[1] if of_payment else None,
        explanation=f"payment {payment[1]} of {payment[0]} was won back{less}: {euros(amount)}",
    )
