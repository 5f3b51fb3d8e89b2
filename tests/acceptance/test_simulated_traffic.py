"""Does a busy day of storefronts end as it must, order by order? The simulator's own plan, over HTTP and Kafka."""

import asyncio
import json
import sys
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from deploy.local.layout import ROOT
from rehearsal.play.stage import Stage
from rehearsal.simulate import report
from rehearsal.simulate.plan import Plan, plan
from rehearsal.simulate.playing import Run, Target
from schemas.catalogue import catalogue_on
from tests.builders import ORDER_DAY

CATALOGUE = catalogue_on(date(2026, 1, 15))


async def played(stage: Stage, planned: Plan, **more: Any) -> dict[str, Any]:
    """Play a plan on the stage, its owners' past included, and return what would be reported."""
    run = Run(planned, Target(stage.endpoints.kafka, front=stage.front), CATALOGUE, **more)
    return report.plain(run, await run.play(stage.time, datetime.fromisoformat(ORDER_DAY)))


class TestWhenTwentyFourOrdersComeByEveryWay:
    async def test_each_ends_as_it_must(self, stage: Stage) -> None:
        planned = plan(637, 24, stage.names.order(), CATALOGUE, may_set_the_clock=True)
        assert {
            "Documents, extension kept",
            "Documents in grace",
            "paid before its order",
            "submitted twice",
        } <= planned.cases().keys()

        outcome = await played(stage, planned, rate=40.0)

        assert outcome["differences"] == []
        assert outcome["counts"]["submitted"] == outcome["counts"]["accepted"] + outcome["counts"]["refused"] == 24
        assert min(outcome["messages"][way] for way in ("http", "structured", "binary")) > 0
        assert outcome["milliseconds"]["payment to activation"]["p50"] > 0


class TestWhenAnOrderEndsOtherwise:
    async def test_it_is_named_with_what_it_is_instead(self, stage: Stage) -> None:
        planned = plan(11, 1, stage.names.order(), CATALOGUE, ways=("structured",))
        (scenario,) = planned.scenarios
        (ends,) = scenario.expected
        hoped = replace(scenario, expected=(replace(ends, conflicts=ends.conflicts + 1),))

        outcome = await played(stage, replace(planned, scenarios=(hoped,)), patience_seconds=15.0)

        sentence = f"the number of conflicts is {ends.conflicts}, not {ends.conflicts + 1}"
        assert [(each["order_id"], each["what"]) for each in outcome["differences"]] == [(ends.order_id, sentence)]


class TestWhenAnOperatorAsksForIt:
    async def test_the_command_ends_with_zero_and_says_so(self, stage: Stage, running: Path) -> None:
        await stage.at(ORDER_DAY)
        command = [sys.executable, "-m", "rehearsal.cli", "simulate", "--orders", "3", "--ways", "kafka", "--json"]
        child = await asyncio.create_subprocess_exec(
            *command,
            "--endpoints",
            str(running / "endpoints.json"),
            cwd=ROOT,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, wrong = await child.communicate()
        assert child.returncode == 0, wrong.decode() + out.decode()
        assert json.loads(out)["as_expected"] is True
