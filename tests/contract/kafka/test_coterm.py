"""Can an operator look at topics and positions, and start a partition anew, with one command that explains itself?"""

import asyncio
import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from services.billing.declaration import declare as billing
from tests.contract.kafka.bench import running
from tests.contract.kafka.stack import ROOT, Database, Stack, customer_in, until


@dataclass(frozen=True)
class Said:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass(frozen=True)
class Coterm:
    """The command, in the surroundings of one test."""

    kafka: str
    namespace: str
    endpoints: Path

    async def __call__(self, *arguments: str, kafka: str | None = None) -> Said:
        environment = {
            "PATH": os.environ["PATH"],
            "COTERM_KAFKA": kafka or self.kafka,
            "COTERM_NAMESPACE": self.namespace,
        }
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "rehearsal.cli", *arguments, "--endpoints", str(self.endpoints)),
            cwd=ROOT,
            env=environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await process.communicate()
        return Said(process.returncode or 0, out.decode(), err.decode())


@pytest.fixture
def coterm(stack: Stack, database: Database, namespace: str, tmp_path: Path) -> Coterm:
    endpoints = tmp_path / "endpoints.json"
    endpoints.write_text(json.dumps({"kafka": stack.kafka, "postgres": {"billing": {"owner": database.owner}}}))
    return Coterm(stack.kafka, namespace, endpoints)


class TestTopics:
    async def test_check_names_what_is_missing_and_apply_makes_it(self, coterm: Coterm) -> None:
        missing = await coterm("topics", "check")
        assert missing.code == 1
        assert f"topic {coterm.namespace}orders.events is missing" in missing.out
        made = await coterm("topics", "apply", "--json")
        assert (made.code, len(made.json["created"]), made.json["differences"]) == (0, 7, [])
        assert (await coterm("topics", "check")).code == 0


class TestPositions:
    async def test_reset_says_what_it_would_do_and_with_yes_starts_the_partition_anew_without_a_second_effect(
        self, coterm: Coterm, stack: Stack, database: Database, namespace: str, tmp_path: Path
    ) -> None:
        await stack.make_declared(namespace, "orders.events", "provisioning.events")
        customer = customer_in(6)
        await stack.write_orders(namespace, [(customer, 1), (customer, 2)])
        async with running(stack, database, billing(), namespace, tmp_path / "first"):
            await until(lambda: _has_journal(database, 4))
        nothing = await coterm("positions", "reset", "billing", "--yes")
        assert (nothing.code, "nothing to reset" in nothing.out) == (0, True)

        await database.fetch("UPDATE runtime.positions SET digest = '\\x00' WHERE next_offset = 2")
        shown = await coterm("positions", "show", "billing", "--json")
        (strange,) = [entry for entry in shown.json if entry["why"]]
        assert (shown.code, strange["partition"], strange["next_offset"]) == (1, 6, 2)
        assert "another record stands at offset 1" in strange["why"]

        dry = await coterm("positions", "reset", "billing")
        assert dry.code == 0
        assert "orders.events[6] would be set from 2 to 0" in dry.out
        assert await _position(database, namespace) == 2
        done = await coterm("positions", "reset", "billing", "--yes")
        assert "orders.events[6] set from 2 to 0" in done.out
        assert await _position(database, namespace) == 0

        await stack.write_orders(namespace, [(customer, 3)])
        async with running(stack, database, billing(), namespace, tmp_path / "second"):
            await until(lambda: _has_journal(database, 6))
        causes = await database.fetch("SELECT cause_id FROM runtime.journal WHERE last_of_input")
        assert len(causes) == len({row["cause_id"] for row in causes}) == 3
        assert await _position(database, namespace) == 3

    async def test_wrong_usage_is_2_and_a_broker_or_database_that_is_away_is_one_sentence(self, coterm: Coterm) -> None:
        unknown = await coterm("positions", "show", "shipping")
        assert (unknown.code, unknown.err.strip().count("\n")) == (2, 0)
        assert "unknown service shipping; known: orders, billing" in unknown.err
        assert (await coterm("positions", "forget", "billing")).code == 2
        away = await coterm("topics", "check", kafka="127.0.0.1:1")
        assert (away.code, away.err.strip().count("\n")) == (1, 0)
        assert away.err.startswith("coterm: Kafka at 127.0.0.1:1 can't be used")
        gone = {"kafka": coterm.kafka, "postgres": {"billing": {"owner": "postgresql://b:x@127.0.0.1:1/b"}}}
        coterm.endpoints.write_text(json.dumps(gone))
        closed = await coterm("positions", "show", "billing")
        assert (closed.code, closed.err.strip().count("\n")) == (1, 0)
        assert closed.err.startswith("coterm: the database of billing can't be used")
        unnamed = await coterm("positions", "show", "orders")
        assert (unnamed.code, "COTERM_POSTGRES_OWNER_DSN" in unnamed.err) == (1, True)


async def _has_journal(database: Database, rows: int) -> bool:
    (found,) = await database.fetch("SELECT count(*) FROM runtime.journal")
    return bool(found["count"] == rows)


async def _position(database: Database, namespace: str) -> int:
    sql = "SELECT next_offset FROM runtime.positions WHERE topic = $1 AND partition = 6"
    (row,) = await database.fetch(sql, f"{namespace}orders.events")
    return int(row["next_offset"])
