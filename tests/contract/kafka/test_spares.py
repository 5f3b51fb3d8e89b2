"""Is an instance ready for which no partition is left? It answers, and takes over when another ends."""

from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from runtime.process.worker import Process
from services.billing.declaration import declare
from tests.contract.kafka.bench import Bench, running
from tests.contract.kafka.stack import Database, Stack, until

SERVICE = declare()
TOPICS = ("orders.events", "provisioning.events")


class TestWhenAServiceHasMoreInstancesThanPartitions:
    async def test_the_spare_is_ready_and_alive_and_takes_over(
        self, stack: Stack, database: Database, namespace: str, tmp_path: Path
    ) -> None:
        for topic in TOPICS:
            await stack.make_topic(namespace + topic, 1)
        async with AsyncExitStack() as others:
            first = await others.enter_async_context(_instance(stack, database, namespace, tmp_path / "a"))
            assert _process(first).ready() == "its group has not assigned partitions yet"
            await until(lambda: _process(first).ready() is None)
            async with AsyncExitStack() as later:
                many = [
                    await later.enter_async_context(_instance(stack, database, namespace, tmp_path / name))
                    for name in "bc"
                ]
                instances = [first, *many]
                await until(lambda: all(_process(one).ready() is None for one in instances))
                await until(lambda: sorted(len(one.positions.expected) for one in instances) == [0, 1, 1])
                assert [_process(one).alive() for one in instances] == [None, None, None]
            await until(lambda: len(first.positions.expected) == 2)
            assert _process(first).ready() is None


def _instance(stack: Stack, database: Database, namespace: str, data: Path) -> Any:
    return running(stack, database, SERVICE, namespace, data)


def _process(bench: Bench) -> Process:
    unasked: Any = None
    return Process(SERVICE, bench.committer, unasked, bench.positions, bench.feeder, is_fed=True, holds=())
