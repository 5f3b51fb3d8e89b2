"""Is a service's state the fold of its own topic alone? Only if nothing that a neighbour says is taken silently."""

from dataclasses import replace

import pytest

from runtime.commit.page import Position
from runtime.service import Decided, Duplicate, Input, Outcome
from schemas.orders import OrderPlaced
from schemas.refusal import Refusal
from tests.integration.pages import BILLING, PARTITION, InMemory, placed, put


class TestWhenANeighboursEventWouldLeaveNoEventOfOurs:
    @pytest.mark.parametrize(
        ("outcome", "why"),
        [
            (Duplicate(), "must leave at least one own event"),
            (Decided([]), "must leave at least one own event"),
            (Refusal("NOT_WANTED", "we would rather not"), "a neighbour's event can't be refused: NOT_WANTED"),
        ],
    )
    async def test_it_parks_its_account_and_counts_as_not_heard(self, outcome: Outcome, why: str) -> None:
        silent = replace(BILLING, inputs=(Input(OrderPlaced.EVENT_TYPE, lambda *_: outcome),))
        held = InMemory()
        await held.start(0)
        (result,) = await put(held, {PARTITION: Position(0)}, [placed(0, "c-1", 1)], silent)
        assert result.fault is not None
        assert why in result.fault.detail
        contents = await held.contents()
        assert contents.parked == [("c-1", "HANDLER_FAILED")]
        assert (contents.journal, contents.states, contents.seen) == ([], {}, {})
        assert contents.positions[PARTITION].next_offset == 1
