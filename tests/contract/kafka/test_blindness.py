"""Would anybody notice? With the relay's lock or the durable commit switched off, the checker must find a violation."""

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from typing import Any

import asyncpg
import pytest

from operations.reading import survey
from operations.verify import log_and_journal
from operations.verify.evidence import Committed, Evidence, Held, read
from operations.verify.findings import Finding
from runtime.kafka.producer import Outgoing, Publisher
from runtime.postgres.outbox import Outbox
from runtime.postgres.store import DATABASE_ERRORS, PostgresStore
from tests.contract.kafka.journals import BILLING, happen, relaying, unpublished
from tests.contract.kafka.stack import Database, Stack, until

ACCOUNTS = {f"c-{number}" for number in range(8)}
WRITERS = ("walwriter", "background writer", "checkpointer")


@pytest.fixture
async def topic(stack: Stack, namespace: str) -> str:
    await stack.make_declared(namespace, "billing.events")
    return f"{namespace}billing.events"


class TestWhenTwoRelaysPublishOneJournal:
    async def test_with_the_lock_every_event_is_sent_once(
        self, stack: Stack, database: Database, namespace: str, topic: str
    ) -> None:
        found = await _published_by_two(stack, database, namespace, topic, times=1)
        assert log_and_journal.sent_once(found).checked == 2 * len(ACCOUNTS)
        assert _violated(log_and_journal.sent_once(found), *log_and_journal.check(found)) == set()

    async def test_without_it_the_checker_finds_what_was_sent_twice(
        self, stack: Stack, database: Database, namespace: str, topic: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def granted(_: Outbox, buckets: Sequence[int]) -> list[int]:
            return list(buckets)

        monkeypatch.setattr(Outbox, "take_buckets", granted)
        found = await _published_by_two(stack, database, namespace, topic, times=2)
        assert _violated(log_and_journal.sent_once(found)) == ACCOUNTS


class TestWhenTheDatabaseServerCrashesAfterAnEventWasPublished:
    async def test_with_synchronous_commits_it_is_still_there(
        self, stack: Stack, database: Database, namespace: str, topic: str
    ) -> None:
        found = await _published_and_crashed(stack, database, namespace, topic, "on")
        assert _violated(*log_and_journal.check(found)) == set()

    async def test_without_them_the_checker_finds_events_that_nobody_committed(
        self, stack: Stack, database: Database, namespace: str, topic: str
    ) -> None:
        found = await _published_and_crashed(stack, database, namespace, topic, "off")
        assert _violated(log_and_journal.log_equals_journal(found)) == ACCOUNTS


async def _published_by_two(stack: Stack, database: Database, namespace: str, topic: str, *, times: int) -> Evidence:
    """Let two relays meet before either sends, and wait until every event was sent so many times."""
    store, met, came, sent = PostgresStore(database.app, BILLING), asyncio.Event(), set[int](), list[int]()

    class Meeting(Publisher):
        async def publish(self, topic: str, partition: int, records: Sequence[Outgoing]) -> list[int]:
            came.add(id(self))
            if len(came) == 2:
                met.set()
            with contextlib.suppress(TimeoutError):
                # With the lock they never do.
                await asyncio.wait_for(met.wait(), 1.0 if times == 1 else 30.0)
            offsets = await super().publish(topic, partition, records)
            sent.append(len(offsets))
            return offsets

    await happen(store, [(account, 1) for account in ACCOUNTS])
    first, second = (Meeting(stack.kafka, "test") for _ in range(2))
    async with relaying(stack, database, topic, first), relaying(stack, database, topic, second):
        await until(lambda: sum(sent) >= times * 2 * len(ACCOUNTS))
        await until(lambda: _all_published(database))
        await asyncio.sleep(0.5)  # for what should not come
    await store.close()
    return await _evidence(stack, database, namespace, topic)


async def _published_and_crashed(
    stack: Stack, database: Database, namespace: str, topic: str, synchronous_commit: str
) -> Evidence:
    """Crash the server while nothing but a commit itself has written the write-ahead log."""
    careless = replace(database, app=f"{database.app}?synchronous_commit={synchronous_commit}")
    store = PostgresStore(careless.app, BILLING)
    async with _crashing(stack):
        async with relaying(stack, careless, topic):
            await happen(store, [(account, 1) for account in ACCOUNTS])
            await until(lambda: _all_published(database))
        await store.close()
    return await _evidence(stack, database, namespace, topic)


@contextlib.asynccontextmanager
async def _crashing(stack: Stack) -> AsyncIterator[None]:
    """Stop the processes that write for others, and kill them in the end: the server recovers from what was written."""
    admin = await asyncpg.connect(stack.admin)
    await admin.execute("CHECKPOINT")
    rows = await admin.fetch("SELECT pid FROM pg_stat_activity WHERE backend_type = ANY ($1::text[])", WRITERS)
    assert len(rows) == len(WRITERS)
    for row in rows:
        os.kill(row["pid"], signal.SIGSTOP)
    try:
        yield
    finally:
        for row in rows:
            os.kill(row["pid"], signal.SIGKILL)
        await until(admin.is_closed)  # the server ends every session before it recovers
        await until(lambda: _answers(stack.admin))


async def _answers(dsn: str) -> bool:
    try:
        connection = await asyncpg.connect(dsn, timeout=2)
    except DATABASE_ERRORS:
        return False
    except TimeoutError:
        return False
    await connection.close()
    return True


async def _evidence(stack: Stack, database: Database, namespace: str, topic: str) -> Evidence:
    log = await survey(stack.kafka, [topic])
    rows = await database.fetch("SELECT * FROM runtime.journal ORDER BY id")
    seen = [read(record) for _, records in sorted(log.records.items()) for record in records]
    held = Held(BILLING, seen, [_committed(row) for row in rows], {}, {}, {}, {}, [], [], [])
    return Evidence(log, dict(log.ends), {"billing": held}, [], [], None, namespace=namespace)


def _committed(row: Any) -> Committed:
    mark = None if row["published_offset"] is None else (row["published_partition"], row["published_offset"])
    own = (row["customer_id"], row["version"], str(row["event_id"]), row["type"], row["bucket"], row["value"])
    return Committed(*own, row["last_of_input"], str(row["cause_id"]), None, mark)


def _violated(*findings: Finding) -> set[str | None]:
    return {violation.place.account for finding in findings for violation in finding.violations}


async def _all_published(database: Database) -> bool:
    return await unpublished(database) == 0
