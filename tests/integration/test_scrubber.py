"""Does the scrubber find silent damage in a real database, forget it once repaired, and stand in nobody's way?"""

import json
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest

from runtime import metrics
from runtime.commit.page import Expected, Position
from runtime.postgres.store import PostgresStore, connect
from runtime.process.scrub_loop import Scrubber
from tests.integration.pages import BILLING, PARTITION, InPostgres, placed, put
from tests.integration.test_commit_page import empty_database


@pytest.fixture
async def held(databases: dict[str, dict[str, str]]) -> AsyncIterator[InPostgres]:
    """Be a billing that has priced an order of one account."""
    roles = databases["billing"]
    await empty_database(roles)
    store = PostgresStore(roles["app"], BILLING)
    held = InPostgres(roles["app"], store)
    await held.start(0)
    expected: Expected = {PARTITION: Position(0)}
    await put(held, expected, [placed(0, "c-1", 1)])
    yield held
    await store.close()


@pytest.fixture
async def scrubber(held: InPostgres) -> AsyncIterator[Scrubber]:
    scrubber = Scrubber(BILLING, held.dsn, 60)
    yield scrubber
    await scrubber.close()


@pytest.fixture
async def database(held: InPostgres) -> AsyncIterator[asyncpg.Connection]:
    connection = await connect(held.dsn)
    yield connection
    await connection.close()


class TestWhenNothingIsDamaged:
    async def test_it_notes_that_it_looked(self, scrubber: Scrubber, database: asyncpg.Connection) -> None:
        assert await scrubber.once() == {"c-1": []}
        assert [tuple(row) for row in await _noted(database)] == [("c-1", 2, None)]
        assert metrics.SCRUB_MISMATCHES._value.get() == 0


class TestWhenARowWasTamperedWith:
    async def test_it_names_account_version_and_difference_until_the_row_is_repaired(
        self, scrubber: Scrubber, database: asyncpg.Connection
    ) -> None:
        await database.execute("UPDATE charges SET total_cents = total_cents + 1")
        (found,) = (await scrubber.once())["c-1"]
        total = await database.fetchval("SELECT total_cents FROM charges")
        assert (found.table, found.path, found.live, found.folded) == ("charges", "total_cents", total, total - 1)
        ((account, version, differences),) = await _noted(database)
        assert (account, version) == ("c-1", 2)
        assert json.loads(differences)[0] | {"key": ""} == {
            "table": "charges", "key": "", "path": "total_cents", "live": total, "folded": total - 1
        }  # fmt: skip
        assert metrics.SCRUB_MISMATCHES._value.get() == 1

        await database.execute("UPDATE charges SET total_cents = total_cents - 1")
        assert await scrubber.once() == {"c-1": []}
        assert metrics.SCRUB_MISMATCHES._value.get() == 0


class TestWhenACommitHoldsTheAccount:
    async def test_neither_waits_for_the_other(self, scrubber: Scrubber, database: asyncpg.Connection) -> None:
        async with database.transaction():
            await database.execute("SELECT * FROM accounts WHERE customer_id = 'c-1' FOR UPDATE")
            await database.execute("SET LOCAL lock_timeout = '1s'")
            assert await scrubber.once() == {"c-1": []}
            await database.execute("UPDATE accounts SET version = version WHERE customer_id = 'c-1'")


class TestWhenTheTablesAreAnotherVersions:
    async def test_it_says_nothing_of_them(self, scrubber: Scrubber, database: asyncpg.Connection) -> None:
        await database.execute("UPDATE charges SET total_cents = 1")
        await database.execute("UPDATE runtime.generations SET fold_version = fold_version + 1")
        assert await scrubber.once() == {"c-1": []}
        assert await _noted(database) == []


async def _noted(database: asyncpg.Connection) -> list[Any]:
    return list(await database.fetch("SELECT customer_id, version, differences::text FROM runtime.scrubs"))
