"""Which stack is broken on purpose? One for the tests of faults and replays, made when the first of them asks."""

import asyncio
import inspect
import logging
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from deploy.local.layout import ROOT, SERVICES, Layout
from deploy.local.secrets import Secrets
from operations.verify import verify_stack
from rehearsal.play.endpoints import read_endpoints
from rehearsal.play.stage import open_stage
from tests.arena import Arena

START_SECONDS = 600
LAYOUT = Layout(ROOT / ".run" / "faults", port_offset=6000)
FOLDERS = {name: Path(__file__).parent / name for name in ("faults", "replay")}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what lies here, and let the tests of one stack share one event loop and the time that it needs to start."""
    for mark, folder in FOLDERS.items():
        for item in items:
            if folder in item.path.parents:
                item.add_marker(mark)
                if inspect.iscoroutinefunction(getattr(item, "function", None)):
                    item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)
                item.add_marker(pytest.mark.timeout(START_SECONDS))


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def arena() -> AsyncIterator[Arena]:
    """Start an own stack with empty data to break; at its end, it must hold everything."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    _local("down")
    shutil.rmtree(LAYOUT.run)
    try:
        _local("up")
        async with open_stage(read_endpoints(LAYOUT.run)) as stage:
            arena = Arena(LAYOUT, Secrets(LAYOUT), stage)
            try:
                await asyncio.gather(*(arena.start(service) for service in SERVICES))
                yield arena
                await verify_stack(LAYOUT.run)
            finally:
                await arena.stop(*arena.children)
    finally:
        _local("down")


def _local(action: str) -> None:
    # In a process of its own, as a developer would: what it starts outlives the call.
    where = ("--run-dir", str(LAYOUT.run), "--port-offset", str(LAYOUT.port_offset))
    only = ("--only", "infra") if action == "up" else ()
    subprocess.run([sys.executable, "-m", "deploy.local", action, *only, *where], cwd=ROOT, check=True)
