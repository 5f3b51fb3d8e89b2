"""What does `coterm rebuild` take, and how does it end? A service, or what to do with the rebuild of one."""

import asyncio
import os
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from operations import surroundings
from operations.answer import NOTHING_CHANGED, answer
from operations.options import Endpoints, Json, ServiceName, Yes
from operations.progress import ProgressDisplay
from operations.rebuild import starting
from operations.rebuild.conduct import Options
from operations.rebuild.report import Different, in_lines, plain
from operations.surroundings import OperationFailed
from runtime import failpoints
from runtime.postgres.rebuild.rebuilds import Rebuilds, rebuilds
from runtime.settings import load

RUN = "run"


class ServiceFirst(TyperGroup):
    """Takes `rebuild orders` for `rebuild run orders`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put the missing word where no other command is named."""
        if args and args[0] not in self.commands and args[0] != "--help":
            args = [RUN, *args]
        return super().parse_args(ctx, args)


app = typer.Typer(
    cls=ServiceFirst,
    no_args_is_help=True,
    help="Fold a service's topic into new tables, prove them, swap them: `coterm rebuild SERVICE`.",
)
Workers = Annotated[int | None, typer.Option(min=1, max=64, help="Folding processes; as many as cores if not said.")]
Slices = Annotated[int | None, typer.Option(min=1, help="Fold each partition in so many parts: less memory.")]
AcceptDiff = Annotated[bool, typer.Option("--accept-diff", help="Swap although the new tables differ.")]
Fresh = Annotated[bool, typer.Option("--fresh", help="Begin anew where one was interrupted.")]


@app.command(RUN)
def run(
    service: ServiceName,
    workers: Workers = None,
    slices: Slices = None,
    accept_diff: AcceptDiff = False,
    fresh: Fresh = False,
    endpoints: Endpoints = None,
    as_json: Json = False,
) -> None:
    """Rebuild a service beside itself and swap its tables; goes on where an earlier one stopped.

    The service goes on meanwhile. Nothing is swapped unless the new tables hold what the live ones do, or their
    difference is accepted.

    Exit codes: 0 swapped, 1 not (it differs, was cancelled, runs already, or something is away), 2 wrong usage.
    """
    failpoint = load().failpoint
    failpoints.arm(failpoint)
    options = Options(workers or os.cpu_count() or 1, slices, accept_diff, fresh, failpoint)
    shown = ProgressDisplay(silent=as_json)
    try:
        report = asyncio.run(starting.rebuild(surroundings.find(endpoints), service, options, shown))
    except Different as different:
        answer(plain(different.report), [in_lines(different.report)], as_json=as_json)
        raise
    except KeyboardInterrupt:
        raise OperationFailed(
            f"interrupted, and nothing was swapped: `coterm rebuild {service}` goes on from what is written, "
            f"`coterm rebuild cancel {service}` drops it"
        ) from None
    answer(plain(report), [in_lines(report)], as_json=as_json)


@app.command()
def pause(service: ServiceName, endpoints: Endpoints = None, as_json: Json = False) -> None:
    """Let the running rebuild of a service wait.

    Exit codes: 0 done, 1 none runs or something is away, 2 wrong usage.
    """
    asyncio.run(_ask_for(service, endpoints, "pause"))
    line = f"the rebuild of {service} waits until `coterm rebuild resume`"
    answer({"service": service, "paused": True}, [line], as_json=as_json)


@app.command()
def resume(service: ServiceName, endpoints: Endpoints = None, as_json: Json = False) -> None:
    """Let a paused rebuild go on. Exit codes: 0 done, 1 none runs or something is away, 2 wrong usage.

    One whose process has ended goes on with `coterm rebuild SERVICE`.
    """
    asyncio.run(_ask_for(service, endpoints, None))
    answer({"service": service, "paused": False}, [f"the rebuild of {service} goes on"], as_json=as_json)


@app.command()
def cancel(service: ServiceName, endpoints: Endpoints = None, as_json: Json = False) -> None:
    """Stop a rebuild and drop what it made; the live tables stay as they are.

    Exit codes: 0 done, 1 there is none or something is away, 2 wrong usage.
    """
    surroundings.declaration(service)
    done = asyncio.run(starting.cancel(surroundings.find(endpoints), service))
    line = f"the rebuild of {service} {done}, and what it made is dropped; the live tables are as they were"
    answer({"service": service, "cancelled": True}, [line], as_json=as_json)


@app.command()
def show(service: ServiceName, endpoints: Endpoints = None, as_json: Json = False) -> None:
    """Show the last rebuilds of a service. Exit codes: 0 done, 1 something is away, 2 wrong usage."""
    rows = [dict(row) for row in asyncio.run(_asked(service, endpoints, lambda book: book.last(10)))]
    answer(rows, map(_line, rows) if rows else [f"{service} was never rebuilt"], as_json=as_json)


@app.command("drop-old")
def drop_old(service: ServiceName, yes: Yes = False, endpoints: Endpoints = None, as_json: Json = False) -> None:
    """Drop the tables that were live before the last swaps.

    Exit codes: 0 done (or nothing to do), 1 something is away, 2 wrong usage.
    """
    names = asyncio.run(_asked(service, endpoints, lambda book: book.drop_retired() if yes else book.retired()))
    lines = [f"{name} {'is dropped' if yes else 'would be dropped'}" for name in names]
    lines += [] if yes else [NOTHING_CHANGED]
    found = {"service": service, "dropped": yes, "schemas": names}
    answer(found, lines if names else [f"{service} has no old tables"], as_json=as_json)


def _line(row: dict[str, Any]) -> str:
    ended = row["outcome"] or f"{row['stage']}{', paused' if row['request'] == 'pause' else ''}"
    held = "" if row["held_ms"] is None else f", commits held for {row['held_ms']:.1f} ms"
    rate = row["events"] / row["seconds"] if row["seconds"] else 0
    return (
        f"{row['started_at']:%Y-%m-%d %H:%M:%S} UTC  {row['schema_name']}  {ended}: {row['events']:,} events in "
        f"{row['seconds']:.1f} s ({rate:,.0f}/s){held}"
    )


async def _ask_for(service: str, endpoints: Path | None, request: str | None) -> None:
    async def ask(book: Rebuilds) -> bool:
        return await book.is_running() and await book.ask_for(request)

    if not await _asked(service, endpoints, ask):
        raise OperationFailed(f"no rebuild of {service} runs")


async def _asked(service: str, endpoints: Path | None, ask: Callable[[Rebuilds], Any]) -> Any:
    declared, where = surroundings.declaration(service), surroundings.find(endpoints)
    await surroundings.refuse_another(where, service)
    async with surroundings.may_use(service), rebuilds(where.dsn(service), declared) as book:
        return await ask(book)
