"""How heavy and how quick are the screens? `pytest -s tests/browser/test_figures.py` prints what was measured."""

import statistics
import time

from playwright.async_api import Browser, Page

from rehearsal.play.stage import Stage
from tests.browser.visits import area_link, desk, fill_in, open_desk, order_and_pay, panel, put_in_cart, shop

MOST_BYTES = 100_000
AGAIN = 5
_FIRST_BYTE = "(([page]) => page.responseStart - page.requestStart)(performance.getEntriesByType('navigation'))"

_WEIGHT = (
    "performance.getEntriesByType('navigation').concat(performance.getEntriesByType('resource'))"
    ".reduce((sum, each) => sum + each.transferSize, 0)"
)


class TestEveryScreen:
    async def test_weighs_less_than_100_kb_with_all_that_it_loads(self, browser: Browser, stage: Stage) -> None:
        buyer = await stage.owner("2026-06-30T09:00:00+02:00")
        order = (await stage.front.orders_of(buyer.customer_id)).body["orders"][0]["order_id"]
        told = []
        for address in (
            shop(stage), area_link(stage, buyer.customer_id), f"{shop(stage)}/orders/{order}", panel(stage),
            desk(stage), f"{desk(stage)}/worklist", f"{desk(stage)}/customer?customer_id={buyer.customer_id}",
        ):  # fmt: skip
            context = await browser.new_context(locale="it-IT")
            page = await context.new_page()
            if address.startswith(desk(stage)):
                await open_desk(page, stage)
            if address.startswith(f"{shop(stage)}/orders"):
                await page.goto(area_link(stage, buyer.customer_id))
            await page.goto(address, wait_until="load")
            weight, first_bytes = await page.evaluate(_WEIGHT), []
            for _ in range(AGAIN):
                await page.reload(wait_until="load")
                first_bytes.append(await page.evaluate(_FIRST_BYTE))
            told.append((page.url.partition("?")[0], weight, statistics.median(first_bytes)))
            await context.close()
        for url, weight, first_byte in told:
            print(f"{weight:>7,} bytes  {first_byte:6.1f} ms to the first byte (median of {AGAIN})  {url}")
        assert max(weight for _, weight, _ in told) < MOST_BYTES


class TestAnOrder:
    async def test_comes_to_life_from_the_product_page(self, page: Page, stage: Stage) -> None:
        await stage.at("2026-01-15T09:00:00+01:00")
        began = time.monotonic()
        await put_in_cart(page, stage, "Fatturazione Elettronica")
        await fill_in(page, stage.names.buyer())
        await order_and_pay(page)
        print(f"{time.monotonic() - began:.1f} s from the product page to ACTIVATED")
