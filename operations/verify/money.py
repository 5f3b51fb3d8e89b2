"""Where did the money go? Invariant 18: every cent of every payment, per account and in total; and no dead end."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from operations.verify.chargebacks import ChargedBack, charged_back
from operations.verify.dead_ends import dead_ends
from operations.verify.evidence import Evidence
from operations.verify.findings import Finding, Place
from schemas.billing import (
    CreditExpired,
    CreditGranted,
    CreditRefunded,
    CreditReturned,
    CreditUsed,
    OrderPriced,
    RefundDue,
    RefundPaid,
)
from schemas.orders import OrderCancelled, OrderExpired, OrderPriceNoted, OrderRefused, OrderSettled
from schemas.payments import (
    MoneyDestination,
    PaymentConflicted,
    PaymentHeld,
    PaymentRegistered,
    PaymentResolved,
    RefundReason,
)
from schemas.reversals import CreditReversed
from schemas.vocabulary import CreditOrigin, PaymentResolution
from services.billing.domain.refunds import refund_of_credit
from services.orders.domain.commands import content_hash

_FROM_PAYMENTS = (CreditOrigin.PAYMENT_SURPLUS, CreditOrigin.PAYMENT_ON_CLOSED_ORDER, CreditOrigin.ORDER_CLOSED)
_OF_MONEY_WITHOUT_AN_ORDER = (RefundReason.ORDER_CLOSED, RefundReason.PAYMENT_RETURNED)


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Where the cents of an account are: each received one is in exactly one of the others."""

    received: int = 0
    allocated: int = 0
    """With an order."""
    held: int = 0
    """It waits for its order, or for an operator's word."""
    credit: int = 0
    refund_due: int = 0
    refunded: int = 0

    @property
    def found(self) -> int:
        """Add up where they are."""
        return self.allocated + self.held + self.credit + self.refund_due + self.refunded


def check(evidence: Evidence) -> Iterator[Finding]:
    """Add up each account, then all of them; then look for dead ends."""
    finding = Finding(18)
    for account in evidence.accounts:
        finding.cents.update(asdict(_account(finding, evidence, account)))
    total = Whereabouts(**finding.cents)
    finding.look(total.received == total.found or bool(evidence.undrained), Place(), f"in total: {sums(finding)}")
    for place, what in dead_ends(evidence):
        finding.look(what is None, place, what or "")
    yield finding


def sums(finding: Finding) -> str:
    """Say where all the money is."""
    cents = finding.cents
    places = ("allocated", "held", "credit", "refund_due", "refunded")
    found = ", ".join(f"{name.replace('_', ' ')} {cents[name]}" for name in places)
    return f"received {cents['received']} cents: {found}"


def _account(finding: Finding, evidence: Evidence, account: str) -> Whereabouts:
    orders = evidence.held("orders")
    payments = orders.facts(account, PaymentRegistered)
    closings = orders.facts(account, OrderCancelled, OrderExpired)
    resolved = orders.facts(account, PaymentResolved)
    place = Place("orders", account)
    for payment, count in Counter(_identity(each) for each in payments).items():
        finding.look(count == 1, place, f"payment {'/'.join(payment)} was registered {count} times")
    for payment, count in Counter(_content(each) for each in resolved).items():
        finding.look(count == 1, place, f"payment {'/'.join(payment)} was resolved {count} times")

    gone = charged_back(evidence, account, _FROM_PAYMENTS)
    held, allocated = _waiting(evidence, account, gone), _allocations(finding, evidence, account, gone)
    credited = sum(each.amount_cents for each in resolved if each.action is PaymentResolution.TO_CREDIT)
    returned = sum(each.amount_cents for each in resolved if each.action is PaymentResolution.REFUND)
    received = sum(each.amount_cents for each in payments) + held + credited + returned - gone.received
    surplus = sum(each.surplus_cents for each in [*payments, *closings] if not _is_paid_back(each))
    to_credit = credited + surplus - gone.surplus
    to_refund = returned + sum(each.surplus_cents for each in closings if _is_paid_back(each))
    what = f"received {received}, allocated {allocated}, held {held}, to credit {to_credit}, to refund {to_refund}"
    finding.look(received == allocated + held + to_credit + to_refund, place, what)
    credit, paid_back = _credit(finding, evidence, account, to_credit, gone)
    due, refunded = _refunds(finding, evidence, account, to_refund + sum(paid_back.values()), paid_back)
    return Whereabouts(received, allocated, held, credit, due, refunded)


def _waiting(evidence: Evidence, account: str, charged: ChargedBack) -> int:
    """Add up what waits: held, and not registered, charged back or in conflict since; in conflict, and not resolved."""
    orders = evidence.held("orders")
    gone = {_content(each) for each in orders.facts(account, PaymentRegistered, PaymentResolved)} | charged.of_held
    waits = orders.facts(account, PaymentHeld, PaymentConflicted)
    return sum({key: each.amount_cents for each in waits if (key := _content(each)) not in gone}.values())


def _allocations(finding: Finding, evidence: Evidence, account: str, gone: ChargedBack) -> int:
    """Add up what stayed with each order: what was due where it is settled, nothing where it closed or has no price."""
    orders = evidence.held("orders")
    payments = orders.facts(account, PaymentRegistered)
    prices = orders.facts(account, OrderPriceNoted)
    totals = {each.order_id: each.total_cents - each.credit_cents for each in prices}
    settled = {each.order_id: totals.get(each.order_id, 0) for each in orders.facts(account, OrderSettled)}
    closed = {each.order_id for each in orders.facts(account, OrderRefused, OrderCancelled, OrderExpired)}
    sums: Counter[str] = Counter()
    for each in [*payments, *orders.facts(account, OrderCancelled, OrderExpired)]:
        sums[each.order_id] += getattr(each, "amount_cents", 0) - each.surplus_cents
    sums.subtract(gone.by_order)
    for order_id, amount in sums.items():
        due = 0 if order_id in closed or order_id not in totals else settled.get(order_id)
        due = due - gone.lacking[order_id] if due else due
        is_right = amount == due if due is not None else 0 <= amount < totals[order_id]
        what = f"{order_id} keeps {amount} cents; due are {due if due is not None else totals[order_id]}"
        finding.look(is_right, Place("orders", account), what)
    for order_id, total in settled.items():
        if order_id not in sums:
            is_free = total == 0 or order_id in closed
            finding.look(is_free, Place("orders", account), f"{order_id} settled without money")
    return sum(sums.values())


def _credit(
    finding: Finding, evidence: Evidence, account: str, expected: int, charged: ChargedBack
) -> tuple[int, dict[str, int]]:
    """Return what became credit and still counts as such, and the refunds by which some of it is paid back."""
    billing = evidence.held("billing")
    grants = billing.facts(account, CreditGranted)
    begun = billing.facts(account, CreditGranted, CreditReturned)
    gone: Counter[str] = Counter()
    for each in billing.facts(account, CreditUsed, CreditExpired, CreditRefunded, CreditReversed):
        gone[each.credit_id] += each.amount_cents
    place = Place("billing", account)
    amounts = {each.credit_id: each.amount_cents for each in begun}
    finding.look(len(amounts) == len(begun), place, "a credit was granted or given back twice")
    for credit_id, amount in gone.items():
        finding.look(amount <= amounts.get(credit_id, 0), place, f"credit {credit_id} gave more than it had")
    _paid_by_credit(finding, evidence, account)
    granted = sum(each.amount_cents for each in grants if each.origin in _FROM_PAYMENTS)
    granted -= charged.reversed + charged.spent
    finding.look(
        granted == expected or bool(evidence.undrained), place, f"to credit {expected}, granted {granted} cents"
    )
    refunds = billing.facts(account, CreditRefunded)
    paid_back = {
        refund_of_credit(each.credit_id): each.amount_cents for each in refunds if each.origin in _FROM_PAYMENTS
    }
    return granted - sum(paid_back.values()), paid_back


def _paid_by_credit(finding: Finding, evidence: Evidence, account: str) -> None:
    """Compare what credit paid of each order with its price, and what came back with what a closed order had used."""
    orders, billing = evidence.held("orders"), evidence.held("billing")
    closed = {each.order_id for each in orders.facts(account, OrderCancelled, OrderExpired)}
    used: Counter[str] = Counter()
    returned: Counter[str] = Counter()
    for each in billing.facts(account, CreditUsed, CreditReturned):
        (used if isinstance(each, CreditUsed) else returned)[each.order_id] += each.amount_cents
    prices = {each.order_id: each.credit_cents for each in billing.facts(account, OrderPriced)}
    for order_id in sorted(used.keys() | returned.keys() | prices.keys()):
        paid, back, price = used[order_id], returned[order_id], prices.get(order_id, 0)
        right = {0, paid} if evidence.undrained else {paid if order_id in closed else 0}
        what = f"{order_id} was priced with {price} cents of credit, used {paid} and gave {back} back"
        finding.look(paid == price and back in right, Place("billing", account), what)


def _refunds(
    finding: Finding, evidence: Evidence, account: str, expected: int, of_credit: Mapping[str, int]
) -> tuple[int, int]:
    """Return what is still to be paid back of money that has no order any more, and what was."""
    billing = evidence.held("billing")
    due = {each.refund_id: each for each in billing.facts(account, RefundDue)}
    paid = billing.facts(account, RefundPaid)
    place = Place("billing", account)
    finding.look(len(due) == len(billing.facts(account, RefundDue)), place, "a refund came due twice")
    finding.look(len({each.refund_id for each in paid}) == len(paid), place, "a refund was paid twice")
    for each in paid:
        owed = due.get(each.refund_id)
        is_right = owed is not None and owed.amount_cents == each.amount_cents
        finding.look(is_right, place, f"refund {each.refund_id} paid {each.amount_cents} cents, other than was due")
    ours = {
        name: each.amount_cents
        for name, each in due.items()
        if each.reason in _OF_MONEY_WITHOUT_AN_ORDER or name in of_credit
    }
    owed_cents, paid_cents = sum(ours.values()), sum(each.amount_cents for each in paid if each.refund_id in ours)
    is_due = owed_cents == expected or bool(evidence.undrained)
    finding.look(is_due, place, f"to refund {expected}, due and paid {owed_cents} cents")
    return owed_cents - paid_cents, paid_cents


def _is_paid_back(each: Any) -> bool:
    return isinstance(each, OrderCancelled) and each.money is MoneyDestination.TO_REFUND


def _identity(payment: PaymentRegistered) -> tuple[str, ...]:
    """Name a payment as it counts once: under one identity, only operators let several in."""
    return payment.payment_source, payment.payment_id, payment.content_hash or ""


def _content(payment: Any) -> tuple[str, ...]:
    """Name a payment by what it was reported as."""
    stored = getattr(payment, "content_hash", None)
    content = stored or content_hash(payment.customer_id, payment.order_id, payment.amount_cents)
    return payment.payment_source, payment.payment_id, content
