"""What do storefronts and payers do in a life? Order, order again, pay in every way, cancel, ask for a price."""

import base64
import hashlib
import hmac
import json
from random import Random
from typing import Any

from rehearsal.play.buyers import Buyer
from rehearsal.play.carts import DOCUMENTS, E_INVOICING, RECEIVE_ONLY, Body, cart, line, transfer
from schemas.catalogue import catalogue_on
from schemas.storefront import OrderCancellationRequested, OrderSubmitted, PaymentReceived
from schemas.terms import business_date
from tests.catalogues import ARCHIVE, CERTIFIED_MAIL
from tests.lives.four_services import WEBHOOK_SECRET
from tests.lives.life import Life, Placed, in_words

CARTS: tuple[tuple[str | Body, ...], ...] = (
    (E_INVOICING, DOCUMENTS),
    (E_INVOICING,),
    (DOCUMENTS,),
    (DOCUMENTS,),
    (RECEIVE_ONLY,),
    (RECEIVE_ONLY, DOCUMENTS),
    (line(E_INVOICING, "RENEW", 2), line(DOCUMENTS, "RENEW", 2)),
    (E_INVOICING, E_INVOICING),
    (ARCHIVE,),
    (CERTIFIED_MAIL,),
    (E_INVOICING, DOCUMENTS, ARCHIVE, CERTIFIED_MAIL),
)
"""The last three are sold in every second life; in the others nobody knows them."""
LIKELY = (6, 6, 8, 4, 2, 1, 1, 1, 2, 2, 1)
KINDS = ("PRIVATE_PERSON", "PUBLIC_ADMINISTRATION", "VAT_HOLDER", "ACCOUNTANT", "LEGAL_PERSON")


async def order(life: Life, chance: Random) -> str:
    """Somebody orders a cart."""
    owner = chance.choices(life.people, (8, 6, 2, 1, 1))[0]
    if chance.random() < 0.1:
        owner = owner.but(**chance.choice(_oddities(chance)))
    products = _sensible(life, owner, chance) if chance.random() < 0.7 else chance.choices(CARTS, LIKELY)[0]
    channel = chance.choices(("SITE", "CUSTOMER_AREA", "PANEL"), (6, 1, 1))[0]
    optional: Body = chance.choice(({}, {}, {"extend_active_services": False}, {"extend_active_services": True}))
    if chance.random() < 0.1:
        optional = {**optional, "expected_total_cents": chance.choice((1, 3660, 999_999))}
    if chance.random() < 0.4:
        optional = {**optional, "use_credit": True}
    placed = Placed(cart(f"o-{len(life.orders) + 1}", owner, *products, channel=channel, **optional), owner)
    life.orders.append(placed)
    return f"{_shown(placed.body)} → {await _submit(life, placed, chance)}"


async def buy(life: Life, chance: Random) -> str:
    """Somebody orders and pays at once, all at rest in between: what others then build on."""
    await life.services.drain()
    life.tell(await order(life, chance))
    await life.services.drain()
    placed = life.orders[-1]
    paid = transfer(f"p-{len(life.payments) + 1}", _due(life, placed.order_id))
    paid |= {"order_id": placed.order_id, "customer_id": placed.owner.customer_id}
    life.payments.append(paid)
    told_of = await _receive(life, paid, chance)
    await life.services.drain()
    return told_of


async def order_again(life: Life, chance: Random) -> str:
    """The same order comes once more, or another one under its id."""
    if not life.orders:
        return ""
    placed = chance.choice(life.orders)
    if chance.random() < 0.3:
        other = {**placed.body, "lines": [line(E_INVOICING)], "channel": "PANEL"}
        placed = Placed(other, placed.owner)
    return f"again {_shown(placed.body)} → {await _submit(life, placed, chance)}"


async def quote(life: Life, chance: Random) -> str:
    """A storefront asks what a cart would cost, and whether its customer may order it."""
    owner, products = chance.choice(life.people), chance.choices(CARTS, LIKELY)[0]
    body = cart("o-quoted", owner, *products)
    asked = {name: body[name] for name in ("customer", "channel", "lines")}
    priced = await life.ask("billing", "POST", "/v1/quotes", asked)
    judged = await life.ask("orders", "POST", "/v1/orders?dry_run=true", body)
    return f"quote {_shown(body)} → {in_words(priced)}, {in_words(judged)}"


async def pay(life: Life, chance: Random) -> str:
    """Money comes: for an order or for one that is still to come, as it should or not."""
    early = f"o-{len(life.orders) + 1}"
    recent = _payable(life) if chance.random() < 0.9 else life.orders
    is_early = not life.orders or chance.random() < 0.05
    recent = recent or life.orders[-1:]
    payer = chance.choice(life.people) if is_early else chance.choice(recent).owner
    order_id = early if is_early else chance.choice([each for each in recent if each.owner == payer]).order_id
    if not is_early and chance.random() < 0.08:
        payer = chance.choice(life.people)
    paid = transfer(f"p-{len(life.payments) + 1}", _amount(life, order_id, chance))
    paid |= {"order_id": order_id, "customer_id": payer.customer_id}
    life.payments.append(paid)
    return await _receive(life, paid, chance)


async def pay_again(life: Life, chance: Random) -> str:
    """A payment is told of once more, the same or with another content."""
    if not life.payments:
        return ""
    paid = chance.choice(life.payments)
    changed = chance.choice(({}, {}, {"amount_cents": paid["amount_cents"] + 1}, {"order_id": "o-1"}))
    return f"again {await _receive(life, {**paid, **changed}, chance)}"


async def cancel(life: Life, chance: Random) -> str:
    """A customer gives an order up."""
    if not life.orders:
        return ""
    placed = chance.choice(life.orders[-5:])
    if chance.random() < 0.4:
        body = {"order_id": placed.order_id, "customer_id": placed.owner.customer_id}
        life.write(OrderCancellationRequested.EVENT_TYPE, placed.owner.customer_id, body)
        return f"cancel {placed.order_id} over Kafka"
    path = f"/v1/orders/{placed.order_id}/cancellation"
    return f"cancel {placed.order_id} → {in_words(await life.ask('orders', 'POST', path, {}))}"


def _sensible(life: Life, owner: Buyer, chance: Random) -> tuple[str | Body, ...]:
    """Choose what this customer may well order: a base alone or with add-ons, or one more thing for an owner."""
    sold = catalogue_on(business_date(life.now)).products
    rows = life.rows("provisioning", "services")
    owned = {row.product for row in rows if row.customer_id == owner.customer_id and row.is_alive}
    if E_INVOICING in owned and chance.random() < 0.3:
        years = chance.choice((1, 1, 2, 10))
        add_ons = [product for product in (DOCUMENTS, ARCHIVE) if product in sold and chance.random() < 0.7]
        beside = [line(each, "RENEW", years) if each in owned else line(each) for each in add_ons]
        return (line(E_INVOICING, "RENEW", years), *beside)
    if E_INVOICING in owned:
        more = [product for product in (DOCUMENTS, ARCHIVE, CERTIFIED_MAIL) if product in sold and product not in owned]
        return (chance.choice(more or [DOCUMENTS]),)
    carts = ((E_INVOICING,), (E_INVOICING,), (E_INVOICING, DOCUMENTS), (E_INVOICING, ARCHIVE), (CERTIFIED_MAIL,))
    return chance.choice([cart for cart in carts if sold.keys() >= set(cart)])


def _payable(life: Life) -> list[Placed]:
    rows = life.services["orders"].edge.store.contents.rows.get("orders", {})
    return [each for each in life.orders if (each.order_id,) in rows and rows[each.order_id,].outstanding_cents]


async def _submit(life: Life, placed: Placed, chance: Random) -> str:
    if chance.random() < 0.4:
        life.write(OrderSubmitted.EVENT_TYPE, placed.owner.customer_id, placed.body)
        return "over Kafka"
    return in_words(await life.ask("orders", "POST", "/v1/orders", placed.body))


async def _receive(life: Life, paid: Body, chance: Random) -> str:
    shown = f"pay {paid['payment_id']} of {paid['amount_cents']} for {paid['order_id']} by {paid['customer_id']}"
    match chance.choice(("http", "unnamed", "kafka", "kafka", "webhook")):
        case "kafka":
            life.write(PaymentReceived.EVENT_TYPE, paid["customer_id"], paid)
            return f"{shown} over Kafka"
        case "webhook":
            return f"{shown} → {in_words(await _webhook(life, paid))}"
        case way:
            left_out = {"order_id"} | ({"customer_id"} if way == "unnamed" else set())
            body = {name: value for name, value in paid.items() if name not in left_out}
            path = f"/v1/orders/{paid['order_id']}/payments"
            return f"{shown} → {in_words(await life.ask('orders', 'POST', path, body))}"


async def _webhook(life: Life, paid: Body) -> Any:
    content = json.dumps(paid).encode()
    identity, stamp = f"wh-{len(life.history)}", str(int(life.now.timestamp()))
    key = base64.b64decode(WEBHOOK_SECRET.removeprefix("whsec_"))
    digest = hmac.new(key, f"{identity}.{stamp}.".encode() + content, hashlib.sha256).digest()
    headers = {
        "webhook-id": identity,
        "webhook-timestamp": stamp,
        "webhook-signature": f"v1,{base64.b64encode(digest).decode()}",
        "content-type": "application/json",
    }
    member = life.services["orders"]
    return None if member.is_away else await member.http.post("/v1/payment-webhooks", content=content, headers=headers)


def _amount(life: Life, order_id: str, chance: Random) -> int:
    due = _due(life, order_id)
    return max(1, chance.choices((due, due - 1, due // 2, due + 1, 2 * due, 1), (12, 1, 1, 1, 1, 1))[0])


def _due(life: Life, order_id: str) -> int:
    rows = life.services["orders"].edge.store.contents.rows.get("orders", {})
    row = rows.get((order_id,))
    return (row.outstanding_cents if row is not None else None) or 3660


def _oddities(chance: Random) -> list[dict[str, Any]]:
    return [
        {"kind": chance.choice(KINDS)},
        {"citizenship": "FR"},
        {"vat_number": None},
        {"vat_number": "12345678901"},
        {"tax_code": "X"},
    ]


def _shown(body: Body) -> str:
    lines = " + ".join(
        each["product"] + ("" if each["action"] == "ACTIVATE" else f" {each['action']} {each['years']}")
        for each in body["lines"]
    )
    buyer = Buyer(body["customer"])
    toggle = {True: " extend", False: " don't extend", None: ""}[body.get("extend_active_services")]
    firm = buyer.body["vat_number"] or "no VAT number"
    return f"order {body['order_id']} of {lines}{toggle} by {buyer.customer_id} ({buyer.body['kind']}, {firm})"
