"""Which credit pays an order, and what comes back where the order closes? Each cent pays one order at a time (R41)."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from msgspec.structs import replace

from schemas.billing import CreditExpired, CreditGranted, CreditReturned, CreditUsed, OrderPriced
from schemas.envelope import Event
from schemas.money import euros
from schemas.orders import OrderCancelled, OrderExpired, OrderPlaced
from schemas.vocabulary import CreditOrigin
from services.billing.domain.charges import UsedCredit
from services.billing.domain.credit import expire
from services.billing.domain.model import Account, Credit, credit_id, reinstated_id


def overdue(account: Account, customer_id: str, on: date) -> list[CreditExpired]:
    """End the credit whose last day was before a date, whether or not its timer has fired."""
    lapsed = sorted((credit.expires_on, name) for name, credit in account.credits.items() if credit.expires_on < on)
    return [expire(customer_id, name, account.credits[name]) for _, name in lapsed]


def pay(priced: Sequence[Event], order: OrderPlaced, account: Account) -> list[Event]:
    """Pay what was priced from the customer's credit, where the order says so: what expires first goes first.

    Credit that has expired since the order came is credit still: no outage of ours takes it (R1).
    """
    *before, total = priced
    if not order.use_credit or not isinstance(total, OrderPriced):
        return list(priced)
    used = list(_used(order, account, total.total_cents))
    credit_cents = sum(each.amount_cents for each in used if isinstance(each, CreditUsed))
    return [*before, total.model_copy(update={"credit_cents": credit_cents}), *used]


def give_back(
    order: OrderCancelled | OrderExpired, used: Sequence[UsedCredit], closed_on: date
) -> list[CreditReturned]:
    """Give back the credit that a closing order had used.

    Its clock stood meanwhile: its old expiry moves by the days for which it was used, so that it has the time left
    that it had, even where the old expiry has passed. What is given back is a credit of its own: a rest of the old one
    keeps its date.
    """
    return [_returned(order, each, max(closed_on - each.used_on, timedelta(0)), closed_on) for each in used]


def _used(order: OrderPlaced, account: Account, total_cents: int) -> Iterator[CreditGranted | CreditUsed]:
    in_time = {name: each for name, each in account.lapsed.items() if each.expires_on >= order.ordered_on}
    due = total_cents
    for name, credit in sorted({**account.credits, **in_time}.items(), key=lambda item: (item[1].expires_on, item[0])):
        amount = min(due, credit.amount_cents)
        if not amount:
            break
        due -= amount
        if name not in in_time:
            yield _paid(order, name, credit, amount)
            continue
        granted = _reinstated(order, name, credit, amount)
        yield granted
        yield _paid(order, granted.credit_id, replace(credit, amount_cents=amount, origin=granted.origin), amount)


def _reinstated(order: OrderPlaced, name: str, credit: Credit, amount: int) -> CreditGranted:
    came = f"order {order.order_id} came on {order.ordered_on} and was read later"
    return CreditGranted(
        customer_id=order.customer_id,
        order_id=order.order_id,
        credit_id=reinstated_id(order.order_id, name),
        amount_cents=amount,
        granted_on=order.ordered_on,
        expires_on=credit.expires_on,
        origin=CreditOrigin.REINSTATED,
        explanation=f"{euros(amount)} could be used through {credit.expires_on}: {came}",
    )


def _paid(order: OrderPlaced, name: str, credit: Credit, amount: int) -> CreditUsed:
    used_of = f"{euros(amount)} of {euros(credit.amount_cents)}, usable through {credit.expires_on}"
    return CreditUsed(
        customer_id=order.customer_id,
        order_id=order.order_id,
        credit_id=name,
        amount_cents=amount,
        remaining_cents=credit.amount_cents - amount,
        used_on=order.ordered_on,
        expires_on=credit.expires_on,
        origin=credit.origin,
        explanation=f"{used_of}, paid for order {order.order_id}",
    )


def _returned(
    order: OrderCancelled | OrderExpired, used: UsedCredit, stood: timedelta, closed_on: date
) -> CreditReturned:
    expires_on = used.expires_on + stood
    explanation = f"{euros(used.amount_cents)} back from order {order.order_id}, closed: {order.reason}"
    if stood:
        explanation += f". Used for {stood.days} days, it can be used through {expires_on} instead of {used.expires_on}"
    return CreditReturned(
        customer_id=order.customer_id,
        order_id=order.order_id,
        credit_id=credit_id("returned", order.order_id, used.credit_id),
        used_credit_id=used.credit_id,
        amount_cents=used.amount_cents,
        returned_on=closed_on,
        expires_on=expires_on,
        origin=used.origin,
        explanation=explanation,
    )
