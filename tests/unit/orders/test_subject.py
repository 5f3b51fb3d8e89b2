"""What does a service tell of a person? All that it holds, opened, and `[erased]` once they are forgotten."""

from collections.abc import Sequence
from typing import Any

from runtime.privacy.showing import ERASED
from runtime.service import Incoming
from runtime.web.subject import Subject
from services.orders.domain.commands import ErasePersonalData
from tests.unit.orders.builders import BASE, order, payment, priced
from tests.unit.orders.spec import Desk


def subject(desk: Desk, *waiting: dict[str, Any]) -> Subject:
    async def parked_of(_: str) -> Sequence[Any]:
        return waiting

    return Subject(desk, desk.service, parked_of)


class TestWhatIsToldOfAPerson:
    async def test_rows_and_sealed_parts_are_told_once_with_every_event_in_which_they_stand(self) -> None:
        desk = Desk()
        for input_ in (order(BASE), priced(), payment()):
            await desk.when(input_)
        found = await subject(desk).found("c-1")
        assert found is not None
        (person,) = found.personal
        assert person.content["email"]
        assert person.stands_in == ["OrderPlaced o-1", "OrderSettled o-1"]
        assert [row["order_id"] for row in found.rows["orders"]] == ["o-1"]
        assert found.account["on_record"]["personal"] == person.content
        assert found.events["PaymentRegistered"] == 1

    async def test_a_record_that_waits_is_opened_with_their_key(self) -> None:
        desk = Desk()
        await desk.when(order(BASE))
        block = await desk.keyring.seal("c-1", "waits", {"value": b'{"name": "Rossi Srl"}'.hex(), "headers": []})
        parked = {"type": "t", "reason": "HANDLER_FAILED", "sealed": block.model_dump_json(), "value": None}
        found = await subject(desk, parked).found("c-1")
        assert found is not None
        assert [waiting.content for waiting in found.waiting] == [{"name": "Rossi Srl"}]

    async def test_of_an_erased_person_it_says_so_wherever_they_stood(self) -> None:
        desk = Desk()
        await desk.when(order(BASE))
        await desk.take(Incoming.of(ErasePersonalData("c-1", "Requested by the customer.")))
        found = await subject(desk).found("c-1")
        assert found is not None
        assert [person.content for person in found.personal] == [ERASED]
        assert found.account["on_record"] is None

    async def test_of_a_stranger_there_is_nothing_to_tell(self) -> None:
        assert await subject(Desk()).found("c-9") is None
