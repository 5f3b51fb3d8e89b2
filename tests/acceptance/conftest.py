"""Which stack do the acceptance tests play on? Their own, unless COTERM_TEST_STACK names one."""

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from deploy.local.layout import ROOT, Layout
from operations.verify import verify_stack
from rehearsal.play.endpoints import read_endpoints
from rehearsal.play.stage import Stage, open_stage
from tests.own_stack import START_SECONDS, own_stack

HERE = Path(__file__).parent


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
    with own_stack(Layout(ROOT / ".run" / "acceptance", port_offset=4000)) as run:
        yield run


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def stage(running: Path) -> AsyncIterator[Stage]:
    """Open the stack to play on it; when the last case has been played, everything must hold."""
    async with open_stage(read_endpoints(running)) as opened:
        yield opened
        opened.clock.remove()
    await verify_stack(running)
