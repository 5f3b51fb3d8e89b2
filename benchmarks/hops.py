"""How long do the unavoidable hops take, bare? One PostgreSQL commit, a locked read, a Kafka produce, a fetch.

One after another, as an event passes them on its way from one service to the next, with nothing else on the machine.
"""

import time
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import asyncpg
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from benchmarks.takes import Take, percentiles

TOPIC = "benchmark.bare"
VALUE = bytes(700)
TABLE = """
CREATE TABLE IF NOT EXISTS public.hops (
    id bigserial PRIMARY KEY, value bytea NOT NULL, is_sent boolean NOT NULL DEFAULT false
);
CREATE INDEX IF NOT EXISTS hops_unsent ON public.hops (id) WHERE NOT is_sent;
"""


@dataclass(frozen=True, slots=True)
class Hops:
    """Connections that are open and warm."""

    database: asyncpg.Connection
    producer: AIOKafkaProducer
    consumer: AIOKafkaConsumer

    async def commit(self) -> None:
        """Write one row and wait until it is durable."""
        await self.database.execute("INSERT INTO public.hops (value) VALUES ($1)", VALUE)

    async def read(self) -> None:
        """Read what is to be sent, as its only reader."""
        sql = "SELECT id, value FROM public.hops WHERE NOT is_sent ORDER BY id LIMIT 100 FOR UPDATE"
        rows = await self.database.fetch(f"SELECT * FROM ({sql}) AS waiting")
        await self.database.execute("UPDATE public.hops SET is_sent = true WHERE id = ANY($1)", [r["id"] for r in rows])

    async def produce(self) -> None:
        """Publish it, acknowledged by all."""
        await self.producer.send_and_wait(TOPIC, VALUE, partition=0)

    async def fetch(self) -> None:
        """Have it at the other side."""
        await self.consumer.getone()

    async def all(self, times: int) -> Take:
        """Pass them all, one after another, so many times."""
        await self._once({})
        each: dict[str, list[float]] = {"commit": [], "read": [], "produce": [], "fetch": []}
        for _ in range(times):
            await self._once(each)
        whole = [sum(parts) for parts in zip(*each.values(), strict=True)]
        parts = {f"{name} p50 ms": sorted(taken)[len(taken) // 2] for name, taken in each.items()}
        return Take({**percentiles(whole), **parts}, times)

    async def _once(self, each: dict[str, list[float]]) -> None:
        hops: dict[str, Any] = {
            "commit": self.commit, "read": self.read, "produce": self.produce, "fetch": self.fetch
        }  # fmt: skip
        for name, hop in hops.items():
            each.setdefault(name, []).append(await timed(hop()))


async def timed(work: Awaitable[Any]) -> float:
    """Return how many milliseconds something took."""
    began = time.perf_counter()
    await work
    return (time.perf_counter() - began) * 1000


@asynccontextmanager
async def open_hops(brokers: str, dsn: str) -> AsyncIterator[Hops]:
    """Make a topic and a table of our own, and connect to both."""
    admin = AIOKafkaAdminClient(bootstrap_servers=brokers)
    await admin.start()
    if TOPIC not in await admin.list_topics():
        await admin.create_topics([NewTopic(TOPIC, 1, 1)])
    await admin.close()
    database = await asyncpg.connect(dsn)
    await database.execute(TABLE)
    producer = AIOKafkaProducer(bootstrap_servers=brokers, acks="all", enable_idempotence=True, linger_ms=0)
    consumer = AIOKafkaConsumer(bootstrap_servers=brokers, isolation_level="read_committed", auto_offset_reset="latest")
    await producer.start()
    await consumer.start()
    consumer.assign([TopicPartition(TOPIC, 0)])
    await consumer.seek_to_end()
    try:
        yield Hops(database, producer, consumer)
    finally:
        await consumer.stop()
        await producer.stop()
        await database.close()
