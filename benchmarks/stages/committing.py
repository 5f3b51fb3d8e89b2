"""What does the commit page cost, fed from memory, beside bare commits and beside one transaction an event?

Billing prices orders: each input is read, decided, folded into state and rows, journalled with its events, its position
moved. On the same disk: bare commits, on one connection and on 32; an order priced as a tutorial would, one transaction
each; the relay, draining what the page has journalled, beside a bare idempotent producer that sends as much.
"""

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Collection
from contextlib import AsyncExitStack, asynccontextmanager

import asyncpg
from aiokafka import AIOKafkaProducer

from benchmarks.deadlines import fired
from benchmarks.pages import Page, opened_page
from benchmarks.recorded import recorded
from benchmarks.stages.exporting import orders_alone
from benchmarks.stages.stage import Opened, Sizes, Thing, fresh_stack, roles_of
from benchmarks.takes import RATE, Take, percentiles
from deploy.local.layout import Layout
from runtime.kafka.producer import BATCH_BYTES, Publisher
from runtime.kafka.topics import apply_topics
from runtime.process.relay import Relay
from schemas.topics import BILLING_EVENTS

BARE = "public.bare"
ONE_BY_ONE = """
CREATE TABLE IF NOT EXISTS public.naive_events (id bigserial PRIMARY KEY, customer_id text, body json NOT NULL);
CREATE TABLE IF NOT EXISTS public.naive_charges (order_id text PRIMARY KEY, customer_id text, body json NOT NULL);
CREATE TABLE IF NOT EXISTS public.naive_positions (id integer PRIMARY KEY, next_offset bigint NOT NULL);
INSERT INTO public.naive_positions VALUES (1, 0) ON CONFLICT DO NOTHING;
"""


@asynccontextmanager
async def committing(sizes: Sizes, names: Collection[str]) -> AsyncIterator[Opened]:
    """Start PostgreSQL and a broker; give billing a database that is its own, and others to compare with."""
    async with fresh_stack(("kafka", "postgres")) as layout, AsyncExitStack() as held:
        await apply_topics(layout.address("kafka"))
        roles = roles_of(layout, "billing")
        page = await held.enter_async_context(opened_page(roles))
        await page.run(100, 10)  # statements are prepared, not counted
        things: dict[str, Thing] = {
            f"page of {size}": _paged(page, count, size)
            for size, count in ((1, sizes.inputs // 10), (32, sizes.inputs), (500, sizes.inputs))
        }
        things["bare commits"] = lambda: bare_commits(roles["owner"], 1)
        things["bare commits on 32"] = lambda: bare_commits(roles["owner"], 32)
        things["one by one"] = lambda: one_by_one(roles["owner"], sizes.inputs // 5)
        things["relay"] = lambda: _relayed(layout, roles["app"], page, sizes.inputs)
        things["bare produce"] = lambda: _produced(layout, roles["owner"], sizes.inputs * 2)
        if "page on many rows" in names:
            for name, service, rows in (("few", "orders", sizes.inputs), ("many", "provisioning", sizes.inputs * 10)):
                filled = await held.enter_async_context(opened_page(roles_of(layout, service)))
                await filled.run(rows, 500)
                things[f"page on {name} rows"] = _paged(filled, sizes.inputs // 4, 32)
        if "eventsourcing runner few" in names:
            owner = roles_of(layout, "notifications")["owner"]
            things |= await recorded(layout, owner, list(orders_alone(sizes.few // 7)))
        things["deadlines"] = lambda: fired(roles_of(layout, "notifications"), layout.address("kafka"), sizes.deadlines)
        yield Opened(layout, things)


def _paged(page: Page, inputs: int, size: int) -> Thing:
    return lambda: page.run(inputs, size)


async def bare_commits(dsn: str, connections: int, seconds: float = 1.0) -> Take:
    """Update one row a connection and commit, over and over."""

    async def commit(number: int) -> int:
        connection, done = opened[number], 0
        while time.perf_counter() - began < seconds:
            await connection.execute(f"UPDATE {BARE} SET value = value + 1 WHERE id = {number}")
            done += 1
        return done

    opened = [await asyncpg.connect(dsn) for _ in range(connections)]
    try:
        await opened[0].execute(f"CREATE TABLE IF NOT EXISTS {BARE} (id integer PRIMARY KEY, value bigint)")
        await opened[0].execute(
            f"INSERT INTO {BARE} SELECT n, 0 FROM generate_series(0, 31) AS n ON CONFLICT DO NOTHING"
        )
        began = time.perf_counter()
        done = sum(await asyncio.gather(*(commit(number) for number in range(connections))))
        return Take({RATE: done / (time.perf_counter() - began)}, done)
    finally:
        for connection in opened:
            await connection.close()


async def one_by_one(dsn: str, events: int) -> Take:
    """Store each event with what it changes in a transaction of its own: inbox, event, row, position."""
    connection = await asyncpg.connect(dsn)
    taken = []
    try:
        await connection.execute(ONE_BY_ONE)
        first = await connection.fetchval("SELECT next_offset FROM public.naive_positions WHERE id = 1")
        began = time.perf_counter()
        for offset in range(first, first + events):
            at = time.perf_counter()
            async with connection.transaction():
                held = await connection.fetchval(
                    "SELECT next_offset FROM public.naive_positions WHERE id = 1 FOR UPDATE"
                )
                assert held == offset
                body = '{"total_cents": 4427, "lines": [{"product": "E_INVOICING", "net_cents": 2000}]}'
                sql = "INSERT INTO public.naive_events (customer_id, body) VALUES ($1, $2)"
                await connection.execute(sql, f"c-{offset}", body)
                sql = "INSERT INTO public.naive_charges VALUES ($1, $2, $3)"
                await connection.execute(sql, f"o-{offset}", f"c-{offset}", body)
                await connection.execute("UPDATE public.naive_positions SET next_offset = $1 WHERE id = 1", offset + 1)
            taken.append((time.perf_counter() - at) * 1000)
        return Take({RATE: events / (time.perf_counter() - began), **percentiles(taken)}, events)
    finally:
        await connection.close()


async def _relayed(layout: Layout, dsn: str, page: Page, inputs: int) -> Take:
    """Let the relay drain what is journalled and not sent."""
    await page.run(inputs, 500)
    waiting = "SELECT count(*) FROM runtime.journal WHERE published_offset IS NULL"
    connection = await asyncpg.connect(dsn)
    publisher = Publisher(layout.address("kafka"), "benchmark")
    relay = Relay(dsn, publisher, BILLING_EVENTS)
    events = int(await connection.fetchval(waiting))
    began, running = time.perf_counter(), asyncio.create_task(relay.run())
    try:
        async with asyncio.timeout(60):
            while left := await connection.fetchval(waiting):
                await asyncio.wait([running], timeout=0.005)  # as an onlooker sees it
                if running.done():
                    running.result()
        seconds = time.perf_counter() - began
        return Take({RATE: events / seconds}, events, f"{left} events were not sent" if left else "")
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await publisher.restart()
        await connection.close()


async def _produced(layout: Layout, dsn: str, events: int) -> Take:
    """Send what the page journalled last with the client's idempotent producer: whole batches, one a partition."""
    connection = await asyncpg.connect(dsn)
    rows = await connection.fetch(
        "SELECT bucket, customer_id, value FROM runtime.journal ORDER BY id DESC LIMIT $1", events
    )
    await connection.close()
    waiting: dict[int, list[tuple[bytes, bytes]]] = defaultdict(list)
    for row in rows:
        waiting[row["bucket"]].append((row["customer_id"].encode(), row["value"]))
    producer = AIOKafkaProducer(
        bootstrap_servers=layout.address("kafka"), acks="all", enable_idempotence=True, max_batch_size=BATCH_BYTES,
        max_request_size=1 << 20,
    )  # fmt: skip
    began = time.perf_counter()
    await producer.start()
    try:
        await asyncio.gather(*(_whole_batches(producer, bucket, values) for bucket, values in waiting.items()))
        return Take({RATE: len(rows) / (time.perf_counter() - began)}, len(rows))
    finally:
        await producer.stop()


async def _whole_batches(producer: AIOKafkaProducer, partition: int, values: list[tuple[bytes, bytes]]) -> None:
    while values:
        batch, taken = producer.create_batch(), 0
        while taken < len(values) and batch.append(key=values[taken][0], value=values[taken][1], timestamp=None):
            taken += 1
        batch.close()
        await (await producer.send_batch(batch, BILLING_EVENTS, partition=partition))
        del values[:taken]
