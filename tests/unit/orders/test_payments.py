import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import date, timedelta

import pytest
from prometheus_client import REGISTRY

from schemas import billing, provisioning
from schemas.orders import (
    OrderCancelled,
    OrderExpired,
    PaymentConflicted,
    PaymentHeld,
    PaymentRegistered,
)
from schemas.vocabulary import CloseReason, HoldReason, PricingRefusal
from services.orders.adapters.review import keep_reviewing, review_held
from tests.unit.orders.builders import (
    BASE,
    DOCUMENTS,
    activated,
    awaiting_payment,
    cancellation,
    customer,
    order,
    owner,
    payment,
    priced,
    settled,
)
from tests.unit.orders.spec import Desk, names


def registered(events: Sequence[object]) -> PaymentRegistered:
    return next(event for event in events if isinstance(event, PaymentRegistered))


def money(event: PaymentRegistered) -> tuple[int, int, bool]:
    return event.outstanding_cents, event.surplus_cents, event.order_closed


class TestPayingAPricedOrder:
    async def test_the_amount_due_settles(self) -> None:
        desk = await awaiting_payment()
        events = await desk.when(payment())
        assert names(events) == ["PaymentRegistered", "OrderSettled"]
        assert money(registered(events)) == (0, 0, False)
        assert (desk.order("o-1").status, desk.order("o-1").outstanding_cents) == ("SETTLED", 0)

    async def test_a_short_payment_activates_nothing(self) -> None:
        desk = await awaiting_payment()
        events = await desk.when(payment(4426))
        assert names(events) == ["PaymentRegistered"]
        assert money(registered(events)) == (1, 0, False)
        assert (desk.order("o-1").status, desk.order("o-1").outstanding_cents) == ("PARTIALLY_PAID", 1)

    async def test_the_rest_settles(self) -> None:
        desk = await awaiting_payment()
        await desk.when(payment(4000))
        events = await desk.when(payment(427, "p-2"))
        assert names(events) == ["PaymentRegistered", "OrderSettled"]

    async def test_surplus_is_told_and_settles(self) -> None:
        desk = await awaiting_payment()
        events = await desk.when(payment(5000))
        assert names(events) == ["PaymentRegistered", "OrderSettled"]
        assert money(registered(events)) == (0, 573, False)
        assert desk.order("o-1").surplus_cents == 573

    async def test_the_surplus_of_the_last_of_several(self) -> None:
        desk = await awaiting_payment()
        await desk.when(payment(4000))
        assert money(registered(await desk.when(payment(1000, "p-2")))) == (0, 573, False)

    async def test_a_free_order_settles_at_pricing(self) -> None:
        desk = await owner()
        await desk.when(order(DOCUMENTS))
        assert names(await desk.on("2026-01-16").when(priced(0))) == ["OrderPriceNoted", "OrderSettled"]

    async def test_another_payment_on_a_settled_order_is_all_surplus(self) -> None:
        desk = await settled()
        events = await desk.when(payment(100, "p-2"))
        assert names(events) == ["PaymentRegistered"]
        assert money(registered(events)) == (0, 100, False)
        assert desk.order("o-1").status == "SETTLED"

    async def test_another_payment_on_an_activated_order_is_all_surplus(self) -> None:
        desk = await settled()
        await desk.when(activated())
        assert money(registered(await desk.when(payment(100, "p-2")))) == (0, 100, False)
        assert desk.order("o-1").status == "ACTIVATED"


class TestThePromisedTotal:
    @pytest.mark.parametrize("expected", [4427, 5000])
    async def test_at_or_above_the_total_it_stands(self, expected: int) -> None:
        desk = await owner()
        await desk.when(order(DOCUMENTS, expected_total_cents=expected))
        assert names(await desk.when(priced())) == ["OrderPriceNoted"]
        assert desk.order("o-1").total_cents == 4427

    async def test_below_the_total_it_closes(self) -> None:
        desk = await owner()
        await desk.when(order(DOCUMENTS, expected_total_cents=4426))
        assert names(await desk.when(priced())) == ["OrderPriceNoted", "OrderCancelled"]
        assert (desk.order("o-1").status, desk.order("o-1").reason) == ("CANCELLED", "PRICE_CHANGED")

    async def test_what_was_held_for_it_becomes_surplus(self) -> None:
        desk = await owner()
        await desk.when(order(DOCUMENTS, expected_total_cents=4426))
        await desk.when(payment(4426))
        events = await desk.when(priced())
        assert names(events) == ["OrderPriceNoted", "OrderCancelled", "PaymentRegistered"]
        assert money(registered(events)) == (0, 4426, True)


class TestTheSamePaymentAgain:
    async def test_changes_nothing(self) -> None:
        desk = await settled()
        assert await desk.is_duplicate(payment())
        assert desk.order("o-1").surplus_cents == 0

    async def test_in_one_batch_changes_nothing(self) -> None:
        desk = await awaiting_payment()
        await desk.take(desk.incoming(payment()), desk.incoming(payment()))
        assert names(desk.events()).count("PaymentRegistered") == 1

    async def test_of_another_source_is_another_payment(self) -> None:
        desk = await settled()
        assert names(await desk.when(payment(payment_source="card"))) == ["PaymentRegistered"]

    @pytest.mark.parametrize("changed", [{"amount_cents": 1}, {"order_id": "o-2"}])
    async def test_with_other_content_is_a_conflict_once(self, changed: dict[str, object]) -> None:
        desk = await settled()
        other = payment().model_copy(update=changed)
        (event,) = await desk.when(other)
        assert isinstance(event, PaymentConflicted)
        assert event.reason == "CONTENT_DIFFERS"
        assert await desk.is_duplicate(other)
        assert desk.order("o-1").status == "SETTLED"

    async def test_with_two_other_contents_is_two_conflicts(self) -> None:
        desk = await settled()
        await desk.when(payment(1))
        await desk.when(payment(2))
        assert [row.status for row in desk.table("payments")] == ["REGISTERED", "CONFLICTED", "CONFLICTED"]

    async def test_with_other_content_in_one_batch_is_a_conflict_with_its_own_id(self) -> None:
        desk = await awaiting_payment()
        await desk.take(desk.incoming(payment()), desk.incoming(payment(1)))
        identities = [row.recorded.event_id for row in desk.store.contents.journal]
        assert names(desk.events())[-3:] == ["PaymentRegistered", "OrderSettled", "PaymentConflicted"]
        assert len(set(identities)) == len(identities)

    async def test_by_another_customer_is_a_conflict(self) -> None:
        desk = await settled()
        (event,) = await desk.when(payment(customer_id="c-2"))
        assert isinstance(event, PaymentConflicted)
        assert (event.customer_id, event.reason) == ("c-2", "CONTENT_DIFFERS")


class TestAPayerWhoIsNotTheCustomer:
    async def test_is_a_conflict_in_the_payers_account(self) -> None:
        desk = await awaiting_payment()
        (event,) = await desk.when(payment(customer_id="c-2"))
        assert isinstance(event, PaymentConflicted)
        assert (event.customer_id, event.order_id, event.reason) == ("c-2", "o-1", "CUSTOMER_DIFFERS")
        assert desk.order("o-1").status == "AWAITING_PAYMENT"

    async def test_does_not_block_the_account(self) -> None:
        desk = await awaiting_payment()
        await desk.when(payment(customer_id="c-2"))
        assert names(await desk.when(payment(4427, "p-2"))) == ["PaymentRegistered", "OrderSettled"]

    async def test_told_again_changes_nothing(self) -> None:
        desk = await awaiting_payment()
        await desk.when(payment(customer_id="c-2"))
        assert await desk.is_duplicate(payment(customer_id="c-2"))


class TestAPaymentThatComesEarly:
    async def test_waits_for_its_order_and_its_price(self) -> None:
        desk = await owner()
        (held,) = await desk.when(payment())
        assert isinstance(held, PaymentHeld)
        assert held.reason == "ORDER_UNKNOWN"
        await desk.when(order(DOCUMENTS))
        events = await desk.on("2026-01-16").when(priced())
        assert names(events) == ["OrderPriceNoted", "PaymentRegistered", "OrderSettled"]
        assert registered(events).registered_on == date(2026, 1, 16)
        assert [row.status for row in desk.table("payments")] == ["REGISTERED"]

    async def test_waits_for_the_price(self) -> None:
        desk = await owner()
        await desk.when(order(DOCUMENTS))
        (held,) = await desk.when(payment())
        assert isinstance(held, PaymentHeld)
        assert held.reason == "ORDER_NOT_PRICED"

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
        told = [event for event in events if isinstance(event, PaymentRegistered)]
        assert [(event.payment_id, *money(event)) for event in told] == [
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

    async def test_another_content_under_its_identity_leaves_it_waiting(self) -> None:
        desk = Desk()
        await desk.when(payment())
        await desk.when(payment(1))
        state = await desk.state("c-1")
        assert state is not None
        assert [waiting.amount_cents for waiting in state.held] == [4427]


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

    async def test_an_order_without_price_expires_too(self) -> None:
        desk = await owner()
        await desk.when(order(DOCUMENTS))
        await desk.when(payment())
        events = await desk.on("2026-02-15", 0).when(priced())
        assert names(events) == ["OrderExpired", "PaymentRegistered", "InputNoted"]

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


async def _overdue(desk: Desk) -> float | None:
    with suppress(TimeoutError):
        await asyncio.wait_for(keep_reviewing(desk, None), 0.2)
    return REGISTRY.get_sample_value("coterm_held_payments_overdue")
