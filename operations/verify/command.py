"""What does `coterm verify` take, and how does it end?"""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from operations.answer import fail
from operations.options import Endpoints, Json
from operations.surroundings import Misused, find
from operations.verify.checking import verify_described
from operations.verify.report import show

RunDir = Annotated[Path | None, typer.Option(help="The folder of a local stack, in place of --endpoints.")]


def command(
    run_dir: RunDir = None,
    wait: Annotated[float, typer.Option(min=0, help="Seconds to wait until nothing moves.")] = 30.0,
    canary: Annotated[list[str] | None, typer.Option(help="A word that must stand nowhere in the clear.")] = None,
    endpoints: Endpoints = None,
    as_json: Json = False,
) -> None:
    """Check every invariant that a running system can show, and change nothing.

    Exit codes: 0 all hold, 1 one is broken or something is away, 2 wrong usage.
    """
    if run_dir and endpoints:
        raise Misused("say --run-dir or --endpoints, not both")
    where = find(run_dir / "endpoints.json" if run_dir else endpoints)
    report = asyncio.run(verify_described(where, seconds=wait, canaries=canary or (), silent=as_json))
    show(report, as_json=as_json)
    fail(when=not report.holds)
