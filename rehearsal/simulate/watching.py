"""How is a run watched? A table that moves on a terminal, a line every few seconds elsewhere."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress

from rich.console import Console, Group
from rich.live import Live
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from rehearsal.simulate.order_states import SPANS, quantile
from rehearsal.simulate.playing import Run

_LOOKS_A_SECOND = 5
_SECONDS_BETWEEN_LINES = 5.0
_LATEST = 500
"""So many of the latest spans make the figures that move."""


def counts(run: Run) -> dict[str, int]:
    """Count what was sent and what came of it, in the order in which it happens."""
    tally, seen = run.tally, run.states.counted
    return {
        "submitted": tally.sent["submitted"],
        "accepted": seen["OrderPlaced"],
        "refused": seen["OrderRefused"],
        "priced": seen["OrderPriceNoted"],
        "paid": seen["PaymentRegistered"],
        "settled": seen["OrderSettled"],
        "activated": seen["OrderActivationNoted"],
        "closed": seen["OrderCancelled"] + seen["OrderExpired"],
    }


@asynccontextmanager
async def watched(run: Run, *, quietly: bool = False) -> AsyncIterator[None]:
    """Show a run while it is played, on standard error; `quietly` shows nothing."""
    console = Console(stderr=True)
    watch = _nothing() if quietly else _moving(run, console) if console.is_terminal else _lines(run)
    task = asyncio.create_task(watch)
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _nothing() -> None:
    await asyncio.Event().wait()


async def _moving(run: Run, console: Console) -> None:
    bar = Progress(
        TextColumn("[bold]{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=console
    )
    task = bar.add_task(f"orders of seed {run.plan.seed}, ended", total=run.tally.orders)
    with Live(console=console, refresh_per_second=_LOOKS_A_SECOND, transient=True) as live:
        while True:
            bar.update(task, completed=run.tally.ended)
            live.update(Group(bar, _table(run)))
            await asyncio.sleep(1 / _LOOKS_A_SECOND)


def _table(run: Run) -> Table:
    table = Table.grid(padding=(0, 3))
    counted = counts(run)
    table.add_row(*(Text(name, "dim") for name in counted), Text("asked again", "dim"))
    table.add_row(*(Text(f"{number:,}", "bold") for number in counted.values()), Text(f"{run.tally.retried:,}"))
    spans = Table.grid(padding=(0, 3))
    for name, taken in _spans(run):
        spans.add_row(Text(name, "dim"), _quantiles(taken))
    whole = Table.grid()
    whole.add_row(table)
    whole.add_row(spans)
    return whole


def _spans(run: Run) -> list[tuple[str, list[float]]]:
    latest = [(name, [float(each) for each in run.states.taken_ms[name][-_LATEST:]]) for name in SPANS]
    return [("answer over HTTP", run.tally.answers_ms[-_LATEST:]), *latest]


def _quantiles(taken: Sequence[float]) -> str:
    if not taken:
        return "–"
    ordered = sorted(taken)
    return f"p50 {quantile(ordered, 0.5):,.0f} ms   p99 {quantile(ordered, 0.99):,.0f} ms"


async def _lines(run: Run) -> None:
    began = time.monotonic()
    while True:
        await asyncio.sleep(_SECONDS_BETWEEN_LINES)
        counted = ", ".join(f"{name} {number}" for name, number in counts(run).items())
        seconds = time.monotonic() - began
        sys.stderr.write(f"{seconds:4.0f} s  {run.tally.ended} of {run.tally.orders} orders judged: {counted}\n")
        sys.stderr.flush()
