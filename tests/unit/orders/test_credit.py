"""What is due of an order that the customer's credit pays, or a part of it? R22, R24, R28, R41."""

from datetime import date

import pytest

from schemas.orders import OrderCancelled, OrderPlaced, OrderPriceNoted, OrderSettled
from tests.unit.orders.builders import DOCUMENTS, cancellation, order, owner, payment, priced
from tests.unit.orders.outcomes import money, registered
from tests.unit.orders.spec import Desk, names


async def awaiting_the_rest(credit_cents: int) -> Desk:
    """Return orders with worked example A ordered, priced and paid from credit in part."""
    desk = await owner()
    await desk.when(order(DOCUMENTS, use_credit=True))
    await desk.when(priced().model_copy(update={"credit_cents": credit_cents}))
    return desk


def amounts(desk: Desk) -> tuple[int | None, int | None, int | None, int]:
    row = desk.order("o-1")
    return row.total_cents, row.credit_cents, row.outstanding_cents, row.surplus_cents


class TestAskingForIt:
    @pytest.mark.parametrize("use_credit", [True, False])
    async def test_the_order_says_whether_to_use_credit(self, use_credit: bool) -> None:
        (event,) = await (await owner()).when(order(DOCUMENTS, use_credit=use_credit))
        assert isinstance(event, OrderPlaced)
        assert event.use_credit is use_credit

    async def test_left_out_credit_is_left_alone(self) -> None:
        (event,) = await (await owner()).when(order(DOCUMENTS))
        assert isinstance(event, OrderPlaced)
        assert not event.use_credit


class TestWhenCreditPaysAPart:
    async def test_the_rest_is_due(self) -> None:
        desk = await awaiting_the_rest(1000)
        assert amounts(desk) == (4427, 1000, 3427, 0)
        assert desk.order("o-1").status == "AWAITING_PAYMENT"

    async def test_the_rest_settles(self) -> None:
        desk = await awaiting_the_rest(1000)
        assert money(registered(await desk.when(payment(3426)))) == (1, 0, False)
        events = await desk.when(payment(1, "p-2"))
        assert names(events) == ["PaymentRegistered", "OrderSettled"]
        assert money(registered(events)) == (0, 0, False)
        assert amounts(desk) == (4427, 1000, 0, 0)

    async def test_what_exceeds_the_rest_is_surplus(self) -> None:
        desk = await awaiting_the_rest(1000)
        assert money(registered(await desk.when(payment(4427)))) == (0, 1000, False)

    async def test_closing_only_money_is_surplus(self) -> None:
        desk = await awaiting_the_rest(1000)
        await desk.when(payment(427))
        (event,) = await desk.when(cancellation())
        assert isinstance(event, OrderCancelled)
        assert event.surplus_cents == 427
        assert amounts(desk) == (4427, 0, 0, 427)

    async def test_a_payment_that_waited_for_the_price_settles(self) -> None:
        desk = await owner()
        await desk.when(order(DOCUMENTS, use_credit=True))
        await desk.when(payment(3427))
        events = await desk.when(priced().model_copy(update={"credit_cents": 1000}))
        assert names(events) == ["OrderPriceNoted", "PaymentRegistered", "OrderSettled"]


class TestWhenCreditPaysAll:
    async def test_it_is_settled_on_the_day_of_its_price(self) -> None:
        desk = await owner()
        await desk.when(order(DOCUMENTS, use_credit=True))
        noted, settled = await desk.on("2026-01-16").when(priced().model_copy(update={"credit_cents": 4427}))
        assert isinstance(noted, OrderPriceNoted)
        assert isinstance(settled, OrderSettled)
        assert (settled.settled_on, settled.total_cents) == (date(2026, 1, 16), 4427)
        assert (desk.order("o-1").status, amounts(desk)) == ("SETTLED", (4427, 4427, 0, 0))

    async def test_a_payment_for_it_is_all_surplus(self) -> None:
        desk = await awaiting_the_rest(4427)
        assert money(registered(await desk.when(payment(100)))) == (0, 100, False)

    async def test_a_total_above_the_promised_one_closes_it_all_the_same(self) -> None:
        desk = await owner()
        await desk.when(order(DOCUMENTS, use_credit=True, expected_total_cents=4426))
        events = await desk.when(priced().model_copy(update={"credit_cents": 4427}))
        assert names(events) == ["OrderPriceNoted", "OrderCancelled"]
        assert amounts(desk) == (4427, 0, 0, 0)

    async def test_cancelled_before_its_price_it_stays_closed(self) -> None:
        desk = await owner()
        await desk.when(order(DOCUMENTS, use_credit=True))
        await desk.when(cancellation())
        assert names(await desk.when(priced().model_copy(update={"credit_cents": 4427}))) == ["InputNoted"]
        assert desk.order("o-1").status == "CANCELLED"
