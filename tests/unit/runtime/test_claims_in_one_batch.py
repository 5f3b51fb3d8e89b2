"""Can two accounts in one batch take the same thing? What is unique stays so among inputs of one transaction."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from runtime.clock import SetClock
from runtime.commit.memory import MemoryStore
from runtime.commit.page import commit
from runtime.ids import command_id
from runtime.projection import Key
from runtime.service import Claim, Decided, Incoming, Input, Known, Outcome, Service
from runtime.tables import claims
from schemas.envelope import Event
from schemas.orders import InputNoted
from schemas.refusal import Refusal
from schemas.topics import ORDERS_EVENTS

TAKE = "orders.TakeNumber"


@dataclass(frozen=True, slots=True)
class Nothing:
    pass


def _handle(data: tuple[str, str], state: Any, known: Known) -> Outcome:
    customer_id, number = data
    if known.claims["number", number]:
        return Refusal("TAKEN", f"{number} is taken")
    return Decided([InputNoted(customer_id=customer_id, input_type=TAKE, note=number)])


def _keys(event: Event) -> Iterable[Key]:
    return [("number", event.note, event.customer_id)] if isinstance(event, InputNoted) else []


def _evolve(held: Claim | None, event: Event, key: Key) -> Claim | None:
    kind, number, customer_id = key
    return Claim(kind, number, customer_id, holder=number)


SERVICE = Service(
    name="orders",
    topic=ORDERS_EVENTS,
    fold_version=1,
    state=Nothing,
    initial=Nothing,
    evolve=lambda state, _: state,
    inputs=(Input(TAKE, _handle, claims=lambda data: [("number", data[1])]),),
    projections=(claims(_keys, _evolve),),
)


def _taking(customer_id: str, number: str) -> Incoming:
    return Incoming(TAKE, command_id(TAKE, f"{customer_id}:{number}"), customer_id, (customer_id, number))


class TestTwoAccountsInOneBatch:
    async def test_only_the_first_takes_what_both_want(self) -> None:
        store = MemoryStore()
        batch = [_taking("c-1", "12345670017"), _taking("c-2", "12345670017")]
        first, second = await commit(SERVICE, store, batch, {}, SetClock(datetime(2026, 1, 15, 9, tzinfo=UTC)))
        assert isinstance(first.outcome, Decided)
        assert isinstance(second.outcome, Refusal)
        assert [row.customer_id for row in store.contents.rows["claims"].values()] == ["c-1"]

    async def test_both_take_what_differs(self) -> None:
        store = MemoryStore()
        batch = [_taking("c-1", "12345670017"), _taking("c-2", "12345670025")]
        results = await commit(SERVICE, store, batch, {}, SetClock(datetime(2026, 1, 15, 9, tzinfo=UTC)))
        assert all(isinstance(result.outcome, Decided) for result in results)


class TestAnAccountThatComesLater:
    async def test_finds_what_an_earlier_batch_took(self) -> None:
        store = MemoryStore()
        clock = SetClock(datetime(2026, 1, 15, 9, tzinfo=UTC))
        await commit(SERVICE, store, [_taking("c-1", "12345670017")], {}, clock)
        (later,) = await commit(SERVICE, store, [_taking("c-2", "12345670017")], {}, clock)
        assert isinstance(later.outcome, Refusal)
