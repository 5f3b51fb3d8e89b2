"""Which stack do the acceptance tests play on? Their own, unless COTERM_TEST_STACK names one."""

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import pytest_asyncio

from deploy.local.layout import ROOT, Layout
from operations.verify import verify_stack
from rehearsal.play.endpoints import read_endpoints
from rehearsal.play.stage import Stage, open_stage

HERE = Path(__file__).parent
START_SECONDS = 600


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let every case share one event loop, and give the first the time that a stack needs to start."""
    ours = [item for item in items if HERE in item.path.parents]
    for item in ours:
        item.add_marker(pytest.mark.acceptance)
        item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)
    if ours:
        ours[0].add_marker(pytest.mark.timeout(START_SECONDS))


@pytest.fixture(scope="session")
def running() -> Iterator[Path]:
    """Start an own stack with empty data; give the folder that describes it."""
    named = os.environ.get("COTERM_TEST_STACK")
    if named:
        yield Path(named)
        return
    layout = Layout(ROOT / ".run" / "acceptance", port_offset=4000)
    layout.prepare()
    with _alone():
        _stack(layout, "down")
        shutil.rmtree(layout.run)
        try:
            _stack(layout, "up")
            yield layout.run
        finally:
            _stack(layout, "down")


def _stack(layout: Layout, action: str) -> None:
    """Start or stop as a developer would; fail with what that printed."""
    where = ["--run-dir", str(layout.run), "--port-offset", str(layout.port_offset)]
    done = subprocess.run(
        [sys.executable, "-m", "deploy.local", action, *where], capture_output=True, text=True, cwd=ROOT, check=False
    )
    if done.returncode:
        pytest.fail(f"the stack of the acceptance tests: {action} failed\n{done.stdout}{done.stderr}")


@contextmanager
def _alone() -> Iterator[None]:
    """Let no second session of this checkout pull the stack from under the first."""
    with (ROOT / ".run" / "acceptance.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            pytest.exit("the acceptance tests of this checkout already run elsewhere", returncode=1)
        yield


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def stage(running: Path) -> AsyncIterator[Stage]:
    """Open the stack to play on it; when the last case has been played, everything must hold."""
    async with open_stage(read_endpoints(running)) as opened:
        yield opened
        opened.clock.remove()
    await verify_stack(running)
