"""What is a stage? A stack of its own with data on it, and things that can be taken from it again and again."""

import asyncio
import json
import shutil
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any

from benchmarks.takes import Take
from deploy.local import stack
from deploy.local.layout import ROOT, Layout

Thing = Callable[[], Awaitable[Take]]
PORTS = 7000


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is done: enough for a figure that stands, or for a first look."""

    repeats: int
    minutes: float
    orders: int
    few: int
    """Events that are given to what takes one transaction an event."""
    small: int
    large: int
    requests: int
    inputs: int
    swaps: int
    deadlines: int
    exported: int


FULL = Sizes(
    repeats=5, minutes=14.0, orders=150, few=5_000, small=20_000, large=200_000, requests=800, inputs=2_000, swaps=4,
    deadlines=2_000, exported=800,
)  # fmt: skip
QUICK = Sizes(
    repeats=2, minutes=2.6, orders=60, few=700, small=4_000, large=20_000, requests=300, inputs=600, swaps=1,
    deadlines=500, exported=200,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Opened:
    """A stage that is ready."""

    layout: Layout
    things: Mapping[str, Thing]


Stage = Callable[[Sizes, Collection[str]], AbstractAsyncContextManager[Opened]]
"""Open it for the things that are to be taken."""


@asynccontextmanager
async def fresh_stack(names: Collection[str]) -> AsyncIterator[Layout]:
    """Start an empty stack, and stop it whatever happens."""
    layout = Layout(ROOT / ".run" / "benchmark", port_offset=PORTS, has_clock=False)
    await stack.down(layout)
    shutil.rmtree(layout.run, ignore_errors=True)
    try:
        await stack.up(layout, names)
        yield layout
    finally:
        await stack.down(layout)


def roles_of(layout: Layout, service: str) -> dict[str, str]:
    """Return the addresses of a service's database, by role."""
    roles: dict[str, str] = json.loads(layout.endpoints.read_text())["postgres"][service]
    return roles


async def ask_peer(name: str, **settings: Any) -> dict[str, Any]:
    """Run a peer in a process of its own; return what it prints at its end. Raises RuntimeError with its last words."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", f"benchmarks.peers.{name}", json.dumps(settings), cwd=ROOT,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        async with asyncio.timeout(180):
            printed, complaints = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != 0:
        raise RuntimeError(f"{name} ended: {(complaints.decode().strip().splitlines() or ['silently'])[-1]}")
    answer: dict[str, Any] = json.loads(printed.splitlines()[-1])
    return answer
