"""Would everything come back? A database and a topic are lost in earnest, recovered, and compared with before."""

import asyncio
import signal
from collections.abc import Sequence

import pytest

from operations.drill.lose_log import How, lose_log
from operations.drill.lose_postgres import lose_postgres
from operations.drill.stack_control import LocalStack
from operations.drill.steps import Drill
from operations.drill.stopwatch import Stopwatch
from operations.recover.database import refill_database
from operations.recover.log import restore_topic
from operations.surroundings import OperationFailed, Surroundings, find
from rehearsal.play.carts import E_INVOICING, cart
from tests.arena import Arena


class ArenaHands(LocalStack):
    """Drive services that are children of the test; the rest of its stack is an ordinary one."""

    def __init__(self, arena: Arena) -> None:
        super().__init__(find(arena.layout.endpoints))
        self._arena = arena

    async def stop(self, services: Sequence[str]) -> None:
        """Stop them."""
        await self._arena.stop(*services)

    async def start(self, services: Sequence[str]) -> None:
        """Start them side by side."""
        await asyncio.gather(*(self._arena.start(service) for service in services))


@pytest.fixture
def where(arena: Arena) -> Surroundings:
    return find(arena.layout.endpoints)


class TestWhenADatabaseIsLost:
    async def test_orders_comes_back_as_it_was_and_goes_on(self, arena: Arena, where: Surroundings) -> None:
        stage = arena.stage
        owner = await stage.owner("2026-01-15T09:00:00+00:00")
        drill = await lose_postgres(where, "orders", ArenaHands(arena), Stopwatch(silent=True))
        _is_as_it_was(drill)
        assert drill.compared[0].things["orders claims"] > 0
        await stage.at("2026-03-15T09:00:00+00:00")
        await stage.settle(await stage.add_documents(owner))
        assert await stage.expiries(owner) == {"E_INVOICING": "2027-03-15", "DOCUMENTS": "2027-03-15"}

    async def test_nothing_begins_on_an_empty_one_and_a_mail_of_unknown_fate_is_in_doubt_not_sent_again(
        self, arena: Arena, where: Surroundings
    ) -> None:
        stage, control = arena.stage, ArenaHands(arena)
        await stage.at("2026-01-15T09:00:00+00:00")
        await arena.rearm({"notifications": "effect.sending"})
        buyer = stage.names.buyer()
        order = await stage.place(cart(stage.names.order(), buyer, E_INVOICING))
        async with asyncio.timeout(60):
            assert await arena.children["notifications"].wait() == -signal.SIGKILL
        await control.stop(["notifications"])
        await control.lose_database("notifications")
        with pytest.raises(AssertionError, match="notifications ended while starting"):
            await control.start(["notifications"])
        assert "lacks events that notifications.events holds" in arena.layout.log("notifications").read_text()
        await control.stop(["notifications"])
        done = await refill_database(where, "notifications", write=True, silent=True)
        assert done.in_doubt >= 1
        await control.start(["notifications"])
        assert await arena.fate(buyer, "order-received") == ("IN_DOUBT", 0)
        await stage.settle(order)
        assert await arena.fate(buyer, "activation-credentials") == ("SENT", 1)

    async def test_one_that_is_not_lost_or_in_use_is_refused(self, arena: Arena, where: Surroundings) -> None:
        with pytest.raises(OperationFailed, match="the database of billing is not lost: its journal holds"):
            await refill_database(where, "billing", write=True, silent=True)
        with pytest.raises(OperationFailed, match="stop billing, orders, notifications first"):
            await restore_topic(where, "billing.events", write=True, silent=True)


class TestWhenATopicIsLost:
    async def test_it_is_found_and_published_again_and_its_readers_go_on(
        self, arena: Arena, where: Surroundings
    ) -> None:
        stage = arena.stage
        owner = await stage.owner("2026-01-15T09:00:00+00:00")
        drill = await lose_log(where, "notifications.events", How.HEAD, ArenaHands(arena), Stopwatch(silent=True))
        _is_as_it_was(drill)
        results = {step.what: step.result for step in drill.watch.steps}
        assert "notifications.events is to be made anew" in results["found what is lost"]
        await stage.at("2026-03-15T09:00:00+00:00")
        await stage.settle(await stage.add_documents(owner))
        assert await stage.expiries(owner) == {"E_INVOICING": "2027-03-15", "DOCUMENTS": "2027-03-15"}


def _is_as_it_was(drill: Drill) -> None:
    assert drill.wrong == []
    assert len(drill.compared) >= 1
    assert drill.compared[-1].things["mailbox"] > 0
    assert drill.compared[-1].new.keys() <= {"orders quarantine"}
    assert drill.money[0] == drill.money[1]
