"""How many deadlines does a service fire a second, once an outage has left many? `python -m benchmarks.deadlines`.

Notifications with as many customers as asked, each an owner of a base and an add-on whose notices fell due while the
service was away: each deadline becomes an input that is decided, folded, journalled with the mail that it asks for.
"""

import argparse
import asyncio
import json
import logging
import os
import platform
import shutil
import time
from datetime import UTC, date, datetime
from typing import Any

import structlog

from deploy.local import stack
from deploy.local.layout import ROOT, Layout
from publishing.golden.people import ROSSI
from runtime.clock import SetClock
from runtime.postgres.migrate import ensure_generation, migrate, role_of
from runtime.postgres.outbox import JournalReads, open_pool
from runtime.postgres.store import PostgresStore, connect
from runtime.process.committer import Committer
from runtime.process.deadlines import Deadlines
from runtime.process.positions import Positions
from runtime.wire.codec import encode_state
from schemas.notices import NoticesGiven, NoticesPlanned
from schemas.notifications import ContactNoted, ExpiriesNoted
from schemas.topics import PARTITIONS
from schemas.vocabulary import EXAMPLE_ADD_ON, EXAMPLE_BASE, Locale
from services.notifications.declaration import declare

NOTIFICATIONS = declare()
BOUGHT, EXPIRY = date(2026, 1, 15), date(2027, 1, 15)
DUE, NOW = datetime(2026, 12, 16, 8, tzinfo=UTC), datetime(2026, 12, 19, 8, tzinfo=UTC)
"""Thirty days before, at nine in Rome; and three days later."""
BATCH = 500


def main() -> None:
    """Start an empty PostgreSQL and Kafka, measure, print, stop them."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))  # a line an input, else
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--deadlines", type=int, default=100_000)
    asyncio.run(_measure(**vars(parser.parse_args())))


async def _measure(deadlines: int) -> None:
    layout = Layout(ROOT / ".run" / "benchmark", port_offset=7000)
    await stack.down(layout)
    shutil.rmtree(layout.run, ignore_errors=True)
    await stack.up(layout, ["postgres", "kafka"])
    try:
        roles: dict[str, Any] = json.loads(layout.endpoints.read_text())["postgres"][NOTIFICATIONS.name]
        await _seed(roles, deadlines)
        rate, cpu_us = await _fire(roles, layout.address("kafka"), deadlines)
    finally:
        await stack.down(layout)
    print(f"machine: {os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}")
    print(f"{deadlines:,} deadlines fired, each once: {rate:,.0f} a second, {cpu_us:,.0f} µs of the process's CPU each")


async def _seed(roles: dict[str, Any], count: int) -> None:
    """Write accounts as they were before the outage, and a deadline for each."""
    await migrate(roles["owner"], "service")
    await ensure_generation(roles["owner"], NOTIFICATIONS, role_of(roles["app"]))
    connection = await connect(roles["owner"])
    customers = "SELECT 'c-' || n AS customer_id FROM generate_series(1, $1::int) AS n"
    try:
        await connection.execute(
            f"INSERT INTO accounts SELECT customer_id, 4, $2::json FROM ({customers}) AS c", count, _state().decode()
        )
        await connection.execute(
            "INSERT INTO deadlines (kind, key, customer_id, due_at) "
            f"SELECT 'notice', customer_id || ':1', customer_id, $2 FROM ({customers}) AS c",
            count,
            DUE,
        )
        topics = [[topic, number, 0] for topic in NOTIFICATIONS.topics for number in range(PARTITIONS)]
        await connection.executemany("INSERT INTO positions VALUES ($1, $2, $3)", topics)
        await connection.execute("ANALYZE")
    finally:
        await connection.close()


def _state() -> bytes:
    """Fold what an owner's account was told: the same for all, since a state does not name its customer."""
    services = ((EXAMPLE_BASE, None), (EXAMPLE_ADD_ON, EXAMPLE_BASE))
    state = NOTIFICATIONS.initial()
    for event in (
        ContactNoted(customer_id="c", order_id="o", storefront="pec.it", personal=ROSSI, locale=Locale.IT),
        *(
            ExpiriesNoted(
                customer_id="c",
                order_id="o",
                expiries={product: EXPIRY},
                activated=product,
                activated_on=BOUGHT,
                requires=base,
            )
            for product, base in services
        ),
        NoticesPlanned(customer_id="c", plan="1", replaces="0", notice_at=DUE),
    ):
        state = NOTIFICATIONS.evolve(state, event)
    return encode_state(state)


async def _until_none_is_due(pool: Any) -> None:
    due = "SELECT EXISTS (SELECT 1 FROM live.deadlines WHERE due_at <= $1)"
    while True:
        if not await pool.fetchval(due, NOW):
            return
        await asyncio.sleep(0.5)


async def _fire(roles: dict[str, Any], brokers: str, count: int) -> tuple[float, float]:
    """Fire until nothing is due, as the service's own loop does. Raises AssertionError unless each was told once."""
    pool = await open_pool(roles["app"], size=3)
    reads, store = JournalReads(pool), PostgresStore(roles["app"], NOTIFICATIONS, is_relayed_here=lambda _: True)
    clock = SetClock(NOW)
    committer = Committer(NOTIFICATIONS, store, Positions(brokers, reads), clock, namespace="", batch_size=BATCH)
    deadlines = Deadlines(NOTIFICATIONS, committer, reads, clock, brokers=brokers, namespace="")
    began, cpu = time.perf_counter(), time.process_time()
    loops = [asyncio.create_task(committer.run()), asyncio.create_task(deadlines.run(seconds=0.1))]
    try:
        await _until_none_is_due(pool)
        elapsed, used = time.perf_counter() - began, time.process_time() - cpu
        sql = "SELECT count(*), count(DISTINCT customer_id) FROM runtime.journal WHERE type = $1"
        given = tuple(await pool.fetchrow(sql, NoticesGiven.EVENT_TYPE))
        assert given == (count, count), given
    finally:
        for loop in loops:
            loop.cancel()
        await asyncio.gather(*loops, return_exceptions=True)
        await store.close()
        await pool.close()
    return count / elapsed, used / count * 1e6


if __name__ == "__main__":
    main()
