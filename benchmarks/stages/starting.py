"""How long does `make demo` take, the first time and the second? What is downloaded is there already."""

import asyncio
import shutil
import sys
import time
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager

from benchmarks.stages.stage import PORTS, Opened, Sizes
from benchmarks.takes import Take
from deploy.local import stack
from deploy.local.layout import ROOT, Layout

_HERE = Layout(ROOT / ".run" / "benchmark", PORTS)


@asynccontextmanager
async def starting(sizes: Sizes, names: Collection[str]) -> AsyncIterator[Opened]:
    """Have nothing there; a first demo comes before a second, and is taken first."""
    try:
        yield Opened(_HERE, {"first demo": _first, "second demo": _second})
    finally:
        await stack.down(_HERE)


async def _first() -> Take:
    await stack.down(_HERE)
    shutil.rmtree(_HERE.run, ignore_errors=True)
    return await _demo()


async def _second() -> Take:
    if not _HERE.endpoints.exists():
        await _demo()
    await stack.down(_HERE)
    return await _demo()


async def _demo() -> Take:
    arguments = ("--run-dir", str(_HERE.run), "--port-offset", str(PORTS))
    began = time.perf_counter()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "rehearsal.demo", *arguments, cwd=ROOT, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    printed, _ = await process.communicate()
    wrong = "" if process.returncode == 0 else f"the demo failed: {printed.decode()[-300:]}"
    return Take({"s": time.perf_counter() - began}, 0, wrong)
