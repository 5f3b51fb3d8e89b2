"""Does a service go on whichever of its instances is stopped and woken, and be it in the middle of a rebalance?

A woken instance either takes part again or ends by itself, to be started anew: living on without reading is neither.
"""

import asyncio
import contextlib
import random
import signal
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from runtime.process.worker import EXIT_CRASHED
from tests.contract.kafka.processes import Instance, assert_each_priced_once_in_order, billing, ready
from tests.contract.kafka.stack import Database, Stack, customer_in, until
from tests.contract.kafka.test_processes import TOPICS

ROUNDS = 3
PATIENCE = 240.0
"""A stopped member is missed after half a minute; one that wakes and reads nothing gives up after a minute and a half,
and its partitions go to others another half a minute later."""


@dataclass
class Fleet:
    """Instances of billing, each started anew when it ends, as a supervisor does."""

    stack: Stack
    database: Database
    namespace: str
    folder: Path
    instances: dict[str, Instance] = field(default_factory=dict)
    codes: list[int] = field(default_factory=list)

    @contextlib.asynccontextmanager
    async def with_one(self, name: str) -> AsyncIterator[None]:
        keeping = asyncio.create_task(self._keep(name))
        try:
            await until(lambda: name in self.instances)
            yield
        finally:
            keeping.cancel()
            await asyncio.gather(keeping, return_exceptions=True)

    async def _keep(self, name: str) -> None:
        for life in range(100):
            async with billing(self.stack, self.database, self.namespace, self.folder / f"{name}{life}") as instance:
                self.instances[name] = instance
                self.codes.append(await instance.process.wait())


@dataclass
class Load:
    """Orders that come all the time, of an account in each partition."""

    stack: Stack
    database: Database
    namespace: str
    orders: list[tuple[str, int]] = field(default_factory=list)

    async def run(self) -> None:
        accounts = [customer_in(part) for part in range(12)]
        for version in range(1, 100_000):
            batch = [(account, version) for account in accounts]
            await self.stack.write_orders(self.namespace, batch)
            self.orders += batch
            await asyncio.sleep(0.5)

    async def is_applied(self) -> None:
        """Wait until all that came so far is applied."""
        count = len(self.orders)

        async def look() -> bool:
            (found,) = await self.database.fetch("SELECT count(*) FROM runtime.journal WHERE last_of_input")
            return int(found["count"]) >= count

        await until(look, PATIENCE)


@pytest.mark.slow
@pytest.mark.timeout(ROUNDS * 2 * PATIENCE)
class TestWhenInstancesAreStoppedWhileTheirGroupIsDividedAnew:
    async def test_all_is_applied_once_and_each_takes_part_again_or_ends(
        self, stack: Stack, database: Database, namespace: str, tmp_path: Path
    ) -> None:
        chance = random.Random(seed := random.randrange(10**6))
        print(f"seed {seed}")
        await stack.make_declared(namespace, *TOPICS)
        fleet, load = Fleet(stack, database, namespace, tmp_path), Load(stack, database, namespace)
        async with fleet.with_one("a"), fleet.with_one("b"):
            await ready(*fleet.instances.values())
            writing = asyncio.create_task(load.run())
            for number in range(ROUNDS):
                stopped = fleet.instances[chance.choice("ab")]
                async with fleet.with_one(f"guest{number}-"):  # its coming and going divides the group anew
                    await asyncio.sleep(chance.uniform(0, 6))
                    stopped.send(signal.SIGSTOP)
                    await asyncio.sleep(chance.uniform(0, 3))
                await load.is_applied()
                await asyncio.sleep(chance.uniform(0, 35))
                stopped.send(signal.SIGCONT)
                await load.is_applied()
                print(f"round {number}: {len(load.orders)} applied, ended with {fleet.codes}")
            writing.cancel()
            await asyncio.gather(writing, return_exceptions=True)
            await load.is_applied()
            await until(lambda: _is_published(database), PATIENCE)
        assert set(fleet.codes) <= {EXIT_CRASHED}
        await assert_each_priced_once_in_order(stack, database, namespace, load.orders)


async def _is_published(database: Database) -> bool:
    (found,) = await database.fetch("SELECT count(*) FROM runtime.journal WHERE published_offset IS NULL")
    return not found["count"]
