"""Is an instance that lives and reads nothing told from one that works, waits or is held up by others?"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from runtime.kafka.log import LogReader, log_reader
from runtime.process.progress import LOOKS, Progress
from services.billing.declaration import declare
from tests.contract.kafka.bench import Bench, running
from tests.contract.kafka.stack import Database, Stack, customer_in, until

TOPICS = ("orders.events", "provisioning.events")


@asynccontextmanager
async def _watched(
    stack: Stack, database: Database, namespace: str, data: Path
) -> AsyncIterator[tuple[Bench, Progress, LogReader]]:
    """Run billing until it has its partitions, and a look at it that the test takes itself."""
    await stack.make_declared(namespace, *TOPICS)
    async with running(stack, database, declare(), namespace, data) as bench, log_reader(stack.kafka) as log:
        progress = Progress(stack.kafka, bench.feeder, bench.positions, bench.committer)
        await until(lambda: bench.positions.expected and bench.feeder.is_settled(bench.positions.generation))
        yield bench, progress, log


async def _looked(progress: Progress, log: LogReader, times: int = LOOKS + 1) -> str | None:
    for _ in range(times):
        await progress.look(log)
    return progress.fault


class TestWhenNothingIsWrong:
    async def test_an_idle_one_and_one_that_has_applied_all_are_at_no_fault(
        self, stack: Stack, database: Database, namespace: str, tmp_path: Path
    ) -> None:
        async with _watched(stack, database, namespace, tmp_path) as (bench, progress, log):
            assert await _looked(progress, log) is None
            await stack.write_orders(namespace, [(customer_in(3), 1)])
            await until(lambda: bench.positions.expected[f"{namespace}orders.events", 3].next_offset == 1)
            assert await _looked(progress, log) is None

    async def test_a_transactions_marker_behind_the_last_record_waits_for_nobody(
        self, stack: Stack, database: Database, namespace: str, tmp_path: Path
    ) -> None:
        topic = f"{namespace}orders.events"
        async with _watched(stack, database, namespace, tmp_path) as (_, progress, log):
            async with stack.producer(transactional_id=namespace) as producer:
                await producer.begin_transaction()
                await producer.send_and_wait(topic, b"never", key=b"c-1", partition=0)
                await producer.abort_transaction()
            assert await _looked(progress, log) is None


class TestWhenRecordsWaitAndNothingIsApplied:
    async def test_it_is_a_fault_after_so_many_looks_that_names_the_first_of_them(
        self, stack: Stack, database: Database, namespace: str, tmp_path: Path
    ) -> None:
        async with _watched(stack, database, namespace, tmp_path) as (bench, progress, log):
            bench.feeder._app.flow_control.suspend()  # as Faust leaves it when a rebalance goes astray
            bench.feeder._app.consumer.stop_flow()
            await stack.write_orders(namespace, [(customer_in(3), 1)])
            assert await _looked(progress, log, LOOKS) is None
            await stack.write_orders(namespace, [(customer_in(5), 1)])
            fault = await _looked(progress, log, 1)
            assert fault is not None
            assert f"records wait in 2 partitions, first {namespace}orders.events[3]@0" in fault

    async def test_a_database_that_is_away_is_not_its_fault(
        self, stack: Stack, database: Database, namespace: str, tmp_path: Path
    ) -> None:
        async with _watched(stack, database, namespace, tmp_path) as (bench, progress, log):
            bench.feeder._app.flow_control.suspend()
            bench.feeder._app.consumer.stop_flow()
            await stack.write_orders(namespace, [(customer_in(3), 1)])
            await _looked(progress, log, LOOKS)
            bench.committer.hold.why = "the database can't be reached"
            assert await _looked(progress, log) is None
            bench.committer.hold.why = None
            assert await _looked(progress, log) is not None

    async def test_one_partition_that_moves_excuses_the_others(
        self, stack: Stack, database: Database, namespace: str, tmp_path: Path
    ) -> None:
        async with _watched(stack, database, namespace, tmp_path) as (bench, progress, log):
            topic = f"{namespace}orders.events"
            bench.feeder._app.flow_control.suspend()
            bench.feeder._app.consumer.stop_flow()
            await stack.write_orders(namespace, [(customer_in(part), n) for part in (3, 4) for n in (1, 2, 3, 4)])
            for offset in range(1, 4):
                await _looked(progress, log, LOOKS - 1)
                moved = bench.positions.expected[topic, 4]
                bench.positions.expected[topic, 4] = type(moved)(offset)
                assert await _looked(progress, log, 1) is None


class TestWhenARebalanceNeverEnds:
    async def test_it_is_a_fault_after_so_many_looks(
        self, stack: Stack, database: Database, namespace: str, tmp_path: Path
    ) -> None:
        async with _watched(stack, database, namespace, tmp_path) as (bench, progress, log):
            bench.feeder._app.rebalancing = True
            assert await _looked(progress, log, LOOKS - 1) is None
            assert "divided anew and never taken over" in str(await _looked(progress, log, 1))

    async def test_so_is_a_generation_that_is_not_the_groups(
        self, stack: Stack, database: Database, namespace: str, tmp_path: Path
    ) -> None:
        async with _watched(stack, database, namespace, tmp_path) as (bench, progress, log):
            bench.positions.generation -= 1
            assert await _looked(progress, log, LOOKS - 1) is None
            sentence = f"the last generation here is {bench.positions.generation}"
            assert sentence in str(await _looked(progress, log, 1))

    async def test_one_that_ended_in_time_counts_no_more(
        self, stack: Stack, database: Database, namespace: str, tmp_path: Path
    ) -> None:
        async with _watched(stack, database, namespace, tmp_path) as (bench, progress, log):
            for is_rebalancing in (True, False) * 3:
                bench.feeder._app.rebalancing = is_rebalancing
                assert await _looked(progress, log, LOOKS - 1) is None


class TestWhileTheBrokersAreAway:
    async def test_nothing_counts_and_looking_goes_on(
        self, stack: Stack, database: Database, namespace: str, tmp_path: Path
    ) -> None:
        async with _watched(stack, database, namespace, tmp_path) as (bench, _, _log):
            nowhere = Progress("127.0.0.1:1", bench.feeder, bench.positions, bench.committer)
            running = asyncio.create_task(nowhere.run())
            done, _ = await asyncio.wait([running], timeout=2)
            assert (done, nowhere.fault) == (set(), None)
            running.cancel()
