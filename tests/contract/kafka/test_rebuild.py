"""Is a rebuilt service the one that was live, whatever happens meanwhile, and does every lie in log or tables show?"""

import asyncio
import dataclasses
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from operations.rebuild.conduct import Options
from operations.rebuild.outcome import Cancelled, Different
from operations.rebuild.report import Report, told
from operations.rebuild.shown import Shown
from operations.rebuild.starting import rebuild
from operations.surroundings import OperationFailed, Surroundings
from runtime.clock import SetClock
from runtime.commit import commit
from runtime.errors import CotermError, SchemaOutdated
from runtime.postgres.rebuilds import AlreadyRunning, rebuilds
from runtime.postgres.sqlfile import queries
from runtime.postgres.store import PostgresStore
from runtime.postgres.swapping import StillBusy, Successor
from tests.contract.kafka.bench import NOW
from tests.contract.kafka.journals import BILLING, happen, order_inputs, relaying, unpublished
from tests.contract.kafka.stack import ROOT, Database, Stack, until

ONE = Options(workers=1)
TABLES = ("accounts", *(projection.table for projection in BILLING.projections))
SILENT = Shown(silent=True)


@dataclass
class Scene:
    """A service with a history, in its database and on its topic."""

    stack: Stack
    database: Database
    namespace: str
    store: PostgresStore
    where: Surroundings

    @property
    def topic(self) -> str:
        return f"{self.namespace}billing.events"

    async def happen(self, *accounts: str, upto: int = 1) -> None:
        """Commit orders of these accounts, and have them published."""
        for version in range(1, upto + 1):
            await happen(self.store, [(account, version) for account in accounts])
        await self.published()

    async def published(self) -> None:
        async with relaying(self.stack, self.database, self.topic):
            await until(self._is_published)

    async def rebuild(self, **options: Any) -> Report:
        return await rebuild(self.where, "billing", dataclasses.replace(ONE, **options), SILENT)

    async def live(self) -> str:
        (row,) = await self.database.fetch("SELECT schema_name FROM runtime.generations WHERE state = 'live'")
        return str(row["schema_name"])

    async def rows(self, schema: str) -> dict[str, list[str]]:
        """Return every row of a generation, or of the live views, as text."""
        return {
            table: sorted(row[0] for row in await self.database.fetch(f"SELECT t::text FROM {schema}.{table} AS t"))
            for table in TABLES
        }

    async def untouched(self) -> dict[str, Any]:
        """Return what no rebuild may change."""
        names = ("journal", "effects", "positions", "inbox", "handovers", "parked", "quarantine")
        return {
            name: await self.database.fetch(f"SELECT t::text FROM runtime.{name} AS t ORDER BY 1") for name in names
        }

    async def _is_published(self) -> bool:
        return not await unpublished(self.database)


@pytest.fixture
async def scene(stack: Stack, database: Database, namespace: str) -> AsyncIterator[Scene]:
    await stack.make_declared(namespace, "billing.events")
    store = PostgresStore(database.app, BILLING)
    rebuilder = stack.roles["billing"]["rebuilder"].rpartition("/")[0] + "/" + database.owner.rpartition("/")[2]
    where = Surroundings(stack.kafka, namespace, {}, database.owner, database.app, False, rebuilder)
    yield Scene(stack, database, namespace, store, where)
    await store.close()


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
        await _execute(scene, f"UPDATE {was}.charges SET net_cents = 1 WHERE customer_id = 'c-2'")
        with pytest.raises(Different, match="--accept-diff") as found:
            await scene.rebuild()
        said = told(found.value.report)
        assert "billing · charges: 1 row changed (of 2)" in said
        assert "net_cents differs in 1 row" in said
        assert "c-2 · version 2: changed" in said
        assert "net_cents: 1 → " in said
        assert await scene.live() == was

    async def test_a_state_that_was_changed_is_named_and_mended_once_accepted(self, scene: Scene) -> None:
        await scene.happen("c-1", "c-2")
        before, was = await scene.rows("live"), await scene.live()
        state = '{"services":{},"credits":{"cr-1":{"amount_cents":999}}}'
        await _execute(scene, f"UPDATE {was}.accounts SET state = $1::text::json WHERE customer_id = 'c-1'", state)
        with pytest.raises(Different) as found:
            await scene.rebuild()
        assert "billing · accounts c-1 · c-1 · version 2: changed" in told(found.value.report)
        assert 'state.credits.cr-1: {"amount_cents": 999} → nothing' in told(found.value.report)

        mended = await scene.rebuild(accept_diff=True)

        assert (mended.is_equal, mended.events) == (False, 4)
        assert await scene.live() != was
        assert await scene.rows("live") == before

    async def test_rows_that_are_lost_or_invented_are_counted(self, scene: Scene) -> None:
        await scene.happen("c-1", "c-2")
        was = await scene.live()
        await _execute(scene, f"DELETE FROM {was}.charges WHERE customer_id = 'c-1'")
        await _execute(scene, f"INSERT INTO {was}.accounts VALUES ('c-9', 4, '{{}}')")
        with pytest.raises(Different) as found:
            await scene.rebuild()
        tables = {table.table: (table.added, table.removed, table.changed) for table in found.value.report.tables}
        assert (tables["charges"], tables["accounts"]) == ((1, 0, 0), (0, 1, 0))

    async def test_an_event_of_the_topic_that_was_changed_is_named_and_can_not_be_accepted(self, scene: Scene) -> None:
        await _published_changed(scene, b'"statefp":"1:', b'"statefp":"1:f')
        with pytest.raises(Different, match="does not say what billing did") as found:
            await scene.rebuild(accept_diff=True)
        (fault,) = found.value.report.faults
        assert (fault.customer_id, fault.version) == ("c-2", 2)
        assert [part.path for part in fault.differences] == ["statefp"]
        assert "billing.events[" in fault.note

    async def test_a_change_that_no_fold_sees_is_named_by_its_row(self, scene: Scene) -> None:
        await _published_changed(scene, b'"net_cents":', b'"net_cents":7')
        with pytest.raises(Different) as found:
            await scene.rebuild()
        assert "c-2 · version 2: changed" in told(found.value.report)

    async def test_a_version_that_the_topic_lacks_is_named(self, scene: Scene) -> None:
        await _published_changed(scene, b"", b"", leave_out=1)
        with pytest.raises(Different) as found:
            await scene.rebuild()
        (fault,) = found.value.report.faults
        assert (fault.customer_id, fault.version, fault.said) == ("c-2", 1, None)
        assert "the journal has it" in fault.note


class TestWhenAFoldChangedOnPurpose:
    async def test_nothing_is_swapped_until_the_difference_is_accepted_and_then_the_old_version_is_refused(
        self, scene: Scene
    ) -> None:
        older = PostgresStore(scene.database.app, dataclasses.replace(BILLING, fold_version=0))
        await _execute(scene, "UPDATE runtime.generations SET fold_version = 0")
        with suppress(SchemaOutdated):
            await scene.happen("c-0")
        async with relaying(scene.stack, scene.database, scene.topic):
            await happen(older, [("c-1", 1), ("c-2", 1)])
            await until(scene._is_published)
        was = await scene.live()
        await _execute(scene, f"ALTER TABLE {was}.charges ADD COLUMN discount bigint")
        await _execute(scene, f"UPDATE {was}.charges SET vat_cents = 0")

        with pytest.raises(Different) as found:
            await scene.rebuild()
        said = told(found.value.report)
        assert "discount is gone" in said
        assert "vat_cents differs in 2 rows" in said
        assert not found.value.report.is_same_declaration
        await happen(older, [("c-1", 2)])
        await scene.published()

        swapped = await scene.rebuild(accept_diff=True)

        assert swapped.events == 6
        with pytest.raises(SchemaOutdated, match="coterm rebuild billing"):
            await commit(BILLING, older, order_inputs([("c-1", 3)]), {}, SetClock(NOW))
        await happen(scene.store, [("c-1", 3)])
        await older.close()


class TestWhenCommitsAndASwapMeet:
    async def test_a_commit_waits_until_the_swap_has_ended(self, scene: Scene) -> None:
        swap = await asyncpg.connect(scene.database.owner)
        async with swap.transaction():
            await swap.execute(queries("rebuild")["hold_commits"])
            selling = asyncio.create_task(happen(scene.store, [("c-1", 1)]))
            await asyncio.sleep(0.5)
            assert not selling.done()
        await selling
        await swap.close()

    async def test_a_swap_lets_go_of_everything_when_a_commit_does_not_end(self, scene: Scene) -> None:
        await happen(scene.store, [("c-1", 1)])
        before, was = await scene.rows("live"), await scene.live()
        async with rebuilds(scene.database.owner, BILLING) as book, scene.store.transaction():
            begun = await book.begin(1, {}, "billing_rebuilder")
            successor = Successor(book.connection, BILLING, begun.schema, was)
            with pytest.raises(StillBusy):
                await successor.swap({"rebuild": begun.id, "events": 0, "seconds": 0.0, "rows_hash": ""})
        assert (await scene.live(), await scene.rows("live")) == (was, before)

    async def test_more_events_than_one_may_wait_for_are_folded_before(self, scene: Scene) -> None:
        await happen(scene.store, [(f"c-{number}", 1) for number in range(40)])
        async with rebuilds(scene.database.owner, BILLING) as book:
            begun = await book.begin(1, {}, "billing_rebuilder")
            await book.make_indexes(begun, 1)
            successor = Successor(book.connection, BILLING, begun.schema, await scene.live())
            told = {"rebuild": begun.id, "events": 0, "seconds": 0.0, "rows_hash": ""}
            with pytest.raises(StillBusy, match="more than 64 events are still to fold"):
                await successor.swap(told)
            assert await successor.approach() == 80
            await happen(scene.store, [("c-1", 2)])
            before = await scene.rows("live")
            await successor.open_up("billing_rebuilder")
            assert await successor.swap(told) > 0
        assert await scene.live() == begun.schema
        assert await scene.rows("live") == before


@pytest.mark.slow
@pytest.mark.timeout(300)
class TestWhenItIsKilled:
    async def test_the_live_tables_stay_and_the_next_one_goes_on_from_there(self, scene: Scene) -> None:
        await scene.happen(*(f"c-{number}" for number in range(12)))
        before, was = await scene.rows("live"), await scene.live()
        for step in ("begun", "copied", "folded:4", "indexed", "followed", "compared", "held", "flipped"):
            code, _, err = await _coterm(scene, failpoint=f"rebuild.{step}")
            in_a_child = step in ("copied", "folded:4")
            assert code == (1 if in_a_child else -signal.SIGKILL), (step, err)
            assert (await scene.live(), await scene.rows("live")) == (was, before), step
            if step in ("folded:4", "followed"):
                await scene.happen(f"c-after-{step}")
                before = await scene.rows("live")
        made = await scene.database.fetch("SELECT schema_name FROM runtime.generations WHERE state = 'building'")
        assert len(made) == 1

        code, _, _ = await _coterm(scene, failpoint="rebuild.swapped")

        assert code == -signal.SIGKILL
        assert await scene.live() == made[0]["schema_name"]
        assert await scene.rows("live") == before


class TestWhenAnOperatorIntervenes:
    async def test_a_paused_one_waits_until_it_is_resumed(self, scene: Scene) -> None:
        await scene.happen("c-1")
        working = asyncio.create_task(scene.rebuild())
        async with rebuilds(scene.database.owner, BILLING) as book:
            await until(lambda: book.wish("pause"))
            await asyncio.sleep(2.5)
            assert not working.done()
            with pytest.raises(AlreadyRunning, match="a rebuild of billing runs already"):
                await scene.rebuild()
            assert await book.wish(None)
        assert (await working).is_equal

    async def test_a_cancelled_one_leaves_nothing_behind(self, scene: Scene) -> None:
        await scene.happen("c-1")
        was = await scene.live()
        working = asyncio.create_task(scene.rebuild())
        async with rebuilds(scene.database.owner, BILLING) as book:
            await until(lambda: book.wish("cancel"))
            with pytest.raises(Cancelled):
                await working
            assert (await book.last())[0]["outcome"] == "cancelled"
        schemas = await scene.database.fetch("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'generation%'")
        assert [row["nspname"] for row in schemas] == [was]


class TestWhenItCanNotBegin:
    async def test_it_says_why_in_one_sentence_and_changes_nothing(self, scene: Scene) -> None:
        nowhere = dataclasses.replace(scene.where, rebuilding_dsn=scene.database.owner)
        with pytest.raises(OperationFailed, match="its role may touch the journal or the effects"):
            await rebuild(nowhere, "billing", ONE, SILENT)
        other = dataclasses.replace(scene.where, namespace="nowhere.")
        with pytest.raises(CotermError, match=r"topic nowhere\.billing\.events is missing"):
            await rebuild(other, "billing", ONE, SILENT)

    @pytest.mark.parametrize(
        ("service", "changed", "code", "why"),
        [
            ("refunds", {}, 2, "unknown service refunds"),
            ("billing", {"COTERM_KAFKA": "127.0.0.1:1"}, 1, "Kafka at 127.0.0.1:1 can't be used"),
            ("billing", {"COTERM_POSTGRES_OWNER_DSN": "postgresql://a:b@127.0.0.1:1/x"}, 1, "the database of billing"),
        ],
    )
    async def test_the_command_ends_with_the_documented_code(
        self, scene: Scene, service: str, changed: dict[str, str], code: int, why: str
    ) -> None:
        ended, out, err = await _coterm(scene, service, **changed)
        assert (ended, out, len(err.splitlines())) == (code, "", 1)
        assert err.startswith("coterm: ")
        assert why in err

    async def test_a_folding_process_refuses_an_environment_that_could_act(self, scene: Scene) -> None:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "operations.rebuild.folding"),
            cwd=ROOT,
            env={"PATH": os.environ["PATH"], "COTERM_SMTP_HOST": "127.0.0.1"},
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        out, _ = await process.communicate(b'{"failpoint": null}\n')
        assert process.returncode == 1
        assert "COTERM_SMTP_HOST" in json.loads(out)["failed"]


async def _execute(scene: Scene, sql: str, *arguments: Any) -> None:
    connection = await asyncpg.connect(scene.database.owner)
    try:
        await connection.execute(sql, *arguments)
    finally:
        await connection.close()


async def _published_changed(scene: Scene, old: bytes, new: bytes, leave_out: int = 0) -> None:
    """Publish what happened with c-2's last event changed, as a hand in the log would; mark it as published."""
    await happen(scene.store, [("c-1", 1), ("c-2", 1)])
    rows = await scene.database.fetch("SELECT customer_id, version, bucket, value FROM runtime.journal ORDER BY id")
    records = []
    for row in rows:
        is_it = row["customer_id"] == "c-2" and row["version"] == 2
        if not (row["customer_id"] == "c-2" and row["version"] == leave_out):
            value = row["value"].replace(old, new, 1) if is_it and old else row["value"]
            records.append((row["bucket"], row["customer_id"], value))
    await scene.stack.write(scene.topic, records)
    await _execute(scene, "UPDATE runtime.journal SET published_partition = bucket, published_offset = id")


async def _coterm(
    scene: Scene, service: str = "billing", failpoint: str | None = None, **changed: str
) -> tuple[int, str, str]:
    environment = {
        "PATH": os.environ["PATH"],
        "COTERM_KAFKA": scene.stack.kafka,
        "COTERM_NAMESPACE": scene.namespace,
        "COTERM_POSTGRES_OWNER_DSN": scene.database.owner,
        "COTERM_POSTGRES_REBUILDER_DSN": scene.where.rebuilding_dsn or "",
        "COTERM_FAILPOINT": failpoint or "",
    }
    process = await asyncio.create_subprocess_exec(
        *(
            sys.executable,
            "-m",
            "operations.cli",
            "rebuild",
            service,
            "--workers",
            "1",
            "--endpoints",
            str(Path("none")),
        ),
        cwd=ROOT,
        env=environment | changed,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    return process.returncode or 0, out.decode(), err.decode()
