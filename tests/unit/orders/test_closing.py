from dataclasses import replace
from datetime import UTC, datetime

from runtime.service import CATCHING_UP
from schemas import provisioning
from schemas.orders import OrderCancelled, OrderExpired
from schemas.vocabulary import CloseReason, HoldReason
from tests.unit.orders.builders import (
    BASE,
    DOCUMENTS,
    activated,
    awaiting_payment,
    cancellation,
    customer,
    documents_activated,
    order,
    owner,
    payment,
    priced,
    settled,
)
from tests.unit.orders.outcomes import money, registered
from tests.unit.orders.spec import Desk, names


class TestTheLastPayableDay:
    async def test_the_thirtieth_day_still_settles(self) -> None:
        desk = (await awaiting_payment()).on("2026-02-14", 23)
        assert await desk.fire() == []
        assert names(await desk.when(payment())) == ["PaymentRegistered", "OrderSettled"]

    async def test_the_day_after_it_expires_before_the_payment_that_meets_it(self) -> None:
        desk = (await awaiting_payment()).on("2026-02-15", 0)
        events = await desk.when(payment())
        assert names(events) == ["OrderExpired", "PaymentRegistered"]
        assert money(registered(events)) == (0, 4427, True)
        assert (desk.order("o-1").status, desk.order("o-1").reason) == ("EXPIRED", "PAYMENT_OVERDUE")

    async def test_the_deadline_is_midnight_in_rome(self) -> None:
        desk = await awaiting_payment()
        (deadline,) = desk.table("deadlines")
        assert deadline.due_at.isoformat() == "2026-02-14T23:00:00+00:00"

    async def test_the_deadline_expires_it_and_goes(self) -> None:
        desk = (await awaiting_payment()).on("2026-02-15", 0)
        assert names(await desk.fire()) == ["OrderExpired"]
        assert await desk.fire() == []

    async def test_what_was_paid_in_part_becomes_surplus(self) -> None:
        desk = await awaiting_payment()
        await desk.when(payment(1000))
        (event,) = await desk.on("2026-02-15", 0).fire()
        assert isinstance(event, OrderExpired)
        assert event.surplus_cents == 1000
        assert (desk.order("o-1").surplus_cents, desk.order("o-1").outstanding_cents) == (1000, 0)

    async def test_seen_late_it_expires_on_the_day_after_the_last_payable_one_all_the_same(self) -> None:
        (event,) = await (await awaiting_payment()).on("2026-06-01").fire()
        assert isinstance(event, OrderExpired)
        assert str(event.expired_on) == "2026-02-15"

    async def test_an_order_without_price_expires_too(self) -> None:
        desk = await owner()
        await desk.when(order(DOCUMENTS))
        assert names(await desk.on("2026-02-15", 0).fire()) == ["OrderExpired"]

    async def test_paid_in_time_it_waits_for_its_price_and_settles_on_the_day_of_the_payment(self) -> None:
        desk = (await owner()).on("2026-01-15")
        await desk.when(order(DOCUMENTS))
        await desk.on("2026-02-14", 23).when(payment())
        assert names(await desk.on("2026-02-15", 0).fire()) == ["InputNoted"]
        assert await desk.fire() == []
        events = await desk.when(priced())
        assert names(events) == ["OrderPriceNoted", "PaymentRegistered", "OrderSettled"]
        assert str(registered(events).registered_on) == "2026-02-14"

    async def test_paid_in_time_but_short_it_expires_once_the_price_shows_it(self) -> None:
        desk = await owner()
        await desk.when(order(DOCUMENTS))
        await desk.when(payment(1000))
        await desk.on("2026-02-15", 1).fire()
        assert names(await desk.when(priced())) == ["OrderPriceNoted", "PaymentRegistered"]
        assert names(await desk.fire()) == ["OrderExpired"]
        assert desk.table("deadlines") == []

    async def test_a_payment_after_the_last_day_does_not_settle_what_was_paid_short_before(self) -> None:
        desk = await owner()
        await desk.when(order(DOCUMENTS))
        await desk.when(payment(1000))
        await desk.on("2026-02-15", 1).when(payment(3427, "p-2"))
        assert names(await desk.when(priced())) == ["OrderPriceNoted", "PaymentRegistered"]
        assert names(await desk.fire()) == ["OrderExpired", "PaymentRegistered"]
        assert (desk.order("o-1").status, desk.order("o-1").surplus_cents) == ("EXPIRED", 4427)

    async def test_a_payment_that_kafka_had_in_time_settles_however_late_it_is_read(self) -> None:
        desk = (await awaiting_payment()).on("2026-02-15", 0)
        in_time = datetime(2026, 2, 14, 19, 30, tzinfo=UTC)
        (result,) = await desk.take(replace(desk.over_kafka(payment()), reached_at=in_time))
        events = [recorded.event for recorded in result.recorded]
        assert names(events) == ["PaymentRegistered", "OrderSettled"]
        assert str(registered(events).registered_on) == "2026-02-14"

    async def test_a_neighbours_news_expires_nothing(self) -> None:
        desk = (await awaiting_payment()).on("2026-02-15", 0)
        assert names(await desk.when(documents_activated())) == ["ServiceNoted"]
        assert desk.order("o-1").status == "AWAITING_PAYMENT"

    async def test_a_command_waits_until_what_came_before_is_applied(self) -> None:
        desk = (await awaiting_payment()).on("2026-02-15", 0)
        (result,) = await desk.take(replace(desk.incoming(payment()), is_caught_up=False))
        assert (result.outcome, result.recorded) == (CATCHING_UP, ())
        assert desk.order("o-1").status == "AWAITING_PAYMENT"

    async def test_a_command_that_meets_nothing_overdue_does_not_wait(self) -> None:
        desk = (await awaiting_payment()).on("2026-02-14", 23)
        (result,) = await desk.take(replace(desk.incoming(payment()), is_caught_up=False))
        assert names([recorded.event for recorded in result.recorded]) == ["PaymentRegistered", "OrderSettled"]

    async def test_a_settled_order_has_no_deadline(self) -> None:
        desk = (await settled()).on("2026-03-01")
        assert desk.table("deadlines") == []
        assert names(await desk.when(activated())) == ["OrderActivationNoted"]


class TestAPaymentOnAClosedOrder:
    async def test_is_registered_as_surplus_and_revives_nothing(self) -> None:
        desk = await awaiting_payment()
        await desk.when(cancellation())
        assert money(registered(await desk.when(payment()))) == (0, 4427, True)
        assert desk.order("o-1").status == "CANCELLED"

    async def test_of_a_refused_one_too(self) -> None:
        desk = Desk()
        await desk.when(order(DOCUMENTS))
        assert money(registered(await desk.when(payment()))) == (0, 4427, True)
        assert desk.order("o-1").status == "REFUSED"

    async def test_of_an_expired_one_too(self) -> None:
        desk = (await awaiting_payment()).on("2026-02-15", 0)
        await desk.fire()
        assert money(registered(await desk.when(payment()))) == (0, 4427, True)
        assert desk.order("o-1").status == "EXPIRED"


class TestCancelling:
    async def test_before_the_price_and_after(self) -> None:
        desk = await owner()
        await desk.when(order(DOCUMENTS))
        assert names(await desk.when(cancellation())) == ["OrderCancelled"]
        assert names(await desk.when(priced())) == ["InputNoted"]

    async def test_partly_paid_gives_the_money_back(self) -> None:
        desk = await awaiting_payment()
        await desk.when(payment(1000))
        (event,) = await desk.when(cancellation())
        assert isinstance(event, OrderCancelled)
        assert (event.reason, event.surplus_cents) == ("CUSTOMER_REQUEST", 1000)

    async def test_twice_changes_nothing(self) -> None:
        desk = await awaiting_payment()
        await desk.when(cancellation())
        assert await desk.is_duplicate(cancellation())

    async def test_a_settled_order_can_t_be_cancelled(self) -> None:
        assert await (await settled()).refusal(cancellation()) == "ORDER_NOT_CANCELLABLE"

    async def test_an_expired_order_can_t_be_cancelled_even_before_its_timer(self) -> None:
        desk = (await awaiting_payment()).on("2026-02-15", 0)
        assert await desk.refusal(cancellation()) == "ORDER_NOT_CANCELLABLE"

    async def test_an_unknown_order_and_anothers(self) -> None:
        desk = await awaiting_payment()
        assert await desk.refusal(cancellation("o-9")) == "ORDER_UNKNOWN"
        assert await desk.refusal(cancellation("o-1", "c-2")) == "ORDER_UNKNOWN"

    async def test_frees_the_tax_identifier(self) -> None:
        desk = Desk()
        await desk.when(order(BASE))
        await desk.when(cancellation())
        assert names(await desk.when(order(BASE, order_id="o-2", buyer=customer("c-2")))) == ["OrderPlaced"]


class TestWhatProvisioningCanNotActivate:
    async def test_is_held_for_an_operator(self) -> None:
        desk = await settled()
        await desk.when(
            provisioning.ActivationHeld(customer_id="c-1", order_id="o-1", reason=HoldReason.BASE_TERMINATED)
        )
        assert (desk.order("o-1").status, desk.order("o-1").reason) == ("HELD", "BASE_TERMINATED")

    async def test_closes_with_its_money_where_the_rules_say_so(self) -> None:
        desk = await awaiting_payment()
        await desk.when(payment(5000))
        closes = provisioning.ActivationHeld(customer_id="c-1", order_id="o-1", closes=CloseReason.BASE_NOT_ACTIVE)
        (event,) = await desk.when(closes)
        assert isinstance(event, OrderCancelled)
        assert event.surplus_cents == 4427
        assert (desk.order("o-1").status, desk.order("o-1").reason) == ("CANCELLED", "BASE_NOT_ACTIVE")
        assert desk.order("o-1").surplus_cents == 5000

    async def test_of_an_unknown_order_is_noted(self) -> None:
        held = provisioning.ActivationHeld(customer_id="c-1", order_id="o-9", reason=HoldReason.CHARGEBACK)
        assert names(await (await owner()).when(held)) == ["InputNoted"]
