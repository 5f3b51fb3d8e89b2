"""A feeder in a process of its own: Faust's as the services use it, or aiokafka's own group consumer in its place."""

import asyncio
import json
import secrets
import sys
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from runtime.kafka.log import LogRecord, Partition
from runtime.process.feeder import Fed, Feeder
from schemas.topics import PARTITIONS

Queue = asyncio.Queue[Fed]
Starts = Mapping[int, int]
BETWEEN_SECONDS = 0.02
"""Fifty records a second: each finds a consumer that waits."""
UNCOUNTED = 20
"""The first records find a group that has just settled."""


@asynccontextmanager
async def faust(told: Mapping[str, Any], starts: Starts, queue: Queue) -> AsyncIterator[None]:
    """Feed as the services are fed."""

    async def positions(assigned: set[Partition], _: int) -> dict[Partition, int]:
        return {place: starts[place[1]] for place in assigned}

    group, topics = f"benchmark-{secrets.token_hex(4)}", (told["topic"],)
    data = Path(told["data"]) / group
    feeder = Feeder(brokers=told["brokers"], group=group, topics=topics, positions=positions, data=data, queue=queue)
    await feeder.start()
    try:
        yield
    finally:
        await feeder.stop()


@asynccontextmanager
async def aiokafka(told: Mapping[str, Any], starts: Starts, queue: Queue) -> AsyncIterator[None]:
    """Feed with a bare consumer of a group: batches as they come, offsets committed each second."""
    group = f"benchmark-{secrets.token_hex(4)}"
    consumer = AIOKafkaConsumer(
        bootstrap_servers=told["brokers"], group_id=group, enable_auto_commit=False, session_timeout_ms=30_000,
        isolation_level="read_committed",
    )  # fmt: skip
    consumer.subscribe([told["topic"]])
    await consumer.start()
    for number, offset in starts.items():
        consumer.seek(TopicPartition(told["topic"], number), offset)
    done: dict[TopicPartition, int] = {}

    async def feed() -> None:
        while True:
            for place, records in (await consumer.getmany(timeout_ms=500, max_records=1000)).items():
                for each in records:
                    record = LogRecord(each.topic, each.partition, each.offset, each.key, each.value, each.headers)
                    await queue.put(Fed(record, _noting(done, place, each.offset + 1), 0))

    async def commit() -> None:
        while True:
            await asyncio.sleep(1)
            if done:
                await consumer.commit(dict(done))

    tasks = [asyncio.create_task(feed()), asyncio.create_task(commit())]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await consumer.stop()


async def fast(told: Mapping[str, Any]) -> dict[str, Any]:
    """Take all that stands in a topic; timed from the first record on, when the group is settled."""
    queue: Queue = asyncio.Queue(maxsize=2000)
    async with WAYS[told["way"]](told, dict.fromkeys(range(PARTITIONS), 0), queue):
        seen = {await _taken(queue)}
        began, cpu = time.perf_counter(), time.process_time()
        for _ in range(told["records"] - 1):
            seen.add(await _taken(queue))
        seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
    twice = told["records"] - len(seen)
    return {"seconds": seconds, "cpu_seconds": cpu, "wrong": f"{twice} records came twice" if twice else ""}


async def slow(told: Mapping[str, Any]) -> dict[str, Any]:
    """Send one record at a time, and take each; the delay is from before it is sent until it is in hand."""
    queue: Queue = asyncio.Queue(maxsize=2000)
    producer = AIOKafkaProducer(bootstrap_servers=told["brokers"], acks="all")
    await producer.start()
    try:
        starts = dict.fromkeys(range(PARTITIONS), 0)
        starts |= await _ends(told["brokers"], told["topic"])
        async with WAYS[told["way"]](told, starts, queue):
            delays: list[float] = []
            cpu = 0.0
            for number in range(told["records"] + UNCOUNTED):
                if number == UNCOUNTED:
                    cpu = time.process_time()
                began = time.perf_counter()
                await producer.send_and_wait(told["topic"], b"x" * 640, partition=number % PARTITIONS)
                await _taken(queue)
                delays.append((time.perf_counter() - began) * 1000)
                await asyncio.sleep(BETWEEN_SECONDS)
            return {"delays_ms": delays[UNCOUNTED:], "cpu_seconds": time.process_time() - cpu, "wrong": ""}
    finally:
        await producer.stop()


async def _ends(brokers: str, topic: str) -> dict[int, int]:
    consumer = AIOKafkaConsumer(bootstrap_servers=brokers)
    await consumer.start()
    try:
        places = [TopicPartition(topic, number) for number in range(PARTITIONS)]
        return {place.partition: end for place, end in (await consumer.end_offsets(places)).items()}
    finally:
        await consumer.stop()


async def _taken(queue: Queue) -> tuple[int, int]:
    fed = await queue.get()
    fed.acknowledge()
    return fed.record.partition, fed.record.offset


def _noting(done: dict[TopicPartition, int], place: TopicPartition, offset: int) -> Callable[[], None]:
    def note() -> None:
        done[place] = offset

    return note


WAYS = {"faust": faust, "aiokafka": aiokafka}

if __name__ == "__main__":
    told = json.loads(sys.argv[1])
    print(json.dumps(asyncio.run(asyncio.wait_for(slow(told) if told.get("slow") else fast(told), 150))))
