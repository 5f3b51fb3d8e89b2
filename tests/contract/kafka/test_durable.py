"""When does an answer say that Kafka has what was committed, and what does it ask the database for that?"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest

from runtime.clock import SetClock
from runtime.commit.page import commit
from runtime.edge import Submitted
from runtime.kafka.producer import Publisher
from runtime.postgres.outbox import JournalReads, open_pool
from runtime.postgres.reads import ProjectionReads
from runtime.postgres.store import PostgresStore
from runtime.privacy.keyring import NoKeyring
from runtime.process.backlog import Backlog
from runtime.process.live_edge import LiveEdge
from runtime.process.relay import Relay
from runtime.service import Duplicate
from runtime.settings import Settings
from tests.contract.kafka.bench import NOW
from tests.contract.kafka.journals import BILLING, order_inputs, relaying
from tests.contract.kafka.stack import Database, Stack


@dataclass
class Asking:
    """An edge whose statements are kept, before a relay that may publish or not."""

    edge: LiveEdge
    store: PostgresStore
    asked: list[str]

    async def submit(self, customer_id: str = "c-1") -> Submitted:
        (result,) = await commit(BILLING, self.store, order_inputs([(customer_id, 1)]), {}, SetClock(NOW))
        assert result.outcome is not None
        self.edge.relay.wake()
        return Submitted(result.outcome, result.recorded, customer_id)


@pytest.fixture
async def topic(stack: Stack, namespace: str) -> str:
    await stack.make_declared(namespace, "billing.events")
    return f"{namespace}billing.events"


@asynccontextmanager
async def _asking(stack: Stack, database: Database, relay: Relay) -> AsyncIterator[Asking]:
    pool, store = await open_pool(database.app, size=1), PostgresStore(database.app, BILLING)
    asked: list[str] = []
    async with pool.acquire() as connection:
        connection.add_query_logger(lambda ran: asked.append(ran.query))
    reads, journal, clock = ProjectionReads(pool, BILLING), JournalReads(pool), SetClock(NOW)
    backlog = Backlog(stack.kafka, journal, ())
    edge = LiveEdge(clock, NoKeyring(), Settings(kafka=stack.kafka), relay, reads, journal, backlog)
    try:
        yield Asking(edge, store, asked)
    finally:
        await store.close()
        await pool.close()


class TestWhatOurRelayPublishes:
    async def test_is_told_without_a_word_to_the_database(self, stack: Stack, database: Database, topic: str) -> None:
        async with relaying(stack, database, topic) as relay, _asking(stack, database, relay) as asking:
            assert await asking.edge.durable(await asking.submit(), 30)  # its producer starts now, and takes its time
            asking.asked.clear()
            assert await asking.edge.durable(await asking.submit("c-2"), 30)
            assert asking.asked == []


class TestWhatAnotherRelayPublishes:
    async def test_is_seen_by_its_mark(self, stack: Stack, database: Database, topic: str) -> None:
        idle = Relay(database.app, Publisher(stack.kafka, "idle"), topic)
        async with _asking(stack, database, idle) as asking, relaying(stack, database, topic):
            assert await asking.edge.durable(await asking.submit(), 30)


class TestWhatNobodyPublishes:
    async def test_is_not_said_to_be_there_nor_is_what_a_duplicate_repeats(
        self, stack: Stack, database: Database, topic: str
    ) -> None:
        idle = Relay(database.app, Publisher(stack.kafka, "idle"), topic)
        async with _asking(stack, database, idle) as asking:
            submitted = await asking.submit()
            assert not await asking.edge.durable(submitted, 0.6)
            again = await asking.submit()
            assert isinstance(again.outcome, Duplicate)
            assert not again.recorded
            assert not await asking.edge.durable(again, 0.3)
            async with relaying(stack, database, topic):
                assert await asking.edge.durable(again, 30)


class TestARead:
    async def test_is_one_statement(self, stack: Stack, database: Database, topic: str) -> None:
        idle = Relay(database.app, Publisher(stack.kafka, "idle"), topic)
        async with _asking(stack, database, idle) as asking:
            assert await asking.edge.state("c-1") is None
            assert await asking.edge.deliveries() == []
            assert len(asking.asked) == 2, asking.asked
