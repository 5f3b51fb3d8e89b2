"""Can a subscription be renewed? From each channel, over HTTP and Kafka, by the customer's id alone (R31, R32)."""

import asyncpg
import pytest

from rehearsal.demo.examples import J, L
from rehearsal.play.carts import DOCUMENTS, E_INVOICING, by_id, cart, line
from rehearsal.play.patience import eventually
from rehearsal.play.stage import Stage, Way
from schemas.topics import ORDERS_EVENTS, PROVISIONING_EVENTS
from tests.builders import ORDER_DAY, owner_of_both, owner_until_june, quotable

BOTH = (E_INVOICING, DOCUMENTS)
ONE_YEAR = line(E_INVOICING, "RENEW")


class TestWhenBothAreRenewed:
    """Worked renewal J: both to 2027-01-15, renewed for two years on 2026-12-01."""

    @pytest.mark.parametrize(
        ("channel", "way"), [("SITE", "http"), ("CUSTOMER_AREA", "structured"), ("PANEL", "binary")]
    )
    async def test_quote_order_and_charge_are_one_from_every_channel(
        self, stage: Stage, channel: str, way: Way
    ) -> None:
        buyer = await owner_of_both(stage)
        await stage.at("2026-12-01T09:00:00+00:00")
        await quotable(stage, buyer)
        whose = {"customer": {"customer_id": buyer.customer_id}, "channel": channel}
        (outcome,) = (await stage.front.quote({**whose, "lines": list(J.lines)})).body["outcomes"]

        order = await stage.renewal(buyer, *J.lines, channel=channel, way=way)

        assert (outcome["branch"], order["purchase_case"], order["channel"]) == ("RENEWED", "RENEWAL", channel)
        assert tuple(each["net_cents"] for each in order["lines"]) == J.net_cents
        amounts = (J.vat_cents, J.total_cents)
        assert (order["vat_cents"], order["total_cents"], order["payable_until"]) == (*amounts, "2026-12-31")
        charges = (await stage.front.charges(order["order_id"])).body
        assert outcome["lines"] == order["lines"]
        assert outcome["total_cents"] == charges["total_cents"] == J.total_cents
        assert charges["lines"][1]["explanation"] == "20.00 € a year × 2 = 40.00 €"

        await stage.settle(order, way)

        assert await stage.expiries(buyer) == outcome["expiries"] == dict.fromkeys(BOTH, J.new_expiry)
        placed = await stage.event(buyer, ORDERS_EVENTS, "OrderPlaced", order_id=order["order_id"])
        assert (placed.data["customer_on_record"], placed.data["branch"]) == (True, "RENEWED")
        for product in BOTH:
            moved = await stage.event(buyer, PROVISIONING_EVENTS, "ExpiryAligned", product=product)
            assert (moved.data["reason"], moved.data["new_expiry"]) == ("RENEWAL", J.new_expiry)


class TestWhenDocumentsIsAddedInGrace:
    """Worked renewal L."""

    async def test_it_is_bought_beside_the_renewal(self, stage: Stage) -> None:
        buyer = await stage.owner(ORDER_DAY)
        await stage.at("2027-03-01T09:00:00+00:00")
        order = await stage.renewal(buyer, *L.lines)
        reasons = ("FULL_PRICE", "ALIGNED_TO_BASE")
        priced = [(each["net_cents"], each["reason"]) for each in order["lines"]]
        assert priced == list(zip(L.net_cents, reasons, strict=True))
        assert order["total_cents"] == L.total_cents
        await stage.settle(order)
        assert await stage.expiries(buyer) == dict.fromkeys(BOTH, L.new_expiry)


class TestWhenItIsRenewedBeforeAnAddOnIsPaid:
    async def test_the_extension_that_was_not_needed_becomes_credit(self, stage: Stage) -> None:
        buyer = await owner_until_june(stage)
        documents = await stage.add_documents(buyer)
        await stage.settle(await stage.renewal(buyer, ONE_YEAR))
        await stage.settle(documents)

        assert await stage.expiries(buyer) == {E_INVOICING: "2027-06-30", DOCUMENTS: "2027-01-15"}
        await eventually(lambda: _credit_is(stage, buyer.customer_id, 1987), "R18's credit")


class TestWhenItIsPaidAfterTheGrace:
    async def test_it_is_closed_and_becomes_credit(self, stage: Stage) -> None:
        buyer = await owner_until_june(stage)
        await stage.at("2026-09-20T09:00:00+00:00")
        order = await stage.renewal(buyer, ONE_YEAR)
        assert order["payable_until"] == "2026-09-28"
        await stage.at("2026-09-29T09:00:00+00:00")
        await stage.pay(order, 3660)

        closed = await stage.order_is(order["order_id"], "EXPIRED")
        assert (closed["reason"], closed["surplus_cents"]) == ("BASE_NOT_ACTIVE", 3660)
        await eventually(lambda: _credit_is(stage, buyer.customer_id, 3660), "the credit")


class TestWhatIsNoRenewal:
    async def test_each_has_one_clear_answer(self, stage: Stage) -> None:
        buyer = await owner_of_both(stage)
        stranger = stage.names.buyer()

        async def answered(order: dict[str, object]) -> tuple[int, str, str]:
            answer = await stage.front.orders.ask("POST", "/v1/orders", order)
            (error,) = answer.body.get("errors", [{}])
            return answer.status, answer.code, error.get("field", "")

        apart = cart(stage.names.order(), buyer, line(E_INVOICING, "RENEW", 2), line(DOCUMENTS, "RENEW", 3))
        assert await answered(apart) == (422, "INVALID_REQUEST", "lines.1.years")
        for years in (0, 11):
            wrong = cart(stage.names.order(), buyer, line(E_INVOICING, "RENEW", years))
            assert await answered(wrong) == (422, "INVALID_REQUEST", "lines.0.years")
        unknown = by_id(cart(stage.names.order(), stranger, ONE_YEAR))
        assert await answered(unknown) == (422, "INVALID_REQUEST", "customer.customer_id")
        not_owned = await stage.front.submit(cart(stage.names.order(), stranger, ONE_YEAR))
        assert (not_owned.code, not_owned.violations) == ("ORDER_REFUSED", ["RENEWAL_NOT_POSSIBLE"])

    async def test_over_kafka_a_stranger_s_id_alone_is_told_to_operators(self, stage: Stage) -> None:
        await stage.at(ORDER_DAY)
        stranger = stage.names.buyer()
        order = by_id(cart(stage.names.order(), stranger, ONE_YEAR))
        await stage.publish("storefront.OrderSubmitted.v1", stranger.customer_id, order)
        orders = await asyncpg.connect(stage.endpoints.postgres["orders"]["owner"])

        async def quarantined() -> bool:
            sql = "SELECT count(*) FROM runtime.quarantine WHERE key = $1 AND reason = 'INVALID_REQUEST'"
            return bool(await orders.fetchval(sql, stranger.customer_id.encode()))

        try:
            await eventually(quarantined, "the order in quarantine")
        finally:
            await orders.close()


async def _credit_is(stage: Stage, customer_id: str, cents: int) -> bool:
    return bool((await stage.front.credit(customer_id)).body["balance_cents"] == cents)
