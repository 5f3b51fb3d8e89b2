"""Does every committed event reach Kafka, in order, with the same bytes, whatever dies on the way?"""

import asyncio
import gc
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from aiokafka.errors import KafkaError
from prometheus_client import REGISTRY

from runtime.clock import SetClock
from runtime.kafka import producer
from runtime.kafka.producer import Outgoing, Publisher
from runtime.postgres.outbox import JournalReads, Unpublished, open_pool, whole_inputs
from runtime.postgres.store import PostgresStore
from runtime.privacy.keyring import NoKeyring
from runtime.process.committer import Committer
from runtime.process.feeder import Feeder
from runtime.process.positions import Positions
from runtime.process.redrive import Redrive
from runtime.process.relay import Relay
from runtime.process.upkeep import Upkeep
from tests.contract.kafka.bench import NOW
from tests.contract.kafka.journals import BILLING, assert_published_well, happen, relaying, unpublished
from tests.contract.kafka.stack import ROOT, Database, Stack, customer_in, until


@pytest.fixture
async def topic(stack: Stack, namespace: str) -> str:
    await stack.make_declared(namespace, "billing.events")
    return f"{namespace}billing.events"


@pytest.fixture
async def store(database: Database) -> AsyncIterator[PostgresStore]:
    store = PostgresStore(database.app, BILLING)
    yield store
    await store.close()


@pytest.mark.slow
@pytest.mark.timeout(300)
class TestWhenRelaysAreKilledAndStopped:
    async def test_nothing_is_lost_or_inverted_and_marks_point_at_their_events(
        self, stack: Stack, database: Database, store: PostgresStore, topic: str
    ) -> None:
        accounts = [f"c-{number}" for number in range(60)]
        async with _relays(stack, database, topic, 3) as relays:
            for version in range(1, 25):
                await happen(store, [(account, version) for account in accounts])
                if version == 8:
                    await relays.stop_leader()  # in mid-flight; it comes back when another leads
                if version in (4, 16):
                    await relays.kill_leader()
            await until(lambda: _none(database))
        await assert_published_well(stack, database, topic)


class TestWhenKafkaIsAway:
    async def test_what_was_committed_meanwhile_is_published_after_and_its_waiter_is_told(
        self, stack: Stack, database: Database, store: PostgresStore, topic: str, tmp_path: Path
    ) -> None:
        publisher = Publisher(stack.kafka, "test", timeout_seconds=1.0)
        accounts = [f"c-{number}" for number in range(30)]
        async with relaying(stack, database, topic, publisher) as relay:
            await happen(store, [(account, 1) for account in accounts])
            await until(lambda: _none(database))
            async with stack.broker_silent():
                await happen(store, [(account, 2) for account in accounts])
                (row,) = await database.fetch("SELECT event_id FROM runtime.journal ORDER BY id DESC LIMIT 1")
                published = relay.acknowledged(row["event_id"])
                await until(lambda: _is_blocked(database, relay))
                await _watched(stack, database, relay, tmp_path)
                assert REGISTRY.get_sample_value("coterm_relay_blocked_buckets") == len(relay.blocked)
                assert REGISTRY.get_sample_value("coterm_relay_pending") == await unpublished(database) > 0
                assert REGISTRY.get_sample_value("coterm_relay_age_seconds") == 60
                await asyncio.sleep(2)
                assert not published.done()
            await until(lambda: _none(database))
            await asyncio.wait_for(published, 30)
            assert relay.blocked == {}
        await assert_published_well(stack, database, topic)
        assert _unread() == []


class TestHowBatchesAreCut:
    async def test_an_inputs_events_always_share_a_batch(
        self, stack: Stack, database: Database, store: PostgresStore, topic: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(producer, "BATCH_BYTES", 6_000)
        batches: list[Sequence[Outgoing]] = []

        class Watched(Publisher):
            async def publish(self, topic: str, partition: int, records: Sequence[Outgoing]) -> list[int]:
                offsets = await super().publish(topic, partition, records)
                batches.append(records[: len(offsets)])
                return offsets

        await happen(store, [(customer_in(3, number), 1) for number in range(20)])
        async with relaying(stack, database, topic, Watched(stack.kafka, "test")):
            await until(lambda: _none(database))
        assert len(batches) > 3
        assert all(batch[-1].ends_input for batch in batches)
        await assert_published_well(stack, database, topic)

    def test_inputs_that_two_processes_wrote_at_once_are_brought_apart_and_an_unfinished_one_waits(self) -> None:
        rows = [_row(1, "c-1"), _row(2, "c-2"), _row(3, "c-1", last=True), _row(4, "c-2", last=True), _row(5, "c-1")]
        assert [row.id for row in whole_inputs(rows)[0]] == [1, 3, 2, 4]


class TestWhenAnInputFitsNoBatch:
    async def test_only_its_bucket_waits_and_says_so(
        self, stack: Stack, database: Database, store: PostgresStore, topic: str
    ) -> None:
        stuck, well = customer_in(3), customer_in(4)
        await happen(store, [(stuck, 1)])
        await database.fetch("UPDATE runtime.journal SET value = value || convert_to(repeat(' ', 1300000), 'UTF8')")
        await happen(store, [(stuck, 2), (well, 1)])
        async with relaying(stack, database, topic) as relay:
            await until(lambda: _is_blocked(database, relay))
            await happen(store, [(well, 2)])
            await until(lambda: _published(database, 4))
            assert list(relay.blocked) == [3]
            assert "TooLarge" in relay.blocked[3]
            assert {record.partition for record in await stack.read(topic)} == {4}
            # made smaller, the bucket goes on
            await database.fetch(
                "UPDATE runtime.journal SET value = convert_to(trim(convert_from(value, 'UTF8')), 'UTF8')"
            )
            await until(lambda: _none(database))
            assert relay.blocked == {}
        await assert_published_well(stack, database, topic)

    async def test_a_long_queue_behind_it_does_not_crowd_out_the_others(
        self, stack: Stack, database: Database, store: PostgresStore, topic: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("runtime.process.relay.PAGE", 10)
        await happen(store, [(customer_in(3), 1)])
        await database.fetch("UPDATE runtime.journal SET value = value || convert_to(repeat(' ', 1300000), 'UTF8')")
        await happen(store, [(customer_in(3), version) for version in range(2, 30)] + [(customer_in(4), 1)])
        async with relaying(stack, database, topic):
            await until(lambda: _published(database, 2))


class _Relays:
    """Processes that try the same buckets; one leads, the others wait."""

    def __init__(self, stack: Stack, database: Database, topic: str) -> None:
        self._stack, self._database, self._topic = stack, database, topic
        self._running: dict[str, asyncio.subprocess.Process] = {}

    async def start(self) -> None:
        name = f"relay-{len(self._running)}"
        dsn = f"{self._database.app}?application_name={name}"
        command = (sys.executable, "-m", "tests.contract.kafka.relay_process", self._stack.kafka, dsn, self._topic)
        self._running[name] = await asyncio.create_subprocess_exec(*command, cwd=ROOT)

    async def leader(self) -> str:
        """Name who holds most of the buckets' locks."""
        sql = """SELECT application_name FROM pg_locks JOIN pg_stat_activity USING (pid)
                 WHERE locktype = 'advisory' AND granted AND datname = current_database() AND application_name <> ''
                 GROUP BY application_name ORDER BY count(*) DESC LIMIT 1"""
        (found,) = await until(lambda: self._database.fetch(sql))
        return str(found["application_name"])

    async def stop_leader(self) -> None:
        leader = await self.leader()
        self._running[leader].send_signal(signal.SIGSTOP)
        await self._another_than(leader)
        self._running[leader].send_signal(signal.SIGCONT)

    async def kill_leader(self) -> None:
        leader = await self.leader()
        self._running[leader].kill()
        await self._another_than(leader)
        await self.start()

    async def end(self) -> None:
        for process in self._running.values():
            if process.returncode is None:
                process.kill()
                await process.wait()

    async def _another_than(self, leader: str) -> None:
        async def found() -> bool:
            return await self.leader() != leader

        await until(found)


@asynccontextmanager
async def _relays(stack: Stack, database: Database, topic: str, number: int) -> AsyncIterator[_Relays]:
    relays = _Relays(stack, database, topic)
    for _ in range(number):
        await relays.start()
    try:
        yield relays
    finally:
        await relays.end()


def _row(number: int, customer: str, *, last: bool = False) -> Unpublished:
    return Unpublished(number, UUID(int=number), customer, number, "billing.InputNoted.v1", 0, b"{}", last)


def _unread() -> list[BaseException | None]:
    """Name the broker's errors that nobody has read: Python prints each as forgotten."""
    ends = [each for each in gc.get_objects() if isinstance(each, asyncio.Future) and each._log_traceback]
    return [end._exception for end in ends if isinstance(end._exception, KafkaError)]


async def _watched(stack: Stack, database: Database, relay: Relay, data: Path) -> None:
    """Look once at how things stand, a minute after the events were committed."""
    pool = await open_pool(database.app, size=1)
    reads, clock, nobody = JournalReads(pool), SetClock(NOW + timedelta(seconds=60)), NoKeyring()
    positions = Positions(stack.kafka, reads)
    committer = Committer(BILLING, PostgresStore(database.app, BILLING), positions, clock, namespace="", batch_size=1)
    feeder = Feeder(
        brokers=stack.kafka, group="none", topics=("none",), positions=positions.assign, data=data, queue=committer.fed
    )
    try:
        await Upkeep(positions, feeder, relay, reads, Redrive(BILLING, committer, reads, "", nobody), clock).once()
    finally:
        await pool.close()


async def _is_blocked(database: Database, relay: Relay) -> bool:
    rows = await database.fetch("SELECT DISTINCT bucket FROM runtime.journal WHERE published_offset IS NULL")
    return {row["bucket"] for row in rows} == relay.blocked.keys()


async def _none(database: Database) -> bool:
    return await unpublished(database) == 0


async def _published(database: Database, count: int) -> bool:
    rows: list[Any] = await database.fetch("SELECT 1 FROM runtime.journal WHERE published_offset IS NOT NULL")
    return len(rows) >= count
