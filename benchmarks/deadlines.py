"""How many deadlines does a service fire a second, once an outage has left many?

Notifications with as many customers as asked, each an owner of a base and an add-on whose notices fell due while the
service was away: each deadline becomes an input that is decided, folded, journalled with the mail that it asks for.
"""

import asyncio
import time
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from aiokafka import TopicPartition

from benchmarks.reads import ends_of
from benchmarks.takes import RATE, Take
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
from schemas.personal import SealedBlock
from schemas.vocabulary import EXAMPLE_ADD_ON, EXAMPLE_BASE, Locale
from services.notifications.declaration import declare

NOTIFICATIONS = declare()
BOUGHT, EXPIRY = date(2026, 1, 15), date(2027, 1, 15)
DUE, NOW = datetime(2026, 12, 16, 8, tzinfo=UTC), datetime(2026, 12, 19, 8, tzinfo=UTC)
"""Thirty days before, at nine in Rome; and three days later."""
BATCH = 500
_PERSON = SealedBlock(
    key_id="9f86d081884c7d65", nonce="u1m7Ck1Jq0dP2sO8mZr3Vw5nYx6hT4bE", ciphertext="q83vEjRWeJq83g=="
)


async def fired(roles: Mapping[str, str], brokers: str, count: int) -> Take:
    """Write accounts as they were before the outage, a deadline for each, and let all fire."""
    await migrate(roles["owner"], "service")
    await ensure_generation(roles["owner"], NOTIFICATIONS, role_of(roles["app"]))
    connection = await connect(roles["owner"])
    try:
        first = await connection.fetchval("SELECT count(*) FROM accounts")
        await _seed(connection, first, count, await ends_of(brokers, NOTIFICATIONS.topics))
    finally:
        await connection.close()
    return await _fire(roles, brokers, first, count)


async def _seed(connection: Any, first: int, count: int, ends: Mapping[TopicPartition, int]) -> None:
    customers = "SELECT 'c-' || n AS customer_id FROM generate_series($1::int + 1, $1 + $2::int) AS n"
    state = _state().decode()
    await connection.execute(
        f"INSERT INTO accounts SELECT customer_id, 4, $3::json FROM ({customers}) AS c", first, count, state
    )
    await connection.execute(
        "INSERT INTO deadlines (kind, key, customer_id, due_at) "
        f"SELECT 'notice', customer_id || ':1', customer_id, $3 FROM ({customers}) AS c",
        first,
        count,
        DUE,
    )
    places = [[place.topic, place.partition, end] for place, end in ends.items()]
    moved = "ON CONFLICT (topic, partition) DO UPDATE SET next_offset = excluded.next_offset"
    await connection.executemany(f"INSERT INTO positions VALUES ($1, $2, $3) {moved}", places)  # nothing waits
    await connection.execute("ANALYZE")


def _state() -> bytes:
    """Fold what an owner's account was told: the same for all, since a state does not name its customer."""
    services = ((EXAMPLE_BASE, None), (EXAMPLE_ADD_ON, EXAMPLE_BASE))
    state = NOTIFICATIONS.initial()
    for event in (
        ContactNoted(customer_id="c", order_id="o", storefront="pec.it", personal=_PERSON, locale=Locale.IT),
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


async def _fire(roles: Mapping[str, str], brokers: str, first: int, count: int) -> Take:
    """Fire until nothing is due, as the service's own loop does; wrong unless each was told once."""
    pool = await open_pool(roles["app"], size=3)
    reads, store = JournalReads(pool), PostgresStore(roles["app"], NOTIFICATIONS, is_relayed_here=lambda _: True)
    clock = SetClock(NOW)
    committer = Committer(NOTIFICATIONS, store, Positions(brokers, reads), clock, namespace="", batch_size=BATCH)
    deadlines = Deadlines(NOTIFICATIONS, committer, reads, clock, brokers=brokers, namespace="")
    began = time.perf_counter()
    loops = [asyncio.create_task(committer.run()), asyncio.create_task(deadlines.run(seconds=0.1))]
    try:
        await _until_none_is_due(pool)
        elapsed = time.perf_counter() - began
        sql = "SELECT count(*), count(DISTINCT customer_id) FROM runtime.journal WHERE type = $1"
        (counts,) = map(tuple, await pool.fetch(sql, NoticesGiven.EVENT_TYPE))
        wrong = "" if counts == (first + count, first + count) else f"{counts} were given, not {first + count} once"
    finally:
        for loop in loops:
            loop.cancel()
        await asyncio.gather(*loops, return_exceptions=True)
        await store.close()
        await pool.close()
    return Take({RATE: count / elapsed}, count, wrong)
