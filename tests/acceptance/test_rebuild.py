"""Can every service be rebuilt while it goes on, without a mail, an event or an effect that was not there before?"""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from deploy.local.layout import ROOT
from operations.progress import ProgressDisplay
from operations.rebuild.conduct import Options
from operations.rebuild.report import Report
from operations.rebuild.starting import rebuild
from operations.surroundings import SERVICES, Surroundings, declaration, find
from operations.verify.gathering import drain
from operations.verify.rebuilding import untouched
from rehearsal.play.carts import E_INVOICING
from rehearsal.play.stage import Stage
from runtime.postgres.inspection import inspection
from runtime.postgres.migrate import role_of

UNTOUCHED = ("journal", "effects", "inbox")


@pytest_asyncio.fixture(scope="module", loop_scope="session", autouse=True)
async def bought(stage: Stage) -> None:
    """Let every service have a past, and a mail sent, whichever tests ran before."""
    await stage.owner("2026-01-15T09:00:00+00:00")


class TestWhenAServiceIsRebuilt:
    @pytest.mark.parametrize("name", SERVICES)
    async def test_its_tables_are_the_same_and_nothing_has_acted(self, stage: Stage, running: Path, name: str) -> None:
        where = find(running / "endpoints.json")
        assert await drain(where, 60) == ""
        before, mails = await _held(where, name), _mails(stage)

        report = await _rebuilt(where, name)

        assert (report.is_equal, report.is_same_declaration) == (True, True)
        assert report.fingerprints > 0
        assert await _held(where, name) == before
        assert _mails(stage) == mails

    async def test_it_takes_orders_meanwhile_and_goes_on_afterwards(self, stage: Stage, running: Path) -> None:
        where = find(running / "endpoints.json")
        await stage.at("2026-01-15T09:00:00+00:00")
        rebuilt = asyncio.create_task(_rebuilt(where, "orders"))
        bought = 0
        while not rebuilt.done():
            await stage.buy(stage.names.buyer(), E_INVOICING)
            bought += 1
        assert (await rebuilt).is_equal
        assert bought > 0
        owner = await stage.owner("2026-01-15T09:00:00+00:00")
        assert await stage.expiries(owner) == {"E_INVOICING": "2027-01-15"}

    async def test_the_command_tells_of_it_and_drops_the_old_tables_when_told(self, running: Path) -> None:
        endpoints = ("--endpoints", str(running / "endpoints.json"))
        code, out = await _coterm("rebuild", "billing", "--workers", "1", "--json", *endpoints)
        printed = json.loads(out)
        assert (code, printed["swapped"], printed["equal"], printed["faults"]) == (0, True, True, [])
        code, out = await _coterm("rebuild", "drop-old", "billing", "--yes", *endpoints)
        assert code == 0
        assert f"{printed['replaces']} is dropped" in out


class TestWhenTheRoleThatRebuildsIsLookedAt:
    async def test_it_has_no_right_on_anything_that_is_there(self, running: Path) -> None:
        looked_at = await untouched(find(running / "endpoints.json"))
        assert looked_at.violations == []
        assert looked_at.checked > 100

    async def test_a_right_that_somebody_gave_it_is_named(self, running: Path) -> None:
        where = find(running / "endpoints.json")
        role = role_of(where.rebuilder_dsn("billing"))
        async with _as_owner(where.dsn("billing")) as database:
            await database.execute(
                f"GRANT USAGE ON SCHEMA runtime TO {role}; GRANT INSERT ON runtime.effects TO {role}"
            )
            try:
                looked_at = await untouched(where)
            finally:
                await database.execute(
                    f"REVOKE INSERT ON runtime.effects FROM {role}; REVOKE USAGE ON SCHEMA runtime FROM {role}"
                )
        (found,) = looked_at.violations
        assert str(found.place) == "billing · runtime.effects"
        assert found.what == f"{role}, under which it is rebuilt, has the right to INSERT"


@asynccontextmanager
async def _as_owner(dsn: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(dsn)
    try:
        yield connection
    finally:
        await connection.close()


async def _rebuilt(where: Surroundings, name: str) -> Report:
    return await rebuild(where, name, Options(workers=1), ProgressDisplay(silent=True))


async def _held(where: Surroundings, name: str) -> dict[str, Any]:
    """Read what a rebuild makes again, and what it must not touch."""
    service = declaration(name)
    async with inspection(where.dsn(name)) as live:
        rows = {projection.table: await live.rows(projection) for projection in service.projections}
        accounts = [tuple(row) for row in await live.fetch("accounts") if row["version"]]
        ledger = {table: [tuple(row) for row in await live.fetch(table)] for table in UNTOUCHED}
    return {"rows": rows, "accounts": accounts, **ledger}


def _mails(stage: Stage) -> int:
    return sum(1 for _ in (stage.endpoints.maildir / "new").iterdir())


async def _coterm(*arguments: str) -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "rehearsal.cli", *arguments), cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    out, _ = await process.communicate()
    return process.returncode or 0, out.decode()
