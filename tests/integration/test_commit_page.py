"""Is every input applied exactly once, in order, whatever comes twice, too late, or broken?"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import asyncpg
import pytest

from runtime.clock import SetClock
from runtime.commit.page import Position, commit
from runtime.postgres.migrate import ensure_generation, migrate, role_of
from runtime.postgres.store import PostgresStore
from runtime.service import Decided, Duplicate, Service
from runtime.wire.fingerprint import record_hash
from runtime.wire.reading import read_record
from tests.integration.pages import BILLING, NOW, PARTITION, Held, InMemory, InPostgres, placed, poison, put

APPLIED_EVENTS = 2
"""An extended order leaves ExtensionComputed and OrderPriced."""


async def empty_database(roles: dict[str, str], service: Service = BILLING) -> None:
    owner = await asyncpg.connect(roles["owner"])
    await owner.execute("DROP SCHEMA IF EXISTS live, runtime CASCADE")
    for row in await owner.fetch("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'generation\\_%'"):
        await owner.execute(f"DROP SCHEMA {row['nspname']} CASCADE")
    await owner.execute("DROP TABLE IF EXISTS public.migrations")
    await owner.close()
    await migrate(roles["owner"], "service")
    await ensure_generation(roles["owner"], service, role_of(roles["app"]))


@pytest.fixture(params=["memory", "postgres"])
async def held(request: pytest.FixtureRequest, databases: dict[str, dict[str, str]]) -> AsyncIterator[Held]:
    if request.param == "memory":
        yield InMemory()
        return
    roles = databases["billing"]
    await empty_database(roles)
    store = PostgresStore(roles["app"], BILLING)
    yield InPostgres(roles["app"], store)
    await store.close()


class TestWhatComesTwice:
    async def test_the_same_records_again_change_nothing(self, held: Held) -> None:
        await held.start(0)
        expected = {PARTITION: Position(0)}
        records = [placed(0, "c-1", 1), placed(1, "c-2", 1)]
        await put(held, expected, records)
        before = await held.contents()
        again = await put(held, expected, records)
        assert await held.contents() == before
        assert all(result.recorded == () for result in again)

    async def test_a_batch_that_overlaps_applies_only_what_is_new(self, held: Held) -> None:
        await held.start(0)
        expected = {PARTITION: Position(0)}
        await put(held, expected, [placed(0, "c-1", 1), placed(1, "c-1", 2)])
        await put(held, expected, [placed(1, "c-1", 2), placed(2, "c-1", 3)])
        contents = await held.contents()
        assert [version for _, version, _, _ in contents.journal] == [1, 2, 3, 4, 5, 6]
        assert contents.positions[PARTITION].next_offset == 3

    async def test_a_version_seen_before_is_a_duplicate_at_any_offset(self, held: Held) -> None:
        await held.start(0)
        expected = {PARTITION: Position(0)}
        await put(held, expected, [placed(0, "c-1", 1)])
        await put(held, expected, [placed(1, "c-1", 1)])
        contents = await held.contents()
        assert len(contents.journal) == APPLIED_EVENTS
        assert contents.positions[PARTITION].next_offset == 2


class TestACommandWhoseAnswerWasLost:
    async def test_given_again_it_is_known_by_the_event_that_it_left(self, held: Held) -> None:
        """A connection that breaks between COMMIT and its reply makes the caller ask again."""
        command = replace(
            read_record(BILLING, PARTITION[0], placed(0, "c-1", 1)), source=None, sequence=None, origin=None
        )
        (first,) = await commit(BILLING, held.store, [command], {}, SetClock(NOW))
        before = await held.contents()
        again = await commit(BILLING, held.store, [command, command], {}, SetClock(NOW))
        assert isinstance(first.outcome, Decided)
        assert [result.outcome for result in again] == [Duplicate(), Duplicate()]
        assert await held.contents() == before


class TestThePosition:
    async def test_it_remembers_the_record_before_it(self, held: Held) -> None:
        await held.start(7)
        record = placed(7, "c-1", 1)
        await put(held, {PARTITION: Position(7)}, [record])
        position = (await held.contents()).positions[PARTITION]
        assert position == Position(8, 7, record_hash(record.key, record.value))

    async def test_offsets_may_jump(self, held: Held) -> None:
        await held.start(0)
        await put(held, {PARTITION: Position(0)}, [placed(0, "c-1", 1), placed(5, "c-1", 2), placed(9, "c-2", 1)])
        contents = await held.contents()
        assert contents.positions[PARTITION].next_offset == 10
        assert contents.seen == {("orders.events", "c-1"): 2, ("orders.events", "c-2"): 1}

    async def test_a_zombie_whose_partition_moved_commits_nothing(self, held: Held) -> None:
        await held.start(0)
        ours, zombie = {PARTITION: Position(0)}, {PARTITION: Position(0)}
        await put(held, ours, [placed(0, "c-1", 1)])
        before = await held.contents()
        (result,) = await put(held, zombie, [placed(1, "c-1", 2)])
        assert result.lost
        assert await held.contents() == before


class TestAVersionGap:
    async def test_it_waits_and_applies_nothing_until_the_missing_version_comes(self, held: Held) -> None:
        await held.start(0)
        expected = {PARTITION: Position(0)}
        await put(held, expected, [placed(0, "c-1", 1), placed(1, "c-1", 3)])
        contents = await held.contents()
        assert contents.parked == [("c-1", "VERSION_GAP")]
        assert len(contents.journal) == APPLIED_EVENTS
        await put(held, expected, [placed(2, "c-1", 2)])
        assert (await held.contents()).seen["orders.events", "c-1"] == 2


class TestAPoison:
    async def test_it_is_found_and_parks_its_account_alone(self, held: Held) -> None:
        await held.start(0)
        expected = {PARTITION: Position(0)}
        records = [placed(n, f"c-{n}", 1) if n != 5 else poison(5, "c-5", 1) for n in range(9)]
        await put(held, expected, records)
        contents = await held.contents()
        assert contents.parked == [("c-5", "HANDLER_FAILED")]
        assert sorted(contents.states) == [f"c-{n}" for n in range(9) if n != 5]
        assert contents.positions[PARTITION].next_offset == 9

    async def test_later_inputs_of_its_account_queue_behind_it(self, held: Held) -> None:
        await held.start(0)
        expected = {PARTITION: Position(0)}
        await put(held, expected, [poison(0, "c-1", 1), placed(1, "c-2", 1)])
        await put(held, expected, [placed(2, "c-1", 2), placed(3, "c-2", 2)])
        contents = await held.contents()
        assert contents.parked[0] == ("c-1", "HANDLER_FAILED")
        assert [customer for customer, _ in contents.parked] == ["c-1", "c-1"]
        assert contents.seen == {("orders.events", "c-2"): 2}


class TestMemoryEqualsPostgres:
    async def test_the_same_batches_leave_the_same_contents(self, databases: dict[str, dict[str, str]]) -> None:
        roles = databases["billing"]
        await empty_database(roles)
        postgres = InPostgres(roles["app"], PostgresStore(roles["app"], BILLING))
        memory = InMemory()
        for held in (memory, postgres):
            await held.start(0)
            expected = {PARTITION: Position(0)}
            await put(held, expected, [placed(0, "c-1", 1), placed(1, "c-2", 1), poison(2, "c-3", 1)])
            await put(held, expected, [placed(3, "c-1", 2), placed(4, "c-2", 4), placed(5, "c-3", 2)])
        assert await memory.contents() == await postgres.contents()
        await postgres.store.close()


class TestTwoConnections:
    async def test_at_the_same_moment_one_applies_and_the_other_has_lost_the_partition(
        self, databases: dict[str, dict[str, str]]
    ) -> None:
        roles = databases["billing"]
        await empty_database(roles)
        first, second = (InPostgres(roles["app"], PostgresStore(roles["app"], BILLING)) for _ in range(2))
        await first.start(0)
        results = await asyncio.gather(
            put(first, {PARTITION: Position(0)}, [placed(0, "c-1", 1)]),
            put(second, {PARTITION: Position(0)}, [placed(0, "c-1", 1)]),
        )
        assert sorted(result.lost for (result,) in results) == [False, True]
        assert len((await first.contents()).journal) == APPLIED_EVENTS
        await first.store.close()
        await second.store.close()
