"""What becomes of a rebuild among commits, under a kill, on an operator's word, and where it can't begin?"""

import asyncio
import dataclasses
import json
import os
import signal
import sys

import asyncpg
import pytest

from operations.rebuild.report import Cancelled
from operations.rebuild.starting import rebuild
from operations.surroundings import OperationFailed
from runtime.errors import CotermError
from runtime.postgres.rebuild.rebuilds import AlreadyRunning, rebuilds
from runtime.postgres.rebuild.swapping import StillBusy, Successor
from runtime.postgres.sqlfile import queries
from tests.contract.kafka.journals import BILLING, happen
from tests.contract.kafka.rebuilding import ONE, SILENT, Scene, coterm_rebuild
from tests.contract.kafka.stack import ROOT, until

WAITS_FOR_THE_SWAP = """SELECT 1 FROM pg_locks JOIN pg_database ON pg_database.oid = database
WHERE locktype = 'advisory' AND NOT granted AND datname = current_database()"""


class TestWhenCommitsAndASwapMeet:
    async def test_a_commit_waits_until_the_swap_has_ended(self, scene: Scene) -> None:
        swap = await asyncpg.connect(scene.database.owner)
        async with swap.transaction():
            await swap.execute(queries("rebuild")["hold_commits"])
            selling = asyncio.create_task(happen(scene.store, [("c-1", 1)]))
            await until(lambda: scene.database.fetch(WAITS_FOR_THE_SWAP))
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
            facts: dict[str, int | float | str] = {"rebuild": begun.id, "events": 0, "seconds": 0.0, "rows_hash": ""}
            with pytest.raises(StillBusy, match="more than 64 events are still to fold"):
                await successor.swap(facts)
            assert await successor.approach() == 80
            await happen(scene.store, [("c-1", 2)])
            before = await scene.rows("live")
            await successor.open_up("billing_rebuilder")
            assert await successor.swap(facts) > 0
        assert await scene.live() == begun.schema
        assert await scene.rows("live") == before


@pytest.mark.slow
@pytest.mark.timeout(300)
class TestWhenItIsKilled:
    async def test_the_live_tables_stay_and_the_next_one_goes_on_from_there(self, scene: Scene) -> None:
        await scene.happen(*(f"c-{number}" for number in range(12)))
        before, was = await scene.rows("live"), await scene.live()
        for step in ("begun", "copied", "folded:4", "indexed", "followed", "compared", "held", "flipped"):
            code, _, err = await coterm_rebuild(scene, failpoint=f"rebuild.{step}")
            in_a_child = step in ("copied", "folded:4")
            assert code == (1 if in_a_child else -signal.SIGKILL), (step, err)
            assert (await scene.live(), await scene.rows("live")) == (was, before), step
            if step in ("folded:4", "followed"):
                await scene.happen(f"c-after-{step}")
                before = await scene.rows("live")
        made = await scene.database.fetch("SELECT schema_name FROM runtime.generations WHERE state = 'building'")
        assert len(made) == 1

        code, _, _ = await coterm_rebuild(scene, failpoint="rebuild.swapped")

        assert code == -signal.SIGKILL
        assert await scene.live() == made[0]["schema_name"]
        assert await scene.rows("live") == before


class TestWhenAnOperatorIntervenes:
    async def test_a_paused_one_waits_until_it_is_resumed(self, scene: Scene) -> None:
        await scene.happen("c-1")
        working = asyncio.create_task(scene.rebuild())
        async with rebuilds(scene.database.owner, BILLING) as book:
            await until(lambda: book.ask_for("pause"))
            await asyncio.sleep(2.5)
            assert not working.done()
            with pytest.raises(AlreadyRunning, match="a rebuild of billing runs already"):
                await scene.rebuild()
            assert await book.ask_for(None)
        assert (await working).is_equal

    async def test_a_cancelled_one_leaves_nothing_behind(self, scene: Scene) -> None:
        await scene.happen("c-1")
        was = await scene.live()
        working = asyncio.create_task(scene.rebuild())
        async with rebuilds(scene.database.owner, BILLING) as book, scene.store.transaction():  # it can't be too late
            await until(lambda: book.ask_for("cancel"))
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
        ended, out, err = await coterm_rebuild(scene, service, **changed)
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
