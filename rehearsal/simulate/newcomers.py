"""How do those order who own nothing yet? Bought, paid in every way, cancelled, refused."""

from rehearsal.play.carts import DOCUMENTS, E_INVOICING, RECEIVE_ONLY, Body
from rehearsal.play.refused import NEWCOMERS
from rehearsal.simulate.clerk import Clerk, bought, outcome
from rehearsal.simulate.errands import Cancel, Errand, Step, Until

BOTH = (E_INVOICING, DOCUMENTS)


def _both(clerk: Clerk) -> Body:
    return clerk.cart(clerk.names.buyer(), *BOTH)


def _buying(case: str, clerk: Clerk, body: Body) -> Errand:
    return Errand(case, bought(clerk, body), (outcome(body, "ACTIVATED", payments=1),))


def both_products(clerk: Clerk) -> Errand:
    """Case 1: both in one cart."""
    return _buying("both products", clerk, _both(clerk))


def e_invoicing_alone(clerk: Clerk) -> Errand:
    """Documents is free, and still not added."""
    return _buying("e-invoicing alone", clerk, clerk.cart(clerk.names.buyer(), E_INVOICING))


def receive_only(clerk: Clerk) -> Errand:
    """Buy the other variant."""
    return _buying("receive-only", clerk, clerk.cart(clerk.names.buyer(), RECEIVE_ONLY))


def a_professional(clerk: Clerk) -> Errand:
    """Buy as a holder of a VAT number, written to in English."""
    return _buying("a professional", clerk, clerk.cart(clerk.names.buyer("VAT_HOLDER", locale="en"), *BOTH))


def an_accountant(clerk: Clerk) -> Errand:
    """Buy what an accountant may have: e-invoicing, without Documents."""
    return _buying("an accountant", clerk, clerk.cart(clerk.names.buyer("ACCOUNTANT"), E_INVOICING))


def a_firm_with_a_tax_code(clerk: Clerk) -> Errand:
    """Buy as a legal person without a VAT number."""
    buyer = clerk.names.buyer(vat_number=None, tax_code=clerk.names.vat_number())
    return _buying("a firm with a tax code", clerk, clerk.cart(buyer, *BOTH))


def a_certified_mail_address(clerk: Clerk) -> Errand:
    """R39: taken, and flagged."""
    buyer = clerk.names.buyer()
    buyer = buyer.but(email=f"{buyer.customer_id}@{clerk.dice.choice(clerk.catalogue.certified_mail_domains)}")
    return _buying("a certified-mail address", clerk, clerk.cart(buyer, *BOTH))


def submitted_twice(clerk: Clerk) -> Errand:
    """Submit a cart again, at once over Kafka or later by whatever way: one order."""
    body = _both(clerk)
    first = clerk.submit(body)
    if first.way == "http" or clerk.chance(50):
        again: tuple[Step, ...] = (Until(first.order_id, "decided"), clerk.submit(body, "repeated"))
    else:
        again = (clerk.submit(body, "repeated", first.way),)
    steps = (first, *again, clerk.pay(body))
    return Errand("submitted twice", steps, (outcome(body, "ACTIVATED", payments=1),))


def another_cart_under_its_id(clerk: Clerk) -> Errand:
    """Submit another cart under an id that is used: it is refused and changes nothing."""
    body = _both(clerk)
    other = {**body, "lines": body["lines"][:1]}
    steps = (
        clerk.submit(body),
        Until(str(body["order_id"]), "decided"),
        clerk.submit(other, "conflict", "http"),
        clerk.pay(body),
    )
    return Errand("another cart under its id", steps, (outcome(body, "ACTIVATED", payments=1),))


def paid_in_two_parts(clerk: Clerk) -> Errand:
    """R23: nothing activates before the second part."""
    body = _both(clerk)
    part = clerk.dice.randrange(1, clerk.total(*BOTH))
    steps = (clerk.submit(body), clerk.pay(body, part), clerk.pay(body, more=-part))
    return Errand("paid in two parts", steps, (outcome(body, "ACTIVATED", payments=2),))


def paid_short(clerk: Clerk) -> Errand:
    """R23: and the rest never comes."""
    body = _both(clerk)
    steps = (clerk.submit(body), clerk.pay(body, more=-clerk.dice.randrange(1, 500)))
    return Errand("paid short", steps, (outcome(body, "PARTIALLY_PAID", payments=1),))


def paid_too_much(clerk: Clerk) -> Errand:
    """R24: the surplus becomes credit."""
    body = _both(clerk)
    surplus = clerk.dice.randrange(1, 5000)
    ends = outcome(body, "ACTIVATED", payments=1, surplus_cents=surplus)
    return Errand("paid too much", (clerk.submit(body), clerk.pay(body, more=surplus)), (ends,))


def paid_again(clerk: Clerk) -> Errand:
    """R25: a different payment on a settled order is all surplus."""
    body = _both(clerk)
    order_id = str(body["order_id"])
    steps = (*bought(clerk, body), Until(order_id, "settled"), clerk.pay(body))
    return Errand("paid again", steps, (outcome(body, "ACTIVATED", payments=2, surplus_is_total=True),))


def told_twice(clerk: Clerk) -> Errand:
    """R25: the same payment by two ways counts once."""
    body, payment = _both(clerk), clerk.names.payment()
    steps = (
        clerk.submit(body),
        clerk.pay(body, payment_id=payment),
        Until(str(body["order_id"]), "settled"),
        clerk.pay(body, payment_id=payment, answer="repeated"),
    )
    return Errand("a payment told twice", steps, (outcome(body, "ACTIVATED", payments=1),))


def told_otherwise(clerk: Clerk) -> Errand:
    """R25: the same payment with another amount conflicts."""
    body, payment = _both(clerk), clerk.names.payment()
    steps = (
        clerk.submit(body),
        clerk.pay(body, payment_id=payment),
        Until(str(body["order_id"]), "settled"),
        clerk.pay(body, 1, payment_id=payment, answer="conflict"),
    )
    return Errand("a payment told otherwise", steps, (outcome(body, "ACTIVATED", payments=1, conflicts=1),))


def paid_by_a_stranger(clerk: Clerk) -> Errand:
    """R25: a payer who is not the order's customer."""
    body = _both(clerk)
    stranger = clerk.names.buyer().customer_id
    paid = clerk.pay(body, clerk.total(*BOTH), payer=stranger, answer="conflict")
    steps = (clerk.submit(body), Until(str(body["order_id"]), "decided"), paid)
    return Errand("paid by a stranger", steps, (outcome(body, "AWAITING_PAYMENT", conflicts=1),))


def paid_before_its_order(clerk: Clerk) -> Errand:
    """R27: held, and registered once there is a price."""
    body = _both(clerk)
    # One way for both, else nobody knows which comes first.
    way = clerk.way()
    paid = clerk.pay(body, clerk.total(*BOTH), answer="held", way=way)
    return Errand(
        "paid before its order", (paid, clerk.submit(body, way=way)), (outcome(body, "ACTIVATED", payments=1),)
    )


def paid_with_its_order(clerk: Clerk) -> Errand:
    """R27: in one breath, before there can be a price."""
    body, way = _both(clerk), clerk.way()
    steps = (clerk.submit(body, way=way), clerk.pay(body, clerk.total(*BOTH), way=way))
    return Errand("paid with its order", steps, (outcome(body, "ACTIVATED", payments=1),))


def never_paid(clerk: Clerk) -> Errand:
    """Let the order wait."""
    body = _both(clerk)
    return Errand("never paid", (clerk.submit(body),), (outcome(body, "AWAITING_PAYMENT"),))


def cancelled(clerk: Clerk) -> Errand:
    """R21: given up, before or after its price is known."""
    body = _both(clerk)
    order_id, customer_id = str(body["order_id"]), str(body["customer"]["customer_id"])
    waits = Until(order_id, "priced" if clerk.chance(50) else "decided")
    steps = (clerk.submit(body), waits, Cancel(order_id, customer_id, clerk.way()))
    return Errand("cancelled", steps, (outcome(body, "CANCELLED", reason="CUSTOMER_REQUEST"),))


def cancelled_then_paid(clerk: Clerk) -> Errand:
    """R28: money on a closed order becomes credit."""
    body = _both(clerk)
    order_id, customer_id = str(body["order_id"]), str(body["customer"]["customer_id"])
    cents = clerk.total(*BOTH)
    steps = (
        clerk.submit(body),
        Until(order_id, "priced"),
        Cancel(order_id, customer_id, clerk.way()),
        Until(order_id, "closed"),
        clerk.pay(body, cents),
    )
    ends = outcome(body, "CANCELLED", reason="CUSTOMER_REQUEST", payments=1, surplus_cents=cents)
    return Errand("cancelled, then paid", steps, (ends,))


def promised_less(clerk: Clerk) -> Errand:
    """R22: below the computed total, the order closes."""
    body = clerk.cart(clerk.names.buyer(), *BOTH, expected_total_cents=clerk.total(*BOTH) - 1)
    return Errand("promised for less", (clerk.submit(body),), (outcome(body, "CANCELLED", reason="PRICE_CHANGED"),))


def promised_more(clerk: Clerk) -> Errand:
    """R22: above it, the computed total stands."""
    body = clerk.cart(clerk.names.buyer(), *BOTH, expected_total_cents=clerk.total(*BOTH) + 1000)
    return _buying("promised for more", clerk, body)


def refused(clerk: Clerk) -> Errand:
    """R8: somebody who may not buy this."""
    mistake = clerk.dice.choice(NEWCOMERS)
    body = clerk.cart(clerk.names.buyer(**mistake.changes), *mistake.products, channel=mistake.channel)
    ends = outcome(body, "REFUSED", violations=tuple(sorted(mistake.codes)))
    return Errand("refused: " + mistake.what, (clerk.submit(body, "refused"),), (ends,))


def refused_then_paid(clerk: Clerk) -> Errand:
    """R28: money on a refused order becomes credit."""
    body = clerk.cart(clerk.names.buyer("PRIVATE_PERSON"), E_INVOICING)
    cents = clerk.dice.randrange(100, 5000)
    steps = (clerk.submit(body, "refused"), Until(str(body["order_id"]), "decided"), clerk.pay(body, cents))
    ends = outcome(body, "REFUSED", violations=("BUYER_NOT_ELIGIBLE",), payments=1, surplus_cents=cents)
    return Errand("refused, then paid", steps, (ends,))
