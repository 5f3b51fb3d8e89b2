"""How fast is the log exported, beside a raw read of the same topics, and how large is Parquet beside the log?

`python -m benchmarks.export [--orders N]`. A broker of its own gets what so many first purchases leave on the four
topics: some thirty records each, the services' own bookkeeping among them, every id and sealed block another. Then,
three times in turns: a raw read, which takes every record and looks at none, and an export into an empty folder. The
figures are medians.
"""

import argparse
import asyncio
import json
import logging
import os
import platform
import re
import shutil
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from pathlib import Path

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from deploy.local import stack
from deploy.local.layout import ROOT, Layout
from operations.export.checking import check
from operations.export.taking import Taken, take
from operations.surroundings import Surroundings
from runtime.clock import SystemClock
from runtime.kafka.topics import apply_topics
from runtime.wire.codec import headers_of
from schemas.topics import ANALYSED, PARTITIONS, TOPIC_OF

EXAMPLES = Path(__file__).parents[1] / "schemas" / "examples"
FIRST_PURCHASE = {
    "orders": (
        "OrderPlaced", "OrderPriceNoted", "PaymentRegistered", "OrderSettled", "ServiceNoted", "ServiceNoted",
        "OrderActivationNoted",
    ),
    "billing": ("OrderPriced", "PaymentNoted", "ServiceNoted", "ServiceNoted"),
    "provisioning": (
        "ServiceActivated", "ServiceActivated", "SignInSealed", "CredentialsIssued", "CredentialsDeliveryNoted",
        "OrderActivated", "InputNoted",
    ),
    "notifications": (
        "ContactNoted", "EmailRequested", "EmailRequested", "EmailSent", "EmailSent", "HandoverNoted", "PriceNoted",
        "PaymentNoted", "ExpiriesNoted", "ActivationNoted", "CredentialsNoted",
    ),
}  # fmt: skip
RECORDS = tuple(f"{service}.{name}" for service, names in FIRST_PURCHASE.items() for name in names)
BEGAN = datetime(2026, 1, 1, 8, tzinfo=UTC)
DAYS = 30
ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Read:
    """What was read or exported, and how long it took."""

    records: int
    seconds: float
    cpu_seconds: float

    @property
    def per_second(self) -> float:
        """Return the rate."""
        return self.records / self.seconds

    @property
    def per_cpu_second(self) -> float:
        """Return the rate that one core to itself would allow."""
        return self.records / self.cpu_seconds


def purchases(orders: int) -> Iterator[tuple[str, int, str, bytes, bytes]]:
    """Give the records of first purchases: topic, partition, type, key, value."""
    texts = {name: (EXAMPLES / f"{name}.v1.json").read_text() for name in set(RECORDS)}
    packed = {name: json.dumps(json.loads(text), separators=(",", ":")) for name, text in texts.items()}
    for number in range(orders):
        customer, at = f"c-{number:08}", BEGAN + timedelta(days=DAYS) * number / orders
        for place, name in enumerate(RECORDS):
            value = _another(packed[name], f"{number}-{place}", customer, f"o-{number:08}", at)
            yield TOPIC_OF[f"{name}.v1"], number % PARTITIONS, f"{name}.v1", customer.encode(), value.encode()


def _another(text: str, seed: str, customer: str, order: str, at: datetime) -> str:
    """Give a golden example other ids, another instant and other sealed bytes: nothing repeats that would not."""

    def drawn(found: re.Match[str]) -> str:
        length, digest = len(found["value"]), ""
        while len(digest) < length:
            digest += blake2b(f"{seed}{found['name']}{len(digest)}".encode()).hexdigest()
        return f'"{found["name"]}":"{digest[:length]}"'

    text = re.sub(r'"(?P<name>id|causationid|nonce|ciphertext|\w+_hash|statefp)":"(?P<value>[^"]+)"', drawn, text)
    text = re.sub(r'"time":"[^"]+"', f'"time":"{at:%Y-%m-%dT%H:%M:%S.%fZ}"', text)
    text = re.sub(r'"(subject|customer_id)":"[^"]+"', rf'"\1":"{customer}"', text)
    return re.sub(r'"(correlationid|order_id)":"[^"]+"', rf'"\1":"{order}"', text)


async def fill(brokers: str, orders: int) -> int:
    """Publish them as the relay does: uncompressed, in whole batches; return how many bytes the values have."""
    producer = AIOKafkaProducer(bootstrap_servers=brokers, acks="all", max_batch_size=900_000, linger_ms=20)
    await producer.start()
    size = 0
    try:
        for topic, partition, name, key, value in purchases(orders):
            size += len(value)
            await producer.send(topic, value, key=key, partition=partition, headers=list(headers_of(name, 1)))
    finally:
        await producer.stop()
    return size


async def raw_read(brokers: str) -> Read:
    """Take every record of the four topics, and look at none."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=brokers, enable_auto_commit=False, max_partition_fetch_bytes=4 << 20, fetch_max_wait_ms=100
    )
    await consumer.start()
    try:
        waiting = {TopicPartition(topic, number) for topic in ANALYSED for number in range(PARTITIONS)}
        ends = await consumer.end_offsets(waiting)
        began, cpu, records = time.monotonic(), time.process_time(), 0
        consumer.assign(sorted(waiting))
        await consumer.seek_to_beginning()
        while waiting:
            found = await consumer.getmany(timeout_ms=500)
            records += sum(map(len, found.values()))
            waiting = {at for at in waiting if await consumer.position(at) < ends[at]}
        return Read(records, time.monotonic() - began, time.process_time() - cpu)
    finally:
        await consumer.stop()


async def exported(brokers: str, root: Path) -> tuple[Read, Taken]:
    """Export everything into an empty folder, and hold it against its manifest."""
    shutil.rmtree(root, ignore_errors=True)
    began, cpu = time.monotonic(), time.process_time()
    taken = await take(Surroundings(brokers, "", {}, None), root, SystemClock(), silent=True)
    read = Read(taken.records, time.monotonic() - began, time.process_time() - cpu)
    if wrong := check(root, silent=True).wrong:
        raise AssertionError(wrong)
    return read, taken


async def measure(orders: int) -> None:
    """Start a broker, fill it, measure, print, stop it."""
    layout = Layout(ROOT / ".run" / "benchmark-export", port_offset=13000)
    await stack.down(layout)
    shutil.rmtree(layout.run, ignore_errors=True)
    await stack.up(layout, ("kafka",))
    try:
        brokers = layout.address("kafka")
        await apply_topics(brokers)
        values = await fill(brokers, orders)
        raw, done = [], []
        for _ in range(ROUNDS):
            raw.append(await raw_read(brokers))
            done.append(await exported(brokers, layout.run / "export"))
        segments = (layout.run / "kafka").rglob("*.events-*/*.log")
        _print(raw, done, values, sum(segment.stat().st_size for segment in segments))
    finally:
        await stack.down(layout)


def _print(raw: list[Read], done: list[tuple[Read, Taken]], values: int, log: int) -> None:
    machine = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
    print(f"machine: {machine}, load {os.getloadavg()[0]:.0f}")
    taken = done[0][1]
    events, parquet = taken.events.total(), sum(file.bytes for file in taken.manifest.files)
    print(f"{taken.records:,} records, {events:,} public events of {len(taken.events)} types over {DAYS} days")
    for what, rate in (("", "per_second"), (", by CPU time", "per_cpu_second")):
        reading = statistics.median(getattr(read, rate) for read in raw)
        exporting = statistics.median(getattr(read, rate) for read, _ in done)
        print(f"raw read{what}: {reading:,.0f} records/s")
        print(f"export{what}: {exporting:,.0f} records/s, {exporting * events / taken.records:,.0f} events/s")
        print(f"export to raw read{what}: {exporting / reading:.2f}")
    print(f"log: {log / 1e6:,.1f} MB on disk, {values / 1e6:,.1f} MB of values")
    print(f"Parquet: {parquet / 1e6:,.1f} MB in {len(taken.manifest.files)} files, {parquet / log:.3f} of the log")
    print(f"bytes an event in Parquet: {parquet / events:,.0f}")


def main() -> None:
    """Read the command line."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # while the broker starts, a refused connection is no news
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--orders", type=int, default=3000, help="first purchases on the log")
    asyncio.run(measure(parser.parse_args().orders))


if __name__ == "__main__":
    main()
