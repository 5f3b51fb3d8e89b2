"""Until when can a renewal be paid, and what does a payment do that comes too late? R21, R31."""

from datetime import date

import pytest

from schemas import provisioning
from schemas.orders import OrderExpired, OrderPlaced
from schemas.payments import PaymentRegistered
from schemas.storefront import Line
from schemas.vocabulary import ExpiryReason, LineAction
from tests.unit.orders.builders import BASE, order, owner, payment, priced
from tests.unit.orders.spec import Desk, names


async def placed(desk: Desk) -> OrderPlaced:
    (event,) = await desk.when(order(lines=[Line(product=BASE, action=LineAction.RENEW)]))
    assert isinstance(event, OrderPlaced), event
    return event


class TestUntilWhenItCanBePaid:
    @pytest.mark.parametrize(
        ("today", "until"),
        [("2026-01-15", "2026-02-14"), ("2026-08-29", "2026-09-28"), ("2026-08-30", "2026-09-28")],
        ids=["30 days", "30 days, to the end of grace", "to the end of grace"],
    )
    async def test_it_can_be_paid_for_30_days_but_not_beyond_the_grace(self, today: str, until: str) -> None:
        desk = (await owner()).on(today)
        assert str((await placed(desk)).payable_until) == until
        assert str(desk.order("o-1").payable_until) == until

    async def test_paid_on_the_last_day_of_grace_it_settles(self) -> None:
        desk = (await owner()).on("2026-09-20")
        await placed(desk)
        await desk.when(priced(3660))
        assert names(await desk.on("2026-09-28", 23).when(payment(3660))) == ["PaymentRegistered", "OrderSettled"]

    async def test_paid_a_day_later_it_is_closed_and_its_money_is_surplus(self) -> None:
        desk = (await owner()).on("2026-09-20")
        await placed(desk)
        await desk.when(priced(3660))
        closed, paid = await desk.on("2026-09-29", 0).when(payment(3660))
        assert isinstance(closed, OrderExpired)
        assert isinstance(paid, PaymentRegistered)
        assert (closed.reason, paid.surplus_cents, paid.order_closed) == ("BASE_NOT_ACTIVE", 3660, True)

    async def test_its_deadline_closes_it_on_that_day_too(self) -> None:
        desk = (await owner()).on("2026-09-20")
        await placed(desk)
        await desk.when(priced(3660))
        assert await desk.on("2026-09-28", 23).fire() == []
        assert names(await desk.on("2026-09-29", 0).fire()) == ["OrderExpired"]
        assert (desk.order("o-1").status, desk.order("o-1").reason) == ("EXPIRED", "BASE_NOT_ACTIVE")

    async def test_where_its_base_was_renewed_otherwise_it_is_just_overdue(self) -> None:
        desk = (await owner()).on("2026-09-20")
        await placed(desk)
        await desk.when(priced(3660))
        await desk.when(_renewed("2027-06-30"))
        await desk.on("2026-09-29", 0).fire()
        assert desk.order("o-1").reason == "PAYMENT_OVERDUE"


def _renewed(until: str) -> provisioning.ExpiryAligned:
    return provisioning.ExpiryAligned(
        customer_id="c-1",
        order_id="o-9",
        product=BASE,
        previous_expiry=date(2026, 6, 30),
        new_expiry=date.fromisoformat(until),
        anchor_on=date(2025, 6, 30),
        months=24,
        reason=ExpiryReason.RENEWAL,
    )
