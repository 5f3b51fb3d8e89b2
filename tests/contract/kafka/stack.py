"""What does a test against the real broker need? A stack of its own, small topics, and a hand in the log."""

import asyncio
import contextlib
import json
import os
import secrets
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic, RecordsToDelete
from aiokafka.record.default_records import _DefaultRecordBatchBuilderPy
from aiokafka.structs import OffsetAndMetadata

from runtime.ids import PARTITIONS, command_id, partition_of
from runtime.kafka.topics import declared_topics

ROOT = Path(__file__).parents[3]
RUN = ROOT / ".run" / "kafkatests"
EXAMPLE = json.loads((ROOT / "schemas/examples/orders.OrderPlaced.v1.json").read_text())
HEADERS = [("content-type", b"application/cloudevents+json")]


@dataclass(frozen=True)
class Database:
    """A service's database, made for one test."""

    owner: str
    app: str

    async def fetch(self, sql: str, *arguments: Any) -> list[Any]:
        connection = await asyncpg.connect(self.owner)
        try:
            return list(await connection.fetch(sql, *arguments))
        finally:
            await connection.close()


@dataclass(frozen=True)
class Stack:
    """The broker and the server of databases that these tests have for themselves."""

    kafka: str
    admin: str
    roles: Mapping[str, Mapping[str, str]]

    def database(self, service: str, name: str) -> Database:
        addresses = (self.roles[service][role].rpartition("/")[0] + f"/{name}" for role in ("owner", "app"))
        return Database(*addresses)

    @contextlib.asynccontextmanager
    async def broker_silent(self) -> AsyncIterator[None]:
        """Let the broker answer nothing, as if the network swallowed every packet."""
        pid = json.loads((RUN / "pids" / "kafka.json").read_text())["pid"]
        os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(pid, signal.SIGCONT)

    @contextlib.asynccontextmanager
    async def admin_client(self) -> AsyncIterator[AIOKafkaAdminClient]:
        client = AIOKafkaAdminClient(bootstrap_servers=self.kafka)
        await client.start()
        try:
            yield client
        finally:
            await client.close()

    async def make_topic(self, name: str, partitions: int = 1, config: Mapping[str, str] | None = None) -> None:
        async with self.admin_client() as client:
            await client.create_topics([NewTopic(name, partitions, 1, topic_configs=dict(config or {}))])
        await self.is_written_to(name, partitions)

    async def make_declared(self, namespace: str, *topics: str) -> None:
        """Create some of the declared topics under a namespace."""
        declared = [topic for topic in declared_topics(namespace) if topic.name.removeprefix(namespace) in topics]
        async with self.admin_client() as client:
            new = [NewTopic(topic.name, topic.partitions, 1, topic_configs=topic.config) for topic in declared]
            await client.create_topics(new)
        for topic in declared:
            await self.is_written_to(topic.name, topic.partitions)

    async def is_written_to(self, topic: str, partitions: int) -> None:
        """Wait until each partition has a leader."""

        async def led() -> bool:
            async with self.admin_client() as client:
                (found,) = await client.describe_topics([topic])
            return len(found["partitions"]) == partitions and all(part["leader"] >= 0 for part in found["partitions"])

        await until(led)

    async def drop_topic(self, name: str) -> None:
        async with self.admin_client() as client:
            await client.delete_topics([name])

        async def gone() -> bool:
            async with self.admin_client() as client:
                return name not in await client.list_topics()

        await until(gone)

    async def delete_before(self, topic: str, offsets: Mapping[int, int]) -> None:
        """Do what retention does: let the log begin later."""
        async with self.admin_client() as client:
            places = {TopicPartition(topic, part): RecordsToDelete(offset) for part, offset in offsets.items()}
            await client.delete_records(places)

    @contextlib.asynccontextmanager
    async def producer(self, **options: Any) -> AsyncIterator[AIOKafkaProducer]:
        producer = AIOKafkaProducer(bootstrap_servers=self.kafka, acks="all", linger_ms=5, **options)
        await producer.start()
        try:
            yield producer
        finally:
            await producer.stop()

    async def write(self, topic: str, records: Sequence[tuple[int, str, bytes | None]]) -> None:
        """Append (partition, key, value) in order."""
        async with self.producer(enable_idempotence=True) as producer:
            sent = [
                await producer.send(topic, value, key=key.encode(), partition=part, headers=HEADERS)
                for part, key, value in records
            ]
            await asyncio.gather(*sent)

    async def write_much(self, topic: str) -> int:
        """Fill every partition of a topic; return how many bytes that were."""
        value, each = bytes(2048), 1000
        await self.write(topic, [(part, "k", value) for part in range(PARTITIONS) for _ in range(each)])
        return PARTITIONS * each * len(value)

    async def write_named(self, topic: str, partition: int, key: str, value: bytes, name: bytes) -> None:
        """Append a record with a header of a name that no client of ours could write."""

        class Name(str):
            __slots__ = ()

            def encode(self, *_: Any) -> bytes:
                return name

        async with self.producer() as producer:
            batch = producer.create_batch()
            batch._builder = _DefaultRecordBatchBuilderPy(2, 0, 0, -1, -1, -1, 1 << 20)
            headers = [*HEADERS, (Name("name"), b"")]
            batch.append(key=key.encode(), value=value, timestamp=None, headers=headers)
            await (await producer.send_batch(batch, topic, partition=partition))

    async def write_orders(self, namespace: str, orders: Sequence[tuple[str, int]]) -> None:
        """Append (customer, version) as placed orders to the namespace's orders.events."""
        records = [(partition_of(customer), customer, order_placed(customer, version)) for customer, version in orders]
        await self.write(f"{namespace}orders.events", records)

    async def commit_offsets(self, group: str, topic: str, offsets: Mapping[int, int]) -> None:
        """Leave committed offsets of a group behind, as an earlier run of it would."""
        consumer = AIOKafkaConsumer(bootstrap_servers=self.kafka, group_id=group, enable_auto_commit=False)
        await consumer.start()
        try:
            places = {TopicPartition(topic, part): OffsetAndMetadata(offset, "") for part, offset in offsets.items()}
            consumer.assign(list(places))
            await consumer.commit(places)
        finally:
            await consumer.stop()

    async def read(self, topic: str, *, committed_only: bool = True) -> list[Any]:
        """Return the whole topic, each partition in order."""
        isolation = "read_committed" if committed_only else "read_uncommitted"
        consumer = AIOKafkaConsumer(bootstrap_servers=self.kafka, isolation_level=isolation, max_poll_records=5000)
        await consumer.start()
        try:
            async with self.admin_client() as client:
                (described,) = await client.describe_topics([topic])
            places = [TopicPartition(topic, part["partition"]) for part in described["partitions"]]
            ends = await consumer.end_offsets(places)
            consumer.assign(places)
            await consumer.seek_to_beginning(*places)
            found: list[Any] = []
            while any([await consumer.position(place) < ends[place] for place in places]):
                for records in (await consumer.getmany(timeout_ms=200)).values():
                    found += records
            return sorted(found, key=lambda record: (record.partition, record.offset))
        finally:
            await consumer.stop()


def order_placed(customer: str, version: int, **changed: Any) -> bytes:
    """Be an order that was placed, as orders would write it."""
    order_id = f"{customer}-o{version}"
    event = EXAMPLE | {
        "id": str(command_id("test", f"{customer} {version}")),
        "subject": customer,
        "sequence": str(version),
        "correlationid": order_id,
        "data": EXAMPLE["data"] | {"customer_id": customer, "order_id": order_id},
    }
    return json.dumps(event | changed).encode()


def customer_in(partition: int, number: int = 0) -> str:
    """Name a customer whose key belongs to a partition of 12."""
    names = (f"c-{attempt}" for attempt in range(100_000))
    return [
        name for _, name in zip(range(number + 1), (n for n in names if partition_of(n) == partition), strict=False)
    ][number]


def local(action: str) -> None:
    """Act on the stack in a process of its own: what it starts outlives the call."""
    where = ("--only", "kafka,postgres", "--run-dir", str(RUN), "--port-offset", "5000")
    subprocess.run([sys.executable, "-m", "deploy.local", action, *where], cwd=ROOT, check=True)


def fresh_name() -> str:
    return f"t{secrets.token_hex(4)}"


async def until(look: Callable[[], Any], seconds: float = 60.0) -> Any:
    """Look until something is there. Raises TimeoutError."""
    async with asyncio.timeout(seconds):
        while True:
            found = look()
            if asyncio.iscoroutine(found):
                found = await found
            if found:
                return found
            await asyncio.sleep(0.1)
