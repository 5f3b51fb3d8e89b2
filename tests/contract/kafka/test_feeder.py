"""Does the live stream bring every record once, in order, from PostgreSQL's positions, on this very broker?"""

import asyncio
import json
import time
import tracemalloc
from itertools import pairwise
from pathlib import Path
from typing import Any

from runtime.commit.page import Position
from runtime.ids import PARTITIONS, partition_of
from runtime.kafka.log import LogRecord, Partition
from runtime.process.feeder import Fed, Feeder
from services.billing.declaration import declare as billing
from services.orders.declaration import declare as orders
from tests.contract.kafka.bench import running
from tests.contract.kafka.stack import HEADERS, Database, Stack, customer_in, fresh_name, order_placed, until

INPUTS = ("orders.events", "provisioning.events")


class TestWhenAStorefrontUsesTransactions:
    async def test_what_was_aborted_is_never_seen_and_offsets_that_jump_are_applied(
        self, stack: Stack, database: Database, namespace: str, tmp_path: Path
    ) -> None:
        await stack.make_declared(namespace, *INPUTS)
        topic, customer = f"{namespace}orders.events", customer_in(5)
        await stack.write_orders(namespace, [(customer, 1)])
        async with stack.producer(transactional_id=fresh_name()) as producer:
            for version, ends_well in ((2, False), (2, True), (3, False), (3, True)):
                await producer.begin_transaction()
                order_id = customer if ends_well else f"{customer}-aborted"
                value = order_placed(customer, version, correlationid=order_id)
                await producer.send(topic, value, key=customer.encode(), partition=5, headers=HEADERS)
                await (producer.commit_transaction() if ends_well else producer.abort_transaction())
        await stack.write_orders(namespace, [(customer, 4)])

        async with running(stack, database, billing(), namespace, tmp_path):
            rows = await until(lambda: _priced(database, 4))
        assert [row["cause_offset"] for row in rows] == [0, 3, 7, 9]
        assert await database.fetch("SELECT * FROM runtime.parked") == []
        (position,) = await database.fetch("SELECT next_offset FROM runtime.positions WHERE next_offset > 0")
        assert position["next_offset"] == 10


class TestWhenTheGroupHasCommittedOffsets:
    async def test_postgresqls_position_wins_before_at_behind_and_at_the_end_of_the_log(
        self, stack: Stack, tmp_path: Path
    ) -> None:
        topic, group, ours = fresh_name(), fresh_name(), 4
        await stack.make_topic(topic, 4)
        await stack.write(topic, [(part, "k", f"{n}".encode()) for part in range(4) for n in range(10)])
        await stack.commit_offsets(group, topic, {0: 2, 1: ours, 2: 7, 3: 10})

        async def positions(assigned: set[Partition], _: int) -> dict[Partition, int]:
            return dict.fromkeys(assigned, ours)

        queue: asyncio.Queue[Fed] = asyncio.Queue()
        feeder = _feeder(stack, group, topic, positions, tmp_path, queue)
        await feeder.start()
        came = [(await asyncio.wait_for(queue.get(), 30)).record for _ in range(4 * 6)]
        await feeder.stop()
        for part in range(4):
            assert [record.offset for record in came if record.partition == part] == list(range(ours, 10))
        assert queue.empty()


class TestWhenNobodyWaits:
    async def test_what_comes_one_after_another_is_fetched_together(self, stack: Stack, tmp_path: Path) -> None:
        topic, queue, apart = fresh_name(), asyncio.Queue[Fed](), 0.3
        await stack.make_topic(topic)
        feeder = _feeder(stack, fresh_name(), topic, _from_the_start, tmp_path, queue, gather_seconds=10 * apart)
        await feeder.start()
        await until(lambda: feeder.end((topic, 0)) == 0)
        sending = asyncio.create_task(_write_one_by_one(stack, topic, 6, apart))
        came_at = []
        for _ in range(6):
            await asyncio.wait_for(queue.get(), 30)
            came_at.append(time.monotonic())
        await sending
        await feeder.stop()
        fetches = 1 + sum(later - earlier > apart / 2 for earlier, later in pairwise(came_at))
        assert fetches <= 2  # one ends in between at most


class TestWhenItIsBehind:
    async def test_it_holds_little_of_what_waits_in_the_log(self, stack: Stack, tmp_path: Path) -> None:
        topic, queue = fresh_name(), asyncio.Queue[Fed](maxsize=1)
        await stack.make_topic(topic, PARTITIONS)
        written = await stack.write_much(topic)
        feeder = _feeder(stack, fresh_name(), topic, _from_the_start, tmp_path, queue)
        tracemalloc.start()
        try:
            await feeder.start()
            await until(queue.full)
            most = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
            await feeder.stop()
        assert most < written / 2


class TestWhenTheStreamCannotGoOn:
    async def test_an_agent_that_raises_shows_as_a_fault(self, stack: Stack, tmp_path: Path) -> None:
        class Broken(asyncio.Queue[Fed]):
            async def put(self, item: Fed) -> None:
                raise RuntimeError("the queue broke")

        topic = fresh_name()
        await stack.make_topic(topic)
        await stack.write(topic, [(0, "k", b"1")])
        feeder = _feeder(stack, fresh_name(), topic, _from_the_start, tmp_path, Broken())
        assert feeder.fault() is None
        await feeder.start()
        assert "the queue broke" in await until(feeder.fault)
        await feeder.stop()

    async def test_positions_that_cannot_be_told_show_as_a_fault(self, stack: Stack, tmp_path: Path) -> None:
        async def positions(assigned: set[Partition], _: int) -> dict[Partition, int]:
            raise RuntimeError("no positions")

        topic = fresh_name()
        await stack.make_topic(topic)
        feeder = _feeder(stack, fresh_name(), topic, positions, tmp_path, asyncio.Queue())
        await feeder.start()
        assert "no positions" in await until(feeder.fault)
        await feeder.stop()


class TestWhenARecordCannotBeRead:
    async def test_a_tombstone_on_intake_goes_to_quarantine_and_the_next_record_is_taken(
        self, stack: Stack, orders_database: Database, namespace: str, tmp_path: Path
    ) -> None:
        await stack.make_declared(namespace, "storefront.intake", "billing.events", "provisioning.events")
        intake = f"{namespace}storefront.intake"
        async with stack.producer() as producer:
            await producer.send_and_wait(intake, None, key=b"c-1", partition=0)
            await producer.send_and_wait(intake, None, key=b"c-1", partition=0, headers=[("ce_type", None)])
            await producer.send_and_wait(intake, b"", partition=0)
            await producer.send_and_wait(intake, b"\x00\xff", key=b"\xff\x00", partition=0)
        async with running(stack, orders_database, orders(), namespace, tmp_path) as bench:
            found = await until(lambda: _at_least(orders_database, "SELECT * FROM runtime.quarantine ORDER BY id", 4))
            assert bench.positions.stopped == {}
        assert [row["reason"] for row in found] == ["INVALID_JSON"] * 4
        assert [row["value"] for row in found] == [None, None, b"", b"\x00\xff"]

    async def test_a_header_whose_name_is_no_text_sends_it_to_quarantine_and_the_next_record_is_taken(
        self, stack: Stack, orders_database: Database, namespace: str, tmp_path: Path
    ) -> None:
        await stack.make_declared(namespace, "storefront.intake", "billing.events", "provisioning.events")
        intake, kept = f"{namespace}storefront.intake", "SELECT * FROM runtime.quarantine ORDER BY id"
        await stack.write_named(intake, 0, "c-1", b"strange", b"\xff\xfe")
        await stack.write(intake, [(0, "c-1", b"no JSON")])
        await stack.write_named(intake, 0, "c-1", b"strange again", b"name\xff")
        async with running(stack, orders_database, orders(), namespace, tmp_path / "first"):
            await until(lambda: _at_least(orders_database, kept, 3))
        await stack.write(intake, [(0, "c-1", b"no JSON")])
        async with running(stack, orders_database, orders(), namespace, tmp_path / "second") as bench:
            rows = await until(lambda: _at_least(orders_database, kept, 4))
            assert bench.positions.stopped == {}
        assert [row["reason"] for row in rows] == ["NOT_A_CLOUDEVENT", "INVALID_JSON"] * 2
        assert [row["value"] for row in rows] == [b"strange", b"no JSON", b"strange again", b"no JSON"]
        assert json.loads(rows[2]["headers"])[-1] == ["name\udcff", ""]

    async def test_a_header_whose_name_is_no_text_stops_a_partition_of_ours_and_says_so(
        self, stack: Stack, database: Database, namespace: str, tmp_path: Path
    ) -> None:
        await stack.make_declared(namespace, *INPUTS)
        topic, customer, other = f"{namespace}orders.events", customer_in(2), customer_in(3)
        await stack.write_orders(namespace, [(customer, 1)])
        await stack.write_named(topic, 2, customer, order_placed(customer, 2), b"\xff")
        await stack.write_orders(namespace, [(customer, 3), (other, 1)])
        async with running(stack, database, billing(), namespace, tmp_path) as bench:
            await until(lambda: bench.positions.stopped)
            await until(lambda: _priced(database, 2))
            assert bench.positions.stopped == {(topic, 2): "offset 1: a header's name is no UTF-8"}
        assert await database.fetch("SELECT * FROM runtime.parked") == []

    async def test_an_unknown_version_of_a_consumed_type_stops_its_partition_after_what_came_before(
        self, stack: Stack, database: Database, namespace: str, tmp_path: Path
    ) -> None:
        await stack.make_declared(namespace, *INPUTS)
        topic, customer, other = f"{namespace}orders.events", customer_in(2), customer_in(3)
        future = order_placed(customer, 2, type="orders.OrderPlaced.v9")
        records = [(2, customer, order_placed(customer, 1)), (2, customer, future), (3, other, order_placed(other, 1))]
        await stack.write(topic, records)
        async with running(stack, database, billing(), namespace, tmp_path) as bench:
            await until(lambda: bench.positions.stopped)
            await until(lambda: _priced(database, 2))
            assert bench.positions.stopped == {(topic, 2): "offset 1: unknown type or version orders.OrderPlaced.v9"}
        sql = "SELECT next_offset FROM runtime.positions WHERE topic = $1 AND partition = 2"
        (position,) = await database.fetch(sql, topic)
        assert position["next_offset"] == 1

    async def test_what_shares_a_batch_with_an_unreadable_record_is_applied_up_to_it(
        self, stack: Stack, database: Database, namespace: str, tmp_path: Path
    ) -> None:
        await stack.make_declared(namespace, *INPUTS)
        topic, customer = f"{namespace}orders.events", customer_in(2)
        values = [order_placed(customer, 1), b"no event", order_placed(customer, 2)]
        async with running(stack, database, billing(), namespace, tmp_path) as bench:
            await until(lambda: bench.positions.expected)
            for offset, value in enumerate(values):
                record = LogRecord(topic, 2, offset, customer.encode(), value, ())
                bench.committer.fed.put_nowait(Fed(record, lambda: None, bench.positions.generation))
            await until(lambda: bench.positions.stopped)
            assert "offset 1: no structured CloudEvent" in bench.positions.stopped[topic, 2]
            assert [row["cause_offset"] for row in await _priced(database, 1)] == [0]

    async def test_a_whole_unknown_type_is_ignored_but_its_version_is_remembered(
        self, stack: Stack, database: Database, namespace: str, tmp_path: Path
    ) -> None:
        await stack.make_declared(namespace, *INPUTS)
        customer = customer_in(4)
        news = json.loads(order_placed(customer, 2)) | {"type": "orders.OrderAdmired.v1", "data": {"stars": 5}}
        values = [order_placed(customer, 1), json.dumps(news).encode(), order_placed(customer, 3)]
        await stack.write(f"{namespace}orders.events", [(partition_of(customer), customer, value) for value in values])
        async with running(stack, database, billing(), namespace, tmp_path):
            await until(lambda: _priced(database, 2))
        assert await database.fetch("SELECT * FROM runtime.parked") == []
        (seen,) = await database.fetch("SELECT version FROM runtime.inbox WHERE customer_id = $1", customer)
        assert seen["version"] == 3


class TestWhenAnotherInstanceStillCommits:
    async def test_a_position_that_moved_on_after_the_assignment_is_followed_without_loss(
        self, stack: Stack, database: Database, namespace: str, tmp_path: Path
    ) -> None:
        await stack.make_declared(namespace, *INPUTS)
        customer = customer_in(6)
        await stack.write_orders(namespace, [(customer, 1)])
        async with running(stack, database, billing(), namespace, tmp_path) as bench:
            await until(lambda: _priced(database, 1))
            # as if the last batch of the partition's old owner had come after the position was read here
            bench.positions.expected[f"{namespace}orders.events", 6] = Position(0)
            await stack.write_orders(namespace, [(customer, 2), (customer, 3)])
            await until(lambda: _priced(database, 3))
            assert bench.positions.stopped == {}
        assert await database.fetch("SELECT * FROM runtime.parked") == []

    async def test_a_record_fetched_before_a_rebalance_is_dropped_and_comes_again(
        self, stack: Stack, database: Database, namespace: str, tmp_path: Path
    ) -> None:
        await stack.make_declared(namespace, *INPUTS)
        customer, acknowledged = customer_in(6), asyncio.Event()
        async with running(stack, database, billing(), namespace, tmp_path) as bench:
            await until(lambda: bench.positions.expected)
            early = LogRecord(f"{namespace}orders.events", 6, 1, customer.encode(), order_placed(customer, 2), ())
            await bench.committer.fed.put(Fed(early, acknowledged.set, bench.positions.generation - 1))
            await stack.write_orders(namespace, [(customer, 1), (customer, 2)])
            rows = await until(lambda: _priced(database, 2))
        assert [row["cause_offset"] for row in rows] == [0, 1]
        assert not acknowledged.is_set()
        assert await database.fetch("SELECT * FROM runtime.parked") == []

    async def test_a_position_that_was_set_back_stops_its_partition(
        self, stack: Stack, database: Database, namespace: str, tmp_path: Path
    ) -> None:
        await stack.make_declared(namespace, *INPUTS)
        customer = customer_in(6)
        await stack.write_orders(namespace, [(customer, 1), (customer, 2)])
        async with running(stack, database, billing(), namespace, tmp_path) as bench:
            await until(lambda: _priced(database, 2))
            await database.fetch("UPDATE runtime.positions SET next_offset = 0, last_offset = NULL, digest = NULL")
            await stack.write_orders(namespace, [(customer, 3)])
            stopped = await until(lambda: bench.positions.stopped)
            assert "set back under this process" in stopped[f"{namespace}orders.events", 6]
        assert len(await _at_least(database, "SELECT DISTINCT cause_id FROM runtime.journal", 2)) == 2


async def _write_one_by_one(stack: Stack, topic: str, records: int, seconds_apart: float) -> None:
    async with stack.producer() as producer:
        for _ in range(records):
            await producer.send_and_wait(topic, b"little", key=b"k", partition=0)
            await asyncio.sleep(seconds_apart)


async def _from_the_start(assigned: set[Partition], _: int) -> dict[Partition, int]:
    return dict.fromkeys(assigned, 0)


def _feeder(
    stack: Stack, group: str, topic: str, positions: Any, data: Path, queue: asyncio.Queue[Fed], **more: Any
) -> Feeder:
    topics = (topic,)
    return Feeder(brokers=stack.kafka, group=group, topics=topics, positions=positions, data=data, queue=queue, **more)


async def _priced(database: Database, orders_wanted: int) -> list[Any]:
    """Return one journal row per priced order, once there are so many."""
    sql = "SELECT cause_offset, customer_id FROM runtime.journal WHERE last_of_input ORDER BY id"
    return await _at_least(database, sql, orders_wanted)


async def _at_least(database: Database, sql: str, count: int) -> list[Any]:
    rows = await database.fetch(sql)
    return rows if len(rows) >= count else []
