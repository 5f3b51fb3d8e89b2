"""On what do the browser tests look? A stack of their own with its screens, and Debian's Chromium."""

import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, async_playwright

from deploy.local import stack as local_stack
from deploy.local.layout import ROOT, Layout
from deploy.local.prerequisites import chromium
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
    """Start an own stack, screens and all; give the folder that describes it."""
    layout = Layout(ROOT / ".run" / "browser", port_offset=11000)
    with own_stack(layout, parts=local_stack.NAMES) as run:
        yield run


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def stage(running: Path) -> AsyncIterator[Stage]:
    """Open the stack to play on it; when the last case has been played, everything must hold."""
    async with open_stage(read_endpoints(running)) as opened:
        yield opened
        opened.clock.remove()
    await verify_stack(running)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Start Chromium once."""
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        yield started
        await started.close()


@pytest_asyncio.fixture(loop_scope="session")
async def context(browser: Browser) -> AsyncIterator[BrowserContext]:
    """Give a browser that nobody used: no cookie, Italian."""
    fresh = await browser.new_context(locale="it-IT", viewport={"width": 1280, "height": 900})
    fresh.set_default_timeout(20_000)
    yield fresh
    await fresh.close()


@pytest_asyncio.fixture(loop_scope="session")
async def page(context: BrowserContext) -> AsyncIterator[Page]:
    """Give a page that fails the test when a script does, or when something breaks the content policy."""
    opened = await context.new_page()
    wrong: list[str] = []
    opened.on("pageerror", lambda error: wrong.append(str(error)))
    opened.on("console", lambda said: wrong.append(said.text) if "Content Security Policy" in said.text else None)
    yield opened
    assert wrong == []


@pytest.fixture(scope="session")
def axe() -> str:
    """Give axe-core's source, from npm's lock file."""
    if not (HERE / "node_modules").exists():
        npm = shutil.which("npm")
        assert npm is not None, "npm installs axe-core"
        done = subprocess.run([npm, "ci", "--silent"], cwd=HERE, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
    return (HERE / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
