"""Does each loop, and the start, wait for a database that refuses?"""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import replace
from functools import partial
from typing import Any, cast

import asyncpg
import pytest

from runtime.clock import SetClock
from runtime.errors import StartRefused
from runtime.kafka.producer import Publisher
from runtime.postgres.effects import PostgresEffects
from runtime.postgres.migrate import role_of
from runtime.postgres.outbox import JournalReads, open_pool
from runtime.postgres.store import PostgresStore
from runtime.process.deadlines import Deadlines
from runtime.process.effects import Effects
from runtime.process.positions import Positions
from runtime.process.relay import Relay
from runtime.process.scrub_loop import Scrubber
from runtime.process.upkeep import Upkeep
from runtime.process.worker import patiently
from runtime.service import Decided, Incoming
from tests.integration.pages import BILLING, NOW, InPostgres
from tests.integration.refusing import Running, Watched, command
from tests.integration.test_commit_page import empty_database


@pytest.fixture
async def held(databases: dict[str, dict[str, str]]) -> AsyncIterator[InPostgres]:
    roles = databases["billing"]
    await empty_database(roles)
    store = PostgresStore(roles["app"], BILLING)
    yield InPostgres(roles["app"], store)
    await store.close()


@pytest.fixture
async def owner(held: InPostgres, databases: dict[str, dict[str, str]]) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(databases["billing"]["owner"])
    yield connection
    await connection.close()


class TestTheKeys:
    async def test_a_keyring_that_is_away_is_waited_for(self, held: InPostgres) -> None:
        failures: list[Exception] = [asyncpg.InternalClientError("lost in use"), asyncpg.DiskFullError("full")]

        async def prepare(incoming: Incoming) -> Incoming:
            if failures:
                raise failures.pop()
            return incoming

        inputs = tuple(replace(each, prepare=prepare) for each in BILLING.inputs)
        async with Running(held, service=replace(BILLING, inputs=inputs)) as running:
            assert isinstance((await running.committer.apply(command())).outcome, Decided)
            assert running.keys.ended.is_set()


class TestTheOtherLoops:
    @pytest.mark.parametrize("name", ["relay", "deadlines", "effects", "upkeep", "scrubber"])
    async def test_it_is_held_while_its_tables_are_refused_and_goes_on(
        self, held: InPostgres, owner: asyncpg.Connection, name: str
    ) -> None:
        pool = await open_pool(held.dsn, size=1)
        reads, clock, nothing = JournalReads(pool), SetClock(NOW), cast(Any, None)
        positions = Positions("127.0.0.1:1", reads)
        relay = Relay(held.dsn, Publisher("127.0.0.1:1", "test"), BILLING.topic)
        deadlines = Deadlines(BILLING, nothing, reads, clock, brokers="127.0.0.1:1", namespace="")
        effects = Effects(PostgresEffects(held.dsn, "billing"), [], nothing, poll_seconds=0.05)
        upkeep, scrubber = Upkeep(positions, nothing, relay, reads, nothing, clock), Scrubber(BILLING, held.dsn, 6000)
        loops: dict[str, tuple[Any, Callable[[], Coroutine[Any, Any, None]]]] = {
            "relay": (relay, relay.run),
            "deadlines": (deadlines, partial(deadlines.run, 0.05)),
            "effects": (effects, effects.run),
            "upkeep": (upkeep, upkeep.run),
            "scrubber": (scrubber, scrubber.run),
        }
        loop, run = loops[name]
        hold = loop.hold = Watched()
        role = role_of(held.dsn)
        await owner.execute(f"REVOKE USAGE ON SCHEMA runtime, live FROM {role}")
        task = asyncio.create_task(run())
        async with asyncio.timeout(20):
            await hold.begun.wait()
            assert not hold.ended.is_set()
            await owner.execute(f"GRANT USAGE ON SCHEMA runtime, live TO {role}")
            await hold.ended.wait()
        assert not task.done()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await effects.store.close()
        await scrubber.close()
        await pool.close()


class TestTheStart:
    async def test_a_server_without_room_is_waited_for(self, held: InPostgres, owner: asyncpg.Connection) -> None:
        refused = asyncio.Event()

        async def step() -> asyncpg.Pool:
            try:
                return await open_pool(held.dsn, size=1)
            except asyncpg.TooManyConnectionsError:
                refused.set()
                raise

        name = await owner.fetchval("SELECT current_database()")
        await owner.execute(f"ALTER DATABASE {name} CONNECTION LIMIT 0")
        begun = asyncio.create_task(patiently(step))
        await refused.wait()
        await owner.execute(f"ALTER DATABASE {name} CONNECTION LIMIT -1")
        await (await begun).close()

    async def test_a_role_that_may_not_enter_ends_it_with_a_sentence(self, held: InPostgres) -> None:
        stranger = held.dsn.replace(f"//{role_of(held.dsn)}", "//nobody_known", 1)
        with pytest.raises(StartRefused, match="28"):
            await patiently(partial(open_pool, stranger, size=1))

    async def test_a_statement_that_is_wrong_ends_it_too(self, owner: asyncpg.Connection) -> None:
        with pytest.raises(StartRefused, match="42601"):
            await patiently(partial(owner.execute, "CREATE TABEL"))
