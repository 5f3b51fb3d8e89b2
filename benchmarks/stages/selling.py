"""What does the whole chain carry, what does an order cost, and how long after its payment is it active?

First purchases go in over Kafka as a storefront would publish them. Beside them the bare hops that an event must pass
from one service to the next; and swaps of rebuilt tables while orders come in and are read.
"""

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import replace

import asyncpg

from benchmarks.chain import sold
from benchmarks.hops import open_hops
from benchmarks.stages.stage import Opened, Sizes, fresh_stack, roles_of
from benchmarks.takes import RATE, Take, percentiles
from deploy.local.layout import INFRASTRUCTURE, SERVICES, Layout
from operations.progress import ProgressDisplay
from operations.rebuild.conduct import Options
from operations.rebuild.starting import rebuild
from operations.surroundings import declaration, find
from operations.verify.gathering import drain
from runtime.postgres.rebuild.rebuilds import rebuilds

CALM = 4.0
"""Orders a second, as in a shop."""
HOPS = 200
SECONDS = 6
"""For so long orders come at a rate."""


@asynccontextmanager
async def selling(sizes: Sizes, names: Collection[str]) -> AsyncIterator[Opened]:
    """Start everything but the screens, and find out what it carries."""
    async with (
        fresh_stack((*INFRASTRUCTURE, *SERVICES)) as layout,
        open_hops(layout.address("kafka"), roles_of(layout, "billing")["owner"]) as hops,
    ):
        brokers = layout.address("kafka")
        await sold(brokers, sizes.orders // 2)  # warms up, not counted
        carried = (await sold(brokers, sizes.orders)).measured[RATE]

        async def to_the_last_mail(orders: int, rate: float = 0.0) -> Take:
            take = await sold(brokers, orders, rate)
            moves = await drain(find(layout.endpoints), 60)
            return replace(take, wrong=take.wrong or moves)

        async def at(rate: float) -> Take:
            return await to_the_last_mail(max(16, int(rate * SECONDS)), rate)

        yield Opened(layout, {
            "sold": lambda: to_the_last_mail(sizes.orders),
            "sold at 4/s": lambda: at(CALM),
            "sold at 30 %": lambda: at(0.3 * carried),
            "sold at 70 %": lambda: at(0.7 * carried),
            "hops": lambda: hops.all(HOPS),
            "swaps": lambda: _swaps(layout, sizes.swaps),
        })  # fmt: skip


async def _swaps(layout: Layout, swaps: int) -> Take:
    """Rebuild orders while it sells and is read; return for how long its commits were held. Wrong if a read fails."""
    where, enough, failed = find(layout.endpoints), asyncio.Event(), [0]
    held: list[float] = []
    wrong = ""
    selling_on = asyncio.create_task(_sell(layout.address("kafka"), enough))
    reading = asyncio.create_task(_read(roles_of(layout, "orders")["app"], enough, failed))
    try:
        for _ in range(swaps):
            report = await rebuild(where, "orders", Options(1), ProgressDisplay(silent=True))
            async with rebuilds(where.dsn("orders"), declaration("orders")) as book:
                await book.drop_retired()
            held.append(report.held_ms or 0.0)
            wrong = wrong or ("" if report.is_equal else "the rebuilt tables are not the live ones")
    finally:
        enough.set()
        sales = await selling_on
        await reading
    wrong = wrong or sales.wrong or (f"{failed[0]} reads failed" if failed[0] else "")
    return Take(percentiles(held), swaps, wrong)


async def _sell(brokers: str, enough: asyncio.Event) -> Take:
    """Sell until it is enough; what was begun is ended."""
    while True:
        done = await sold(brokers, 8, CALM)
        if enough.is_set() or done.wrong:
            return done


async def _read(dsn: str, enough: asyncio.Event, failed: list[int]) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        while not enough.is_set():
            try:
                await connection.fetch("SELECT * FROM live.orders ORDER BY order_id LIMIT 1")
            except asyncpg.PostgresError:
                failed[0] += 1
            await asyncio.sleep(0.005)
    finally:
        await connection.close()
