"""How fast is the log exported, beside a raw read of the same topics?

A broker of its own gets what so many first purchases leave on the four topics: some thirty records each, the services'
own bookkeeping among them, every id and sealed block another.
"""

import json
import re
import shutil
import time
from collections.abc import AsyncIterator, Collection, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from itertools import groupby
from pathlib import Path
from typing import Any

from aiokafka import AIOKafkaProducer

from benchmarks.reads import getmany
from benchmarks.stages.stage import Opened, Sizes, fresh_stack
from benchmarks.takes import RATE, Take
from operations.export.checking import check
from operations.export.taking import take
from operations.surroundings import Surroundings
from runtime.clock import SystemClock
from runtime.kafka.topics import apply_topics
from runtime.wire.codec import headers_of
from schemas.topics import ANALYSED, ORDERS_EVENTS, PARTITIONS, TOPIC_OF

EXAMPLES = Path(__file__).parents[2] / "schemas" / "examples"
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


def purchases(orders: int) -> Iterator[tuple[str, int, str, bytes, bytes]]:
    """Give the records of first purchases: topic, partition, type, key, value."""
    texts = {name: (EXAMPLES / f"{name}.v1.json").read_text() for name in set(RECORDS)}
    packed = {name: json.dumps(json.loads(text), separators=(",", ":")) for name, text in texts.items()}
    for number in range(orders):
        customer, at = f"c-{number:08}", BEGAN + timedelta(days=DAYS) * number / orders
        for place, name in enumerate(RECORDS):
            value = _another(packed[name], f"{number}-{place}", customer, f"o-{number:08}", at)
            yield TOPIC_OF[f"{name}.v1"], number % PARTITIONS, f"{name}.v1", customer.encode(), value.encode()


def orders_alone(orders: int) -> Iterator[list[dict[str, Any]]]:
    """Give what each purchase leaves on the topic of orders, each event with its account's next version."""
    found = (json.loads(value) for topic, _, _, _, value in purchases(orders) if topic == ORDERS_EVENTS)
    for _, events in groupby(found, key=lambda event: event["subject"]):
        yield [{**event, "sequence": str(version)} for version, event in enumerate(events, 1)]


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


async def fill(brokers: str, orders: int) -> None:
    """Publish them as the relay does: uncompressed, in whole batches."""
    producer = AIOKafkaProducer(bootstrap_servers=brokers, acks="all", max_batch_size=900_000, linger_ms=20)
    await producer.start()
    try:
        for topic, partition, name, key, value in purchases(orders):
            await producer.send(topic, value, key=key, partition=partition, headers=list(headers_of(name, 1)))
    finally:
        await producer.stop()


@asynccontextmanager
async def exporting(sizes: Sizes, names: Collection[str]) -> AsyncIterator[Opened]:
    """Start a broker and fill it."""
    async with fresh_stack(("kafka",)) as layout:
        brokers = layout.address("kafka")
        await apply_topics(brokers)
        await fill(brokers, sizes.exported)
        records = sizes.exported * len(RECORDS)
        yield Opened(layout, {
            "export": lambda: _exported(brokers, layout.run / "export", records),
            "getmany": lambda: getmany(brokers, ANALYSED, records),
        })  # fmt: skip


async def _exported(brokers: str, root: Path, records: int) -> Take:
    """Export everything into an empty folder; wrong unless it agrees with its manifest and nothing is missing."""
    shutil.rmtree(root, ignore_errors=True)
    began = time.perf_counter()
    taken = await take(Surroundings(brokers, "", {}, None), root, SystemClock(), silent=True)
    seconds = time.perf_counter() - began
    wrong = "; ".join(map(str, check(root, silent=True).wrong))
    if taken.records != records:
        wrong = f"{taken.records} of {records} records were exported"
    return Take({RATE: records / seconds}, records, wrong)
