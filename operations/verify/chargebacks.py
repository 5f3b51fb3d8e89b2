"""What of an account's money was charged back, and not won back? Part of invariant 18."""

from collections import Counter
from dataclasses import dataclass, field

from operations.verify.evidence import Evidence
from schemas.payments import ChargebackWon, PaymentChargedBack
from schemas.reversals import ChargebackNoted, CreditReversed
from schemas.vocabulary import CreditOrigin


@dataclass(slots=True)
class ChargedBack:
    """What chargebacks changed, in cents; what was won back since counts no more."""

    received: int = 0
    surplus: int = 0
    """Of it: what had become credit."""
    by_order: Counter[str] = field(default_factory=Counter)
    """Of it: what had paid for orders."""
    lacking: Counter[str] = field(default_factory=Counter)
    """What settled orders lack of their price."""
    of_held: set[tuple[str, ...]] = field(default_factory=set)
    """Payments that had waited: they wait no more, and were never counted as registered."""
    spent: int = 0
    """Credit that its customer had spent before its money went."""
    reversed: int = 0
    """Credit of payments that was taken back."""


def charged_back(evidence: Evidence, account: str, origins: tuple[CreditOrigin, ...]) -> ChargedBack:
    """Add up an account's chargebacks; `origins` are those of credit that came of payments."""
    found = ChargedBack()
    lacking: dict[tuple[str, ...], tuple[str, int]] = {}
    for event in evidence.held("orders").facts(account, PaymentChargedBack, ChargebackWon):
        payment = (event.payment_source, event.payment_id, event.content_hash)
        sign = 1 if isinstance(event, PaymentChargedBack) else -1
        is_held = not event.order_cents and not event.surplus_cents
        found.received += 0 if is_held else sign * event.amount_cents
        found.surplus += sign * event.surplus_cents
        found.by_order[event.order_id] += sign * event.order_cents
        if is_held and sign > 0:
            found.of_held.add(payment)
        elif is_held:
            found.of_held.discard(payment)
        lacking.pop(payment, None)
        if isinstance(event, PaymentChargedBack) and event.was_settled:
            lacking[payment] = (event.order_id, event.order_cents)
    for order_id, cents in lacking.values():
        found.lacking[order_id] += cents
    billing = evidence.held("billing")
    spent: dict[tuple[str, str], int] = {}
    for noted in billing.facts(account, ChargebackNoted):
        name = (noted.payment_source, noted.payment_id)
        before = spent.get(name, 0)
        lost = before - noted.surplus_cents if noted.is_won else noted.surplus_cents - noted.taken_back_cents
        spent[name] = max(0, lost)
    found.spent = sum(spent.values())
    taken = (each for each in billing.facts(account, CreditReversed) if each.origin in origins)
    found.reversed = sum(each.amount_cents for each in taken)
    return found
