"""Who may not buy, and who may? Refusals with their codes, a race, and every kind that is served."""

import asyncio

from rehearsal.demo.purchases import ORDER_DAY, UNTIL_JUNE
from rehearsal.demo.story import Story
from rehearsal.play.buyers import Buyer
from rehearsal.play.carts import DOCUMENTS, E_INVOICING, RECEIVE_ONLY, Body, cart
from rehearsal.play.refused import FIRST_PURCHASES
from rehearsal.play.stage import Stage


async def _refuse(stage: Stage, story: Story, what: str, order: Body, *codes: str) -> None:
    answer = await stage.front.submit(order)
    story.expect(f"the refusal of {what}", (answer.status, answer.violations), (422, sorted(codes)))
    story.say(f"{what}: {', '.join(sorted(codes))}")


async def newcomers_refused(stage: Stage, story: Story) -> None:
    """R8, for somebody who owns nothing."""
    await stage.at(ORDER_DAY)
    names = stage.names
    for mistake in FIRST_PURCHASES:
        order = cart(names.order(), names.buyer(**mistake.changes), *mistake.products, channel=mistake.channel)
        await _refuse(stage, story, mistake.what, order, *mistake.codes)


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
        ("a firm with a tax code", names.buyer(vat_number=None, tax_code=names.vat_number()), [E_INVOICING]),
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
