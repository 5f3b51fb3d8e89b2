"""R22, R26, R41: a customer's credit pays an order, comes back where it closes, and is never spent twice."""

from rehearsal.play.buyers import Buyer
from rehearsal.play.carts import DOCUMENTS, E_INVOICING, cart
from rehearsal.play.stage import Stage
from tests.builders import ORDER_DAY, owner_until_june

HALF_A_YEAR_BEFORE = "2025-06-30T09:00:00+00:00"
LAST_SECOND = "2026-06-30T21:59:59+00:00"
A_SECOND_LATE = "2026-06-30T22:00:00+00:00"


async def with_credit(stage: Stage, cents: int) -> Buyer:
    """Return an owner of e-invoicing until 2026-06-30, on the order day of example A, with credit of the same day."""
    buyer = await owner_until_june(stage)
    (order,) = (await stage.front.orders_of(buyer.customer_id)).body["orders"]
    await stage.pay(order, cents)
    await stage.event(buyer, "billing.events", "CreditGranted")
    return buyer


async def with_old_credit(stage: Stage, cents: int) -> Buyer:
    """Return somebody whose credit can be used through 2026-06-30, and whose e-invoicing runs on from then."""
    await stage.at(HALF_A_YEAR_BEFORE)
    buyer = stage.names.buyer()
    given_up = await stage.place(cart(stage.names.order(), buyer, E_INVOICING))
    await stage.front.cancel(given_up["order_id"])
    await stage.pay(given_up, cents)
    await stage.event(buyer, "billing.events", "CreditGranted")
    return await stage.owner(ORDER_DAY, buyer=buyer)


async def kinds(stage: Stage, buyer: Buyer) -> list[tuple[str, int]]:
    entries = (await stage.front.credit(buyer.customer_id)).body["entries"]
    return [(entry["kind"], entry["amount_cents"]) for entry in entries]


class TestWhenCreditPaysAPart:
    async def test_the_rest_is_asked_for_and_settles(self, stage: Stage) -> None:
        buyer = await with_credit(stage, 1000)

        order = await stage.add_documents(buyer, use_credit=True)

        amounts = {name: order[name] for name in ("total_cents", "credit_cents", "outstanding_cents")}
        assert amounts == {"total_cents": 4427, "credit_cents": 1000, "outstanding_cents": 3427}
        assert "34,27" in (await stage.mail(buyer, "order-received", count=2)).text
        await stage.pay(order, 3427)
        settled = await stage.order_is(order["order_id"], "ACTIVATED")
        assert (settled["credit_cents"], settled["surplus_cents"]) == (1000, 0)
        assert await stage.expiries(buyer) == {"E_INVOICING": "2027-01-15", "DOCUMENTS": "2027-01-15"}
        assert await kinds(stage, buyer) == [("GRANTED", 1000), ("USED", 1000)]


class TestWhenCreditPaysAll:
    async def test_over_kafka_it_is_activated_without_a_payment(self, stage: Stage) -> None:
        buyer = await with_credit(stage, 5000)

        order = await stage.add_documents(buyer, way="structured", use_credit=True)

        settled = await stage.order_is(order["order_id"], "ACTIVATED")
        assert (settled["credit_cents"], settled["outstanding_cents"], settled["payments"]) == (4427, 0, [])
        credit = (await stage.front.credit(buyer.customer_id)).body
        assert (credit["balance_cents"], credit["expires_next_on"]) == (573, "2027-01-15")


class TestWhenTheOrderClosesUnpaid:
    async def test_credit_comes_back_with_the_time_that_it_had_left(self, stage: Stage) -> None:
        buyer = await with_credit(stage, 1000)
        order = await stage.add_documents(buyer, use_credit=True)
        await stage.pay(order, 427)
        assert await stage.credit(buyer) == 0

        await stage.at("2026-02-14T23:00:00+00:00")
        closed = await stage.order_is(order["order_id"], "EXPIRED")

        assert (closed["credit_cents"], closed["surplus_cents"]) == (0, 427)
        seen = await stage.event(buyer, "billing.events", "CreditReturned")
        assert (seen.data["amount_cents"], seen.data["expires_on"]) == (1000, "2027-02-15")
        credit = (await stage.front.credit(buyer.customer_id)).body
        assert (credit["balance_cents"], credit["expires_next_on"]) == (1427, "2027-02-15")
        assert sorted(await kinds(stage, buyer)) == [
            ("GRANTED", 427),
            ("GRANTED", 1000),
            ("RETURNED", 1000),
            ("USED", 1000),
        ]


class TestWhenOrdersComeAtOnce:
    async def test_given_up_and_ordered_anew_without_a_pause_each_cent_pays_once(self, stage: Stage) -> None:
        buyer = await with_credit(stage, 5000)
        first, second = (
            cart(stage.names.order(), buyer, DOCUMENTS, channel="CUSTOMER_AREA", use_credit=True) for _ in range(2)
        )
        given_up = {"order_id": first["order_id"], "customer_id": buyer.customer_id, "reason": "CUSTOMER_REQUEST"}

        await stage.publish_together(
            buyer.customer_id,
            ("storefront.OrderSubmitted.v1", first),
            ("storefront.OrderCancellationRequested.v1", given_up),
            ("storefront.OrderSubmitted.v1", second),
        )

        kept = await stage.order_is(second["order_id"], "ACTIVATED")
        assert kept["credit_cents"] == 4427
        assert (await stage.front.order(first["order_id"])).body["status"] == "CANCELLED"
        assert await stage.credit(buyer) == 573
        # Which of two that expire on one day pays first is not said; how much was used and given back is.
        by_kind = dict.fromkeys(("GRANTED", "USED", "RETURNED"), 0)
        for kind, cents in await kinds(stage, buyer):
            by_kind[kind] += cents
        assert by_kind == {"GRANTED": 5000, "USED": 2 * 4427, "RETURNED": 4427}


class TestWhenCreditExpiresAtThatVeryMoment:
    async def test_in_the_last_second_it_still_pays(self, stage: Stage) -> None:
        buyer = await with_old_credit(stage, 500)
        await stage.at(LAST_SECOND)
        order = await stage.add_documents(buyer, use_credit=True)
        assert order["credit_cents"] == 500
        assert await stage.credit(buyer) == 0

    async def test_a_second_later_it_has_expired_once_whoever_saw_it_first(self, stage: Stage) -> None:
        buyer = await with_old_credit(stage, 500)
        await stage.at(A_SECOND_LATE)
        order = await stage.add_documents(buyer, use_credit=True)
        assert order["credit_cents"] == 0
        seen = await stage.event(buyer, "billing.events", "CreditExpired")
        assert seen.data["expired_on"] == "2026-07-01"
        assert await kinds(stage, buyer) == [("GRANTED", 500), ("EXPIRED", 500)]
