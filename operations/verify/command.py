"""What does `coterm verify` take, and how does it end?"""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from operations.verify.checking import verify
from operations.verify.report import show


def command(
    run_dir: Annotated[Path, typer.Option(help="Where the stack's endpoints.json lies.")] = Path(".run"),
    wait: Annotated[float, typer.Option(help="Seconds to wait until nothing moves.")] = 30.0,
    canary: Annotated[list[str] | None, typer.Option(help="A word that must stand nowhere in the clear.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON.")] = False,
) -> None:
    """Check every invariant that a running system can show. Exits with 1 when one is broken."""
    report = asyncio.run(verify(run_dir, seconds=wait, canaries=canary or (), silent=as_json))
    show(report, as_json=as_json)
    if not report.holds:
        raise typer.Exit(1)
