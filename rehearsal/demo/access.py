"""How does a customer get in, and what does not? First sign-in, new credentials, a PEC address, nonsense on intake."""

import json

from rehearsal.demo.purchases import ORDER_DAY
from rehearsal.demo.story import Story
from rehearsal.play.carts import DOCUMENTS, E_INVOICING, cart, configuration
from rehearsal.play.stage import CHOSEN_PASSWORD, Stage


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
