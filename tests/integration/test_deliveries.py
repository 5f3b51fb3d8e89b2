"""Is each endpoint told in order, again until it listens, and of nothing more once it is gone?"""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid5

import asyncpg
import pytest

from rehearsal.play.patience import eventually
from runtime.delivery import GONE, SCHEDULE, Delivered, Due, Failed, NotKnownYet, Telling
from runtime.postgres.deliveries import PostgresDeliveries
from runtime.postgres.migrate import migrate
from runtime.postgres.outbox import JournalReads, open_pool
from runtime.process.deliveries import Deliveries

NAMES = UUID("44444444-4444-5444-8444-444444444444")
QUEUE = """
INSERT INTO runtime.deliveries (endpoint, event_id, customer_id, type, value)
VALUES ($1, $2, $3, 'orders.OrderPlaced.v1', '{}')"""
FOR_ALL_TIME = "UPDATE runtime.deliveries SET due_at = clock_timestamp() WHERE state = 'waiting'"


@dataclass
class Place:
    """Endpoints `a` and `b` on PostgreSQL, told in rounds; what each answers is set by a test."""

    owner: asyncpg.Connection
    reads: JournalReads
    deliveries: Deliveries
    told: list[tuple[str, str]]
    answers: dict[str, Telling]
    now: float = 0.0
    number: int = 0

    async def queue(self, endpoint: str, customer: str) -> UUID:
        self.number += 1
        event_id = uuid5(NAMES, str(self.number))
        await self.owner.execute(QUEUE, endpoint, event_id, customer)
        return event_id

    async def rounds(self, count: int = 1, *, due: bool = False) -> list[tuple[str, str]]:
        """Take rounds; `due`: what waits for its time is due now. Return who was told of whom."""
        self.told.clear()
        for _ in range(count):
            if due:
                await self.owner.execute(FOR_ALL_TIME)
                self.now += 1000.0
            await self.deliveries.round()
            await self.deliveries.drained()
        return list(self.told)

    async def kept(self) -> list[tuple[Any, ...]]:
        rows = await self.owner.fetch(
            "SELECT endpoint, customer_id, state, attempts, reason FROM runtime.deliveries ORDER BY id"
        )
        return [tuple(row) for row in rows]


@pytest.fixture
async def place(databases: dict[str, dict[str, str]]) -> AsyncIterator[Place]:
    dsn = databases["notifications"]["owner"]
    await migrate(dsn, "service")
    owner = await asyncpg.connect(dsn)
    await owner.execute("TRUNCATE runtime.deliveries, runtime.journal")
    pool = await open_pool(dsn, size=1)
    told: list[tuple[str, str]] = []
    answers: dict[str, Telling] = {}

    async def tell(due: Due) -> Telling:
        told.append((due.endpoint, due.customer_id))
        return answers.get(due.customer_id, answers.get(due.endpoint, Delivered()))

    store = PostgresDeliveries(dsn, "notifications")
    deliveries = Deliveries(store, ["a", "b"], tell)
    place = Place(owner, JournalReads(pool), deliveries, told, answers)
    deliveries.monotonic = lambda: place.now
    yield place
    await deliveries.stop()
    await pool.close()
    await owner.close()


class TestWhatWaits:
    async def test_is_told_one_of_a_customer_at_a_time_in_order_and_then_forgotten(self, place: Place) -> None:
        for customer in ("c-1", "c-1", "c-2"):
            await place.queue("a", customer)
        assert sorted(await place.rounds()) == [("a", "c-1"), ("a", "c-2")]
        assert await place.rounds(2) == [("a", "c-1")]
        assert await place.kept() == []

    async def test_is_told_before_what_came_later_for_another_endpoint(self, place: Place) -> None:
        await place.queue("a", "c-0")
        await place.queue("b", "c-0")
        for number in range(2 * place.deliveries.at_once):
            await place.queue("a", f"c-{number + 1}")
        assert ("b", "c-0") in await place.rounds()

    async def test_waits_with_its_customer_alone_where_one_event_is_not_taken(self, place: Place) -> None:
        for customer in ("c-1", "c-1", "c-2"):
            await place.queue("a", customer)
        place.answers["c-1"] = Failed("HTTP_400")
        await place.rounds(3)
        assert await place.kept() == [("a", "c-1", "waiting", 1, "HTTP_400"), ("a", "c-1", "waiting", 0, None)]

    async def test_is_told_once_it_is_known_whose_it_is(self, place: Place) -> None:
        await place.queue("a", "c-1")
        place.answers["a"] = NotKnownYet()
        assert await place.rounds(2) == [("a", "c-1")]
        place.answers["a"], place.now = Delivered(), 1.0
        assert await place.rounds() == [("a", "c-1")]

    async def test_is_told_a_moment_after_it_was_not_known_whose_it_is(self, place: Place) -> None:
        place.deliveries.monotonic, place.deliveries.poll_seconds = time.monotonic, 60.0
        place.answers["a"] = NotKnownYet()
        await place.queue("a", "c-1")

        async def told_thrice() -> bool | None:
            return len(place.told) >= 3 or None

        running = asyncio.create_task(place.deliveries.run())
        try:
            await eventually(told_thrice, "the third look", seconds=10)
        finally:
            running.cancel()

    async def test_of_our_own_waits_for_kafka(self, place: Place) -> None:
        event_id = await place.queue("a", "c-1")
        await place.owner.execute(
            "INSERT INTO runtime.journal (customer_id, version, event_id, type, bucket, value, last_of_input, "
            "cause_id, recorded_at) VALUES ('c-1', 1, $1, 'notifications.EmailSent.v1', 0, '{}', true, $1, now())",
            event_id,
        )
        assert await place.rounds() == []
        await place.owner.execute("UPDATE runtime.journal SET published_partition = 0, published_offset = 7")
        assert await place.rounds() == [("a", "c-1")]

    async def test_is_told_by_one_instance(self, place: Place, databases: dict[str, dict[str, str]]) -> None:
        await place.queue("a", "c-1")
        other = PostgresDeliveries(databases["notifications"]["owner"], "notifications")
        assert await other.lead()
        assert await place.rounds() == []
        await other.close()
        assert await place.rounds() == [("a", "c-1")]


class TestAnEndpointThatIsAway:
    async def test_is_left_alone_and_then_asked_with_one_event_while_the_other_goes_on(self, place: Place) -> None:
        place.answers["a"] = Failed("ConnectError", everywhere=True)
        for customer in ("c-1", "c-2", "c-3"):
            await place.queue("a", customer)
            await place.queue("b", customer)
        assert len(await place.rounds()) == 6
        assert await place.rounds() == []
        assert await place.rounds(due=True) == [("a", "c-1")]
        place.answers.clear()
        assert len(await place.rounds(4, due=True)) == 3
        assert await place.kept() == []

    async def test_is_told_for_three_days_and_then_an_operator_sees_it(self, place: Place) -> None:
        assert 3 * 86_400 <= sum(SCHEDULE) < 3.5 * 86_400
        await place.queue("a", "c-1")
        place.answers["a"] = Failed("HTTP_500", everywhere=True)
        assert len(await place.rounds(20, due=True)) == len(SCHEDULE) + 1 == 10
        assert await place.kept() == [("a", "c-1", "failed", 10, "HTTP_500")]
        await place.queue("a", "c-1")
        place.answers.clear()
        assert await place.rounds(due=True) == [("a", "c-1")]


class TestAnEndpointThatIsGone:
    async def test_is_told_of_nothing_more_until_an_operator_says_so(self, place: Place) -> None:
        await place.queue("a", "c-1")
        place.answers["a"] = Failed(GONE)
        await place.rounds()
        await place.queue("a", "c-1")
        await place.queue("a", "c-2")
        place.answers.clear()
        assert await place.rounds(3, due=True) == []
        (row,) = await place.reads.fetch("deliveries")
        assert (row["endpoint"], row["waiting"], row["failed"], row["reason"]) == ("a", 2, 1, GONE)
        (failed,) = await place.reads.fetch("failed_deliveries", "a", 10)
        assert (failed["customer_id"], failed["attempts"], failed["reason"]) == ("c-1", 1, GONE)
        await place.reads.execute("redeliver", "a")
        assert len(await place.rounds(3, due=True)) == 3
        assert await place.kept() == []

    async def test_is_forgotten_with_what_it_was_not_told_after_thirty_days(self, place: Place) -> None:
        await place.queue("a", "c-1")
        await place.queue("a", "c-2")
        await place.owner.execute(
            "UPDATE runtime.deliveries SET queued_at = queued_at - interval '31 days' WHERE customer_id = 'c-1'"
        )
        await place.reads.execute("purge_deliveries", 30 * 86_400.0)
        assert [row[1] for row in await place.kept()] == ["c-2"]
