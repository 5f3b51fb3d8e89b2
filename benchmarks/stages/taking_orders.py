"""How fast are orders taken over HTTP, durably, beside FastAPI with a transaction a request, and without a database?

The orders service alone, with its broker and database: 201 means committed and acknowledged by Kafka. FastAPI answers
the same bodies, validated by the same model, from a process of its own. A figure counts only if every order is stored.
"""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager

import asyncpg

from benchmarks.chain import first_purchases
from benchmarks.hops import Hops, open_hops, timed
from benchmarks.http import posted
from benchmarks.stages.stage import PORTS, Opened, Sizes, fresh_stack, roles_of
from benchmarks.takes import RATE, Take, percentiles
from deploy.local.layout import HOST, ROOT, Layout
from rehearsal.simulate.scenarios import Submit

AT_ONCE = 64
PATH = "/v1/orders"
BARE, STORING = f"{HOST}:{PORTS + 8190}", f"{HOST}:{PORTS + 8191}"


@asynccontextmanager
async def taking_orders(sizes: Sizes, names: Collection[str]) -> AsyncIterator[Opened]:
    """Start the orders service and the two servers to compare with."""
    async with (
        fresh_stack(("kafka", "postgres", "orders")) as layout,
        _server(BARE, None),
        _server(STORING, roles_of(layout, "billing")["owner"]),
        open_hops(layout.address("kafka"), roles_of(layout, "billing")["owner"]) as hops,
    ):
        ours = layout.address("orders")
        await _taken(layout, ours, min(100, sizes.requests), AT_ONCE)  # warms up, not counted
        yield Opened(layout, {
            "orders": lambda: _taken(layout, ours, sizes.requests, AT_ONCE),
            "fastapi": lambda: _answered(layout, STORING, sizes.requests),
            "fastapi bare": lambda: _answered(layout, BARE, sizes.requests),
            "orders in turn": lambda: _taken(layout, ours, sizes.requests // 8, 1),
            "hops in turn": lambda: _hops_in_turn(layout, hops, sizes.requests // 8),
        })  # fmt: skip


def _bodies(orders: int) -> Mapping[str, bytes]:
    """Write carts of customers that nobody knows, as the simulator buys."""
    planned, _ = first_purchases(orders, "http")
    carts = [step.body for scenario in planned.scenarios for step in scenario.steps if isinstance(step, Submit)]
    return {str(cart["order_id"]): json.dumps(cart).encode() for cart in carts}


async def _taken(layout: Layout, address: str, orders: int, connections: int) -> Take:
    """Submit orders to the service; wrong unless each was answered 201 and is in its table."""
    bodies = _bodies(orders)
    done = await posted(address, PATH, _key(layout), list(bodies.values()), connections)
    connection = await asyncpg.connect(roles_of(layout, "orders")["owner"])
    stored = await connection.fetchval("SELECT count(*) FROM live.orders WHERE order_id = ANY($1)", list(bodies))
    await connection.close()
    is_right = done.statuses == {201: orders} and stored == orders
    wrong = "" if is_right else f"{dict(done.statuses)}, and {stored} of {orders} orders are stored"
    return Take({RATE: orders / done.seconds, **percentiles(done.taken_ms)}, orders, wrong)


async def _answered(layout: Layout, address: str, orders: int) -> Take:
    done = await posted(address, PATH, _key(layout), list(_bodies(orders).values()), AT_ONCE)
    wrong = "" if done.statuses == {201: orders} else f"answered {dict(done.statuses)}"
    return Take({RATE: orders / done.seconds, **percentiles(done.taken_ms)}, orders, wrong)


async def _hops_in_turn(layout: Layout, hops: Hops, times: int) -> Take:
    """Pass what an order can't do without: HTTP to a server that does nothing, one commit, the read, one produce."""
    bodies = list(_bodies(times).values())
    asked = await posted(BARE, PATH, _key(layout), bodies, 1)
    taken = []
    for in_http in asked.taken_ms:
        taken.append(in_http + await timed(hops.commit()) + await timed(hops.read()) + await timed(hops.produce()))
        await hops.fetch()
    return Take(percentiles(taken), times)


def _key(layout: Layout) -> str:
    return str(json.loads(layout.endpoints.read_text())["keys"]["storefront"])


@asynccontextmanager
async def _server(address: str, dsn: str | None) -> AsyncIterator[None]:
    settings = {"port": int(address.rpartition(":")[2]), "dsn": dsn}
    arguments: Sequence[str] = (sys.executable, "-m", "benchmarks.peers.fastapi_orders", json.dumps(settings))
    process = await asyncio.create_subprocess_exec(*arguments, cwd=ROOT)
    try:
        async with asyncio.timeout(30):
            while not await _listens(address):
                if process.returncode is not None:
                    raise RuntimeError(f"FastAPI ended with {process.returncode} while starting")
                await asyncio.sleep(0.1)
        yield
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()


async def _listens(address: str) -> bool:
    host, _, port = address.partition(":")
    try:
        _, writer = await asyncio.open_connection(host, int(port))
    except OSError:
        return False
    writer.close()
    return True
