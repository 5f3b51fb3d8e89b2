"""How does a test run the live path of a service inside itself? Feeder, positions and commit loop, without HTTP."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from runtime.clock import SetClock
from runtime.postgres.outbox import JournalReads, open_pool
from runtime.postgres.store import PostgresStore
from runtime.process.committer import Committer
from runtime.process.feeder import Feeder
from runtime.process.positions import Positions
from runtime.service import Service
from tests.contract.kafka.stack import Database, Stack

NOW = datetime(2026, 1, 15, 9, 0, tzinfo=UTC)


@dataclass
class Bench:
    """What a test looks at of a running service."""

    positions: Positions
    committer: Committer
    feeder: Feeder


@asynccontextmanager
async def running(
    stack: Stack, database: Database, service: Service, namespace: str, data: Path
) -> AsyncIterator[Bench]:
    """Run it until the test is done."""
    async with AsyncExitStack() as cleanup:
        pool = await open_pool(database.app, size=2)
        cleanup.push_async_callback(pool.close)
        store = PostgresStore(database.app, service)
        cleanup.push_async_callback(store.close)
        positions = Positions(stack.kafka, JournalReads(pool))
        committer = Committer(service, store, positions, SetClock(NOW), namespace=namespace, batch_size=500)
        feeder = Feeder(
            brokers=stack.kafka,
            group=f"{namespace}coterm-{service.name}",
            topics=tuple(namespace + topic for topic in service.topics),
            positions=positions.assign,
            data=data,
            queue=committer.fed,
        )
        loop = asyncio.create_task(committer.run())
        await feeder.start()
        try:
            yield Bench(positions, committer, feeder)
        finally:
            await feeder.stop()
            loop.cancel()
            await asyncio.gather(loop, return_exceptions=True)
