"""Do people buy as the guide says: both at once, and the add-on from all three channels with the toggle on and off?"""

import pytest
from playwright.async_api import Page, expect

from rehearsal.play.stage import Stage
from schemas.topics import ORDERS_EVENTS
from tests.browser.visits import PASSWORD, area_link, fill_in, first_steps, order_and_pay, put_in_cart, shop, sign_in

BOUGHT = "2026-06-30T09:00:00+02:00"
LATER = "2027-01-15T09:00:00+01:00"


class TestWhoOwnsNothing:
    async def test_buys_e_invoicing_and_gets_documents_free_by_its_own_button(self, page: Page, stage: Stage) -> None:
        await stage.at("2026-01-15T09:00:00+01:00")
        buyer = stage.names.buyer()
        await put_in_cart(page, stage, "Fatturazione Elettronica")
        await expect(page.get_by_text("Documenti è gratis in questo acquisto")).to_be_visible()
        await page.get_by_role("button", name="Aggiungi Documenti").click()
        await fill_in(page, buyer)
        order_id = await order_and_pay(page)
        await expect(page.get_by_text("15 gennaio 2027")).to_have_count(2)
        order = (await stage.front.order(order_id)).body
        assert (order["purchase_case"], order["total_cents"], order["channel"]) == ("FIRST_PURCHASE", 3660, "SITE")
        assert set(order["expiries"]) == {"E_INVOICING", "DOCUMENTS"}
        buyer_of = (await stage.front.order(order_id)).body["customer_id"]
        settled = [record for record in stage.log.of(buyer_of, ORDERS_EVENTS) if record.name == "OrderSettled"]
        assert [record.envelope["data"]["order_id"] for record in settled] == [order_id]

    async def test_reads_in_words_what_is_wrong_while_typing(self, page: Page, stage: Stage) -> None:
        await put_in_cart(page, stage, "Fatturazione Elettronica")
        await page.fill("#name", "Ωμέγα & Figli «Srl»")
        await page.fill("#email", "rossi@pec.it")
        await page.fill("#vat_number", "123")
        await page.keyboard.press("Tab")
        await expect(page.get_by_text("La partita IVA non è valida")).to_be_visible()
        await expect(page.get_by_text("L'indirizzo sembra una PEC")).to_be_visible()
        await expect(page.get_by_role("button", name="Ordina con obbligo")).to_be_disabled()

    async def test_two_clicks_and_the_back_button_make_one_order(self, page: Page, stage: Stage) -> None:
        buyer = stage.names.buyer()
        await put_in_cart(page, stage, "Fatturazione Elettronica")
        await fill_in(page, buyer)
        await page.get_by_role("button", name="Ordina con obbligo di pagamento").dblclick()
        await page.wait_for_url("**/orders/*")
        order = (await stage.front.order(page.url.rpartition("/")[2])).body
        await page.go_back()
        assert len((await stage.front.orders_of(order["customer_id"])).body["orders"]) == 1


class TestWhoOwnsTheBase:
    @pytest.mark.parametrize("extends", [True, False], ids=["with extension", "without"])
    @pytest.mark.parametrize("channel", ["SITE", "CUSTOMER_AREA", "PANEL"])
    async def test_adds_documents(self, page: Page, stage: Stage, channel: str, extends: bool) -> None:
        buyer = await stage.owner(BOUGHT)
        if channel == "PANEL":
            await first_steps(page, stage, buyer)
        await stage.at(LATER)
        match channel:
            case "SITE":
                await page.goto(area_link(stage, buyer.customer_id))
                await put_in_cart(page, stage, "Documenti")
            case "CUSTOMER_AREA":
                await page.goto(area_link(stage, buyer.customer_id))
                await page.get_by_role("button", name="Aggiungi Documenti").click()
            case _:
                username = (await stage.mail(buyer, "activation-credentials")).credentials["Username"]
                await sign_in(page, stage, username, PASSWORD)
                await page.get_by_role("button", name="Attiva").click()
        await page.wait_for_url("**/cart")
        await expect(page.get_by_text("estensione di 6 mesi e 16 giorni")).to_be_visible()
        toggle = page.get_by_role("switch", name="Estensione dei servizi attivi")
        await expect(toggle).to_be_checked()
        if not extends:
            await toggle.uncheck()
            await expect(page.locator(".choice.chosen", has_text="Senza estensione")).to_be_visible()
        order_id = await order_and_pay(page)
        order = (await stage.front.order(order_id)).body
        assert (order["channel"], order["extend_active_services"]) == (channel, extends)
        assert order["total_cents"] == (4427 if extends else 2440)
        end = "2028-01-15" if extends else "2027-06-30"
        assert await stage.expiries(buyer) == {"E_INVOICING": end, "DOCUMENTS": end}

    async def test_a_short_payment_says_what_is_missing_and_how_to_pay_it(self, page: Page, stage: Stage) -> None:
        buyer = await stage.owner(BOUGHT)
        await stage.at(LATER)
        order = await stage.add_documents(buyer)
        await stage.pay(order, 4000)
        await stage.order_is(order["order_id"], "PARTIALLY_PAID")
        await page.goto(area_link(stage, buyer.customer_id))
        await page.goto(f"{shop(stage)}/orders/{order['order_id']}")
        await expect(page.get_by_text("mancano 4,27")).to_be_visible()
        await page.get_by_role("button", name="Paga ora").click()
        await expect(page.locator(".tag", has_text="Attivo").first).to_be_visible()

    async def test_renews_for_two_years_adding_documents(self, page: Page, stage: Stage) -> None:
        buyer = await stage.owner(BOUGHT)
        await stage.at(LATER)
        await page.goto(area_link(stage, buyer.customer_id))
        await page.locator("#years-1").select_option("2")
        await expect(page.get_by_role("switch", name="insieme a Documenti")).to_be_checked()
        await page.get_by_role("button", name="Vai al preventivo").click()
        await expect(page.get_by_text("rinnovo di 2 anni").first).to_be_visible()
        order_id = await order_and_pay(page)
        order = (await stage.front.order(order_id)).body
        assert (order["purchase_case"], order["channel"]) == ("RENEWAL", "CUSTOMER_AREA")
        assert await stage.expiries(buyer) == {"E_INVOICING": "2029-06-30", "DOCUMENTS": "2029-06-30"}

    async def test_paid_in_one_tab_and_cancelled_in_another_it_stays_paid(self, page: Page, stage: Stage) -> None:
        buyer = await stage.owner(BOUGHT)
        await stage.at(LATER)
        order = await stage.add_documents(buyer)
        await page.goto(area_link(stage, buyer.customer_id))
        await page.goto(f"{shop(stage)}/orders/{order['order_id']}")
        other = await page.context.new_page()
        await other.goto(page.url)
        token = await other.locator("input[name=csrf]").first.get_attribute("value")
        await page.get_by_role("button", name="Paga ora").click()
        await expect(page.locator(".tag", has_text="Attivo").first).to_be_visible()
        answer = await other.request.post(f"{other.url}/cancellation", form={"csrf": token or ""})
        assert answer.status == 200
        assert (await stage.front.order(order["order_id"])).body["status"] == "ACTIVATED"
