"""How many orders a second does the whole chain carry, and how long after its payment is an order active?

Orders and payments go in over Kafka as a storefront would publish them; the clocks are the broker's own append times,
so that no process's waiting is counted as the services'.
"""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from operations.play.buyers import Names
from operations.play.carts import DOCUMENTS, E_INVOICING, cart, transfer
from schemas.topics import ORDERS_EVENTS, PARTITIONS, PROVISIONING_EVENTS, STOREFRONT_INTAKE

TOTAL_CENTS = 3660


@dataclass(frozen=True, slots=True)
class Throughput:
    """How many orders went through, and how long that took."""

    orders: int
    seconds: float

    @property
    def per_second(self) -> float:
        """Return the rate."""
        return self.orders / self.seconds


@dataclass(frozen=True, slots=True)
class Latency:
    """From payment registered to order active, in milliseconds."""

    orders: int
    p50: float
    p99: float


class Watch:
    """Note when each order's milestone was appended to the log, by the broker's clock."""

    def __init__(self, consumer: AIOKafkaConsumer) -> None:
        self._consumer = consumer
        self.at: dict[tuple[str, str], int] = {}

    async def until(self, name: str, orders: Sequence[str], seconds: float) -> None:
        """Read on until every order has the milestone. Raises TimeoutError, saying how many lack it."""
        missing = {order for order in orders if (name, order) not in self.at}
        end = time.monotonic() + seconds
        while missing:
            if time.monotonic() > end:
                raise TimeoutError(f"{len(missing)} of {len(orders)} orders have no {name} after {seconds:.0f} s")
            for records in (await self._consumer.getmany(timeout_ms=200)).values():
                for record in records:
                    kind = dict(record.headers)["type"].decode().split(".")[1]
                    if kind in ("OrderPlaced", "OrderPriceNoted", "PaymentRegistered", "OrderActivated"):
                        order = json.loads(record.value)["data"]["order_id"]
                        self.at.setdefault((kind, order), record.timestamp)
                        if kind == name:
                            missing.discard(order)


@asynccontextmanager
async def watch(brokers: str) -> AsyncIterator[Watch]:
    """Follow the events of orders and provisioning from now on."""
    consumer = AIOKafkaConsumer(bootstrap_servers=brokers, enable_auto_commit=False, fetch_max_wait_ms=50)
    await consumer.start()
    topics = (ORDERS_EVENTS, PROVISIONING_EVENTS)
    places = [TopicPartition(topic, number) for topic in topics for number in range(PARTITIONS)]
    consumer.assign(places)
    await consumer.seek_to_end(*places)
    for place in places:
        await consumer.position(place)
    try:
        yield Watch(consumer)
    finally:
        await consumer.stop()


@asynccontextmanager
async def storefront(brokers: str) -> AsyncIterator[AIOKafkaProducer]:
    """Publish as a storefront's own client."""
    producer = AIOKafkaProducer(bootstrap_servers=brokers, acks="all", enable_idempotence=True)
    await producer.start()
    try:
        yield producer
    finally:
        await producer.stop()


async def throughput(brokers: str, orders: int) -> Throughput:
    """Place and pay that many first purchases as fast as they are taken; time first append to last activation."""
    names = Names()
    bought = {names.order(): names.buyer() for _ in range(orders)}
    async with watch(brokers) as seen, storefront(brokers) as producer:
        began = time.monotonic()
        carts = [cart(order, buyer, E_INVOICING, DOCUMENTS) for order, buyer in bought.items()]
        await _publish(producer, "storefront.OrderSubmitted.v1", [(b["customer"]["customer_id"], b) for b in carts])
        await seen.until("OrderPriceNoted", list(bought), 300)
        payments = [
            (buyer.customer_id, transfer(names.payment(), TOTAL_CENTS, order_id=order, customer_id=buyer.customer_id))
            for order, buyer in bought.items()
        ]
        await _publish(producer, "storefront.PaymentReceived.v1", payments)
        await seen.until("OrderActivated", list(bought), 300)
        return Throughput(orders, time.monotonic() - began)


async def latency(brokers: str, orders: int, per_second: float) -> Latency:
    """Pay orders that are priced at a steady rate; measure each from its registered payment to its activation."""
    names = Names()
    bought = {names.order(): names.buyer() for _ in range(orders)}
    async with watch(brokers) as seen, storefront(brokers) as producer:
        carts = [cart(order, buyer, E_INVOICING, DOCUMENTS) for order, buyer in bought.items()]
        await _publish(producer, "storefront.OrderSubmitted.v1", [(b["customer"]["customer_id"], b) for b in carts])
        await seen.until("OrderPriceNoted", list(bought), 300)
        due = time.monotonic()
        for order, buyer in bought.items():
            body = transfer(names.payment(), TOTAL_CENTS, order_id=order, customer_id=buyer.customer_id)
            await _publish(producer, "storefront.PaymentReceived.v1", [(buyer.customer_id, body)])
            due += 1 / per_second
            await asyncio.sleep(max(0.0, due - time.monotonic()))
        await seen.until("OrderActivated", list(bought), 120)
    taken = sorted(seen.at["OrderActivated", order] - seen.at["PaymentRegistered", order] for order in bought)
    return Latency(orders, _quantile(taken, 0.5), _quantile(taken, 0.99))


async def _publish(producer: AIOKafkaProducer, event_type: str, bodies: Sequence[tuple[str, dict[str, Any]]]) -> None:
    headers = [("content-type", b"application/cloudevents+json")]
    pending = []
    for customer_id, body in bodies:
        key = body.get("payment_id") or body["order_id"]
        event = {"specversion": "1.0", "id": key, "source": "/benchmark", "type": event_type, "subject": customer_id}
        value = json.dumps(event | {"datacontenttype": "application/json", "data": body}).encode()
        pending.append(await producer.send(STOREFRONT_INTAKE, value, key=customer_id.encode(), headers=headers))
    await asyncio.gather(*pending)


def _quantile(ordered: Sequence[int], share: float) -> float:
    return float(ordered[min(len(ordered) - 1, int(share * len(ordered)))])
