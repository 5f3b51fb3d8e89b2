"""Do the panel's first steps lead from the mailed password to the preservation of transport documents?"""

from playwright.async_api import Page, expect

from rehearsal.play.stage import Stage
from tests.browser.visits import PASSWORD, first_steps, panel, sign_in


class TestTheFirstSignIn:
    async def test_nothing_else_opens_before_the_password_is_changed(self, page: Page, stage: Stage) -> None:
        buyer = await stage.owner("2026-01-15T09:00:00+01:00")
        credentials = (await stage.mail(buyer, "activation-credentials")).credentials
        await sign_in(page, stage, credentials["Username"], credentials["Password"])
        await page.wait_for_url("**/password")
        for path in ("status", "settings", "configuration"):
            await page.goto(f"{panel(stage)}/{path}")
            await page.wait_for_url("**/password")
            await expect(page.get_by_role("link", name="Impostazioni")).to_have_count(0)

    async def test_then_nothing_but_the_configuration_opens(self, page: Page, stage: Stage) -> None:
        buyer = await stage.owner("2026-01-15T09:00:00+01:00")
        credentials = (await stage.mail(buyer, "activation-credentials")).credentials
        await sign_in(page, stage, credentials["Username"], credentials["Password"])
        await page.fill("#new_password", PASSWORD)
        await page.fill("#again", PASSWORD)
        await page.get_by_role("button", name="Salva la password").click()
        for path in ("status", "settings"):
            await page.goto(f"{panel(stage)}/{path}")
            await page.wait_for_url("**/configuration")

    async def test_says_live_which_rules_a_password_breaks(self, page: Page, stage: Stage) -> None:
        buyer = await stage.owner("2026-01-15T09:00:00+01:00")
        credentials = (await stage.mail(buyer, "activation-credentials")).credentials
        await sign_in(page, stage, credentials["Username"], credentials["Password"])
        await page.fill("#new_password", "juventus")
        await expect(page.locator("#rules li", has_text="almeno 15 caratteri")).to_contain_text("non ancora")
        await page.fill("#new_password", credentials["Password"])
        await expect(page.locator("#rules li", has_text="diversa da quella attuale")).to_contain_text("non ancora")

    async def test_an_incomplete_configuration_marks_what_is_missing(self, page: Page, stage: Stage) -> None:
        buyer = await stage.owner("2026-01-15T09:00:00+01:00")
        credentials = (await stage.mail(buyer, "activation-credentials")).credentials
        await sign_in(page, stage, credentials["Username"], credentials["Password"])
        await page.fill("#new_password", "quattro parole mie per entrare")
        await page.fill("#again", "quattro parole mie per entrare")
        await page.get_by_role("button", name="Salva la password").click()
        await page.fill("#company", "Rossi Srl")
        await page.get_by_role("button", name="Completa la configurazione").click()
        await expect(page.get_by_role("alert")).to_contain_text("Non è stato salvato nulla")
        assert await page.locator("[aria-invalid=true]").count() > 3
        assert await page.input_value("#company") == "Rossi Srl"

    async def test_leads_to_the_switch_for_transport_documents(self, page: Page, stage: Stage) -> None:
        buyer = await stage.owner("2026-01-15T09:00:00+01:00", "E_INVOICING", "DOCUMENTS")
        await first_steps(page, stage, buyer)
        await page.get_by_role("link", name="Impostazioni").click()
        switch = page.get_by_role("switch", name="Conserva i documenti di trasporto")
        await switch.check()
        await page.get_by_role("button", name="Salva").click()
        await expect(switch).to_be_checked()
        services = await stage.front.services(buyer.customer_id)
        assert services["DOCUMENTS"]["ddt_preservation"]

    async def test_without_documents_the_switch_is_off_and_says_why(self, page: Page, stage: Stage) -> None:
        buyer = await stage.owner("2026-01-15T09:00:00+01:00")
        await first_steps(page, stage, buyer)
        await page.get_by_role("link", name="Impostazioni").click()
        await expect(page.get_by_role("switch")).to_be_disabled()
        await expect(page.get_by_text("Serve il modulo Documenti attivo")).to_be_visible()

    async def test_a_wrong_password_says_no_more_than_that(self, page: Page, stage: Stage) -> None:
        await sign_in(page, stage, "U99999999999", "not the one")
        await expect(page.get_by_role("alert")).to_contain_text("Nome utente o password non corretti")
