"""What does `coterm export` take, and how does it end?"""

import asyncio
import importlib.util
import time
from collections.abc import Sequence
from datetime import UTC, date, datetime
from datetime import time as clock_time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from operations import surroundings
from operations.answer import answer, fail
from operations.options import Endpoints
from operations.surroundings import Misused, OperationFailed
from runtime import failpoints
from runtime.clock import SystemClock
from runtime.settings import load
from schemas.terms import ROME

if TYPE_CHECKING:
    from operations.export.taking import Taken

EARLIEST = datetime(1970, 1, 2, tzinfo=UTC)
"""Kafka counts milliseconds from 1970 on, and knows nothing before."""
EXPORT = Path(".run/export")
INSTALL = "pip install '.[analysis]'"


def command(
    to: Annotated[Path, typer.Option("--to", help="The folder of the export.", metavar="FOLDER")] = EXPORT,
    until: Annotated[
        str | None, typer.Option(help="Only what the log held before this date (Rome) or RFC 3339 instant.")
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Hold the export against its manifest; export nothing.")
    ] = False,
    endpoints: Endpoints = None,
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON.")] = False,
) -> None:
    """Write the public events to Parquet, each exactly once: what is new since the last run.

    Exit codes: 0 done, 1 something is away, damaged or not the log that was exported before, 2 wrong usage.
    """
    require("pyarrow")
    if check:
        _check(to, as_json)
        return
    from operations.export.taking import take  # noqa: PLC0415 - pyarrow is asked for only where it is needed

    before = _instant(until) if until else None
    settings, where = load(), surroundings.find(endpoints)
    failpoints.arm(settings.failpoint)
    began = time.monotonic()
    taken = asyncio.run(take(where, to, SystemClock(), before=before, silent=as_json))
    _tell(taken, to, time.monotonic() - began, as_json)


def require(*modules: str) -> None:
    """Refuse to go on without the libraries of the analysis. Raises OperationFailed, saying how to get them."""
    missing = [name for name in modules if importlib.util.find_spec(name) is None]
    if missing:
        raise OperationFailed(f"{' and '.join(missing)} {_are(missing)} not installed: run `{INSTALL}`")


def _are(names: Sequence[str]) -> str:
    return "is" if len(names) == 1 else "are"


def _check(root: Path, as_json: bool) -> None:
    from operations.export.checking import check  # noqa: PLC0415

    checked = check(root, silent=as_json)
    figures = {"files": checked.files, "events": checked.events, "bytes": checked.bytes}
    found = {"export": str(root), "holds": not checked.wrong, **figures, "wrong": checked.wrong}
    verdict = f"{len(checked.wrong)} complaints" if checked.wrong else "all as the manifest says"
    held = f"{checked.events:,} events in {checked.files:,} files, {size(checked.bytes)}"
    answer(found, [*checked.wrong, f"{root}: {held}: {verdict}"], as_json=as_json)
    fail(when=bool(checked.wrong))


def _tell(taken: "Taken", root: Path, seconds: float, as_json: bool) -> None:
    new, files = taken.events.total(), taken.manifest.files
    lines = [f"{folder}: its columns had changed, taken anew from the log's start" for folder in taken.anew]
    lines += [f"{count:>9,}  {folder}" for folder, count in sorted(taken.events.items())]
    total = f"{sum(file.rows for file in files):,} events in {len(files):,} files, {size(sum(f.bytes for f in files))}"
    rate = f" ({new / seconds:,.0f} events/s)" if new else ""
    lines.append(f"{new:,} new events in {seconds:.1f} s{rate}; {root} now holds {total}")
    answer(_plain(taken, root, seconds), lines, as_json=as_json)


def _plain(taken: "Taken", root: Path, seconds: float) -> dict[str, Any]:
    files = taken.manifest.files
    return {
        "export": str(root),
        "generation": taken.manifest.generation,
        "new_events": dict(sorted(taken.events.items())),
        "records_read": taken.records,
        "taken_anew": list(taken.anew),
        "seconds": round(seconds, 3),
        "events": sum(file.rows for file in files),
        "files": len(files),
        "bytes": sum(file.bytes for file in files),
    }


def size(count: int) -> str:
    """Say a number of bytes as people do."""
    return f"{count / 1024:,.0f} KiB" if count < 1 << 20 else f"{count / (1 << 20):,.1f} MiB"


def _instant(text: str) -> datetime:
    """Read a date, which begins at midnight in Rome, or an instant with its zone. Raises Misused for anything else."""
    instant = _read(text)
    if instant < EARLIEST:
        raise Misused(f"--until lies before 1970, where no log begins: {text!r}")
    return instant


def _read(text: str) -> datetime:
    try:
        if len(text) == len("2026-01-15"):
            return datetime.combine(date.fromisoformat(text), clock_time(), tzinfo=ROME)
        instant = datetime.fromisoformat(text)
        if instant.tzinfo is not None:
            instant.astimezone(UTC)
    except OverflowError:
        raise Misused(f"--until lies behind all time: {text!r}") from None
    except ValueError:
        raise Misused(f"--until takes a date or an RFC 3339 instant, not {text!r}") from None
    if instant.tzinfo is None:
        raise Misused(f"--until needs an instant with its zone, not {text!r}")
    return instant
