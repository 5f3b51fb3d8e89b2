"""How is a run made? Stage by stage; in each, rounds of all that its rows need, until the repeats are done."""

import asyncio
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from os import getloadavg

from benchmarks.machine import CHILDREN, SELF, cpu_seconds, fsync_ms, used_between
from benchmarks.stages.stage import Opened, Sizes, Stage
from benchmarks.takes import CPU, Figure, Round, Row, Take, figure, not_measured

LEAST_ROUNDS = 2
PATIENCE_SECONDS = 240
"""What takes longer than this will not end."""


@dataclass(frozen=True, slots=True)
class Shares:
    """Until when each stage may begin another round: what one leaves, the next ones have."""

    began: float
    minutes: float
    weights: Mapping[str, float]

    def until(self, stage: str) -> float:
        """Return the moment on the monotonic clock."""
        names = list(self.weights)
        so_far = sum(self.weights[name] for name in names[: names.index(stage) + 1])
        return self.began + 60 * self.minutes * so_far / sum(self.weights.values())


async def run(rows: Sequence[Row], stages: Mapping[str, tuple[Stage, float]], sizes: Sizes) -> list[Figure]:
    """Measure rows; one whose stage fails or has no time left is told as not measured, with why."""
    parts = {name: part for name, part in stages.items() if any(row.stage == name for row in rows)}
    shares = Shares(time.monotonic(), sizes.minutes, {name: weight for name, (_, weight) in parts.items()})
    found: dict[int, Figure] = {}
    for name, (stage, _) in parts.items():
        mine = [row for row in rows if row.stage == name]
        try:
            rounds = await _rounds(stage, name, mine, sizes, shares.until(name))
            found |= {id(row): figure(row, rounds) for row in mine}
        except Exception as error:  # one stage that can't be measured does not take the others with it
            why = f"{type(error).__name__}: {error}"
            print(f"{name}: {why}", flush=True)
            found |= {id(row): not_measured(row, why[:200]) for row in mine}
    return [found[id(row)] for row in rows]


async def _rounds(stage: Stage, name: str, rows: Sequence[Row], sizes: Sizes, until: float) -> list[Round]:
    things = list(dict.fromkeys(thing for row in rows for thing in row.things))
    rounds: list[Round] = []
    failed: dict[str, Take] = {}
    async with stage(sizes, things) as opened:
        took = 0.0
        while len(rounds) < sizes.repeats:
            if len(rounds) >= LEAST_ROUNDS and time.monotonic() + took > until:
                break
            began = time.monotonic()
            rounds.append(await _round(opened, _in_turn(things, len(rounds)), failed))
            took = time.monotonic() - began
            print(f"  {name:<14} round {len(rounds)} of {sizes.repeats} in {took:.1f} s", flush=True)
    return rounds


def _in_turn(things: Sequence[str], number: int) -> Collection[str]:
    """Let another thing be first in each round, so that none is always the one that follows the same other."""
    first = number % len(things)
    return [*things[first:], *things[:first]]


async def _round(opened: Opened, things: Collection[str], failed: dict[str, Take]) -> Round:
    """Take each thing once; what failed before is not tried again, and voids its rows alone."""
    takes = {}
    for thing in things:
        takes[thing] = failed.get(thing) or await _taken(opened, thing)
        if not takes[thing].measured:
            failed[thing] = takes[thing]
    return Round(takes, fsync_ms(opened.layout.run), getloadavg()[0])


async def _taken(opened: Opened, thing: str) -> Take:
    before = cpu_seconds(opened.layout)
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            take = await opened.things[thing]()
    except Exception as error:
        why = f"{thing}: {type(error).__name__}: {error}"
        print(f"  {why}", flush=True)
        return Take({}, wrong=why[:300])
    used = used_between(before, cpu_seconds(opened.layout))
    whole = sum(seconds for process, seconds in used.items() if process not in {SELF, CHILDREN})
    measured = {**take.measured, CPU: whole * 1000 / take.units} if take.units else take.measured
    return replace(take, measured=measured, cpu=used)
