"""Do whole processes of a service share the work, end when told, and end by themselves when they can't go on?"""

import asyncio
import contextlib
import signal
from pathlib import Path

import asyncpg
import pytest

from tests.contract.kafka.processes import assert_each_priced_once_in_order, billing, ready
from tests.contract.kafka.stack import Database, Stack, customer_in, until

TOPICS = ("orders.events", "provisioning.events", "billing.events")
EXIT_USAGE = 64


class TestWhenATopicIsMissing:
    async def test_the_service_refuses_to_start_and_names_it(
        self, stack: Stack, database: Database, namespace: str, tmp_path: Path
    ) -> None:
        await stack.make_declared(namespace, "orders.events", "billing.events")
        async with billing(stack, database, namespace, tmp_path / "a") as instance:
            assert await instance.ended(30) == EXIT_USAGE
        assert f"topic {namespace}provisioning.events is missing" in instance.log.read_text()


class TestWhenTheDatabaseRefusesACommit:
    async def test_it_is_held_and_says_why_until_the_database_takes_it(
        self, stack: Stack, database: Database, namespace: str, tmp_path: Path
    ) -> None:
        await stack.make_declared(namespace, *TOPICS)
        role = database.app.partition("//")[2].partition(":")[0]
        await database.fetch(f"REVOKE UPDATE ON runtime.positions FROM {role}")
        async with billing(stack, database, namespace, tmp_path / "a") as instance:
            await ready(instance)
            await stack.write_orders(namespace, [(customer_in(1), 1)])
            await until(lambda: "commits wait for the database" in instance.log.read_text(), 60)
            assert not await instance.is_ready()
            await database.fetch(f"GRANT UPDATE ON runtime.positions TO {role}")
            await until(lambda: _published(database, 1), 60)
        assert await database.fetch("SELECT * FROM runtime.parked") == []


class TestWhenItIsToldToStop:
    async def test_events_that_cannot_be_committed_do_not_keep_it(
        self, stack: Stack, database: Database, namespace: str, tmp_path: Path
    ) -> None:
        await stack.make_declared(namespace, *TOPICS)
        async with billing(stack, database, namespace, tmp_path / "a") as instance, _held(database):
            await ready(instance)
            await stack.write_orders(namespace, [(customer_in(part), 1) for part in range(12)])
            await until(lambda: _waits_for_a_lock(database))
            instance.send(signal.SIGTERM)
            assert await instance.ended(30) == 0


@pytest.mark.slow
@pytest.mark.timeout(300)  # the group notices a dead member after 30 seconds
class TestWhenOneOfTwoInstancesIsKilled:
    async def test_every_order_is_priced_once_versions_are_gapless_and_the_log_is_in_order(
        self, stack: Stack, database: Database, namespace: str, tmp_path: Path
    ) -> None:
        accounts, orders_each = 200, 10
        orders = [(f"c-{account}", version) for version in range(1, orders_each + 1) for account in range(accounts)]
        await stack.make_declared(namespace, *TOPICS)
        async with (
            billing(stack, database, namespace, tmp_path / "a") as first,
            billing(stack, database, namespace, tmp_path / "b") as second,
        ):
            await ready(first, second)
            writing = asyncio.create_task(_write_slowly(stack, namespace, orders))
            await until(lambda: _applied(database, 300))
            second.send(signal.SIGKILL)
            await writing
            await until(lambda: _published(database, len(orders)), 90)
        await assert_each_priced_once_in_order(stack, database, namespace, orders)


async def _write_slowly(stack: Stack, namespace: str, orders: list[tuple[str, int]]) -> None:
    for start in range(0, len(orders), 200):
        await stack.write_orders(namespace, orders[start : start + 200])
        await asyncio.sleep(0.3)


@contextlib.asynccontextmanager
async def _held(database: Database):  # type: ignore[no-untyped-def]
    """Hold the lock that every commit needs."""
    connection = await asyncpg.connect(database.owner)
    try:
        async with connection.transaction():
            await connection.execute("LOCK TABLE runtime.journal IN ACCESS EXCLUSIVE MODE")
            yield
    finally:
        await connection.close()


async def _waits_for_a_lock(database: Database) -> bool:
    sql = "SELECT 1 FROM pg_locks JOIN pg_class ON oid = relation WHERE NOT granted AND relname = 'journal'"
    return bool(await database.fetch(sql))


async def _applied(database: Database, count: int) -> bool:
    (found,) = await database.fetch("SELECT count(*) FROM runtime.journal WHERE last_of_input")
    return bool(found["count"] >= count)


async def _published(database: Database, count: int) -> bool:
    sql = "SELECT count(*) FROM runtime.journal WHERE last_of_input AND published_offset IS NOT NULL"
    (found,) = await database.fetch(sql)
    return bool(found["count"] >= count)
