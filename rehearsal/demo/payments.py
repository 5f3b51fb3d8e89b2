"""What becomes of every cent? Payments short, exact, too much, twice, early, late and by the wrong hand."""

from rehearsal.demo.purchases import ORDER_DAY
from rehearsal.demo.story import Story
from rehearsal.play.buyers import Buyer
from rehearsal.play.carts import DOCUMENTS, E_INVOICING, Body, cart, transfer
from rehearsal.play.stage import Stage
from schemas.money import euros


async def _ordered(stage: Stage) -> tuple[Buyer, Body]:
    await stage.at(ORDER_DAY)
    buyer = stage.names.buyer()
    return buyer, await stage.place(cart(stage.names.order(), buyer, E_INVOICING, DOCUMENTS))


async def _credit(stage: Stage, story: Story, buyer: Buyer, cents: int) -> None:
    await stage.event(buyer, "billing.events", "CreditGranted")
    await _ledger(stage, story, buyer, cents)


async def _ledger(stage: Stage, story: Story, buyer: Buyer, cents: int) -> None:
    ledger = (await stage.front.credit(buyer.customer_id)).body
    story.expect("the credit", ledger["balance_cents"], cents)
    for entry in ledger["entries"]:
        story.say(f"credit {entry['kind'].lower()} {euros(entry['amount_cents'])}: {entry['explanation']}")


async def short_then_the_rest(stage: Stage, story: Story) -> None:
    """R23: nothing activates before everything is paid, and no credentials leave."""
    buyer, order = await _ordered(stage)
    await stage.pay(order, 3000)
    short = await stage.mail(buyer, "payment-short")
    story.expect("what is active", await stage.expiries(buyer), {})
    before = sorted(await stage.templates(buyer))
    story.expect("the mails before the payment", before, ["order-received", "payment-short"])
    story.mails.append(short)
    await stage.pay(order, 660, "structured")
    await stage.order_is(order["order_id"], "ACTIVATED")
    await story.tell(stage, buyer, order, mail="activation-credentials")


async def too_much(stage: Stage, story: Story) -> None:
    """R24: the surplus becomes credit."""
    buyer, order = await _ordered(stage)
    await stage.pay(order, 5000)
    await stage.order_is(order["order_id"], "ACTIVATED")
    await _credit(stage, story, buyer, 1340)
    await story.tell(stage, buyer, order, mail="activation-credentials")


async def with_credit(stage: Stage, story: Story) -> None:
    """R41: what was paid too much pays the next order, and the rest of it is due."""
    buyer = await stage.owner(ORDER_DAY)
    (order,) = (await stage.front.orders_of(buyer.customer_id)).body["orders"]
    await stage.pay(order, 1000)
    await _credit(stage, story, buyer, 1000)
    added = await stage.add_documents(buyer, use_credit=True)
    amounts = (added["total_cents"], added["credit_cents"], added["outstanding_cents"])
    story.expect("total, credit used, due", amounts, (2440, 1000, 1440))
    await stage.settle(added)
    await _ledger(stage, story, buyer, 0)
    await story.tell(stage, buyer, added, mail="documents-activated")


async def twice(stage: Stage, story: Story) -> None:
    """R25: the same payment over HTTP and over Kafka counts once; another content conflicts."""
    buyer, order = await _ordered(stage)
    payment = transfer(stage.names.payment(), 3660)
    first = await stage.front.pay(order["order_id"], payment)
    again = await stage.front.pay(order["order_id"], payment)
    story.expect("the answers", (first.status, again.status), (201, 200))
    whose = {"order_id": order["order_id"], "customer_id": buyer.customer_id}
    await stage.publish("storefront.PaymentReceived.v1", buyer.customer_id, {**payment, **whose}, "binary")
    other = await stage.front.pay(order["order_id"], {**payment, "amount_cents": 1})
    story.expect("other content under the same id", (other.status, other.code), (409, "PAYMENT_CONFLICT"))
    settled = await stage.order_is(order["order_id"], "ACTIVATED")
    story.expect("the surplus", settled["surplus_cents"], 0)
    story.say("the same payment twice: 201, then 200; with another amount: 409 PAYMENT_CONFLICT")
    await story.tell(stage, buyer, order, mail="activation-credentials")


async def by_another(stage: Stage, story: Story) -> None:
    """R25: a payer who is not the order's customer."""
    _, order = await _ordered(stage)
    payment = transfer(stage.names.payment(), 3660, customer_id=stage.names.buyer().customer_id)
    answer = await stage.front.pay(order["order_id"], payment)
    story.expect("the answer", (answer.status, answer.code), (409, "PAYMENT_CONFLICT"))
    story.expect("the order", (await stage.front.order(order["order_id"])).body["status"], "AWAITING_PAYMENT")
    story.say("409 PAYMENT_CONFLICT; the order still waits for its payment")


async def before_its_order(stage: Stage, story: Story) -> None:
    """R27: held in the customer's account, then registered."""
    await stage.at(ORDER_DAY)
    buyer, order_id = stage.names.buyer(), stage.names.order()
    payment = transfer(stage.names.payment(), 3660, customer_id=buyer.customer_id)
    answer = await stage.front.pay(order_id, payment)
    story.expect("the answer", (answer.status, answer.body.get("status")), (202, "HELD"))
    order = await stage.place(cart(order_id, buyer, E_INVOICING, DOCUMENTS))
    await stage.order_is(order_id, "ACTIVATED")
    story.say("202 HELD; registered once the order had its price")
    await story.tell(stage, buyer, order, mail="activation-credentials")


async def before_its_price(stage: Stage, story: Story) -> None:
    """R27: order and payment published at the same moment."""
    await stage.at(ORDER_DAY)
    buyer, order_id = stage.names.buyer(), stage.names.order()
    payment = transfer(stage.names.payment(), 3660, order_id=order_id, customer_id=buyer.customer_id)
    await stage.publish_together(
        buyer.customer_id,
        ("storefront.OrderSubmitted.v1", cart(order_id, buyer, E_INVOICING, DOCUMENTS)),
        ("storefront.PaymentReceived.v1", payment),
    )
    order = await stage.order_is(order_id, "ACTIVATED")
    story.say("both on storefront.intake at once; the payment waited for the price")
    await story.tell(stage, buyer, order, mail="activation-credentials")


async def on_a_closed_order(stage: Stage, story: Story) -> None:
    """R28: on a cancelled and on a refused order, all of it becomes credit."""
    buyer, order = await _ordered(stage)
    await stage.front.cancel(order["order_id"])
    await stage.pay(order, 3660)
    await _credit(stage, story, buyer, 3660)
    await story.tell(stage, buyer, order, mail="order-closed")
    private = stage.names.buyer("PRIVATE_PERSON")
    refused = cart(stage.names.order(), private, E_INVOICING)
    await stage.front.submit(refused)
    await stage.front.pay(refused["order_id"], transfer(stage.names.payment(), 1000))
    await _credit(stage, story, private, 1000)


async def moved_and_paid_back(stage: Stage, story: Story) -> None:
    """R29: money that came for no order pays the right one, or goes back by the way it came."""
    buyer, order = await _ordered(stage)
    whose = {"customer_id": buyer.customer_id}
    mistyped, unknown = (transfer(stage.names.payment(), 3660, **whose) for _ in range(2))
    for payment in (mistyped, unknown):
        answer = await stage.front.pay(stage.names.order(), payment)
        story.expect("the answer", (answer.status, answer.body.get("status")), (202, "HELD"))
    await _resolve(stage, story, mistyped, action="MOVE", order_id=order["order_id"])
    await stage.order_is(order["order_id"], "ACTIVATED")
    await _resolve(stage, story, unknown, action="REFUND")
    await stage.event(buyer, "orders.events", "RefundNoted")
    due = (await stage.front.orders_operator.ask("GET", "/v1/operator/refunds?status=DUE")).body["refunds"]
    (refund,) = (each for each in due if each["payment_id"] == unknown["payment_id"])
    path = f"/v1/operator/refunds/{refund['refund_id']}/paid"
    await stage.front.orders_operator.ask("POST", path, {"reference": "TRN 0306912345"})
    story.mails.append(await stage.mail(buyer, "refund-paid"))
    story.say(f"held, then paid back: {euros(refund['amount_cents'])} by {refund['method']}")
    await story.tell(stage, buyer, order, mail="activation-credentials")


async def _resolve(stage: Stage, story: Story, payment: Body, **resolution: str) -> None:
    path = f"/v1/operator/payments/{payment['payment_source']}/{payment['payment_id']}/resolution"
    answer = await stage.front.orders_operator.ask("POST", path, {**resolution, "why": "Seen to."})
    events = [event["type"].split(".")[1] for event in answer.body.get("events", [])]
    story.expect(f"the answer to {resolution['action']}", answer.status, 200)
    story.say(f"held, {resolution['action']} by the operator: {', '.join(events)}")


async def ended_on_a_day(stage: Stage, story: Story) -> None:
    """R29, R30: a base ends with its add-on and its unused months are owed; cancelled, nothing is."""
    leaving = await stage.owner(ORDER_DAY, E_INVOICING, DOCUMENTS)
    cancelling = await stage.owner(ORDER_DAY, E_INVOICING)
    await stage.at("2026-05-20T09:00:00+00:00")
    ending = {"on": "2026-05-20", "why": "The firm closes.", "money": "TO_CREDIT"}
    for buyer, what, body in ((leaving, "end", ending), (cancelling, "cancellation", None)):
        path = f"/v1/operator/customers/{buyer.customer_id}/services/{E_INVOICING}/{what}"
        answer = await stage.front.provisioning_operator.ask("POST", path, body)
        story.expect("what is left", {each["status"] for each in answer.body["services"]}, {"TERMINATED"})
        ended = ", ".join(each["product"] for each in answer.body["services"])
        story.say(f"{what} on 2026-05-20 of e-invoicing until 2027-01-15: {ended} TERMINATED")
    await _credit(stage, story, leaving, 2135)
    story.expect("what a cancellation owes", await stage.credit(cancelling), 0)
    story.mails.append(await stage.mail(leaving, "credit-granted"))


async def by_webhook(stage: Stage, story: Story) -> None:
    """Settle an order by a provider's webhook, when its signature holds."""
    buyer, order = await _ordered(stage)
    payment = transfer(stage.names.payment(), 3660, order_id=order["order_id"])
    now = int(stage.time.now().timestamp())
    forged = await stage.front.webhook(payment, webhook_id="w-1", timestamp=now, forged=True)
    signed = await stage.front.webhook(payment, webhook_id=payment["payment_id"], timestamp=now)
    story.expect("the answers", (forged.status, signed.status), (401, 201))
    await stage.order_is(order["order_id"], "ACTIVATED")
    story.say("forged: 401; signed: 201")
    await story.tell(stage, buyer, order, mail="activation-credentials")


async def expected_total(stage: Stage, story: Story) -> None:
    """R22: a total above the computed one stands at the computed one; below, the order closes."""
    await stage.at(ORDER_DAY)
    for expected, status in ((5000, "AWAITING_PAYMENT"), (3659, "CANCELLED")):
        buyer = stage.names.buyer()
        order = await stage.place(
            cart(stage.names.order(), buyer, E_INVOICING, DOCUMENTS, expected_total_cents=expected)
        )
        story.expect(f"the order that expected {expected}", (order["status"], order["total_cents"]), (status, 3660))
        story.say(f"expected {euros(expected)}: {status} {order['reason'] or ''}".rstrip())
