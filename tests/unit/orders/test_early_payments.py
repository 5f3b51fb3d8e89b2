import asyncio
from contextlib import suppress
from datetime import date, timedelta

from prometheus_client import REGISTRY

from schemas import billing
from schemas.payments import PaymentConflicted, PaymentHeld, PaymentRegistered
from schemas.vocabulary import PaymentResolution, PricingRefusal
from services.orders.adapters.review import keep_reviewing, review_held
from services.orders.domain.commands import ResolvePayment, content_hash
from tests.unit.orders.builders import BASE, DOCUMENTS, customer, order, owner, payment, priced
from tests.unit.orders.outcomes import money, registered
from tests.unit.orders.spec import Desk, names


class TestAPaymentThatComesEarly:
    async def test_waits_for_its_order_and_its_price(self) -> None:
        desk = await owner()
        (held,) = await desk.when(payment())
        assert isinstance(held, PaymentHeld)
        assert held.reason == "ORDER_UNKNOWN"
        await desk.when(order(DOCUMENTS))
        events = await desk.on("2026-01-16").when(priced())
        assert names(events) == ["OrderPriceNoted", "PaymentRegistered", "OrderSettled"]
        assert registered(events).registered_on == date(2026, 1, 15)
        assert [row.status for row in desk.table("payments")] == ["REGISTERED"]

    async def test_waits_for_the_price(self) -> None:
        desk = await owner()
        await desk.when(order(DOCUMENTS))
        (held,) = await desk.when(payment())
        assert isinstance(held, PaymentHeld)
        assert held.reason == "ORDER_NOT_PRICED"

    async def test_settles_its_order_on_the_day_of_the_order_not_before_it(self) -> None:
        desk = (await owner("2027-06-30")).on("2026-01-15")
        await desk.when(payment())
        await desk.on("2026-11-15").when(order(DOCUMENTS))
        found = registered(await desk.on("2026-11-20").when(priced()))
        assert str(found.registered_on) == "2026-11-15"

    async def test_twice_is_held_once(self) -> None:
        desk = await owner()
        await desk.when(payment())
        assert await desk.is_duplicate(payment())

    async def test_several_are_registered_in_the_order_of_their_arrival(self) -> None:
        desk = await owner()
        await desk.when(payment(1000, "p-9"))
        await desk.when(payment(4000, "p-1"))
        await desk.when(order(DOCUMENTS))
        await desk.when(payment(500, "p-5"))
        events = await desk.when(priced())
        assert names(events) == [
            "OrderPriceNoted",
            "PaymentRegistered",
            "PaymentRegistered",
            "OrderSettled",
            "PaymentRegistered",
        ]
        payments = [event for event in events if isinstance(event, PaymentRegistered)]
        assert [(event.payment_id, *money(event)) for event in payments] == [
            ("p-9", 3427, 0, False),
            ("p-1", 0, 573, False),
            ("p-5", 0, 500, False),
        ]

    async def test_for_an_order_that_is_then_refused_becomes_surplus(self) -> None:
        desk = Desk()
        await desk.when(payment())
        events = await desk.when(order(DOCUMENTS))
        assert names(events) == ["OrderRefused", "PaymentRegistered"]
        assert money(registered(events)) == (0, 4427, True)

    async def test_for_an_order_that_can_t_be_priced_becomes_surplus(self) -> None:
        desk = await owner()
        await desk.when(order(DOCUMENTS))
        await desk.when(payment())
        events = await desk.when(
            billing.PricingRefused(
                customer_id="c-1", order_id="o-1", reason=PricingRefusal.BASE_MISSING, detail="no base"
            )
        )
        assert names(events) == ["OrderCancelled", "PaymentRegistered"]
        assert desk.order("o-1").reason == "NOT_PRICEABLE"

    async def test_for_an_order_that_is_then_anothers_it_is_a_conflict_once_reviewed(self) -> None:
        desk = Desk()
        await desk.when(payment())
        await desk.when(order(BASE, buyer=customer("c-2")))
        await desk.when(priced(3660, customer_id="c-2"))
        (waiting,) = desk.table("payments")

        await review_held(desk.on("2026-01-16"))
        await review_held(desk)

        (event,) = [event for event in desk.events() if isinstance(event, PaymentConflicted)]
        assert (event.customer_id, event.order_id, event.reason) == ("c-1", "o-1", "CUSTOMER_DIFFERS")
        (row,) = desk.table("payments")
        assert (row.status, row.taken_at) == ("CONFLICTED", waiting.taken_at)
        state = await desk.state("c-1")
        assert state is not None
        assert not state.held
        assert desk.order("o-1").status == "AWAITING_PAYMENT"
        assert await desk.is_duplicate(payment())

    async def test_a_review_leaves_what_waits_for_its_own_order(self) -> None:
        desk = Desk()
        await desk.when(payment())
        await desk.when(payment(100, "p-2", order_id="o-2"))
        await desk.when(order(BASE))
        await review_held(desk)
        assert [row.status for row in desk.table("payments")] == ["HELD", "HELD"]

    async def test_it_shows_as_an_alert_after_24_hours_and_not_before(self) -> None:
        desk = Desk().on("2026-01-15", 9)
        await desk.when(payment())
        assert await _overdue(desk.on("2026-01-16", 9)) == 0
        desk.clock.instant += timedelta(seconds=1)
        assert await _overdue(desk) == 1
        await desk.when(order(BASE))
        await desk.when(priced(4427))
        assert await _overdue(desk) == 0

    async def test_made_credit_it_changes_nothing_of_an_order_that_another_placed_meanwhile(self) -> None:
        desk = Desk()
        await desk.when(payment(customer_id="c-2"))
        await desk.when(order(BASE))
        paid = content_hash("c-2", "o-1", 4427)
        to_credit, why = PaymentResolution.TO_CREDIT, "its order is another's"
        await desk.submit(ResolvePayment("c-2", "bank", "p-1", paid, to_credit, why, None, "o-1"))
        assert (desk.order("o-1").customer_id, desk.order("o-1").surplus_cents) == ("c-1", 0)

    async def test_another_content_under_its_identity_leaves_it_waiting(self) -> None:
        desk = Desk()
        await desk.when(payment())
        await desk.when(payment(1))
        state = await desk.state("c-1")
        assert state is not None
        assert [waiting.amount_cents for waiting in state.held] == [4427]


async def _overdue(desk: Desk) -> float | None:
    with suppress(TimeoutError):
        await asyncio.wait_for(keep_reviewing(desk, None), 0.2)
    return REGISTRY.get_sample_value("coterm_held_payments_overdue")
