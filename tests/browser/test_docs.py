"""Can everybody read what a service shows of itself? /docs and /problems of all four, with nothing behind them."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Literal

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page

from operations.surroundings import SERVICES
from publishing.interfaces import application
from runtime.web import serve
from tests.browser.test_accessible import sideways, violations


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def addresses() -> AsyncIterator[list[str]]:
    """Serve each service's application."""
    ports: list[asyncio.Future[int]] = [asyncio.get_running_loop().create_future() for _ in SERVICES]
    serving = [
        asyncio.create_task(serve(application(service), "127.0.0.1", 0, port.set_result))
        for service, port in zip(SERVICES, ports, strict=True)
    ]
    yield [f"http://127.0.0.1:{port}" for port in await asyncio.gather(*ports)]
    for each in serving:
        each.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await each


class TestThePagesOfAService:
    @pytest.mark.parametrize("scheme", ["light", "dark"])
    @pytest.mark.parametrize("width", [320, 1440])
    async def test_are_accessible_and_fit(
        self, browser: Browser, addresses: list[str], axe: str, width: int, scheme: Literal["light", "dark"]
    ) -> None:
        context = await browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)
        page = await context.new_page()
        wrong: list[str] = []
        for address in addresses:
            for path in ("/docs", "/problems", "/problems/ORDER_REFUSED"):
                await page.goto(f"{address}{path}")
                await page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")
                wrong += await violations(page, axe) + await sideways(page)
        await context.close()
        assert wrong == []

    async def test_a_link_to_an_operation_or_a_model_opens_it(self, page: Page, addresses: list[str]) -> None:
        await page.goto(f"{addresses[0]}/docs#submit_order")
        assert await page.locator("#submit_order").is_visible()
        assert not await page.locator("#model-OrderSubmitted").is_visible()
        await page.get_by_role("link", name="OrderSubmitted").first.click()
        await page.locator("#model-OrderSubmitted").wait_for(state="visible")
