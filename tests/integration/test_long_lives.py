"""Does what is asked all the time stay as cheap as what waits, however much was done before?"""

import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import asyncpg
import pytest

from runtime.postgres.led import leading_session
from runtime.postgres.migrate import migrate
from runtime.postgres.sqlfile import queries

DONE, WAITING = 20_000, 3
MOST = 100
"""So many rows may a look at what waits touch."""
EVENTS = """
INSERT INTO runtime.journal (customer_id, version, event_id, type, bucket, value, last_of_input, cause_id, recorded_at,
                             published_partition, published_offset)
SELECT 'c-1', n, md5(n::text)::uuid, 'notifications.EmailRequested.v1', 0, '{}', true, md5(n::text)::uuid, now(), 0, n
FROM generate_series($1::integer, $2::integer) AS n"""
ACTS = """
INSERT INTO runtime.effects (effect_id, kind, customer_id, event_id, payload, recorded)
SELECT event_id, 'email', customer_id, event_id, '{}', false FROM runtime.journal WHERE version >= $1"""
TOLD = """
INSERT INTO runtime.deliveries (endpoint, event_id, customer_id, type, value)
SELECT 'shop', event_id, 'c-' || version, type, '{}' FROM runtime.journal WHERE version >= $1"""
FINISHED = "UPDATE runtime.effects SET state = 'sent', recorded = true WHERE effect_id <> ALL ($1::uuid[])"

ASKED = [
    pytest.param("effects", "due", (["email"], [], 8), WAITING, id="what is due"),
    pytest.param("effects", "interrupted", ([],), 0, id="what a dead leader left"),
    pytest.param("effects", "unrecorded", (64,), 0, id="what no event tells of"),
    pytest.param("journal", "standing", (), 1, id="the gauges"),
    pytest.param("journal", "effects", (), 1, id="the status"),
    pytest.param("inspection", "undone", (), 1, id="whether anything moves"),
]
POLLED = [
    pytest.param("effects", "'{email}', '{}', 8", id="mails"),
    pytest.param("deliveries", "'{shop}', '{}', 16", id="webhooks"),
]


@pytest.fixture
async def database(databases: dict[str, dict[str, str]]) -> AsyncIterator[asyncpg.Connection]:
    """Be notifications after many mails, with a few that wait."""
    await migrate(databases["notifications"]["owner"], "service")
    connection = await asyncpg.connect(databases["notifications"]["owner"])
    await connection.execute("TRUNCATE runtime.effects, runtime.journal, runtime.handovers, runtime.secrets_in_hand")
    await connection.execute(EVENTS, 1, DONE)
    await connection.execute(ACTS, 1)
    newest = await connection.fetch("SELECT event_id FROM runtime.journal ORDER BY id DESC LIMIT $1", WAITING)
    await connection.execute(FINISHED, [row["event_id"] for row in newest])
    await connection.execute("VACUUM ANALYZE runtime.effects, runtime.journal")
    yield connection
    await connection.execute("TRUNCATE runtime.effects, runtime.journal, runtime.deliveries")
    await connection.close()


class TestWhileManyMailsWait:
    @pytest.mark.parametrize("plan", ["force_custom_plan", "force_generic_plan"])
    @pytest.mark.parametrize("is_counted", [True, False], ids=["counted", "not counted yet"])
    async def test_the_next_few_are_found_without_looking_at_the_rest(
        self, database: asyncpg.Connection, plan: str, is_counted: bool
    ) -> None:
        # As when mails are requested faster than the server takes them: the longer the line, the slower it would go.
        await database.execute("UPDATE runtime.effects SET state = 'intended'")
        if is_counted:
            await database.execute("VACUUM ANALYZE runtime.effects")
        await database.execute(f"SET plan_cache_mode = {plan}")
        touched = await _touched_by(database, queries("effects")["due"], (["email"], [], 8))
        assert max(touched.values()) <= MOST, touched


class TestWithPlansFromWhenTablesWereSmall:
    @pytest.mark.parametrize(("done", "waiting"), [(0, 0), (50, 3), (400, 0)])
    @pytest.mark.parametrize(("file", "arguments"), POLLED)
    async def test_the_next_few_are_found_without_looking_at_the_rest(
        self, databases: dict[str, dict[str, str]], database: asyncpg.Connection, file: str, arguments: str, done: int,
        waiting: int,
    ) -> None:  # fmt: skip
        # A service plans each statement in its first minutes, and keeps the plan while tables fill.
        await database.execute("TRUNCATE runtime.effects, runtime.journal, runtime.deliveries")
        if done:
            await _lived(database, 1, done, waiting=waiting)
            await database.execute("ANALYZE runtime.effects, runtime.journal, runtime.deliveries")
        session = await leading_session(databases["notifications"]["owner"])
        try:
            await session.execute(f"PREPARE look AS {queries(file)['due']}")
            await session.execute(f"EXECUTE look ({arguments})")
            await _lived(database, done + 1, done + DONE, waiting=DONE)
            touched = await _touched_by(session, f"EXECUTE look ({arguments})", ())
            assert 0 < max(touched.values()) <= MOST, touched
        finally:
            await session.close()


class TestAfterManyMails:
    @pytest.mark.parametrize(("file", "name", "arguments", "found"), ASKED)
    async def test_a_look_touches_what_waits_alone(
        self, database: asyncpg.Connection, file: str, name: str, arguments: tuple[Any, ...], found: int
    ) -> None:
        sql = queries(file)[name]
        assert len(await database.fetch(sql, *arguments)) == found
        touched = await _touched_by(database, sql, arguments)
        assert max(touched.values()) <= MOST, touched


async def _lived(database: asyncpg.Connection, first: int, last: int, *, waiting: int) -> None:
    """Write events from a first to a last; the newest few still ask for a mail, and wait for their endpoint."""
    await database.execute(EVENTS, first, last)
    await database.execute(ACTS, first)
    await database.execute(TOLD, last - waiting + 1)
    names = await database.fetch("SELECT event_id FROM runtime.journal WHERE version > $1", last - waiting)
    await database.execute(FINISHED, [row["event_id"] for row in names])


async def _touched_by(database: asyncpg.Connection, sql: str, arguments: tuple[Any, ...]) -> dict[str, float]:
    (plan,) = json.loads(await database.fetchval(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}", *arguments))
    return {step["Node Type"]: _touched(step) for step in _steps(plan["Plan"])}


def _steps(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for inner in plan.get("Plans", ()):
        yield from _steps(inner)


def _touched(step: dict[str, Any]) -> float:
    kept = step["Actual Rows"] + step.get("Rows Removed by Filter", 0) + step.get("Rows Removed by Join Filter", 0)
    return float(kept * step["Actual Loops"])
