"""Measure: `make bench`, `make bench-quick`, `make bench ROW=G1`; or `python -m benchmarks` with the same choices."""

import argparse
import asyncio
import logging
import signal
import sys
import time
from dataclasses import replace
from pathlib import Path

import structlog
from rich.console import Console

from benchmarks.machine import facts
from benchmarks.report import Document, cpu_table, html, table
from benchmarks.rows import ROWS, STAGES, UNMEASURED
from benchmarks.running import run
from benchmarks.stages.stage import FULL, QUICK
from deploy.local.layout import ROOT

OUT = ROOT / ".run" / "bench"


def main() -> int:
    """Measure what is asked for; print one table, write JSON and a page."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition(":")[0])
    names = list(dict.fromkeys(row.name for row in ROWS))
    parser.add_argument("--row", action="append", choices=names, help="this goal alone; may be given again")
    parser.add_argument("--quick", action="store_true", help="small sizes, within three minutes: a first look")
    parser.add_argument("--repeats", type=int, help="rounds of each stage")
    parser.add_argument("--minutes", type=float, help="begin no further round after so long")
    parser.add_argument("--out", type=Path, default=OUT, help="where bench.json and bench.html are written")
    options = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # while a broker starts, a refused connection is no news
    return asyncio.run(_measure(options))


async def _measure(options: argparse.Namespace) -> int:
    sizes = QUICK if options.quick else FULL
    sizes = replace(sizes, repeats=options.repeats or sizes.repeats, minutes=options.minutes or sizes.minutes)
    rows = [row for row in ROWS if (row.name in options.row if options.row else _is_for(row.stage, options.quick))]
    left_out = [(row.name, row.what, "not in a quick run") for row in ROWS if not options.row and row not in rows]
    if (task := asyncio.current_task()) is not None:
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)  # what was started is stopped
    machine, began = facts(), time.monotonic()
    figures = await run(rows, STAGES, sizes)
    left_out += UNMEASURED if not options.row else ()
    document = Document(figures, machine, time.monotonic() - began, sizes.repeats, left_out)
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "bench.json").write_text(document.as_json())
    (options.out / "bench.html").write_text(html(document))
    console = Console(width=None if sys.stdout.isatty() else 150)
    console.print(table(document))
    console.print(cpu_table(document))
    print(f"written to {options.out}/bench.json and bench.html")
    return 0


def _is_for(stage: str, is_quick: bool) -> bool:
    return not (is_quick and stage in {"starting", "exporting", "feeding"})


if __name__ == "__main__":
    sys.exit(main())
