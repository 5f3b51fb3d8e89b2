"""What shares a transaction? What waits together, and what is ignored with whatever comes next."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any

from runtime.clock import SetClock
from runtime.commit.memory import MemoryStore, MemoryTransaction
from runtime.commit.page import Position
from runtime.kafka.log import LogRecord
from runtime.process.committer import Committer
from runtime.process.feeder import Fed
from runtime.service import Service
from tests.integration.pages import BILLING, NOW, PARTITION, placed, poison

IGNORED = "orders.OrderRefused.v1"


@dataclass
class Scene:
    """A committer at work, how many transactions it took, and what it told."""

    committer: Committer
    store: MemoryStore
    offset: int = 0
    transactions: int = 0
    told: int = 0
    beside: int = 0
    acknowledged: asyncio.Queue[int] = field(default_factory=asyncio.Queue)

    def feed(self, customer_id: str, *, ignored: bool) -> None:
        record = placed(self.offset, customer_id, 1)
        if ignored:
            value = json.dumps(json.loads(record.value or b"") | {"type": IGNORED}).encode()
            record = LogRecord(*PARTITION, self.offset, record.key, value, ())
        self.committer.fed.put_nowait(Fed(record, lambda: self.acknowledged.put_nowait(record.offset), 0))
        self.offset += 1

    async def applied(self) -> int:
        return await asyncio.wait_for(self.acknowledged.get(), 10)


@contextlib.asynccontextmanager
async def committing(
    service: Service = BILLING, batch_size: int = 10, gather_seconds: float = 60.0
) -> AsyncIterator[Scene]:
    """Let what is ignored wait for longer than a test takes: what comes next is what ends the wait."""

    class Counted(MemoryStore):
        @contextlib.asynccontextmanager
        async def transaction(self) -> AsyncIterator[MemoryTransaction]:
            scene.transactions += 1
            async with super().transaction() as transaction:
                yield transaction

    def told(beside: bool) -> None:
        scene.told += 1
        scene.beside += beside

    positions: Any = SimpleNamespace(expected={PARTITION: Position(0)}, stopped={}, generation=0)
    store = Counted()
    store.contents.positions[PARTITION] = Position(0)
    committer = Committer(
        service, store, positions, SetClock(NOW), namespace="", batch_size=batch_size, gather_seconds=gather_seconds
    )
    committer.on_committed = told
    scene = Scene(committer, store)
    running = asyncio.create_task(committer.run())
    try:
        yield scene
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


class TestWhenItIsCommitted:
    async def test_other_topics_are_looked_at_only_where_more_than_events_may_be_sent(self) -> None:
        async with committing() as scene:
            scene.feed("c-1", ignored=False)
            await scene.applied()
            assert (scene.told, scene.beside) == (1, 0)
            record = poison(scene.offset, "c-2", 1)
            scene.committer.fed.put_nowait(Fed(record, lambda: scene.acknowledged.put_nowait(record.offset), 0))
            await scene.applied()
            assert (scene.told, scene.beside) == (2, 1)


class TestWhatIsIgnored:
    async def test_waits_for_what_comes_next_and_shares_its_transaction(self) -> None:
        async with committing() as scene:
            scene.feed("c-1", ignored=True)
            await asyncio.sleep(0.05)
            scene.feed("c-2", ignored=True)
            await asyncio.sleep(0.05)
            assert scene.transactions == 0
            scene.feed("c-3", ignored=False)
            assert [await scene.applied() for _ in range(3)] == [0, 1, 2]
            assert (scene.transactions, scene.told) == (1, 1)
            assert scene.store.contents.positions[PARTITION].next_offset == 3

    async def test_fills_a_batch_and_waits_no_longer(self) -> None:
        async with committing(batch_size=2) as scene:
            for number in range(4):
                scene.feed(f"c-{number}", ignored=True)
            assert [await scene.applied() for _ in range(4)] == [0, 1, 2, 3]
            assert scene.transactions == 2

    async def test_alone_it_waits_a_moment_and_wakes_nobody(self) -> None:
        async with committing(gather_seconds=0.05) as scene:
            scene.feed("c-1", ignored=True)
            assert await scene.applied() == 0
            assert (scene.transactions, scene.told) == (1, 0)

    async def test_waits_no_longer_where_all_that_came_is_to_be_applied_now(self) -> None:
        async with committing() as scene:
            scene.feed("c-1", ignored=True)
            await asyncio.sleep(0.05)
            assert scene.transactions == 0
            await asyncio.wait_for(scene.committer.flush(), 10)
            assert (scene.transactions, scene.told, await scene.applied()) == (1, 0, 0)
            await asyncio.wait_for(scene.committer.flush(), 10)  # where nothing waits, there is nothing to wait for
            assert scene.transactions == 1

    async def test_does_not_wait_where_an_endpoint_is_to_be_told_of_it(self) -> None:
        async with committing(replace(BILLING, subscribers=lambda _: ["shop"])) as scene:
            scene.feed("c-1", ignored=True)
            assert await scene.applied() == 0
            assert (scene.told, len(scene.store.contents.deliveries)) == (1, 1)
