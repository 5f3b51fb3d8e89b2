"""Where does a long history come from? From real purchases, told again under other names until it is long enough."""

import asyncio
import json
import os
import statistics
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from aiokafka import AIOKafkaProducer

from operations.reading import survey
from operations.surroundings import Surroundings, declaration
from runtime.ids import partition_of
from runtime.wire.codec import encode_state, headers_of
from runtime.wire.fingerprint import fingerprint_of
from runtime.wire.lens import read_own
from schemas.topics import ORDERS_EVENTS

Template = tuple[str, str, list[bytes]]
"""A customer, its order, and the values of its events in order."""


async def templates_of(where: Surroundings) -> list[Template]:
    """Return the histories of customers that bought once."""
    log = await survey(where.brokers, [ORDERS_EVENTS])
    found: dict[str, list[bytes]] = {}
    for records in log.records.values():
        for record in records:
            found.setdefault((record.key or b"").decode(), []).append(record.value or b"")
    placed = {customer: json.loads(values[0])["data"].get("order_id") for customer, values in found.items()}
    return [(customer, placed[customer], values) for customer, values in found.items() if len(values) > 5][:200]


def accounts_for(events: int, templates: Sequence[Template]) -> int:
    """Return how many accounts have so many events after one round."""
    return max(1, int(events / statistics.mean(len(values) for _, _, values in templates)))


async def fill(brokers: str, namespace: str, templates: Sequence[Template], accounts: int, rounds: int) -> int:
    """Publish so many accounts' histories, each so many rounds long, from a process per core; return their events."""
    loop, count = asyncio.get_running_loop(), os.cpu_count() or 1
    with ProcessPoolExecutor(count, mp_context=get_context("spawn")) as pool:
        shares = [range(accounts)[number::count] for number in range(count)]
        published = await asyncio.gather(
            *(loop.run_in_executor(pool, _publish, brokers, namespace, templates, share, rounds) for share in shares)
        )
    return sum(published)


def values_of(templates: Sequence[Template], account: int, rounds: int = 1) -> list[bytes]:
    """Return the history of one account."""
    return [value for _, value, _ in _copies(templates[account % len(templates)], account, rounds)]


def _publish(brokers: str, namespace: str, templates: Sequence[Template], accounts: range, rounds: int) -> int:
    async def send() -> int:
        producer = AIOKafkaProducer(bootstrap_servers=brokers, acks="all", linger_ms=20, max_batch_size=1 << 19)
        await producer.start()
        sent = 0
        try:
            for number in accounts:
                for customer, value, headers in _copies(templates[number % len(templates)], number, rounds):
                    place = partition_of(customer)
                    await producer.send(namespace + ORDERS_EVENTS, value, customer.encode(), place, headers=headers)
                    sent += 1
        finally:
            await producer.stop()
        return sent

    return asyncio.run(send())


def _copies(template: Template, number: int, rounds: int) -> Iterator[tuple[str, bytes, list[tuple[str, bytes]]]]:
    """Give a customer's history again under other names, so many times over, each event with its own fingerprint."""
    service = declaration("orders")
    before, order, values = template
    customer = f"b{number:0{len(before) - 1}d}"[-len(before) :]
    state, version = service.initial(), 0
    for cycle in range(rounds):
        another = f"{cycle}x{customer}"
        for value in values:
            version += 1
            copied = value.replace(before.encode(), customer.encode()).replace(order.encode(), another.encode())
            kind = _between(copied, b'"type":"')
            read = read_own(copied, [("type", kind)])
            state = service.evolve(state, read.event)
            if read.fingerprint is not None:
                fingerprint = fingerprint_of(service.fold_version, encode_state(state))
                copied = copied.replace(read.fingerprint.encode(), fingerprint.encode(), 1)
            old, new = (f'"sequence":"{each}"'.encode() for each in (read.version, version))
            yield customer, copied.replace(old, new, 1), list(headers_of(kind.decode(), version))


def _between(value: bytes, before: bytes) -> bytes:
    return value.partition(before)[2].partition(b'"')[0]
