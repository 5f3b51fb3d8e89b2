"""Is a customer forgotten once an operator says so, and is it told once?"""

import pytest

from runtime.errors import KeyErased
from runtime.service import Decided, Duplicate, Rejected
from schemas.orders import OrderPlaced, PersonalDataErased
from services.orders.intake import erasure_wanted
from tests.unit.orders.builders import BASE, order
from tests.unit.orders.spec import Desk

WHY = "Requested by the customer."


class TestErasing:
    async def test_the_key_is_gone_and_an_event_says_why(self) -> None:
        desk = Desk()
        (placed,) = [event for event in await desk.when(order(BASE)) if isinstance(event, OrderPlaced)]
        assert (await desk.keyring.open("c-1", placed.personal))["email"]
        (result,) = await desk.take(erasure_wanted("c-1", WHY))
        assert [recorded.event for recorded in result.recorded] == [PersonalDataErased(customer_id="c-1", why=WHY)]
        with pytest.raises(KeyErased):
            await desk.keyring.open("c-1", placed.personal)

    async def test_asked_again_it_is_not_told_again_whatever_reason_is_given(self) -> None:
        desk = Desk()
        await desk.when(order(BASE))
        outcomes = [(await desk.take(erasure_wanted("c-1", why)))[0].outcome for why in (WHY, WHY, "again")]
        assert [type(outcome) for outcome in outcomes] == [Decided, Duplicate, Duplicate]

    async def test_a_crash_after_the_key_was_deleted_leaves_it_to_be_told(self) -> None:
        desk = Desk()
        await desk.when(order(BASE))
        await desk.keyring.erase("c-1")
        (result,) = await desk.take(erasure_wanted("c-1", WHY))
        assert isinstance(result.outcome, Decided)

    async def test_who_came_back_is_erased_anew(self) -> None:
        desk = Desk()
        for number in (1, 2):
            await desk.when(order(BASE, order_id=f"o-{number}"))
            (result,) = await desk.take(erasure_wanted("c-1", WHY))
            assert isinstance(result.outcome, Decided)
        assert [type(event) for event in desk.events()].count(PersonalDataErased) == 2

    async def test_of_whom_nothing_is_held_nothing_is_told(self) -> None:
        desk = Desk()
        (result,) = await desk.take(erasure_wanted("c-9", WHY))
        assert isinstance(result.outcome, Rejected)
        assert (result.outcome.code, result.outcome.status) == ("CUSTOMER_UNKNOWN", 404)
        assert desk.events() == []
