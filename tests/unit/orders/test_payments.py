import pytest

from schemas.payments import PaymentConflicted
from tests.unit.orders.builders import DOCUMENTS, activated, awaiting_payment, order, owner, payment, priced, settled
from tests.unit.orders.outcomes import money, registered
from tests.unit.orders.spec import names


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
