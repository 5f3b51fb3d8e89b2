"""How fast is a history folded into new tables, beside a bare read of it, and how long does a swap hold commits?

A stack of its own plays real first purchases; their events of orders are then copied under other customers and orders,
each copy with the fingerprints of its own fold, until the topic is as long as asked. Rebuilt tables are compared with
the live ones whole, so that a figure stands only for a rebuild that proved itself.
"""

import argparse
import asyncio
import contextlib
import json
import os
import platform
import shutil
import statistics
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from benchmarks.chain import throughput
from deploy.local import stack
from deploy.local.layout import ROOT, SERVICES, Layout
from operations.rebuild.conduct import Options
from operations.rebuild.report import Report
from operations.rebuild.shown import Shown
from operations.rebuild.starting import rebuild
from operations.surroundings import Surroundings, declaration, find
from runtime.codec import decode_attributes, decode_event, headers_of
from runtime.fingerprint import state_fingerprint
from runtime.ids import PARTITIONS, partition_of
from runtime.kafka.survey import survey
from runtime.kafka.topics import apply_topics
from schemas.topics import ORDERS_EVENTS

SILENT = Shown(silent=True)
Template = tuple[str, str, list[bytes]]
"""A customer, its order, and the values of its events in order."""


@dataclass
class Peak:
    """The most memory that any child of this process held, in MiB."""

    mib: float = 0.0


@dataclass
class Measured:
    """What was taken of one history."""

    events: int
    reads: list[float] = field(default_factory=list)
    rebuilds: list[float] = field(default_factory=list)
    alone: float | None = None
    peak: Peak = field(default_factory=Peak)


def main() -> None:
    """Measure, print one table, stop the stack."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=1_000_000, help="length of the long history")
    parser.add_argument("--repeats", type=int, default=3, help="reads and rebuilds of it, in turns")
    parser.add_argument("--swaps", type=int, default=50, help="rebuilds under load, for how long commits are held")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--alone", action="store_true", help="also with one folding process")
    parser.add_argument("--keep", action="store_true", help="leave the stack running")
    asyncio.run(_measure(**vars(parser.parse_args())))


async def _measure(events: int, repeats: int, swaps: int, workers: int, alone: bool, keep: bool) -> None:
    layout = Layout(ROOT / ".run" / "benchmark-rebuild", port_offset=8000)
    await stack.down(layout)
    shutil.rmtree(layout.run, ignore_errors=True)
    await stack.up(layout)
    try:
        where = find(layout.endpoints)
        await throughput(layout.address("kafka"), 40)
        held = [await _swap_under_load(layout, where) for _ in range(swaps)]
        templates = await _templates(where)
        await stack.down(layout, SERVICES)
        average = statistics.mean(len(values) for _, _, values in templates)
        accounts = int(events / 10 / average)
        short = await _history(where, "short.", templates, accounts, 1, 1, workers, alone)
        long = await _history(where, "long.", templates, accounts, 10, repeats, workers, alone)
    finally:
        if not keep:
            await stack.down(layout)
    _print(short, long, held, workers)


async def _history(
    where: Surroundings, namespace: str, templates: Sequence[Template], accounts: int, cycles: int, repeats: int,
    workers: int, alone: bool,
) -> Measured:  # fmt: skip
    there = Surroundings(
        where.brokers, namespace, where.described, where.owner_dsn, where.serving_dsn, where.is_production
    )
    await apply_topics(there.brokers, namespace)
    await _fill(str(there.brokers), namespace, templates, accounts, cycles)
    first = await _rebuilt(there, workers, accept_diff=True)  # the live tables are those of another history
    measured = Measured(first.events)
    for _ in range(repeats):
        measured.reads.append(await _raw_read(str(there.brokers), namespace + ORDERS_EVENTS, first.events))
        async with _watched(measured.peak):
            report = await _rebuilt(there, workers)
        measured.rebuilds.append(report.events / report.seconds)
    if alone:
        measured.alone = (await _rebuilt(there, 1)).rate
    return measured


async def _rebuilt(where: Surroundings, workers: int, accept_diff: bool = False) -> Report:
    report = await rebuild(where, "orders", Options(workers, accept_diff=accept_diff), SILENT)
    if not accept_diff and not report.is_equal:
        raise AssertionError("a figure of a rebuild that is not equal says nothing")
    return report


async def _swap_under_load(layout: Layout, where: Surroundings) -> float:
    """Rebuild orders while it sells; return for how many milliseconds its commits were held."""
    selling = asyncio.create_task(throughput(layout.address("kafka"), 20))
    report = await _rebuilt(where, 1)
    await selling
    return report.held_ms or 0.0


async def _templates(where: Surroundings) -> list[Template]:
    """Return the histories of customers that bought once."""
    log = await survey(where.brokers, [ORDERS_EVENTS])
    found: dict[str, list[bytes]] = {}
    for records in log.records.values():
        for record in records:
            found.setdefault((record.key or b"").decode(), []).append(record.value or b"")
    placed = {customer: json.loads(values[0])["data"].get("order_id") for customer, values in found.items()}
    return [(customer, placed[customer], values) for customer, values in found.items() if len(values) > 5][:200]


async def _fill(brokers: str, namespace: str, templates: Sequence[Template], accounts: int, cycles: int) -> None:
    loop, count = asyncio.get_running_loop(), os.cpu_count() or 1
    with ProcessPoolExecutor(count, mp_context=get_context("spawn")) as pool:
        shares = [range(accounts)[number::count] for number in range(count)]
        await asyncio.gather(
            *(loop.run_in_executor(pool, _publish, brokers, namespace, templates, share, cycles) for share in shares)
        )


def _publish(brokers: str, namespace: str, templates: Sequence[Template], accounts: range, cycles: int) -> None:
    async def send() -> None:
        producer = AIOKafkaProducer(bootstrap_servers=brokers, acks="all", linger_ms=20, max_batch_size=1 << 19)
        await producer.start()
        try:
            for number in accounts:
                for customer, value, kind, version in _copies(templates[number % len(templates)], number, cycles):
                    headers = [(name, text) for name, text in headers_of(kind, version)]
                    place = partition_of(customer)
                    await producer.send(namespace + ORDERS_EVENTS, value, customer.encode(), place, headers=headers)
        finally:
            await producer.stop()

    asyncio.run(send())


def _copies(template: Template, number: int, cycles: int) -> Iterator[tuple[str, bytes, str, int]]:
    """Give a customer's history again under other names, so many times over, each event with its own fingerprint."""
    service = declaration("orders")
    before, order, values = template
    customer = f"b{number:0{len(before) - 1}d}"[-len(before) :]
    state, version = service.initial(), 0
    for cycle in range(cycles):
        another = f"{cycle}x{customer}"
        for value in values:
            version += 1
            copied = value.replace(before.encode(), customer.encode()).replace(order.encode(), another.encode())
            attributes = decode_attributes(copied)
            state = service.evolve(state, decode_event(attributes))
            said = attributes.statefp
            if said is not None:
                fingerprint = state_fingerprint(service.fold_version, state)
                copied = copied.replace(said.encode(), fingerprint.encode(), 1)
            old = f'"sequence":"{attributes.sequence}"'.encode()
            yield customer, copied.replace(old, f'"sequence":"{version}"'.encode(), 1), attributes.type, version


async def _raw_read(brokers: str, topic: str, events: int) -> float:
    """Read the topic with `getmany`, count the values and do nothing with them; return records a second."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=brokers, enable_auto_commit=False, isolation_level="read_committed",
        max_partition_fetch_bytes=4 << 20,
    )  # fmt: skip
    await consumer.start()
    try:
        places = [TopicPartition(topic, number) for number in range(PARTITIONS)]
        consumer.assign(places)
        await consumer.seek_to_beginning(*places)
        began, seen = time.perf_counter(), 0
        while seen < events:
            seen += sum(len(records) for records in (await consumer.getmany(timeout_ms=1000)).values())
        return seen / (time.perf_counter() - began)
    finally:
        await consumer.stop()


@asynccontextmanager
async def _watched(peak: Peak) -> AsyncIterator[None]:
    async def watch() -> None:
        while True:
            peak.mib = max([peak.mib, *_children_peaks()])
            await asyncio.sleep(0.2)

    watching = asyncio.create_task(watch())
    try:
        yield
    finally:
        watching.cancel()


def _children_peaks() -> Iterator[float]:
    for children in Path("/proc/self/task").glob("*/children"):
        for pid in children.read_text().split():
            with contextlib.suppress(OSError, ValueError):
                if b"operations.rebuild.folding" not in Path(f"/proc/{pid}/cmdline").read_bytes():
                    continue
                lines = Path(f"/proc/{pid}/status").read_text().splitlines()
                yield from (int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM:"))


def _print(short: Measured, long: Measured, held: Sequence[float], workers: int) -> None:
    print(f"machine: {os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}")
    print(f"load: {os.getloadavg()[0]:.1f} (1 min) at the end")
    for name, measured in (("1 x history", short), ("10 x history", long)):
        rate, read = statistics.median(measured.rebuilds), statistics.median(measured.reads)
        print(
            f"{name}: {measured.events:,} events rebuilt, compared and swapped at {rate:,.0f} events/s with {workers} "
            f"processes; bare getmany {read:,.0f} records/s: ratio {rate / read:.2f}"
        )
        print(f"    a folding process held {measured.peak.mib:.0f} MiB at most")
        if measured.alone is not None:
            print(f"    one process alone: {measured.alone:,.0f} events/s")
    spread = [f"{rate:,.0f}" for rate in long.rebuilds]
    print(f"    rebuilds one by one: {', '.join(spread)} events/s; reads: {', '.join(f'{r:,.0f}' for r in long.reads)}")
    print(f"memory at 10 x history: {long.peak.mib / short.peak.mib:.2f} x")
    if held:
        ordered = sorted(held)
        p99 = ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]
        print(
            f"commits held at {len(held)} swaps under load: p50 {statistics.median(ordered):.1f} ms, p99 {p99:.1f} ms, "
            f"most {ordered[-1]:.1f} ms"
        )


if __name__ == "__main__":
    main()
