"""How fast is a history folded into new tables, beside a bare read of it, and how long does a swap hold commits?

A stack of its own plays real first purchases; their events of orders are then copied under other customers and orders,
each copy with the fingerprints of its own fold, until the topic is as long as asked. Rebuilt tables are compared with
the live ones whole, so that a figure stands only for a rebuild that proved itself.
"""

import argparse
import asyncio
import contextlib
import os
import platform
import resource
import shutil
import statistics
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from aiokafka import AIOKafkaConsumer, TopicPartition
from rich.console import Console
from rich.table import Table

from benchmarks.chain import latency, throughput
from benchmarks.histories import accounts_for, fill, templates_of
from deploy.local import stack
from deploy.local.layout import ROOT, SERVICES, Layout
from operations.progress import ProgressDisplay
from operations.rebuild.conduct import Options
from operations.rebuild.report import Report
from operations.rebuild.starting import rebuild
from operations.surroundings import Surroundings, declaration, find
from operations.verify.gathering import drain
from runtime.ids import PARTITIONS
from runtime.kafka.topics import apply_topics
from runtime.postgres.rebuild.rebuilds import rebuilds
from schemas.topics import ORDERS_EVENTS

SILENT = ProgressDisplay(silent=True)
TIMES = 10
"""So much longer is the long history, of the same accounts."""


@dataclass(frozen=True, slots=True)
class Take:
    """One read or rebuild of a history: events a second by the clock, and CPU microseconds an event."""

    rate: float
    cpu_us: float


@dataclass
class Measured:
    """What was taken of one history."""

    events: int
    reads: list[Take] = field(default_factory=list)
    rebuilds: list[Take] = field(default_factory=list)
    alone: list[Take] = field(default_factory=list)
    peak_mib: float = 0.0
    """The most memory that a folding process held."""

    def ratios(self) -> list[float]:
        """Compare each rebuild with the bare read beside it."""
        return [made.rate / read.rate for made, read in zip(self.rebuilds, self.reads, strict=True)]


def main() -> None:
    """Measure, print one table, stop the stack."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=1_000_000, help="length of the long history")
    parser.add_argument("--repeats", type=int, default=5, help="reads and rebuilds of each history, in turns, at most")
    parser.add_argument("--minutes", type=float, default=13, help="no more repeats once so much time is gone")
    parser.add_argument("--swaps", type=int, default=50, help="rebuilds under load, for how long commits are held")
    parser.add_argument("--load", type=float, default=4.0, help="orders a second that come meanwhile")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--alone", action="store_true", help="also with one folding process")
    parser.add_argument("--keep", action="store_true", help="leave the stack running")
    asyncio.run(_measure(parser.parse_args()))


async def _measure(options: argparse.Namespace) -> None:
    began = time.monotonic()
    layout = Layout(ROOT / ".run" / "benchmark-rebuild", port_offset=8000)
    await stack.down(layout)
    shutil.rmtree(layout.run, ignore_errors=True)
    await stack.up(layout)
    try:
        where = find(layout.endpoints)
        await throughput(layout.address("kafka"), 40)
        held = await _swaps_under_load(layout, where, options)
        _say(began, f"{len(held)} swaps are done")
        await drain(where, 60)
        templates = await templates_of(where)
        await stack.down(layout, SERVICES)
        accounts = accounts_for(options.events // TIMES, templates)
        histories = []
        for namespace, rounds in (("short.", 1), ("long.", TIMES)):
            there = Surroundings(
                where.brokers, namespace, where.described, where.owner_dsn, where.serving_dsn, where.is_production
            )
            await apply_topics(there.brokers, namespace)
            await fill(str(there.brokers), namespace, templates, accounts, rounds)
            _say(began, f"{namespace}{ORDERS_EVENTS} is filled")
            histories.append(await _taken(there, options, began))
            _say(began, f"{histories[-1].events:,} events were rebuilt {len(histories[-1].rebuilds)} times")
    finally:
        if not options.keep:
            await stack.down(layout)
    _print(histories, held, options, began)


async def _taken(where: Surroundings, options: argparse.Namespace, began: float) -> Measured:
    first = await _rebuilt(where, options.workers, accept_diff=True)  # the live tables are those of another history
    measured = Measured(first.events)
    while len(measured.rebuilds) < options.repeats:
        turn = time.monotonic()
        measured.reads.append(await _raw_read(str(where.brokers), where.namespace + ORDERS_EVENTS, first.events))
        measured.rebuilds.append(await _take(where, options.workers, measured))
        if options.alone:
            measured.alone.append(await _take(where, 1, measured))
        now = time.monotonic()
        if now - began + (now - turn) > options.minutes * 60:
            break
    return measured


async def _take(where: Surroundings, workers: int, measured: Measured) -> Take:
    before = _children_cpu()
    async with _watched(measured):
        report = await _rebuilt(where, workers)
    return Take(report.events / report.seconds, (_children_cpu() - before) / report.events * 1e6)


async def _rebuilt(where: Surroundings, workers: int, accept_diff: bool = False) -> Report:
    report = await rebuild(where, "orders", Options(workers, accept_diff=accept_diff), SILENT)
    if not accept_diff and not report.is_equal:
        raise AssertionError("a figure of a rebuild that is not equal says nothing")
    async with rebuilds(where.dsn("orders"), declaration("orders")) as book:
        await book.drop_retired()
    return report


async def _swaps_under_load(layout: Layout, where: Surroundings, options: argparse.Namespace) -> list[float]:
    """Rebuild orders again and again while it sells; return for how many milliseconds its commits were held."""
    held: list[float] = []
    enough = asyncio.Event()
    selling = asyncio.create_task(_sell(layout.address("kafka"), options.load, enough))
    try:
        while len(held) < options.swaps and not selling.done():
            report = await _rebuilt(where, 1)
            held.append(report.held_ms or 0.0)
    finally:
        enough.set()
        await selling
    return held


async def _sell(brokers: str, per_second: float, enough: asyncio.Event) -> None:
    """Sell until it is enough; what was begun is ended, so that nothing is left unpublished."""
    while not enough.is_set():
        await latency(brokers, max(8, int(per_second * 8)), per_second)


async def _raw_read(brokers: str, topic: str, events: int) -> Take:
    """Read the topic with `getmany`, count the values and do nothing with them."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=brokers, enable_auto_commit=False, isolation_level="read_committed",
        max_partition_fetch_bytes=4 << 20,
    )  # fmt: skip
    await consumer.start()
    try:
        places = [TopicPartition(topic, number) for number in range(PARTITIONS)]
        consumer.assign(places)
        await consumer.seek_to_beginning(*places)
        began, cpu, seen = time.perf_counter(), time.process_time(), 0
        while seen < events:
            seen += sum(len(records) for records in (await consumer.getmany(timeout_ms=1000)).values())
        return Take(seen / (time.perf_counter() - began), (time.process_time() - cpu) / seen * 1e6)
    finally:
        await consumer.stop()


@asynccontextmanager
async def _watched(measured: Measured) -> AsyncIterator[None]:
    async def watch() -> None:
        while True:
            measured.peak_mib = max([measured.peak_mib, *_children_peaks()])
            await asyncio.sleep(0.2)

    watching = asyncio.create_task(watch())
    try:
        yield
    finally:
        watching.cancel()


def _children_cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _children_peaks() -> Iterator[float]:
    for children in Path("/proc/self/task").glob("*/children"):
        for pid in children.read_text().split():
            with contextlib.suppress(OSError, ValueError):
                if b"operations.rebuild.folding" not in Path(f"/proc/{pid}/cmdline").read_bytes():
                    continue
                lines = Path(f"/proc/{pid}/status").read_text().splitlines()
                yield from (int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM:"))


def _say(began: float, what: str) -> None:
    print(f"{time.monotonic() - began:5.0f} s  {what}", flush=True)


def _print(
    histories: Sequence[Measured], held: Sequence[float], options: argparse.Namespace, began: float
) -> None:  # fmt: skip
    table = Table("", "1 x history", f"{TIMES} x history", title="A rebuild of orders: median (least to most)")
    rows = {
        "events": [f"{each.events:,}" for each in histories],
        f"rebuild with {options.workers} processes, events/s": [
            _spread([t.rate for t in h.rebuilds]) for h in histories
        ],
        "rebuild with 1 process, events/s": [_spread([t.rate for t in h.alone]) for h in histories],
        "bare getmany, records/s": [_spread([take.rate for take in h.reads]) for h in histories],
        "rebuild ÷ getmany": [_spread(h.ratios(), 2) for h in histories],
        "CPU of the folding processes, µs an event": [_spread([t.cpu_us for t in h.rebuilds]) for h in histories],
        "CPU of bare getmany, µs a record": [_spread([take.cpu_us for take in h.reads]) for h in histories],
        "most memory of a folding process, MiB": [f"{h.peak_mib:.0f}" for h in histories],
    }
    for name, cells in rows.items():
        if any(cells):
            table.add_row(name, *cells)
    console = Console(width=100)
    console.print(table)
    console.print(
        f"memory at {TIMES} x history: {histories[1].peak_mib / histories[0].peak_mib:.2f} x", highlight=False
    )
    if held:
        ordered = sorted(held)
        p99 = ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]
        console.print(
            f"commits held at {len(held)} swaps, {options.load:g} orders a second coming in: p50 "
            f"{statistics.median(ordered):.1f} ms, p99 {p99:.1f} ms, most {ordered[-1]:.1f} ms",
            highlight=False,
        )
    console.print(
        f"machine: {os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}, load "
        f"{os.getloadavg()[0]:.1f} at the end; {(time.monotonic() - began) / 60:.1f} minutes in all",
        highlight=False,
    )


def _spread(values: Sequence[float], digits: int = 0) -> str:
    if not values:
        return ""
    middle, least, most = statistics.median(values), min(values), max(values)
    return f"{middle:,.{digits}f} ({least:,.{digits}f} to {most:,.{digits}f})"


if __name__ == "__main__":
    main()
