"""Where did the money go? Invariant 18: every cent of every payment, per account and in total."""

from collections import Counter
from collections.abc import Iterator

from operations.verify.evidence import Evidence
from operations.verify.findings import Finding, Place
from schemas.billing import CreditExpired, CreditGranted, CreditRefunded, CreditReturned, CreditUsed, OrderPriced
from schemas.orders import OrderCancelled, OrderExpired, OrderPriceNoted, OrderRefused, OrderSettled
from schemas.payments import PaymentHeld, PaymentRegistered
from schemas.vocabulary import CreditOrigin

_FROM_PAYMENTS = (CreditOrigin.PAYMENT_SURPLUS, CreditOrigin.PAYMENT_ON_CLOSED_ORDER, CreditOrigin.ORDER_CLOSED)


def check(evidence: Evidence) -> Iterator[Finding]:
    """Add up each account, then all of them."""
    finding = Finding(18)
    for account in evidence.accounts:
        received, allocated, held, credited = _account(finding, evidence, account)
        finding.cents.update(received=received, allocated=allocated, held=held, credited=credited)
    cents = finding.cents
    is_right = cents["received"] == cents["allocated"] + cents["held"] + cents["credited"]
    finding.look(is_right or bool(evidence.undrained), Place(), f"in total: {sums(finding)}")
    yield finding


def sums(finding: Finding) -> str:
    """Say where all the money is."""
    cents = finding.cents
    kept = f"allocated {cents['allocated']}, held {cents['held']}, credit and refunds {cents['credited']} cents"
    return f"received {cents['received']}, {kept}"


def _account(finding: Finding, evidence: Evidence, account: str) -> tuple[int, int, int, int]:
    orders = evidence.held("orders")
    payments = orders.facts(account, PaymentRegistered)
    closings = orders.facts(account, OrderCancelled, OrderExpired)
    place = Place("orders", account)
    times = Counter((each.payment_source, each.payment_id) for each in payments)
    for payment, count in times.items():
        finding.look(count == 1, place, f"payment {'/'.join(payment)} was registered {count} times")
    held = {(each.payment_source, each.payment_id): each.amount_cents for each in orders.facts(account, PaymentHeld)}
    waiting = sum(amount for payment, amount in held.items() if payment not in times)
    received = sum(each.amount_cents for each in payments) + waiting
    surplus = sum(each.surplus_cents for each in [*payments, *closings])
    allocated = _allocations(finding, evidence, account)
    credited = _credit(finding, evidence, account)
    what = f"received {received}, allocated {allocated}, held {waiting}, surplus {surplus} cents"
    finding.look(received == allocated + waiting + surplus, place, what)
    is_credited = credited == surplus or bool(evidence.undrained)
    finding.look(is_credited, Place("billing", account), f"surplus {surplus}, credit granted {credited} cents")
    return received, allocated, waiting, credited


def _allocations(finding: Finding, evidence: Evidence, account: str) -> int:
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
    for order_id, amount in sums.items():
        due = 0 if order_id in closed or order_id not in totals else settled.get(order_id)
        is_right = amount == due if due is not None else 0 <= amount < totals[order_id]
        what = f"{order_id} keeps {amount} cents; due are {due if due is not None else totals[order_id]}"
        finding.look(is_right, Place("orders", account), what)
    for order_id, total in settled.items():
        if order_id not in sums:
            is_free = total == 0 or order_id in closed
            finding.look(is_free, Place("orders", account), f"{order_id} settled without money")
    return sum(sums.values())


def _credit(finding: Finding, evidence: Evidence, account: str) -> int:
    billing = evidence.held("billing")
    grants = billing.facts(account, CreditGranted)
    begun = billing.facts(account, CreditGranted, CreditReturned)
    gone: Counter[str] = Counter()
    for each in billing.facts(account, CreditUsed, CreditExpired, CreditRefunded):
        gone[each.credit_id] += each.amount_cents
    place = Place("billing", account)
    amounts = {each.credit_id: each.amount_cents for each in begun}
    finding.look(len(amounts) == len(begun), place, "a credit was granted or given back twice")
    for credit_id, amount in gone.items():
        finding.look(amount <= amounts.get(credit_id, 0), place, f"credit {credit_id} gave more than it had")
    _paid_by_credit(finding, evidence, account)
    return sum(each.amount_cents for each in grants if each.origin in _FROM_PAYMENTS)


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
