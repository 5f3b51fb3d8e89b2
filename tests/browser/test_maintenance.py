"""Does the desk rebuild a service and drill a loss as `coterm` does: rehearsed, watched, proven, cancelled cleanly?"""

import asyncpg
from playwright.async_api import Locator, Page, expect

from rehearsal.play.stage import Stage
from tests.browser.visits import desk, open_desk, rehearse

LONG = 120_000.0


def status(page: Page) -> Locator:
    return page.get_by_role("status")


class TestARebuild:
    async def test_is_rehearsed_watched_and_proven(self, page: Page, stage: Stage) -> None:
        await stage.owner("2026-01-15T09:00:00+01:00")
        before = await _schema(stage)
        await open_desk(page, stage)
        await rehearse(page, stage, "rebuild", "billing")
        await expect(page.get_by_text("records of billing.events into new tables")).to_be_visible()
        assert await _schema(stage) == before
        await page.get_by_role("button", name="Esegui").click()
        await expect(status(page)).to_have_text("riuscito", timeout=LONG)
        await expect(page.get_by_text("equal to what was live")).to_be_visible()
        assert await page.locator("tbody .tag", has_text="uguale").count() > 3
        assert await _schema(stage) != before

    async def test_is_cancelled_and_another_waits_for_it(self, page: Page, stage: Stage) -> None:
        before = await _schema(stage)
        await open_desk(page, stage)
        billing = await asyncpg.connect(stage.endpoints.postgres["billing"]["owner"])
        async with billing.transaction():  # a commit that is still open holds the swap up
            await billing.execute("SELECT pg_advisory_xact_lock_shared(7243903)")
            await rehearse(page, stage, "rebuild", "billing")
            await page.get_by_role("button", name="Esegui").click()
            await expect(page.get_by_text("making keys and indexes")).to_be_visible(timeout=LONG)
            other = await page.context.new_page()
            await other.goto(f"{desk(stage)}/maintenance")
            await expect(other.get_by_role("button", name="Prova")).to_have_count(0)
            await page.get_by_role("button", name="Annulla").click()
            await expect(status(page)).to_have_text("annullato", timeout=LONG)
        await billing.close()
        assert await _schema(stage) == before


class TestALostDatabase:
    async def test_comes_back_as_it_was_once_its_name_was_typed(self, page: Page, stage: Stage) -> None:
        buyer = await stage.owner("2026-01-15T09:00:00+01:00")
        await open_desk(page, stage)
        await rehearse(page, stage, "lose-postgres", "billing")
        await expect(page.get_by_text("drop the database of billing")).to_be_visible()
        await page.get_by_label("Scrivi billing").fill("orders")
        await page.get_by_role("button", name="Esegui").click()
        await expect(page.get_by_role("alert")).to_contain_text("nulla è stato fatto")
        await page.get_by_label("Scrivi billing").fill("billing")
        await page.get_by_role("button", name="Esegui").click()
        await expect(status(page)).to_have_text("riuscito", timeout=3 * LONG)
        await expect(page.get_by_text("everything is as it was")).to_be_visible()
        assert await stage.credit(buyer) == 0


async def _schema(stage: Stage) -> str:
    """Name the generation of billing's tables that is live."""
    billing = await asyncpg.connect(stage.endpoints.postgres["billing"]["owner"])
    try:
        return str(await billing.fetchval("SELECT schema_name FROM runtime.generations WHERE state = 'live'"))
    finally:
        await billing.close()
