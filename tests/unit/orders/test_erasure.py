"""Is a customer forgotten once an operator says so, and is it told once?"""

import pytest

from runtime.errors import KeyErased
from runtime.service import Decided, Duplicate, Incoming
from schemas.orders import OrderCancelled, OrderPlaced, PersonalDataErased
from schemas.payments import PaymentRegistered, PaymentResolved
from schemas.provisioning import ActivationHeld
from schemas.refusal import Refusal
from schemas.vocabulary import CloseReason, HoldReason, PaymentResolution
from services.orders.domain.commands import ClearTheWay, ErasePersonalData
from tests.unit.orders.builders import BASE, DOCUMENTS, base_activated, order, payment, priced
from tests.unit.orders.spec import Desk, names

WHY = "Requested by the customer."


def way(*unpaid: str, close_first: bool = False) -> Incoming:
    return Incoming.of(ClearTheWay("c-1", WHY, close_first, unpaid))


def erasure(customer_id: str = "c-1", why: str = WHY) -> Incoming:
    return Incoming.of(ErasePersonalData(customer_id, why))


class TestWhatStandsInTheWay:
    async def test_an_open_order_and_a_living_service_are_named_and_nothing_happens(self) -> None:
        desk = Desk()
        await desk.when(base_activated())
        await desk.when(order(DOCUMENTS))
        before = len(desk.events())
        (result,) = await desk.take(way("o-1"))
        named = (
            "order o-1 is AWAITING_PRICE: close_first closes it; "
            "E_INVOICING is ACTIVE until 2026-06-30: `coterm services end c-1 E_INVOICING` ends it"
        )
        assert result.outcome == Refusal("ERASURE_NOT_POSSIBLE", named)
        assert len(desk.events()) == before

    async def test_what_is_unpaid_is_closed_first_where_that_is_wanted_and_its_money_is_surplus(self) -> None:
        desk = Desk()
        for input_ in (order(BASE), priced(), payment(1000)):
            await desk.when(input_)
        (result,) = await desk.take(way("o-1", close_first=True))
        (closed,) = [recorded.event for recorded in result.recorded]
        assert isinstance(closed, OrderCancelled)
        assert (closed.reason, closed.why, closed.surplus_cents) == (CloseReason.OPERATOR_REQUEST, WHY, 1000)
        (again,) = await desk.take(way(close_first=True))
        assert again.outcome == Duplicate()
        await desk.take(erasure())
        (late,) = await desk.when(payment(3427, payment_id="p-2"))
        assert isinstance(late, PaymentRegistered)
        assert (late.surplus_cents, late.order_closed) == (3427, True)

    async def test_a_payment_for_an_order_that_nobody_placed_is_named_and_becomes_credit_first(self) -> None:
        desk = Desk()
        await desk.when(order(BASE))
        await desk.when(payment(1000, order_id="o-9"))
        (result,) = await desk.take(way("o-1"))
        named = (
            "order o-1 is AWAITING_PRICE: close_first closes it; "
            "payment bank/p-1 waits for order o-9: close_first makes it credit"
        )
        assert result.outcome == Refusal("ERASURE_NOT_POSSIBLE", named)
        (result,) = await desk.take(way("o-1", "bank/p-1", close_first=True))
        credited = result.recorded[-1].event
        assert isinstance(credited, PaymentResolved)
        assert (credited.action, credited.amount_cents, credited.why) == (PaymentResolution.TO_CREDIT, 1000, WHY)

    async def test_what_is_settled_or_held_is_never_closed_by_it(self) -> None:
        desk = Desk()
        for input_ in (order(BASE), priced(), payment()):
            await desk.when(input_)
        (settled,) = await desk.take(way(close_first=True))
        assert settled.outcome == Refusal(
            "ERASURE_NOT_POSSIBLE", "order o-1 is SETTLED: `coterm orders close o-1` ends it"
        )
        await desk.when(ActivationHeld(customer_id="c-1", order_id="o-1", reason=HoldReason.BASE_SHORTENED))
        (held,) = await desk.take(way(close_first=True))
        assert held.outcome == Refusal("ERASURE_NOT_POSSIBLE", "order o-1 is HELD: `coterm orders close o-1` ends it")

    async def test_an_unpaid_order_that_slipped_in_is_closed_with_the_event(self) -> None:
        desk = Desk()
        await desk.when(order(BASE))
        (result,) = await desk.take(erasure())
        assert names([recorded.event for recorded in result.recorded]) == ["OrderCancelled", "PersonalDataErased"]
        assert (await desk.when(order(BASE, order_id="o-2")))[0].EVENT_TYPE == OrderPlaced.EVENT_TYPE


class TestErasing:
    async def test_the_key_is_gone_and_an_event_says_why(self) -> None:
        desk = Desk()
        (placed,) = [event for event in await desk.when(order(BASE)) if isinstance(event, OrderPlaced)]
        assert (await desk.keyring.open("c-1", placed.personal))["email"]
        (result,) = await desk.take(erasure())
        assert [recorded.event for recorded in result.recorded][1:] == [PersonalDataErased(customer_id="c-1", why=WHY)]
        with pytest.raises(KeyErased):
            await desk.keyring.open("c-1", placed.personal)

    async def test_asked_again_it_is_not_told_again_whatever_reason_is_given(self) -> None:
        desk = Desk()
        await desk.when(order(BASE))
        outcomes = [(await desk.take(erasure(why=why)))[0].outcome for why in (WHY, WHY, "again")]
        assert [type(outcome) for outcome in outcomes] == [Decided, Duplicate, Duplicate]

    async def test_a_crash_after_the_key_was_deleted_leaves_it_to_be_told(self) -> None:
        desk = Desk()
        await desk.when(order(BASE))
        await desk.keyring.erase("c-1")
        (result,) = await desk.take(erasure())
        assert isinstance(result.outcome, Decided)

    async def test_who_came_back_is_erased_anew(self) -> None:
        desk = Desk()
        for number in (1, 2):
            await desk.when(order(BASE, order_id=f"o-{number}"))
            (result,) = await desk.take(erasure())
            assert isinstance(result.outcome, Decided)
        assert [type(event) for event in desk.events()].count(PersonalDataErased) == 2

    async def test_of_whom_nothing_is_held_nothing_is_told(self) -> None:
        desk = Desk()
        (result,) = await desk.take(erasure("c-9"))
        assert isinstance(result.outcome, Refusal)
        assert (result.outcome.code, result.outcome.status) == ("CUSTOMER_UNKNOWN", 404)
        assert desk.events() == []
