"""How do the two cases of the guide go? Bought together, and Documents for an owner; the worked examples too."""

from collections.abc import Awaitable, Callable
from typing import Any

from rehearsal.demo.examples import Example
from rehearsal.demo.story import Story
from rehearsal.play.carts import DOCUMENTS, E_INVOICING
from rehearsal.play.stage import Stage, Way

ORDER_DAY = "2026-01-15T09:00:00+00:00"
TEN_DAYS_LATER = "2026-01-25T09:00:00+00:00"
UNTIL_JUNE = "2025-06-30T09:00:00+00:00"


Play = Callable[[Stage, Story], Awaitable[None]]


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
        story.expect("the expiries", story.orders[0].after, dict.fromkeys((E_INVOICING, DOCUMENTS), example.new_expiry))

    return play
