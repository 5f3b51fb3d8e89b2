"""Does the customer area say what a customer has, paid and was written, also right after it changed?"""

import httpx
from playwright.async_api import Page, expect

from rehearsal.play.buyers import Buyer
from rehearsal.play.stage import Stage
from schemas.topics import ORDERS_EVENTS
from tests.browser.visits import area_link, order_and_pay

BOUGHT = "2026-06-30T09:00:00+02:00"
LATER = "2027-01-15T09:00:00+01:00"


async def open_area(page: Page, stage: Stage, buyer: Buyer) -> None:
    await page.goto(area_link(stage, buyer.customer_id))
    await expect(page.get_by_role("heading", name="I tuoi servizi")).to_be_visible()


class TestAutomaticRenewal:
    async def test_is_switched_on_with_its_years_and_off_again(self, page: Page, stage: Stage) -> None:
        buyer = await stage.owner(BOUGHT, "E_INVOICING", "DOCUMENTS")
        await open_area(page, stage, buyer)
        card = page.locator("section", has=page.get_by_role("heading", name="Rinnovo automatico di"))
        await expect(card.get_by_role("switch")).not_to_be_checked()
        await card.get_by_role("switch").check()
        await card.get_by_label("Anni").select_option("2")
        await card.get_by_role("button", name="Salva la scelta").click()
        await expect(page.get_by_role("status")).to_contain_text("è salvata")
        await expect(card.get_by_role("switch")).to_be_checked()
        await expect(card.get_by_label("Anni")).to_have_value("2")
        await card.get_by_role("switch").uncheck()
        await card.get_by_role("button", name="Salva la scelta").click()
        await expect(card.get_by_text("Non attivo")).to_be_visible()
        chosen = [
            (event.envelope["data"]["enabled"], event.envelope["data"]["years"], event.envelope["data"]["add_ons"])
            for event in stage.log.of(buyer.customer_id, ORDERS_EVENTS)
            if event.name == "AutomaticRenewalSet"
        ]
        assert chosen == [(True, 2, ["DOCUMENTS"]), (False, 2, ["DOCUMENTS"])]


class TestMoney:
    async def test_every_payment_and_every_entry_of_the_credit_is_listed(self, page: Page, stage: Stage) -> None:
        buyer = await stage.owner(BOUGHT)
        await stage.at(LATER)
        order = await stage.add_documents(buyer)
        await stage.pay(order, order["total_cents"] + 200)
        await stage.order_is(order["order_id"], "ACTIVATED")
        await stage.mail(buyer, "documents-activated")
        await open_area(page, stage, buyer)
        payments = page.locator("section[aria-labelledby=payments] tbody tr")
        await expect(payments).to_have_count(2)
        await expect(payments.first).to_contain_text("46,27")
        await expect(payments.first).to_contain_text("registrato · 2,00")
        ledger = page.locator("section[aria-labelledby=credit]")
        await expect(ledger.locator(".price")).to_contain_text("2,00")
        await expect(ledger.locator("tbody tr")).to_contain_text("concesso")
        mails = page.locator("section[aria-labelledby=mails] tbody")
        for template in ("Ordine ricevuto", "Modulo attivato", "Attivazione e credenziali"):
            await expect(mails.get_by_text(template).first).to_be_visible()


class TestTheTimeline:
    async def test_says_the_new_expiry_right_after_a_renewal(self, page: Page, stage: Stage) -> None:
        buyer = await stage.owner(BOUGHT)
        await stage.at(LATER)
        await open_area(page, stage, buyer)
        await expect(page.get_by_role("img", name="al 30 giugno 2027")).to_be_visible()
        await page.get_by_role("switch", name="insieme a Documenti").uncheck()
        await page.get_by_role("button", name="Vai al preventivo").click()
        await order_and_pay(page)
        await page.get_by_role("link", name="Area clienti").click()
        await expect(page.get_by_role("img", name="al 30 giugno 2028")).to_be_visible()

    async def test_says_that_a_service_ended_right_after_its_cancellation(self, page: Page, stage: Stage) -> None:
        buyer = await stage.owner(BOUGHT)
        operator = {"Authorization": f"Bearer {stage.endpoints.keys.operator}"}
        async with httpx.AsyncClient(base_url=stage.endpoints.provisioning, headers=operator) as client:
            path = f"/v1/operator/customers/{buyer.customer_id}/services/E_INVOICING/cancellation"
            (await client.post(path, json={"why": "asked for"})).raise_for_status()
        await open_area(page, stage, buyer)
        await expect(page.get_by_text("terminato (scadenza 30 giugno 2027)")).to_be_visible()
        await expect(page.get_by_role("heading", name="Rinnovo automatico di")).to_have_count(0)
        await expect(page.get_by_role("button", name="Vai al preventivo")).to_have_count(0)
