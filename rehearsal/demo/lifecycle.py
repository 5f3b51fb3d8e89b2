"""What comes after the purchase? Renewals in time, in grace and by themselves, an end that nobody prevents."""

from rehearsal.demo.examples import WorkedRenewal
from rehearsal.demo.purchases import ORDER_DAY, Play
from rehearsal.demo.story import Story
from rehearsal.play.carts import DOCUMENTS, E_INVOICING, Body
from rehearsal.play.patience import eventually
from rehearsal.play.stage import Stage

BOTH = {E_INVOICING: "2027-01-15", DOCUMENTS: "2027-01-15"}


def worked_renewal(example: WorkedRenewal, notice: tuple[str, str]) -> Play:
    """One line of the table of worked renewals, after the notice that asks for it."""

    async def play(stage: Stage, story: Story) -> None:
        buyer = await stage.owner(f"{example.bought_on}T09:00:00+00:00", *example.bought)
        told_at, template = notice
        await stage.at(told_at)
        story.mails.append(await stage.mail(buyer, template))
        await stage.at(f"{example.ordered_on}T09:00:00+00:00")
        before = await stage.expiries(buyer)
        order = await stage.settle(await stage.renewal(buyer, *example.lines))
        await story.tell(stage, buyer, order, before, "renewal-confirmed")
        story.expect("the nets", tuple(line["net_cents"] for line in order["lines"]), example.net_cents)
        story.expect("the total", order["total_cents"], example.total_cents)
        expiries = dict.fromkeys((E_INVOICING, DOCUMENTS), example.new_expiry)
        story.expect("the expiries", story.orders[0].after, expiries)

    return play


async def never_renewed(stage: Stage, story: Story) -> None:
    """R34, R40: notices, ninety days of grace, the end."""
    buyer = await stage.owner(ORDER_DAY, E_INVOICING, DOCUMENTS)
    for instant, template, status in (
        ("2026-10-17T07:00:00+00:00", "expiry-notice", "ACTIVE"),
        ("2027-01-16T08:00:00+00:00", "grace-notice", "GRACE"),
        ("2027-04-16T07:00:00+00:00", "service-ended", "TERMINATED"),
    ):
        await stage.at(instant)
        story.mails.append(await stage.mail(buyer, template))
        services = await stage.front.services(buyer.customer_id)
        story.expect("both services", {each["status"] for each in services.values()}, {status})
        story.say(f"{instant[:10]}: both {status}, mail {template}")


async def renewed_by_itself(stage: Stage, story: Story) -> None:
    """R43: its order is placed seven days before the expiry, the storefront is asked to collect, and pays."""
    buyer = await stage.owner(ORDER_DAY, E_INVOICING, DOCUMENTS)
    (chosen,) = await stage.front.shop.choose_automatic_renewal(
        buyer.customer_id, E_INVOICING, enabled=True, add_ons=[DOCUMENTS]
    )
    story.expect("the choice", chosen.enabled, True)
    await stage.at("2027-01-08T08:00:01+00:00")

    async def placed() -> Body | None:
        orders: list[Body] = (await stage.front.orders_of(buyer.customer_id)).body["orders"]
        return next((each for each in orders if each["channel"] == "AUTOMATIC" and each["outstanding_cents"]), None)

    order = await eventually(placed, "the order that places itself")
    story.expect("the total", order["total_cents"], 6100)
    asked = await stage.event(buyer, "orders.events", "PaymentRequested")
    story.say(f"PaymentRequested: {asked.data['amount_cents']} cents until {asked.data['payable_until']}")
    await stage.mail(buyer, "automatic-renewal-placed")
    await stage.settle(order)
    await story.tell(stage, buyer, order, BOTH, "renewal-confirmed")
    story.expect("the expiries", story.orders[0].after, dict.fromkeys(BOTH, "2028-01-15"))
