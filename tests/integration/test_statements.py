"""How often does a batch go to the database and back, and whom does its commit wake?"""

import asyncio

from runtime.commit.page import Position
from runtime.postgres.outbox import Outbox
from runtime.postgres.store import PostgresStore
from tests.integration.pages import BILLING, PARTITION, InPostgres, placed, put
from tests.integration.test_commit_page import empty_database

ROUND_TRIPS = 6
"""BEGIN, the live tables' lock, the positions', the accounts', all writes, COMMIT: a price replaces its row, unread."""


class TestABatch:
    async def test_takes_as_many_statements_for_thirty_orders_as_for_one(
        self, databases: dict[str, dict[str, str]]
    ) -> None:
        held, expected = await _held(databases["billing"], is_relayed=True), {PARTITION: Position(0)}
        await put(held, expected, [placed(0, "c-0", 1)])
        statements: list[str] = []
        connection = held.store._connection
        assert connection is not None
        connection.add_query_logger(lambda ran: statements.append(ran.query))
        for batch in ([placed(1, "c-1", 1)], [placed(offset, f"c-{offset}", 1) for offset in range(2, 32)]):
            results = await put(held, expected, batch)
            assert all(result.recorded for result in results)
        await asyncio.sleep(0)  # the last word about a statement comes after the statement
        begins = [place for place, statement in enumerate(statements) if statement == "BEGIN;"]
        assert [begins[1] - begins[0], len(statements) - begins[1]] == [ROUND_TRIPS, ROUND_TRIPS], statements
        await held.store.close()


class TestACommit:
    async def test_wakes_other_processes_only_for_what_this_one_does_not_relay(
        self, databases: dict[str, dict[str, str]]
    ) -> None:
        roles = databases["billing"]
        held, expected = await _held(roles, is_relayed=False), {PARTITION: Position(0)}
        woken: asyncio.Queue[None] = asyncio.Queue()
        outbox = await Outbox.open(roles["app"], lambda: woken.put_nowait(None))
        ours = InPostgres(roles["app"], PostgresStore(roles["app"], BILLING, is_relayed_here=lambda _: True))
        await put(ours, expected, [placed(0, "c-1", 1)])
        await put(held, expected, [placed(1, "c-2", 1)])
        await asyncio.wait_for(woken.get(), 30)
        assert woken.empty()  # words come in the order of the commits: the first one had none
        for each in (ours, held):
            await each.store.close()
        await outbox.close()


async def _held(roles: dict[str, str], *, is_relayed: bool) -> InPostgres:
    await empty_database(roles)
    held = InPostgres(roles["app"], PostgresStore(roles["app"], BILLING, is_relayed_here=lambda _: is_relayed))
    await held.start(0)
    return held
