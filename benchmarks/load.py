"""How many orders a second does the whole chain bear on this machine? `python -m benchmarks.load`.

Customers come at a rate and wait for nobody: first purchases over Kafka, at rising rates, each for some seconds. A rate
is borne when the orders under way do not grow (in the last third of the time no more of them than in the second, but
for what one second brings), and when no more mails wait at its end than two seconds ask for. Then the same at 30 % and
at 70 % of the highest rate that was borne, and a soak at 70 %, in which the services' memory is looked at every few
seconds: it is flat when its slope would not reach a tenth more in an hour. Latencies are between the broker's own
append times.
"""

import argparse
import asyncio
import json
import shutil
import statistics
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import asyncpg
from rich.console import Console
from rich.table import Table

from benchmarks.chain import first_purchases
from benchmarks.machine import CHILDREN, SELF, cpu_seconds, facts, resident_mib, used_between
from benchmarks.stages.stage import roles_of
from deploy.local import stack
from deploy.local.layout import ROOT, SERVICES, Layout
from deploy.local.process import Process
from rehearsal.simulate.order_states import quantile
from rehearsal.simulate.playing import Run, Target

PORTS = 14000
FIRST_RATE = 2.0
STEP = 1.5
PATIENCE_SECONDS = 60.0
MAILS_AN_ORDER = 2
"""Of a first purchase: that it was received, and how to sign in."""
FLAT = 0.1
"""Memory is flat when it would grow by less than this share in an hour."""


@dataclass(frozen=True, slots=True)
class Step:
    """One rate, and what came of it."""

    rate: float
    orders: int
    ended: int
    """Of these, those that were active before the last one was placed."""
    seconds: float
    is_borne: bool
    wrong: int
    under_way: Sequence[int]
    """Orders that were begun and not yet active, each second."""
    milliseconds: Mapping[str, Mapping[str, float]]
    cores: Mapping[str, float]
    """How much of a core each process used while orders came in."""
    mails_waiting: int = 0
    """When the last order was placed."""
    memory_mib: Mapping[str, Sequence[float]] = field(default_factory=dict)
    """Of each service, every few seconds."""

    @property
    def cpu_ms_an_order(self) -> float:
        """CPU time of the whole stack while orders came in, for each that became active meanwhile."""
        whole = sum(share for name, share in self.cores.items() if name not in {SELF, CHILDREN})
        return 1000 * whole * self.seconds / max(1, self.ended)

    @property
    def fullest(self) -> str:
        """Name the process that came nearest to a whole core: none of ours can use more than one."""
        name, share = max(
            ((name, share) for name, share in self.cores.items() if name not in {SELF, CHILDREN}),
            key=lambda each: each[1],
        )
        return f"{name} {share:.0%}"


async def step(layout: Layout, rate: float, seconds: float, look_every: float = 5.0) -> Step:
    """Let orders come at a rate, and watch what becomes of them."""
    planned, catalogue = first_purchases(max(4, round(rate * seconds)))
    target = Target(layout.address("kafka"))
    run = Run(planned, target, catalogue, rate=rate, at_once=planned.orders, patience_seconds=PATIENCE_SECONDS)
    began, before = time.monotonic(), cpu_seconds(layout)
    playing = asyncio.create_task(run.play())
    under_way: list[int] = []
    memory: dict[str, list[float]] = {name: [] for name in SERVICES}
    while time.monotonic() - began < planned.orders / rate and not playing.done():
        await asyncio.sleep(1)
        under_way.append(run.tally.sent["submitted"] - run.tally.ended)
        if len(under_way) % max(1, round(look_every)) == 0:
            for name, held in memory.items():
                held.append(_held(layout, name))
    took, ended = time.monotonic() - began, run.tally.ended
    used = used_between(before, cpu_seconds(layout))
    waiting = await _mails_waiting(layout)
    wrong = sum(1 for verdict in await playing if verdict.wrong)
    spans = {name: _figures(taken) for name, taken in run.states.taken_ms.items() if taken}
    return Step(
        rate, planned.orders, ended, took, not wrong and is_bounded(under_way, rate) and keeps_up(waiting, rate), wrong,
        under_way, spans, {name: seconds / took for name, seconds in used.items()}, waiting, memory,
    )  # fmt: skip


def is_bounded(under_way: Sequence[int], rate: float) -> bool:
    """Tell whether the orders under way stopped growing: the last third of the time against the second."""
    third = len(under_way) // 3
    if not third:
        return False
    then, now = statistics.mean(under_way[third : 2 * third]), statistics.mean(under_way[-third:])
    return now <= then + max(1.0, rate)


def keeps_up(mails_waiting: int, rate: float) -> bool:
    """Tell whether mails leave as they are asked for: no more of them wait than two seconds bring."""
    return mails_waiting <= 2.0 * MAILS_AN_ORDER * rate


async def rising(layout: Layout, seconds: float, highest: float) -> list[Step]:
    """Raise the rate until one is not borne."""
    found: list[Step] = []
    rate = FIRST_RATE
    while rate <= highest:
        found.append(await step(layout, rate, seconds))
        _say(found[-1])
        if not found[-1].is_borne:
            break
        rate *= STEP
    return found


def slope_per_hour(held: Sequence[float], seconds_between: float) -> float:
    """Return how much memory grows in an hour, as a share of it: least squares over all but the first fifth."""
    settled = held[len(held) // 5 :]
    if len(settled) < 3:
        return 0.0
    at = [number * seconds_between for number in range(len(settled))]
    return statistics.linear_regression(at, settled).slope * 3600 / statistics.mean(settled)


@dataclass(frozen=True, slots=True)
class Load:
    """What this machine bears."""

    machine: Mapping[str, object]
    highest_rate: float
    steps: Sequence[Step]
    soak: Step | None

    @property
    def slopes(self) -> Mapping[str, float]:
        """By how much each service's memory would grow in an hour, as a share of what it is."""
        if self.soak is None:
            return {}
        between = self.soak.seconds / max(1, len(next(iter(self.soak.memory_mib.values()))))
        return {name: slope_per_hour(held, between) for name, held in self.soak.memory_mib.items()}

    def as_json(self) -> str:
        """Write all of it."""
        return json.dumps({**asdict(self), "slopes": dict(self.slopes)}, indent=1)


async def measure(seconds: float, highest: float, soak_minutes: float) -> Load:
    """Measure on a stack of its own; raises RuntimeError where not even the first rate is borne."""
    layout = Layout(ROOT / ".run" / "load", port_offset=PORTS, has_clock=False)
    await stack.down(layout)
    shutil.rmtree(layout.run, ignore_errors=True)
    machine = facts()
    try:
        await stack.up(layout)
        await step(layout, FIRST_RATE, 5)  # the first orders find nothing prepared, and are not counted
        steps = await rising(layout, seconds, highest)
        borne = [each.rate for each in steps if each.is_borne]
        if not borne:
            raise RuntimeError(f"not even {FIRST_RATE:g} orders a second were borne: is the machine busy?")
        shares = [await step(layout, share * borne[-1], seconds) for share in (0.3, 0.7)]
        for each in shares:
            _say(each)
        soak = await step(layout, 0.7 * borne[-1], 60 * soak_minutes) if soak_minutes else None
        if soak is not None:
            _say(soak)
        return Load(machine, borne[-1], [*steps, *shares], soak)
    finally:
        await stack.down(layout)


def _held(layout: Layout, name: str) -> float:
    pid = Process(layout, name).pid()
    return 0.0 if pid is None else resident_mib(pid)


async def _mails_waiting(layout: Layout) -> int:
    database = await asyncpg.connect(roles_of(layout, "notifications")["owner"])
    try:
        waiting: int = await database.fetchval(
            "SELECT count(*) FROM runtime.effects WHERE state IN ('intended', 'sending')"
        )
    finally:
        await database.close()
    return waiting


def _figures(taken: Sequence[int]) -> dict[str, float]:
    ordered = sorted(map(float, taken))
    return {f"p{share}": quantile(ordered, share / 100) for share in (50, 90, 99)}


def _say(each: Step) -> None:
    paid = each.milliseconds.get("payment to activation", {})
    print(
        f"{each.rate:6.2f} orders/s for {each.seconds:.0f} s: {'borne' if each.is_borne else 'not borne'}, "
        f"payment to activation p50 {paid.get('p50', 0):.0f} ms, p99 {paid.get('p99', 0):.0f} ms, "
        f"{each.cpu_ms_an_order:.0f} ms of CPU an order, fullest {each.fullest}, {each.mails_waiting} mails wait",
        flush=True,
    )


def table(load: Load) -> Table:
    """Draw the steps."""
    drawn = Table(header_style="dim")
    for column in (
        "orders/s",
        "",
        "under way",
        "payment to activation p50 · p90 · p99 ms",
        "CPU ms an order",
        "fullest",
    ):
        drawn.add_column(column, justify="left" if column == "fullest" else "right")
    for each in (*load.steps, *([load.soak] if load.soak else [])):
        taken = each.milliseconds.get("payment to activation", {})
        drawn.add_row(
            f"{each.rate:.2f}", "borne" if each.is_borne else "not borne", str(each.under_way[-1]),
            " · ".join(f"{value:,.0f}" for value in taken.values()), f"{each.cpu_ms_an_order:.0f}", each.fullest,
        )  # fmt: skip
    return drawn


def main() -> int:
    """Measure, print a table, write JSON; 1 where memory grew in the soak."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=20.0, help="for how long orders come at each rate")
    parser.add_argument("--highest", type=float, default=200.0, help="no rate above this one, in orders a second")
    parser.add_argument("--soak-minutes", type=float, default=20.0, help="0 leaves the soak out")
    parser.add_argument("--out", type=Path, default=ROOT / ".run" / "load.json")
    wanted = parser.parse_args()
    load = asyncio.run(measure(wanted.seconds, wanted.highest, wanted.soak_minutes))
    wanted.out.write_text(load.as_json())
    Console(width=None if sys.stdout.isatty() else 120).print(table(load))
    for name, slope in load.slopes.items():
        print(f"{name}: memory would grow by {slope:.1%} an hour: {'flat' if slope < FLAT else 'not flat'}")
    print(f"written to {wanted.out}")
    return int(any(slope >= FLAT for slope in load.slopes.values()))


if __name__ == "__main__":
    sys.exit(main())
