"""How is everything now? `coterm status`, once or again and again."""

import asyncio
import sys
from typing import Annotated

import typer
from rich.console import Console
from rich.live import Live

from operations import surroundings
from operations.answer import fail
from operations.options import Endpoints
from operations.status.gathering import look
from operations.status.screen import as_json as written
from operations.status.screen import lines, screen
from operations.status.standing import Report, notices
from operations.surroundings import Surroundings

Watch = Annotated[bool, typer.Option("--watch", help="Look again and again, until Ctrl-C.")]
Every = Annotated[float, typer.Option(min=0.5, help="Seconds between two looks.")]
Json = Annotated[bool, typer.Option("--json", help="Write JSON: one line per look.")]


def command(watch: Watch = False, every: Every = 2.0, endpoints: Endpoints = None, as_json: Json = False) -> None:
    """Show how each service stands, and what is broken or waits for an operator.

    Exit codes: 0 all runs (something may wait for a decision), 1 something is broken or away, 2 wrong usage.
    """
    where = surroundings.find(endpoints)
    if watch:
        try:
            asyncio.run(_watch(where, every, as_json=as_json))
        except KeyboardInterrupt:
            return
    report = asyncio.run(look(where))
    _show(report, as_json=as_json)
    fail(when=any(notice.is_broken for notice in notices(report)))


async def _watch(where: Surroundings, every: float, *, as_json: bool) -> None:
    if as_json or not sys.stdout.isatty():
        while True:
            _show(await look(where), as_json=as_json)
            await asyncio.sleep(every)
    with Live(screen(await look(where)), console=Console(), auto_refresh=False) as live:
        while True:
            await asyncio.sleep(every)
            live.update(screen(await look(where)), refresh=True)


def _show(report: Report, *, as_json: bool) -> None:
    if as_json:
        print(written(report), flush=True)
    elif sys.stdout.isatty():
        Console().print(screen(report))
    else:
        print("\n".join(lines(report)), flush=True)
