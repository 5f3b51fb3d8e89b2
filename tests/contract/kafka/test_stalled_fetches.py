"""Does a member of its group that says ready and is sent no record end, and leave its work to others?"""

from pathlib import Path

import pytest

from runtime.process.worker import EXIT_CRASHED
from tests.contract.kafka.processes import assert_each_priced_once_in_order, billing, ready
from tests.contract.kafka.proxy import Proxy
from tests.contract.kafka.stack import Database, Stack, customer_in, until
from tests.contract.kafka.test_processes import TOPICS

PATIENCE = 240.0
"""Standing still is a fault after a minute and a half, and a reader of its own gets a third of one."""


@pytest.mark.slow
@pytest.mark.timeout(2 * PATIENCE)
class TestWhenTheBrokerIsReachedAndNoRecordComes:
    @pytest.mark.parametrize(
        ("client", "why"),
        [("faust", "though records wait in "), ("", "and no reader here is sent a record: ")],
        ids=["in the stream", "in any reader"],
    )
    async def test_it_fails_its_probe_ends_and_another_instance_takes_over(
        self, stack: Stack, database: Database, namespace: str, tmp_path: Path, client: str, why: str
    ) -> None:
        orders = [(customer_in(part), version) for version in (1, 2) for part in range(12)]
        await stack.make_declared(namespace, *TOPICS)
        async with (
            Proxy(stack.kafka).open() as proxy,
            billing(stack, database, namespace, tmp_path / "a", COTERM_KAFKA=proxy.address) as stalled,
            billing(stack, database, namespace, tmp_path / "b") as other,
        ):
            await ready(stalled, other)
            await stack.write_orders(namespace, orders[:12])
            await until(lambda: _applied(database, 12))
            proxy.stall_fetches(client)
            await stack.write_orders(namespace, orders[12:])
            await until(lambda: _applied(database, 13))
            assert (await stalled.is_ready(), await stalled.is_alive()) == (True, True)
            assert not await _applied(database, 24)

            async def fails_its_probe() -> bool:
                return not await stalled.is_alive()

            await until(fails_its_probe, PATIENCE)
            assert await stalled.ended(PATIENCE) == EXIT_CRASHED
            assert f"nothing is applied {why}" in stalled.log.read_text()
            await until(lambda: _published(database, 24), 90)
            assert await other.is_ready()
        await assert_each_priced_once_in_order(stack, database, namespace, orders)


async def _applied(database: Database, count: int) -> bool:
    (found,) = await database.fetch("SELECT count(*) FROM runtime.journal WHERE last_of_input")
    return bool(found["count"] >= count)


async def _published(database: Database, count: int) -> bool:
    sql = "SELECT count(*) FROM runtime.journal WHERE last_of_input AND published_offset IS NOT NULL"
    (found,) = await database.fetch(sql)
    return bool(found["count"] >= count)
