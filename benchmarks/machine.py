"""What did the machine do meanwhile? CPU seconds of every process, memory, the time of an fsync; and which is it?"""

import asyncio
import contextlib
import os
import platform
import statistics
import time
from collections.abc import AsyncIterator, Collection, Iterable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from deploy.local.layout import INFRASTRUCTURE, SERVICES, Layout
from deploy.local.process import Process

_TICK = os.sysconf("SC_CLK_TCK")
SELF = "benchmark"
CHILDREN = "benchmark's processes"


def facts() -> dict[str, Any]:
    """Say which machine it is, and how busy it was before we came."""
    return {
        "cores": os.cpu_count(), "machine": platform.machine(), "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(), "load": round(os.getloadavg()[0], 2),
    }  # fmt: skip


def fsync_ms(folder: Path, times: int = 40) -> float:
    """Return how long it takes to bring a page of 8 KiB to the disk: the median."""
    path, taken = folder / "fsync", []
    with path.open("wb", buffering=0) as file:
        for _ in range(times):
            began = time.perf_counter()
            file.write(bytes(8192))
            os.fsync(file.fileno())
            taken.append((time.perf_counter() - began) * 1000)
    path.unlink()
    return statistics.median(taken)


def cpu_seconds(layout: Layout) -> Mapping[str, float]:
    """Return the CPU seconds that each process of a stack has used with its children, and this one with its own."""
    pids = {name: Process(layout, name).pid() for name in (*INFRASTRUCTURE, *SERVICES)}
    named = {name: _family(pid) for name, pid in pids.items() if pid is not None}
    stack = {pid for pid in pids.values() if pid is not None}
    own, ended = _used(os.getpid())
    children = sum(_family(pid) for pid in _children(os.getpid()) if pid not in stack)
    return {**named, SELF: own, CHILDREN: ended + children}


def used_between(before: Mapping[str, float], after: Mapping[str, float]) -> dict[str, float]:
    """Return what each process used between two looks; what ended between them is told by its parent."""
    return {name: max(0.0, seconds - before.get(name, 0.0)) for name, seconds in after.items()}


def resident_mib(pid: int) -> float:
    """Return how much memory a process holds."""
    return _kib(pid, "VmRSS:") / 1024


@asynccontextmanager
async def most_memory(module: str) -> AsyncIterator[list[float]]:
    """Watch children that run a module; the list holds the most MiB that any of them held."""
    peak = [0.0]

    async def watch() -> None:
        while True:
            peak[0] = max([peak[0], *_peaks(module)])
            await asyncio.sleep(0.1)

    watching = asyncio.create_task(watch())
    try:
        yield peak
    finally:
        watching.cancel()


def _peaks(module: str) -> Iterable[float]:
    for pid in _children(os.getpid()):
        with contextlib.suppress(OSError, ValueError):
            if module.encode() in Path(f"/proc/{pid}/cmdline").read_bytes():
                yield _kib(pid, "VmHWM:") / 1024


def _kib(pid: int, name: str) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next((int(line.split()[1]) for line in lines if line.startswith(name)), 0)


def _used(pid: int) -> tuple[float, float]:
    """Return a process's CPU seconds, and those of its children that have ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0, 0.0
    user, system, ended_user, ended_system = (int(field) / _TICK for field in fields[11:15])
    return user + system, ended_user + ended_system


def _family(pid: int) -> float:
    return sum(_used(pid)) + sum(_family(child) for child in _children(pid))


def _children(pid: int) -> Collection[int]:
    found: list[int] = []
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            found += map(int, children.read_text().split())
    return found
