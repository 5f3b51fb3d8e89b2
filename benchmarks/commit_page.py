"""What does the commit page cost, fed from memory: a batch of one, and a batch of what waits?

`python -m benchmarks.commit_page`. Billing prices orders: each input is read, decided, folded into state and rows,
journalled with two events, its position moved. Beside it, in the same run and on the same disk, bare commits: one row,
one update, one fsync each. Rates are medians of interleaved repeats.
"""

import argparse
import asyncio
import json
import shutil
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from deploy.local import stack
from deploy.local.layout import ROOT, Layout
from runtime.clock import SetClock
from runtime.commit.page import Position, commit
from runtime.ids import command_id
from runtime.kafka.log import LogRecord
from runtime.postgres.migrate import ensure_generation, migrate, role_of
from runtime.postgres.store import PostgresStore, connect
from runtime.wire.reading import read_record
from schemas.topics import ORDERS_EVENTS
from services.billing.declaration import declare

BILLING = declare()
PLACE = (ORDERS_EVENTS, 3)
EXAMPLE = json.loads((Path(__file__).parents[1] / "schemas/examples/orders.OrderPlaced.v1.json").read_text())
NOW = datetime(2026, 1, 15, 9, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Rate:
    """How fast inputs were committed, and how long a batch took, in milliseconds."""

    per_second: float
    p50: float
    p99: float


class Page:
    """Commit orders of ever new customers on one store, from one partition."""

    def __init__(self, store: PostgresStore) -> None:
        self._store = store
        self._expected = {PLACE: Position(0)}
        self._offset = 0

    async def run(self, inputs: int, size: int) -> Rate:
        """Commit that many inputs in batches of a size. Raises AssertionError unless each left its events."""
        batches = [self._batch(min(size, inputs - start)) for start in range(0, inputs, size)]
        taken = []
        began = time.perf_counter()
        for batch in batches:
            at = time.perf_counter()
            read = [read_record(BILLING, ORDERS_EVENTS, record) for record in batch]
            results = await commit(BILLING, self._store, read, self._expected, SetClock(NOW))
            taken.append((time.perf_counter() - at) * 1000)
            assert all(len(result.recorded) > 0 for result in results), results
        elapsed = time.perf_counter() - began
        taken.sort()
        return Rate(inputs / elapsed, taken[len(taken) // 2], taken[min(len(taken) - 1, int(len(taken) * 0.99))])

    def _batch(self, size: int) -> Sequence[LogRecord]:
        records = []
        for _ in range(size):
            offset, self._offset = self._offset, self._offset + 1
            customer = f"c-{offset}"
            event = EXAMPLE | {
                "id": str(command_id("benchmark", customer)),
                "subject": customer,
                "sequence": "1",
                "correlationid": f"o-{offset}",
                "data": EXAMPLE["data"] | {"customer_id": customer, "order_id": f"o-{offset}"},
            }
            records.append(LogRecord(*PLACE, offset, customer.encode(), json.dumps(event).encode(), ()))
        return records


async def bare_commits(dsn: str, seconds: float) -> float:
    """Update one row and commit, over and over; return commits a second."""
    connection = await connect(dsn)
    try:
        await connection.execute("CREATE TABLE IF NOT EXISTS public.bare (id integer PRIMARY KEY, value bigint)")
        await connection.execute("INSERT INTO public.bare VALUES (1, 0) ON CONFLICT DO NOTHING")
        done, began = 0, time.perf_counter()
        while time.perf_counter() - began < seconds:
            await connection.execute("UPDATE public.bare SET value = value + 1 WHERE id = 1")
            done += 1
        return done / (time.perf_counter() - began)
    finally:
        await connection.close()


def main() -> None:
    """Start an empty PostgreSQL, measure, print one table, stop it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--inputs", type=int, default=2000, help="inputs of each repeat with large batches")
    asyncio.run(_measure(**vars(parser.parse_args())))


async def _measure(repeats: int, inputs: int) -> None:
    layout = Layout(ROOT / ".run" / "benchmark", port_offset=7000)
    await stack.down(layout)
    shutil.rmtree(layout.run, ignore_errors=True)
    await stack.up(layout, ["postgres"])
    try:
        roles: dict[str, Any] = json.loads(layout.endpoints.read_text())["postgres"]["billing"]
        await migrate(roles["owner"], "service")
        await ensure_generation(roles["owner"], BILLING, role_of(roles["app"]))
        connection = await connect(roles["owner"])
        await connection.execute("INSERT INTO positions VALUES ($1, $2, 0)", *PLACE)
        await connection.close()
        await _repeat(roles, repeats, inputs)
    finally:
        await stack.down(layout)


async def _repeat(roles: dict[str, Any], repeats: int, inputs: int) -> None:
    store = PostgresStore(roles["app"], BILLING, is_relayed_here=lambda _: True)
    page = Page(store)
    sizes = {1: max(200, inputs // 10), 32: inputs, 500: inputs}
    rates: dict[int, list[Rate]] = {size: [] for size in sizes}
    bare = []
    await page.run(100, 10)  # statements are prepared, not counted
    for _ in range(repeats):
        bare.append(await bare_commits(roles["owner"], 1.0))
        for size, count in sizes.items():
            rates[size].append(await page.run(count, size))
    await store.close()
    commits = statistics.median(bare)
    print(f"bare commits: {commits:.0f} a second ({min(bare):.0f} to {max(bare):.0f})")
    ones = statistics.median(rate.per_second for rate in rates[1])
    for size, measured in rates.items():
        middle = statistics.median(rate.per_second for rate in measured)
        spread = f"{min(r.per_second for r in measured):.0f} to {max(r.per_second for r in measured):.0f}"
        p99 = statistics.median(rate.p99 for rate in measured)
        print(
            f"batches of {size:>3}: {middle:6.0f} inputs a second ({spread}), batch p99 {p99:.1f} ms; "
            f"{middle / ones:.1f} × one by one, {middle / commits:.1f} × bare commits"
        )


if __name__ == "__main__":
    main()
