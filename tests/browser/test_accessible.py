"""Can everybody use the screens? No violation of axe's rules, no sideways scrolling at 320 pixels, light and dark.

With PICTURES=docs/pictures in the environment the wide, light pass also writes the pictures of docs/screens.md;
EVERY_PICTURE=FOLDER writes each screen at each width, light and dark.
"""

import json
import os
from pathlib import Path
from typing import Literal

import pytest
from playwright.async_api import Browser, Page, expect

from rehearsal.play.stage import Stage
from tests.browser.visits import (
    area_link,
    desk,
    fill_in,
    first_steps,
    open_desk,
    order_and_pay,
    panel,
    put_in_cart,
    rehearse,
    shop,
)

RULES = "wcag2a,wcag2aa,wcag21a,wcag21aa,wcag22aa,best-practice"


async def violations(page: Page, axe: str) -> list[str]:
    """Run axe on a page as it stands; scripts of ours alone may run in it, so it comes through the debugger."""
    await page.evaluate(axe)
    found = await page.evaluate(
        f"async () => (await axe.run({{runOnly: {json.dumps(RULES.split(','))}}})).violations"
        ".map(each => each.id + ': ' + each.nodes.map(node => node.target.join(' ')).join(', '))"
    )
    return [f"{page.url}: {each}" for each in found]


async def sideways(page: Page) -> list[str]:
    """Tell whether a page is wider than the window."""
    wide = await page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    return [f"{page.url} scrolls sideways"] if wide else []


class TestEveryScreen:
    @pytest.mark.parametrize("scheme", ["light", "dark"])
    @pytest.mark.parametrize("width", [320, 768, 1440])
    async def test_is_accessible_and_fits(
        self, browser: Browser, stage: Stage, axe: str, width: int, scheme: Literal["light", "dark"]
    ) -> None:
        buyer = await stage.owner("2026-06-30T09:00:00+02:00")
        context = await browser.new_context(
            locale="it-IT", viewport={"width": width, "height": 800}, color_scheme=scheme
        )
        page = await context.new_page()
        wrong: list[str] = []

        async def look(name: str | None = None) -> None:
            wrong.extend(await violations(page, axe) + await sideways(page))
            if name and "PICTURES" in os.environ and (width, scheme) == (1440, "light"):
                await page.screenshot(path=Path(os.environ["PICTURES"]) / f"{name}.png", full_page=True)
            if name and "EVERY_PICTURE" in os.environ:
                folder = Path(os.environ["EVERY_PICTURE"])
                await page.screenshot(path=folder / f"{name}-{width}-{scheme}.png", full_page=True)

        await page.goto(panel(stage))
        await look("panel-sign-in")
        await first_steps(page, stage, buyer)
        for path in ("status", "settings", "password", "configuration"):
            await page.goto(f"{panel(stage)}/{path}")
            await look(f"panel-{path}")
        await page.goto(shop(stage))
        await look("shop-products")
        await put_in_cart(page, stage, "Fatturazione Elettronica")
        await fill_in(page, stage.names.buyer())
        await look("shop-first-purchase")
        await order_and_pay(page)
        await look("shop-order")
        await stage.at("2027-01-15T09:00:00+01:00")
        await page.goto(area_link(stage, buyer.customer_id))
        await look("shop-area")
        await page.get_by_role("button", name="Aggiungi Documenti").click()
        await look("shop-cart")
        await page.goto(f"{shop(stage)}/nowhere")
        await look()
        await open_desk(page, stage)
        order = (await stage.front.orders_of(buyer.customer_id)).body["orders"][0]["order_id"]
        for name, path in {
            "board": "",
            "worklist": "worklist",
            "order": f"order?order_id={order}",
            "customer": f"customer?customer_id={buyer.customer_id}",
            "proof": "proof",
        }.items():
            await page.goto(f"{desk(stage)}/{path}")
            await look(f"desk-{name}")
        await rehearse(page, stage, "rebuild", "billing")
        await look("desk-rehearsed")
        await page.get_by_role("button", name="Esegui").click()
        await expect(page.get_by_role("status")).to_have_text("riuscito", timeout=120_000)
        await look("desk-maintenance")
        await page.goto(f"{shop(stage)}/area/enter?token=over")
        await look()
        await context.close()
        assert wrong == []
