"""What does Faust's feeder cost, beside a bare aiokafka consumer of a group in the same place?

Both bring the same topic into the same queue, from which each record is taken and acknowledged, in a process of its own
so that CPU time is theirs alone. Fast: what stands in the topic when they begin. Slow: one record at a time into a
topic that is quiet; the delay is from just before it is sent, with acks=all, until it is in hand.
"""

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from functools import partial

from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from benchmarks.stages.stage import Opened, Sizes, Thing, ask_peer, fresh_stack
from benchmarks.takes import RATE, Take, percentiles
from schemas.topics import PARTITIONS

WAYS = ("faust", "aiokafka")
CPU_EACH = "CPU µs each"
FULL, QUIET = "benchmark.feeding", "benchmark.quiet"
VALUE = b'{"specversion":"1.0","data":"' + b"x" * 640 + b'"}'


@asynccontextmanager
async def feeding(sizes: Sizes, wanted: Collection[str]) -> AsyncIterator[Opened]:
    """Start a broker, fill a topic, and keep another quiet."""
    async with fresh_stack(("kafka",)) as layout:
        brokers = layout.address("kafka")
        await _fill(brokers, sizes.large)
        things: dict[str, Thing] = {}
        for way in WAYS:
            things[f"{way} fast"] = partial(_fast, layout.run, brokers, way, sizes.large)
            things[f"{way} slow"] = partial(_slow, layout.run, brokers, way, sizes.requests // 4)
        yield Opened(layout, things)


async def _fast(run: object, brokers: str, way: str, records: int) -> Take:
    said = await ask_peer("feeder", way=way, brokers=brokers, topic=FULL, records=records, data=str(run))
    measured = {RATE: records / said["seconds"], CPU_EACH: 1e6 * said["cpu_seconds"] / records}
    return Take(measured, records, said["wrong"])


async def _slow(run: object, brokers: str, way: str, records: int) -> Take:
    said = await ask_peer("feeder", way=way, brokers=brokers, topic=QUIET, records=records, data=str(run), slow=True)
    measured = {**percentiles(said["delays_ms"]), CPU_EACH: 1e6 * said["cpu_seconds"] / records}
    return Take(measured, records, said["wrong"])


async def _fill(brokers: str, records: int) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=brokers)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(name, PARTITIONS, 1) for name in (FULL, QUIET)])
    finally:
        await admin.close()
    producer = AIOKafkaProducer(bootstrap_servers=brokers, acks="all", max_batch_size=900_000, linger_ms=20)
    await producer.start()
    try:
        for number in range(records):
            await producer.send(FULL, VALUE, key=b"c-%d" % number, partition=number % PARTITIONS)
    finally:
        await producer.stop()
