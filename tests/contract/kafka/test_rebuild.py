"""Is a rebuilt service the one that was live, and does every lie in log or tables show?"""

import asyncio
import dataclasses
from contextlib import suppress

import asyncpg
import pytest

from operations.rebuild.report import Different, in_lines
from runtime.clock import SetClock
from runtime.commit.page import commit
from runtime.errors import SchemaOutdated
from runtime.postgres.store import PostgresStore
from tests.contract.kafka.bench import NOW
from tests.contract.kafka.journals import BILLING, happen, order_inputs, relaying
from tests.contract.kafka.rebuilding import TABLES, Scene, execute, published_changed
from tests.contract.kafka.stack import until


class TestWhenAServiceIsRebuilt:
    async def test_the_new_tables_hold_what_was_live_and_nothing_else_has_changed(self, scene: Scene) -> None:
        await scene.happen(*(f"c-{number}" for number in range(30)), upto=2)
        before, was, kept = await scene.rows("live"), await scene.live(), await scene.untouched()

        report = await scene.rebuild(workers=2, slices=2)

        now = await scene.live()
        assert now != was
        assert await scene.rows(now) == await scene.rows(was) == before == await scene.rows("live")
        assert await scene.untouched() == kept
        assert (report.is_equal, report.events, report.fingerprints) == (True, 120, 30)
        assert report.held_ms is not None
        assert (await scene.rebuild()).rows_hash == report.rows_hash

    async def test_who_folded_has_no_right_on_what_is_live_then(self, scene: Scene) -> None:
        await scene.happen("c-1")
        await scene.rebuild()
        rebuilder = await asyncpg.connect(scene.where.rebuilding_dsn)
        try:
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await rebuilder.execute(f"DELETE FROM {await scene.live()}.accounts")
        finally:
            await rebuilder.close()

    async def test_it_is_written_by_copy_with_the_declared_keys_and_indexes(self, scene: Scene) -> None:
        await scene.happen("c-1")
        was = await scene.live()
        await scene.rebuild()
        indexes = "SELECT replace(indexdef, $1, '') AS made FROM pg_indexes WHERE schemaname = $1 ORDER BY 1"
        made = await scene.database.fetch(indexes, await scene.live())
        assert made == await scene.database.fetch(indexes, was)
        assert len(made) > len(TABLES)

    async def test_it_goes_on_committing_and_no_commit_fails(self, scene: Scene) -> None:
        await scene.happen(*(f"c-{number}" for number in range(10)))
        busy, version = True, 1

        async def sell() -> None:
            nonlocal version
            while busy:
                version += 1
                await happen(scene.store, [(f"c-{number}", version) for number in range(10)])
                await asyncio.sleep(0.01)

        async with relaying(scene.stack, scene.database, scene.topic):
            selling = asyncio.create_task(sell())
            first = await scene.rebuild()
            second = await scene.rebuild()
            busy = False
            await selling
            await until(scene._is_published)
        assert (first.is_equal, second.is_equal) == (True, True)
        assert second.events > first.events > 20
        assert (await scene.rebuild()).events == 20 * version


class TestWhenSomethingIsNotWhatTheEventsSay:
    async def test_a_row_that_was_changed_is_named_with_its_column_and_both_values(self, scene: Scene) -> None:
        await scene.happen("c-1", "c-2")
        was = await scene.live()
        await execute(scene, f"UPDATE {was}.charges SET net_cents = 1 WHERE customer_id = 'c-2'")
        with pytest.raises(Different, match="--accept-diff") as found:
            await scene.rebuild()
        text = in_lines(found.value.report)
        assert "billing · charges: 1 row changed (of 2)" in text
        assert "net_cents differs in 1 row" in text
        assert "c-2 · version 2: changed" in text
        assert "net_cents: 1 → " in text
        assert await scene.live() == was

    async def test_a_state_that_was_changed_is_named_and_mended_once_accepted(self, scene: Scene) -> None:
        await scene.happen("c-1", "c-2")
        before, was = await scene.rows("live"), await scene.live()
        state = '{"services":{},"credits":{"cr-1":{"amount_cents":999}}}'
        await execute(scene, f"UPDATE {was}.accounts SET state = $1::text::json WHERE customer_id = 'c-1'", state)
        with pytest.raises(Different) as found:
            await scene.rebuild()
        assert "billing · accounts c-1 · c-1 · version 2: changed" in in_lines(found.value.report)
        assert 'state.credits.cr-1: {"amount_cents": 999} → nothing' in in_lines(found.value.report)

        mended = await scene.rebuild(accept_diff=True)

        assert (mended.is_equal, mended.events) == (False, 4)
        assert await scene.live() != was
        assert await scene.rows("live") == before

    async def test_rows_that_are_lost_or_invented_are_counted(self, scene: Scene) -> None:
        await scene.happen("c-1", "c-2")
        was = await scene.live()
        await execute(scene, f"DELETE FROM {was}.charges WHERE customer_id = 'c-1'")
        await execute(scene, f"INSERT INTO {was}.accounts VALUES ('c-9', 4, '{{}}')")
        with pytest.raises(Different) as found:
            await scene.rebuild()
        tables = {table.table: (table.added, table.removed, table.changed) for table in found.value.report.tables}
        assert (tables["charges"], tables["accounts"]) == ((1, 0, 0), (0, 1, 0))

    async def test_an_event_of_the_topic_that_was_changed_is_named_and_can_not_be_accepted(self, scene: Scene) -> None:
        await published_changed(scene, b'"statefp":"1:', b'"statefp":"1:f')
        with pytest.raises(Different, match="does not say what billing did") as found:
            await scene.rebuild(accept_diff=True)
        (fault,) = found.value.report.faults
        assert (fault.customer_id, fault.version) == ("c-2", 2)
        assert [part.path for part in fault.differences] == ["statefp"]
        assert "billing.events[" in fault.note

    async def test_a_change_that_no_fold_sees_is_named_by_its_row(self, scene: Scene) -> None:
        await published_changed(scene, b'"net_cents":', b'"net_cents":7')
        with pytest.raises(Different) as found:
            await scene.rebuild()
        assert "c-2 · version 2: changed" in in_lines(found.value.report)

    async def test_a_version_that_the_topic_lacks_is_named(self, scene: Scene) -> None:
        await published_changed(scene, b"", b"", leave_out=1)
        with pytest.raises(Different) as found:
            await scene.rebuild()
        (fault,) = found.value.report.faults
        assert (fault.customer_id, fault.version, fault.recorded) == ("c-2", 1, None)
        assert "the journal has it" in fault.note


class TestWhenAFoldChangedOnPurpose:
    async def test_nothing_is_swapped_until_the_difference_is_accepted_and_then_the_old_version_is_refused(
        self, scene: Scene
    ) -> None:
        older = PostgresStore(scene.database.app, dataclasses.replace(BILLING, fold_version=0))
        await execute(scene, "UPDATE runtime.generations SET fold_version = 0")
        with suppress(SchemaOutdated):
            await scene.happen("c-0")
        async with relaying(scene.stack, scene.database, scene.topic):
            await happen(older, [("c-1", 1), ("c-2", 1)])
            await until(scene._is_published)
        was = await scene.live()
        await execute(scene, f"ALTER TABLE {was}.charges ADD COLUMN discount bigint")
        await execute(scene, f"UPDATE {was}.charges SET vat_cents = 0")

        with pytest.raises(Different) as found:
            await scene.rebuild()
        text = in_lines(found.value.report)
        assert "discount is gone" in text
        assert "vat_cents differs in 2 rows" in text
        assert not found.value.report.is_same_declaration
        await happen(older, [("c-1", 2)])
        await scene.published()

        swapped = await scene.rebuild(accept_diff=True)

        assert swapped.events == 6
        with pytest.raises(SchemaOutdated, match="coterm rebuild billing"):
            await commit(BILLING, older, order_inputs([("c-1", 3)]), {}, SetClock(NOW))
        await happen(scene.store, [("c-1", 3)])
        await older.close()
