"""How do those order who own nothing yet? Bought, paid in every way, cancelled, refused."""

from rehearsal.play.carts import DOCUMENTS, E_INVOICING, RECEIVE_ONLY, Body
from rehearsal.play.refused import FIRST_PURCHASES
from rehearsal.simulate.scenarios import Cancel, Scenario, Step, Until
from rehearsal.simulate.writer import Writer, bought, outcome

BOTH = (E_INVOICING, DOCUMENTS)


def _both(writer: Writer) -> Body:
    return writer.cart(writer.names.buyer(), *BOTH)


def _buying(case: str, writer: Writer, body: Body) -> Scenario:
    return Scenario(case, bought(writer, body), (outcome(body, "ACTIVATED", payments=1),))


def both_products(writer: Writer) -> Scenario:
    """Case 1: both in one cart."""
    return _buying("both products", writer, _both(writer))


def e_invoicing_alone(writer: Writer) -> Scenario:
    """Documents is free, and still not added."""
    return _buying("e-invoicing alone", writer, writer.cart(writer.names.buyer(), E_INVOICING))


def receive_only(writer: Writer) -> Scenario:
    """Buy the other variant."""
    return _buying("receive-only", writer, writer.cart(writer.names.buyer(), RECEIVE_ONLY))


def a_professional(writer: Writer) -> Scenario:
    """Buy as a holder of a VAT number, written to in English."""
    return _buying("a professional", writer, writer.cart(writer.names.buyer("VAT_HOLDER", locale="en"), *BOTH))


def an_accountant(writer: Writer) -> Scenario:
    """Buy what an accountant may have: e-invoicing, without Documents."""
    return _buying("an accountant", writer, writer.cart(writer.names.buyer("ACCOUNTANT"), E_INVOICING))


def a_firm_with_a_tax_code(writer: Writer) -> Scenario:
    """Buy as a legal person without a VAT number."""
    buyer = writer.names.buyer(vat_number=None, tax_code=writer.names.vat_number())
    return _buying("a firm with a tax code", writer, writer.cart(buyer, *BOTH))


def a_certified_mail_address(writer: Writer) -> Scenario:
    """R39: taken, and flagged."""
    buyer = writer.names.buyer()
    buyer = buyer.but(email=f"{buyer.customer_id}@{writer.random.choice(writer.catalogue.certified_mail_domains)}")
    return _buying("a certified-mail address", writer, writer.cart(buyer, *BOTH))


def submitted_twice(writer: Writer) -> Scenario:
    """Submit a cart again, at once over Kafka or later by whatever way: one order."""
    body = _both(writer)
    first = writer.submit(body)
    if first.way == "http" or writer.chance(50):
        again: tuple[Step, ...] = (Until(first.order_id, "decided"), writer.submit(body, "repeated"))
    else:
        again = (writer.submit(body, "repeated", first.way),)
    steps = (first, *again, writer.pay(body))
    return Scenario("submitted twice", steps, (outcome(body, "ACTIVATED", payments=1),))


def another_cart_under_its_id(writer: Writer) -> Scenario:
    """Submit another cart under an id that is used: it is refused and changes nothing."""
    body = _both(writer)
    other = {**body, "lines": body["lines"][:1]}
    steps = (
        writer.submit(body),
        Until(str(body["order_id"]), "decided"),
        writer.submit(other, "conflict", "http"),
        writer.pay(body),
    )
    return Scenario("another cart under its id", steps, (outcome(body, "ACTIVATED", payments=1),))


def paid_in_two_parts(writer: Writer) -> Scenario:
    """R23: nothing activates before the second part."""
    body = _both(writer)
    part = writer.random.randrange(1, writer.total(*BOTH))
    steps = (writer.submit(body), writer.pay(body, part), writer.pay(body, more=-part))
    return Scenario("paid in two parts", steps, (outcome(body, "ACTIVATED", payments=2),))


def paid_short(writer: Writer) -> Scenario:
    """R23: the rest never comes."""
    body = _both(writer)
    steps = (writer.submit(body), writer.pay(body, more=-writer.random.randrange(1, 500)))
    return Scenario("paid short", steps, (outcome(body, "PARTIALLY_PAID", payments=1),))


def paid_too_much(writer: Writer) -> Scenario:
    """R24: the surplus becomes credit."""
    body = _both(writer)
    surplus = writer.random.randrange(1, 5000)
    ends = outcome(body, "ACTIVATED", payments=1, surplus_cents=surplus)
    return Scenario("paid too much", (writer.submit(body), writer.pay(body, more=surplus)), (ends,))


def paid_again(writer: Writer) -> Scenario:
    """R25: a different payment on a settled order is all surplus."""
    body = _both(writer)
    order_id = str(body["order_id"])
    steps = (*bought(writer, body), Until(order_id, "settled"), writer.pay(body))
    return Scenario("paid again", steps, (outcome(body, "ACTIVATED", payments=2, surplus_is_total=True),))


def told_twice(writer: Writer) -> Scenario:
    """R25: the same payment by two ways counts once."""
    body, payment = _both(writer), writer.names.payment()
    steps = (
        writer.submit(body),
        writer.pay(body, payment_id=payment),
        Until(str(body["order_id"]), "settled"),
        writer.pay(body, payment_id=payment, answer="repeated"),
    )
    return Scenario("a payment told twice", steps, (outcome(body, "ACTIVATED", payments=1),))


def told_otherwise(writer: Writer) -> Scenario:
    """R25: the same payment with another amount conflicts."""
    body, payment = _both(writer), writer.names.payment()
    steps = (
        writer.submit(body),
        writer.pay(body, payment_id=payment),
        Until(str(body["order_id"]), "settled"),
        writer.pay(body, 1, payment_id=payment, answer="conflict"),
    )
    return Scenario("a payment told otherwise", steps, (outcome(body, "ACTIVATED", payments=1, conflicts=1),))


def paid_by_a_stranger(writer: Writer) -> Scenario:
    """R25: a payer who is not the order's customer."""
    body = _both(writer)
    stranger = writer.names.buyer().customer_id
    paid = writer.pay(body, writer.total(*BOTH), payer=stranger, answer="conflict")
    steps = (writer.submit(body), Until(str(body["order_id"]), "decided"), paid)
    return Scenario("paid by a stranger", steps, (outcome(body, "AWAITING_PAYMENT", conflicts=1),))


def paid_before_its_order(writer: Writer) -> Scenario:
    """R27: held, and registered once there is a price."""
    body = _both(writer)
    # One way for both, else nobody knows which comes first.
    way = writer.way()
    paid = writer.pay(body, writer.total(*BOTH), answer="held", way=way)
    return Scenario(
        "paid before its order", (paid, writer.submit(body, way=way)), (outcome(body, "ACTIVATED", payments=1),)
    )


def paid_with_its_order(writer: Writer) -> Scenario:
    """R27: paid at the same moment, before there can be a price."""
    body, way = _both(writer), writer.way()
    steps = (writer.submit(body, way=way), writer.pay(body, writer.total(*BOTH), way=way))
    return Scenario("paid with its order", steps, (outcome(body, "ACTIVATED", payments=1),))


def never_paid(writer: Writer) -> Scenario:
    """Let the order wait."""
    body = _both(writer)
    return Scenario("never paid", (writer.submit(body),), (outcome(body, "AWAITING_PAYMENT"),))


def cancelled(writer: Writer) -> Scenario:
    """R21: given up, before or after its price is known."""
    body = _both(writer)
    order_id, customer_id = str(body["order_id"]), str(body["customer"]["customer_id"])
    waits = Until(order_id, "priced" if writer.chance(50) else "decided")
    steps = (writer.submit(body), waits, Cancel(order_id, customer_id, writer.way()))
    return Scenario("cancelled", steps, (outcome(body, "CANCELLED", reason="CUSTOMER_REQUEST"),))


def cancelled_then_paid(writer: Writer) -> Scenario:
    """R28: money on a closed order becomes credit."""
    body = _both(writer)
    order_id, customer_id = str(body["order_id"]), str(body["customer"]["customer_id"])
    cents = writer.total(*BOTH)
    steps = (
        writer.submit(body),
        Until(order_id, "priced"),
        Cancel(order_id, customer_id, writer.way()),
        Until(order_id, "closed"),
        writer.pay(body, cents),
    )
    ends = outcome(body, "CANCELLED", reason="CUSTOMER_REQUEST", payments=1, surplus_cents=cents)
    return Scenario("cancelled, then paid", steps, (ends,))


def promised_less(writer: Writer) -> Scenario:
    """R22: below the computed total, the order closes."""
    body = writer.cart(writer.names.buyer(), *BOTH, expected_total_cents=writer.total(*BOTH) - 1)
    return Scenario("promised for less", (writer.submit(body),), (outcome(body, "CANCELLED", reason="PRICE_CHANGED"),))


def promised_more(writer: Writer) -> Scenario:
    """R22: above it, the computed total stands."""
    body = writer.cart(writer.names.buyer(), *BOTH, expected_total_cents=writer.total(*BOTH) + 1000)
    return _buying("promised for more", writer, body)


def refused(writer: Writer) -> Scenario:
    """R8: somebody who may not buy this."""
    mistake = writer.random.choice(FIRST_PURCHASES)
    body = writer.cart(writer.names.buyer(**mistake.changes), *mistake.products, channel=mistake.channel)
    ends = outcome(body, "REFUSED", violations=tuple(sorted(mistake.codes)))
    return Scenario("refused: " + mistake.what, (writer.submit(body, "refused"),), (ends,))


def refused_then_paid(writer: Writer) -> Scenario:
    """R28: money on a refused order becomes credit."""
    body = writer.cart(writer.names.buyer("PRIVATE_PERSON"), E_INVOICING)
    cents = writer.random.randrange(100, 5000)
    steps = (writer.submit(body, "refused"), Until(str(body["order_id"]), "decided"), writer.pay(body, cents))
    ends = outcome(body, "REFUSED", violations=("BUYER_NOT_ELIGIBLE",), payments=1, surplus_cents=cents)
    return Scenario("refused, then paid", steps, (ends,))
