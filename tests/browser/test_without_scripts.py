"""Do the screens work where no script runs, as far as a form is enough?"""

from collections.abc import AsyncIterator

import pytest_asyncio
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
    sign_in,
)

LONG = 20_000.0


@pytest_asyncio.fixture(loop_scope="session")
async def plain(browser: Browser) -> AsyncIterator[Page]:
    """Give a page in which no script runs."""
    context = await browser.new_context(java_script_enabled=False, locale="it-IT")
    context.set_default_timeout(LONG)
    yield await context.new_page()
    await context.close()


class TestWithoutScripts:
    async def test_one_buys_and_sees_the_order_come_to_life(self, plain: Page, stage: Stage) -> None:
        await stage.at("2026-01-15T09:00:00+01:00")
        await put_in_cart(plain, stage, "Fatturazione Elettronica")
        await plain.get_by_role("button", name="Aggiungi Documenti").click()
        await fill_in(plain, stage.names.buyer())
        await plain.fill("#vat_number", "123")
        await plain.get_by_role("button", name="Ordina con obbligo").click()
        await expect(plain.get_by_text("La partita IVA non è valida")).to_be_visible()
        await fill_in(plain, stage.names.buyer())
        await order_and_pay(plain)

    async def test_the_toggle_has_a_button_of_its_own(self, plain: Page, stage: Stage) -> None:
        buyer = await stage.owner("2026-06-30T09:00:00+02:00")
        await stage.at("2027-01-15T09:00:00+01:00")
        await plain.goto(area_link(stage, buyer.customer_id))
        await plain.get_by_role("button", name="Aggiungi Documenti").click()
        await plain.get_by_role("switch", name="Estensione dei servizi attivi").uncheck()
        await plain.get_by_role("button", name="Aggiorna").click()
        await expect(plain.locator(".choice.chosen", has_text="Senza estensione")).to_be_visible()

    async def test_the_panel_leads_through_its_first_steps(self, plain: Page, stage: Stage) -> None:
        buyer = await stage.owner("2026-01-15T09:00:00+01:00", "E_INVOICING", "DOCUMENTS")
        credentials = (await stage.mail(buyer, "activation-credentials")).credentials
        await sign_in(plain, stage, credentials["Username"], credentials["Password"])
        await plain.fill("#new_password", "corta")
        await plain.fill("#again", "corta")
        await plain.get_by_role("button", name="Salva la password").click()
        await expect(plain.locator("#rules li", has_text="almeno 15 caratteri")).to_contain_text("non ancora")
        await plain.get_by_role("button", name="Esci").click()
        await first_steps(plain, stage, buyer)
        await plain.goto(f"{panel(stage)}/settings")
        await plain.get_by_role("switch").check()
        await plain.get_by_role("button", name="Salva").click()
        await expect(plain.get_by_role("switch")).to_be_checked()

    async def test_the_desk_opens_and_goes_through_time(self, plain: Page, stage: Stage) -> None:
        buyer = await stage.owner("2026-06-30T09:00:00+02:00")
        await stage.at("2027-01-15T09:00:00+01:00")
        await stage.add_documents(buyer)
        await open_desk(plain, stage)
        await plain.goto(f"{desk(stage)}/customer?customer_id={buyer.customer_id}")
        await plain.get_by_label("Nel tempo").fill("0")
        await plain.get_by_role("button", name="Mostra").last.click()
        await expect(plain.locator("#then")).to_contain_text("2026-06-30")
