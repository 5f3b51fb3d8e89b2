"""What does a test of a rebuild begin with? A service with a history, in its database and on its topic."""

import asyncio
import dataclasses
import os
import sys
import tempfile
from dataclasses import dataclass
from typing import Any

import asyncpg

from operations.progress import ProgressDisplay
from operations.rebuild.conduct import Options
from operations.rebuild.report import Report
from operations.rebuild.starting import rebuild
from operations.surroundings import Surroundings
from runtime.postgres.store import PostgresStore
from tests.contract.kafka.journals import BILLING, happen, relaying, unpublished
from tests.contract.kafka.stack import ROOT, Database, Stack, until

ONE = Options(workers=1)
TABLES = ("accounts", *(projection.table for projection in BILLING.projections))
SILENT = ProgressDisplay(silent=True)


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


async def execute(scene: Scene, sql: str, *arguments: Any) -> None:
    connection = await asyncpg.connect(scene.database.owner)
    try:
        await connection.execute(sql, *arguments)
    finally:
        await connection.close()


async def published_changed(scene: Scene, old: bytes, new: bytes, leave_out: int = 0) -> None:
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
    await execute(scene, "UPDATE runtime.journal SET published_partition = bucket, published_offset = id")


async def coterm_rebuild(
    scene: Scene, service: str = "billing", failpoint: str | None = None, **changed: str
) -> tuple[int, str, str]:
    """Run `coterm rebuild` as a process; return its exit code and what it said on both streams."""
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "COTERM_KAFKA": scene.stack.kafka,
        "COTERM_NAMESPACE": scene.namespace,
        "COTERM_POSTGRES_OWNER_DSN": scene.database.owner,
        "COTERM_POSTGRES_REBUILDER_DSN": scene.where.rebuilding_dsn or "",
        "COTERM_FAILPOINT": failpoint or "",
    }
    with tempfile.TemporaryDirectory() as elsewhere:  # where no local stack describes itself
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "rehearsal.cli", "rebuild", service, "--workers", "1"),
            cwd=elsewhere,
            env=environment | changed,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await process.communicate()
    return process.returncode or 0, out.decode(), err.decode()
