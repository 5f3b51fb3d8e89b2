"""Is a database's error, of whatever class, waited for, and never taken for an input's fault?"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import asyncpg
import pytest

from runtime.clock import SetClock
from runtime.commit.batch import Result
from runtime.commit.page import CONTENTION_TRIES, Position, commit
from runtime.errors import InputRefused, Overfull
from runtime.postgres.outbox import open_pool
from runtime.postgres.store import PostgresStore, connect
from runtime.service import Decided, Duplicate, Incoming
from services.billing.domain.commands import RefundCredit
from tests.integration.pages import BILLING, NOW, PARTITION, InPostgres, placed, poison, put
from tests.integration.refusing import END_WHO_WAITS, Running, allow, command, refuse
from tests.integration.test_commit_page import empty_database

RAISED = {
    "DiskFullError": "53100",
    "ReadOnlySQLTransactionError": "25006",
    "TooManyConnectionsError": "53300",
    "QueryCanceledError": "57014",
    "CannotConnectNowError": "57P03",
    "InternalServerError": "XX000",
}
"""What the server raises in the middle of a commit."""


@pytest.fixture
async def held(databases: dict[str, dict[str, str]]) -> AsyncIterator[InPostgres]:
    roles = databases["billing"]
    await empty_database(roles)
    store = PostgresStore(roles["app"], BILLING)
    yield InPostgres(roles["app"], store)
    await store.close()


@pytest.fixture
async def owner(held: InPostgres, databases: dict[str, dict[str, str]]) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(databases["billing"]["owner"])
    yield connection
    await connection.close()


class TestTheCommit:
    @pytest.mark.parametrize("name", RAISED)
    async def test_an_error_of_the_server_parks_nobody_and_a_wait_cures_it(
        self, held: InPostgres, owner: asyncpg.Connection, name: str
    ) -> None:
        await held.start(0)
        expected = {PARTITION: Position(0)}
        records = [placed(0, "c-1", 1), placed(1, "c-2", 1)]
        await refuse(owner, RAISED[name])
        with pytest.raises(getattr(asyncpg, name)):
            await put(held, expected, records)
        assert (await held.contents()).parked == []
        await allow(owner)
        results = await put(held, expected, records)
        assert all(isinstance(result.outcome, Decided) for result in results)
        assert (await held.contents()).parked == []

    async def test_a_poison_beside_a_refusing_server_is_still_parked_alone(self, held: InPostgres) -> None:
        await held.start(0)
        await put(held, {PARTITION: Position(0)}, [placed(0, "c-1", 1), poison(1, "c-2", 1)])
        assert (await held.contents()).parked == [("c-2", "HANDLER_FAILED")]

    @pytest.mark.parametrize("state", ["22P05", "22021", "23505", "23514"])
    async def test_what_the_server_refuses_of_one_input_for_good_parks_that_one(
        self, held: InPostgres, owner: asyncpg.Connection, state: str
    ) -> None:
        """No wait cures data that the tables can't hold."""
        await held.start(0)
        await refuse(owner, state, "c-2")
        records = [placed(0, "c-1", 1), placed(1, "c-2", 1), placed(2, "c-3", 1)]
        await put(held, {PARTITION: Position(0)}, records)
        contents = await held.contents()
        assert contents.parked == [("c-2", "HANDLER_FAILED")]
        assert {customer for customer, *_ in contents.journal} == {"c-1", "c-3"}

    async def test_a_command_of_such_data_is_told_and_holds_nobody(self, held: InPostgres) -> None:
        unwritable = replace(command(), customer_id="c-2\0", raw=None)
        refused, taken = await commit(BILLING, held.store, [unwritable, command()], {}, SetClock(NOW))
        assert isinstance(refused.error, InputRefused)
        assert isinstance(taken.outcome, Decided)

    async def test_contention_is_tried_some_times_and_then_told(
        self, held: InPostgres, owner: asyncpg.Connection
    ) -> None:
        await held.start(0)
        await owner.execute("CREATE SEQUENCE runtime.tries; GRANT ALL ON SEQUENCE runtime.tries TO PUBLIC")
        await owner.execute(
            "CREATE FUNCTION runtime.refuse() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN PERFORM nextval('runtime.tries'); RAISE EXCEPTION 'no' USING ERRCODE = '40P01'; END $$;"
            "CREATE TRIGGER refuse BEFORE INSERT ON runtime.journal EXECUTE FUNCTION runtime.refuse()"
        )
        with pytest.raises(asyncpg.DeadlockDetectedError):
            await put(held, {PARTITION: Position(0)}, [placed(0, "c-1", 1)])
        assert await owner.fetchval("SELECT last_value FROM runtime.tries") == CONTENTION_TRIES

    async def test_a_session_that_was_ended_in_use_is_made_anew(
        self, held: InPostgres, owner: asyncpg.Connection
    ) -> None:
        """Its locks wait behind another's, who ends it: as a server that is killed does."""
        killer = await asyncpg.connect(held.dsn)  # of the same role: the tables' owner may end nobody's session
        async with Running(held) as running:
            async with owner.transaction():
                await owner.execute("LOCK TABLE runtime.journal IN ACCESS EXCLUSIVE MODE")
                answer = asyncio.create_task(running.committer.apply(command()))
                await killer.execute(END_WHO_WAITS)
            result = await answer
        await killer.close()
        assert isinstance(result.outcome, Decided)
        assert running.hold.begun.is_set(), "its session was ended in use"


class TestTheCommitLoop:
    async def test_it_says_why_it_waits_and_goes_on(self, held: InPostgres, owner: asyncpg.Connection) -> None:
        await refuse(owner, RAISED["DiskFullError"])
        async with Running(held) as running:
            answer = asyncio.create_task(running.committer.apply(command()))
            await running.hold.begun.wait()
            assert running.committer.waiting == "a loop waits: DiskFullError"
            await allow(owner)
            result = await answer
            assert isinstance(result.outcome, Decided)
            assert running.committer.waiting is None

    async def test_who_gives_up_gets_no_answer_and_stops_nothing(
        self, held: InPostgres, owner: asyncpg.Connection
    ) -> None:
        await refuse(owner, RAISED["DiskFullError"])
        async with Running(held) as running:
            gone = asyncio.create_task(running.committer.apply(command()))
            await running.hold.begun.wait()
            gone.cancel()
            await asyncio.gather(gone, return_exceptions=True)
            await allow(owner)
            other = await running.committer.apply(command())
            assert isinstance(other.outcome, Decided | Duplicate)

    async def test_what_waits_is_bounded(self, held: InPostgres, owner: asyncpg.Connection) -> None:
        await refuse(owner, RAISED["DiskFullError"])
        async with Running(held, batch_size=1) as running:
            first: asyncio.Task[Result] = asyncio.create_task(running.committer.apply(command()))
            await running.hold.begun.wait()
            behind = [asyncio.create_task(running.committer.submit(command())) for _ in range(4)]
            await asyncio.sleep(0)
            with pytest.raises(Overfull):
                await running.committer.submit(command())
            await allow(owner)
            await asyncio.gather(first, *behind)


class TestASecondDecision:
    async def test_it_answers_what_the_first_did_also_where_it_would_be_refused_now(self, held: InPostgres) -> None:
        refund = Incoming(RefundCredit.TYPE, command().id, "c-1", RefundCredit("c-1", "k-1", "why"))
        await commit(BILLING, held.store, [command()], {}, SetClock(NOW))
        (again,) = await commit(BILLING, held.store, [refund], {}, SetClock(NOW))
        assert again.outcome == Duplicate()
        (strange,) = await commit(BILLING, held.store, [replace(refund, customer_id="c-2")], {}, SetClock(NOW))
        assert getattr(strange.outcome, "code", None) == "CREDIT_NOT_AVAILABLE"


class TestASessionWhoseProcessVanished:
    async def test_every_session_is_bounded_in_time(self, held: InPostgres) -> None:
        bounds = {"idle_in_transaction_session_timeout": "30s", "idle_session_timeout": "10min"}
        connection = await connect(held.dsn)
        pool = await open_pool(held.dsn, size=1)
        for name, bound in bounds.items():
            assert (await connection.fetchval(f"SHOW {name}"), await pool.fetchval(f"SHOW {name}")) == (bound, bound)
        await connection.close()
        await pool.close()

    async def test_in_a_transaction_it_blocks_nobody_for_long(self, held: InPostgres) -> None:
        vanished = await connect(held.dsn, idle_in_transaction_session_timeout="300ms")
        begun = vanished.transaction()
        await begun.start()
        await vanished.execute("LOCK TABLE runtime.journal IN ACCESS EXCLUSIVE MODE")
        async with Running(held) as running, asyncio.timeout(9):
            assert isinstance((await running.committer.apply(command())).outcome, Decided)
        vanished.terminate()
