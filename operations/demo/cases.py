"""Which cases does the guide have? Each is a short story that checks itself; together they are the demo."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from operations.demo.story import Story
from operations.play.buyers import Buyer
from operations.play.carts import (
    DOCUMENTS,
    E_INVOICING,
    RECEIVE_ONLY,
    Body,
    cart,
    configuration,
    line,
    transfer,
)
from operations.play.stage import CHOSEN_PASSWORD, Stage, Way

ORDER_DAY = "2026-01-15T09:00:00+00:00"
TEN_DAYS_LATER = "2026-01-25T09:00:00+00:00"
UNTIL_JUNE = "2025-06-30T09:00:00+00:00"

Play = Callable[[Stage, Story], Awaitable[None]]


@dataclass(frozen=True)
class Case:
    """A title, the rule it shows, and how it is played."""

    title: str
    rule: str
    play: Play


def bought_together(way: Way, *products: str) -> Play:
    """Case 1: one cart, one payment, one mail with the credentials."""

    async def play(stage: Stage, story: Story) -> None:
        await stage.at(ORDER_DAY)
        buyer = stage.names.buyer()
        order = await stage.buy(buyer, *products, way=way)
        story.expect("the total", order["total_cents"], 3660)
        nets = {row["product"]: row["net_cents"] for row in order["lines"]}
        story.expect("the lines", nets, {product: 0 if product == DOCUMENTS else 3000 for product in products})
        await story.tell(stage, buyer, order, mail="activation-credentials")
        story.expect("the expiries", story.orders[0].after, dict.fromkeys(products, "2027-01-15"))

    return play


def documents_for_an_owner(channel: str, way: Way, *, kept: bool, by_default: bool = False) -> Play:
    """Case 2: Documents for an owner until 2026-06-30, with the extension kept or refused."""

    async def play(stage: Stage, story: Story) -> None:
        buyer = await stage.owner(UNTIL_JUNE)
        await stage.at(ORDER_DAY)
        before = await stage.expiries(buyer)
        optional: dict[str, Any] = {} if by_default else {"extend_active_services": kept}
        order = await stage.add_documents(buyer, channel, way, **optional)
        story.expect("the total", order["total_cents"], 4427 if kept else 2440)
        await stage.settle(order, way)
        await story.tell(stage, buyer, order, before, "documents-activated")
        expiry = "2027-01-15" if kept else "2026-06-30"
        story.expect("the expiries", story.orders[0].after, {E_INVOICING: expiry, DOCUMENTS: expiry})
        story.expect("credentials in the mail", story.mails[0].credentials, {})

    return play


async def expiring_later(stage: Stage, story: Story) -> None:
    """R19: e-invoicing runs longer than Documents would."""
    buyer = await stage.owner("2027-09-30T09:00:00+00:00")
    await stage.at(ORDER_DAY)
    before = await stage.expiries(buyer)
    order = await stage.buy(buyer, DOCUMENTS, channel="PANEL")
    story.expect("the total", order["total_cents"], 6609)
    await story.tell(stage, buyer, order, before, "documents-activated")
    story.expect("the expiries", story.orders[0].after, {E_INVOICING: "2028-09-30", DOCUMENTS: "2028-09-30"})


async def slow_payment(stage: Stage, story: Story) -> None:
    """R14: the price stands as ordered, the dates run from the payment."""
    buyer = await stage.owner(UNTIL_JUNE)
    await stage.at(ORDER_DAY)
    before = await stage.expiries(buyer)
    order = await stage.add_documents(buyer)
    await stage.at(TEN_DAYS_LATER)
    settled = await stage.settle(order)
    story.expect("the total", settled["total_cents"], 4427)
    await story.tell(stage, buyer, order, before, "documents-activated")
    story.expect("the expiries", story.orders[0].after, {E_INVOICING: "2027-01-25", DOCUMENTS: "2027-01-25"})


@dataclass(frozen=True)
class Example:
    """A worked example: bought on, ordered on, both expire on, total."""

    name: str
    bought_on: str
    ordered_on: str
    expiry: str
    total_cents: int
    extend: bool = True


EXAMPLES = (
    Example("A on", "2025-06-30", "2026-01-15", "2027-01-15", 4427),
    Example("B on", "2025-12-01", "2026-06-01", "2027-06-01", 4270),
    Example("C on", "2025-01-16", "2026-01-15", "2027-01-15", 6090),
    Example("D", "2026-01-15", "2026-01-15", "2027-01-15", 2440),
    Example("F", "2027-09-30", "2026-01-15", "2028-09-30", 6609),
    Example("A off", "2025-06-30", "2026-01-15", "2026-06-30", 2440, extend=False),
    Example("G on", "2025-12-10", "2026-02-17", "2027-02-17", 3127),
    Example("H on", "2025-12-31", "2026-03-15", "2027-03-15", 3198),
    Example("I on, E = O", "2025-01-15", "2026-01-15", "2027-01-15", 6100),
)


def worked_example(example: Example) -> Play:
    """One line of the table of worked examples, to the cent and the day."""

    async def play(stage: Stage, story: Story) -> None:
        buyer = await stage.owner(f"{example.bought_on}T09:00:00+00:00")
        await stage.at(f"{example.ordered_on}T09:00:00+00:00")
        before = await stage.expiries(buyer)
        optional: dict[str, Any] = {} if example.extend else {"extend_active_services": False}
        order = await stage.buy(buyer, DOCUMENTS, **optional)
        await story.tell(stage, buyer, order, before, "documents-activated")
        story.expect("the total", order["total_cents"], example.total_cents)
        story.expect("the expiries", story.orders[0].after, dict.fromkeys((E_INVOICING, DOCUMENTS), example.expiry))

    return play


async def _refuse(stage: Stage, story: Story, what: str, order: Body, *codes: str) -> None:
    answer = await stage.front.submit(order)
    story.expect(f"the refusal of {what}", (answer.status, answer.violations), (422, sorted(codes)))
    story.say(f"{what}: {', '.join(sorted(codes))}")


async def newcomers_refused(stage: Stage, story: Story) -> None:
    """R8, for somebody who owns nothing."""
    await stage.at(ORDER_DAY)
    names = stage.names
    refused: list[tuple[str, Buyer, list[str], str, list[str]]] = [
        ("Documents alone", names.buyer(), [DOCUMENTS], "SITE", ["BASE_REQUIRED"]),
        ("receive-only with Documents", names.buyer(), [RECEIVE_ONLY, DOCUMENTS], "SITE", ["BASE_RECEIVE_ONLY"]),
        ("both variants", names.buyer(), [E_INVOICING, RECEIVE_ONLY], "SITE", ["DUPLICATE_LINE"]),
        ("an empty cart", names.buyer(), [], "SITE", ["EMPTY_CART"]),
        (
            "an accountant with Documents",
            names.buyer("ACCOUNTANT"),
            [E_INVOICING, DOCUMENTS],
            "SITE",
            ["ACCOUNTANT_USER"],
        ),
        ("a private person", names.buyer("PRIVATE_PERSON"), [E_INVOICING], "SITE", ["BUYER_NOT_ELIGIBLE"]),
        (
            "a public administration",
            names.buyer("PUBLIC_ADMINISTRATION"),
            [E_INVOICING],
            "SITE",
            ["BUYER_NOT_ELIGIBLE"],
        ),
        ("a wrong VAT number", names.buyer(vat_number="12345678901"), [E_INVOICING], "SITE", ["VAT_NUMBER_INVALID"]),
        (
            "a wrong tax code",
            names.buyer(vat_number=None, tax_code="RSSMRA85T10A562X"),
            [E_INVOICING],
            "SITE",
            ["TAX_CODE_INVALID"],
        ),
        ("a first purchase in the panel", names.buyer(), [E_INVOICING], "PANEL", ["CHANNEL_NOT_ALLOWED"]),
        (
            "several reasons at once",
            names.buyer("PRIVATE_PERSON", vat_number="12345678901"),
            [E_INVOICING, E_INVOICING],
            "PANEL",
            ["BUYER_NOT_ELIGIBLE", "VAT_NUMBER_INVALID", "DUPLICATE_LINE", "CHANNEL_NOT_ALLOWED"],
        ),
    ]
    for what, buyer, products, channel, codes in refused:
        await _refuse(stage, story, what, cart(names.order(), buyer, *products, channel=channel), *codes)
    renewal = cart(names.order(), names.buyer(), line(E_INVOICING, "RENEW"))
    await _refuse(stage, story, "a renewal of nothing", renewal, "RENEWAL_NOT_POSSIBLE")


async def owners_refused(stage: Stage, story: Story) -> None:
    """R8, for somebody who owns or has ordered something."""
    lapsed = await stage.owner("2025-01-14T09:00:00+00:00")
    receiver = await stage.owner(UNTIL_JUNE, RECEIVE_ONLY)
    owner = await stage.owner(UNTIL_JUNE)
    both = await stage.owner(ORDER_DAY, E_INVOICING, DOCUMENTS)
    names = stage.names
    await _refuse(stage, story, "e-invoicing expired", cart(names.order(), lapsed, DOCUMENTS), "BASE_NOT_ACTIVE")
    await _refuse(stage, story, "receive-only owned", cart(names.order(), receiver, DOCUMENTS), "BASE_RECEIVE_ONLY")
    await _refuse(stage, story, "a second e-invoicing", cart(names.order(), owner, E_INVOICING), "BASE_ALREADY_OWNED")
    await _refuse(stage, story, "Documents twice", cart(names.order(), both, DOCUMENTS), "ADDON_ALREADY_ACTIVE")
    pending = await stage.add_documents(owner)
    await _refuse(stage, story, "while an order waits", cart(names.order(), owner, DOCUMENTS), "ADDON_ORDER_PENDING")
    story.say(f"the refusal names the order that waits: {pending['order_id']}")
    newcomer = names.buyer()
    await stage.place(cart(names.order(), newcomer, E_INVOICING))
    await _refuse(
        stage, story, "before its base is paid", cart(names.order(), newcomer, DOCUMENTS), "BASE_ORDER_PENDING"
    )


async def every_kind_served(stage: Stage, story: Story) -> None:
    """Who may buy: each eligible kind."""
    await stage.at(ORDER_DAY)
    names = stage.names
    served: list[tuple[str, Buyer, list[str]]] = [
        ("a firm with both", names.buyer(), [E_INVOICING, DOCUMENTS]),
        ("a firm with a tax code", names.buyer(vat_number=None, tax_code=names.tax_code()), [E_INVOICING]),
        ("a professional with both", names.buyer("VAT_HOLDER"), [E_INVOICING, DOCUMENTS]),
        ("an accountant, e-invoicing alone", names.buyer("ACCOUNTANT"), [E_INVOICING]),
        ("receive-only e-invoicing", names.buyer(), [RECEIVE_ONLY]),
    ]
    for (what, _, _), order in zip(
        served, await asyncio.gather(*(stage.buy(buyer, *products) for _, buyer, products in served)), strict=True
    ):
        story.expect(what, order["status"], "ACTIVATED")
        story.say(f"{what}: {order['status']}")


async def racing(stage: Stage, story: Story) -> None:
    """R9: two customers, one tax identifier, one instant."""
    await stage.at(ORDER_DAY)
    first = stage.names.buyer()
    second = stage.names.buyer(vat_number=first.body["vat_number"])
    carts = [cart(stage.names.order(), buyer, E_INVOICING, DOCUMENTS) for buyer in (first, second)]
    answers = await asyncio.gather(*(stage.front.submit(order) for order in carts))
    story.expect("the answers", sorted(answer.status for answer in answers), [201, 422])
    (refusal,) = [answer for answer in answers if answer.status == 422]
    story.expect("the loser's code", "BASE_ORDER_PENDING" in refusal.violations, True)
    story.say(f"one accepted (201), one refused (422): {', '.join(refusal.violations)}")


async def _ordered(stage: Stage) -> tuple[Buyer, Body]:
    await stage.at(ORDER_DAY)
    buyer = stage.names.buyer()
    return buyer, await stage.place(cart(stage.names.order(), buyer, E_INVOICING, DOCUMENTS))


async def _credit(stage: Stage, story: Story, buyer: Buyer, cents: int) -> None:
    await stage.event(buyer, "billing.events", "CreditGranted")
    ledger = (await stage.front.credit(buyer.customer_id)).body
    story.expect("the credit", ledger["balance_cents"], cents)
    for entry in ledger["entries"]:
        story.say(f"credit {entry['amount_cents'] / 100:.2f} €: {entry['explanation']}")


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
    """R27: order and payment published in one breath."""
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
        story.say(f"expected {expected / 100:.2f} €: {status} {order['reason'] or ''}".rstrip())


async def first_sign_in(stage: Stage, story: Story) -> None:
    """R36, R37, R34: password, then configuration, then DDT preservation; nothing out of turn."""
    buyer = await stage.owner(ORDER_DAY, E_INVOICING, DOCUMENTS)
    front = stage.front
    lines = (await stage.mail(buyer, "activation-credentials")).credentials
    first = (await front.sign_in(lines["Username"], lines["Password"])).body
    story.expect("the change of the password", first["must_change_password"], True)
    ddt = "settings/ddt-preservation"
    session = first["session_token"]
    early = await front.in_panel(session, "POST", "configuration", configuration())
    story.expect("configuration before the password", (early.status, early.code), (403, "PASSWORD_CHANGE_REQUIRED"))
    story.say("configuration before the password: 403 PASSWORD_CHANGE_REQUIRED")
    changed = await front.in_panel(session, "POST", "password", {"new_password": CHOSEN_PASSWORD})
    story.expect("the password's change", changed.status, 204)
    session = (await front.sign_in(lines["Username"], CHOSEN_PASSWORD)).body["session_token"]
    early = await front.in_panel(session, "PUT", ddt, {"enabled": True})
    story.expect("DDT preservation before the configuration", early.code, "CONFIGURATION_REQUIRED")
    story.say("DDT preservation before the configuration: 403 CONFIGURATION_REQUIRED")
    partly = {name: value for name, value in configuration().items() if name != "delivery"}
    half = await front.in_panel(session, "POST", "configuration", partly)
    story.expect("half a configuration", half.code, "CONFIGURATION_INCOMPLETE")
    story.say("configuration without delivery: 422 CONFIGURATION_INCOMPLETE")
    whole = await front.in_panel(session, "POST", "configuration", configuration())
    story.expect("the whole configuration", whole.status, 204)
    on = await front.in_panel(session, "PUT", ddt, {"enabled": True})
    story.expect("DDT preservation", on.status, 200)
    story.say("password changed, configured as a whole, DDT preservation on")
    plain = await stage.owner(ORDER_DAY, E_INVOICING)
    refused = await front.in_panel(await stage.signed_in(plain), "PUT", ddt, {"enabled": True})
    story.expect("DDT preservation without Documents", refused.code, "DOCUMENTS_NOT_ACTIVE")
    story.say("DDT preservation without Documents: 409 DOCUMENTS_NOT_ACTIVE")


async def certified_mail(stage: Stage, story: Story) -> None:
    """R39: a PEC address is taken, and flagged."""
    await stage.at(ORDER_DAY)
    buyer = stage.names.buyer()
    buyer = buyer.but(email=f"{buyer.customer_id}@pec.it")
    order = await stage.place(cart(stage.names.order(), buyer, E_INVOICING))
    story.expect("the warnings", order["warnings"], ["PEC_ADDRESS"])
    story.say(f"accepted with warnings: {', '.join(order['warnings'])}")
    await story.tell(stage, buyer, order, mail="order-received")


async def reissued(stage: Stage, story: Story) -> None:
    """R36: new credentials void the old ones."""
    buyer = await stage.owner(ORDER_DAY, E_INVOICING)
    old = (await stage.mail(buyer, "activation-credentials")).credentials
    story.expect("the operator's answer", (await stage.front.reissue(buyer.customer_id)).status, 202)
    mail = await stage.mail(buyer, "credentials-reissued")
    tried = [await stage.front.sign_in(old["Username"], lines["Password"]) for lines in (old, mail.credentials)]
    story.expect("signing in with the old and the new", [answer.status for answer in tried], [401, 200])
    story.say("the old password: 401; the new one: 200")
    story.mails.append(mail)


async def bad_intake(stage: Stage, story: Story) -> None:
    """Nonsense on the intake topic, and a good order behind it."""
    await stage.at(ORDER_DAY)
    buyer = stage.names.buyer()
    order = cart(stage.names.order(), buyer, E_INVOICING, DOCUMENTS)
    good = stage.cloudevent("storefront.OrderSubmitted.v1", buyer.customer_id, order)
    nonsense = {
        "no JSON": b"{not json",
        "deeply nested": b'{"data":' * 20_000 + b"1" + b"}" * 20_000,
        "1 MiB": json.dumps({**good, "padding": "x" * 1_040_000}).encode(),
        "an unknown version": json.dumps({**good, "type": "storefront.OrderSubmitted.v9"}).encode(),
        "an extra field": json.dumps({**good, "data": {**order, "discount": 100}}).encode(),
    }
    for what, value in nonsense.items():
        await stage.publisher.send(buyer.customer_id.encode(), value)
        story.say(f"{what}: to quarantine")
    await stage.publisher.send(b"somebody-else", json.dumps(good).encode())
    story.say("a key that is not the customer: to quarantine")
    await stage.publisher.publish(good)
    placed = await stage.order_is(order["order_id"], "AWAITING_PAYMENT")
    story.say(f"the good order behind them: {placed['status']}")
    await story.tell(stage, buyer, placed)


CASES = (
    Case("Bought together, Documents added (HTTP)", "case 1", bought_together("http", E_INVOICING, DOCUMENTS)),
    Case("Bought together over Kafka, structured", "case 1", bought_together("structured", E_INVOICING, DOCUMENTS)),
    Case("E-invoicing without Documents over Kafka, binary", "case 1", bought_together("binary", E_INVOICING)),
    Case("Owner, site, extension kept (HTTP)", "case 2 on", documents_for_an_owner("SITE", "http", kept=True)),
    Case(
        "Owner, customer area, toggle left out (Kafka)",
        "case 2 on",
        documents_for_an_owner("CUSTOMER_AREA", "structured", kept=True, by_default=True),
    ),
    Case("Owner, panel, extension kept (Kafka)", "case 2 on", documents_for_an_owner("PANEL", "binary", kept=True)),
    Case("Owner, site, extension refused (HTTP)", "case 2 off", documents_for_an_owner("SITE", "http", kept=False)),
    Case(
        "Owner, customer area, refused (Kafka)",
        "case 2 off",
        documents_for_an_owner("CUSTOMER_AREA", "structured", kept=False),
    ),
    Case(
        "Owner, panel, extension refused (Kafka)", "case 2 off", documents_for_an_owner("PANEL", "binary", kept=False)
    ),
    Case("Who may not buy: newcomers", "R8", newcomers_refused),
    Case("Who may not buy: owners", "R8–R12", owners_refused),
    Case("Who may buy", "R8", every_kind_served),
    Case("Two orders race for one tax identifier", "R9", racing),
    Case("Paid short, then the rest; no credentials before", "R23, R35", short_then_the_rest),
    Case("Paid too much", "R24", too_much),
    Case("Paid twice, and with another content", "R25", twice),
    Case("Paid by another customer", "R25", by_another),
    Case("Paid before its order", "R27", before_its_order),
    Case("Paid before its price", "R27", before_its_price),
    Case("Paid on a cancelled and on a refused order", "R28", on_a_closed_order),
    Case("Paid by a provider's signed webhook", "R22", by_webhook),
    Case("An expected total above and below", "R22", expected_total),
    Case("First sign-in, configuration, DDT preservation", "R34–R37", first_sign_in),
    Case("A certified-mail address", "R39", certified_mail),
    Case("Credentials issued anew", "R36", reissued),
    Case("Nonsense on the intake topic", "quarantine", bad_intake),
    Case("E-invoicing expires later than Documents would", "R19", expiring_later),
    Case("A slow payment moves the dates, not the price", "R14", slow_payment),
    *(Case(f"Worked example {example.name}", "R16–R19", worked_example(example)) for example in EXAMPLES),
)
