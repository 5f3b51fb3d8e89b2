"""Does the shop hold where links are old, carts change, clicks come twice and names are in any script?"""

import time

import pytest
from itsdangerous import TimestampSigner
from playwright.async_api import Page, expect

from rehearsal.play.stage import Stage
from runtime.signing import CUSTOMER_AREA, LINK_DAYS, Signer
from tests.browser.visits import area_link, fill_in, order_and_pay, put_in_cart, shop, web_secret

BOUGHT = "2026-06-30T09:00:00+02:00"
LATER = "2027-01-15T09:00:00+01:00"
DAY = 24 * 3600
ORDER = "Ordina con obbligo di pagamento"


def signed(stage: Stage, monkeypatch: pytest.MonkeyPatch, purpose: str, value: object, seconds_ago: int) -> str:
    """Sign a value as if it had been some time ago."""
    with monkeypatch.context() as then:
        then.setattr(TimestampSigner, "get_timestamp", lambda _: int(time.time()) - seconds_ago)
        return Signer(web_secret(stage)).sign(purpose, value)


class TestWhatIsOver:
    async def test_an_old_link_opens_nothing_and_says_what_to_do(
        self, page: Page, stage: Stage, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        buyer = await stage.owner(BOUGHT)
        for days, status in ((LINK_DAYS - 1, 200), (LINK_DAYS + 1, 403)):
            token = signed(stage, monkeypatch, CUSTOMER_AREA, buyer.customer_id, days * DAY)
            answer = await page.goto(f"{shop(stage)}/area/enter?token={token}")
            assert answer is not None
            assert answer.status == status
        await expect(page.get_by_text("Apri l'ultimo che ti abbiamo scritto")).to_be_visible()

    @pytest.mark.parametrize("hours", [7, 9])
    async def test_a_session_ends_after_eight_hours(
        self, page: Page, stage: Stage, monkeypatch: pytest.MonkeyPatch, hours: int
    ) -> None:
        buyer = await stage.owner(BOUGHT)
        values = {"id": "1", "customer": buyer.customer_id}
        cookie = signed(stage, monkeypatch, "coterm_shop", values, hours * 3600)
        await page.context.add_cookies([{"name": "coterm_shop", "value": cookie, "url": shop(stage), "secure": True}])
        await page.goto(f"{shop(stage)}/area")
        shown = "Area clienti" if hours == 7 else "Entra nell'area clienti"
        await expect(page.get_by_role("heading", level=1, name=shown, exact=True)).to_be_visible()

    async def test_a_forged_session_is_nobody_s(self, page: Page, stage: Stage) -> None:
        buyer = await stage.owner(BOUGHT)
        values = {"id": "1", "customer": buyer.customer_id}
        cookie = Signer("0" * 64).sign("coterm_shop", values)
        await page.context.add_cookies([{"name": "coterm_shop", "value": cookie, "url": shop(stage), "secure": True}])
        await page.goto(f"{shop(stage)}/area")
        await expect(page.get_by_role("heading", name="Entra nell'area clienti")).to_be_visible()


class TestACartThatChangedWhileItWasLookedAt:
    async def test_an_expiry_that_moved_is_shown_and_confirmed_again(self, page: Page, stage: Stage) -> None:
        buyer = await stage.owner(BOUGHT)
        await stage.at(LATER)
        await page.goto(area_link(stage, buyer.customer_id))
        await page.get_by_role("button", name="Aggiungi Documenti").click()
        await expect(page.get_by_text("estensione di 6 mesi e 16 giorni")).to_be_visible()
        await stage.at("2027-01-16T09:00:00+01:00")
        await page.get_by_role("button", name=ORDER).click()
        await expect(page.get_by_role("alert")).to_contain_text("preventivo aggiornato")
        await expect(page.get_by_text("estensione di 6 mesi e 17 giorni")).to_be_visible()
        assert len((await stage.front.orders_of(buyer.customer_id)).body["orders"]) == 1
        await order_and_pay(page)
        assert await stage.expiries(buyer) == {"E_INVOICING": "2028-01-16", "DOCUMENTS": "2028-01-16"}

    async def test_what_another_tab_put_in_is_shown_before_it_is_ordered(self, page: Page, stage: Stage) -> None:
        await stage.at("2026-01-15T09:00:00+01:00")
        await put_in_cart(page, stage, "Fatturazione Elettronica")
        await fill_in(page, stage.names.buyer())
        other = await page.context.new_page()
        await put_in_cart(other, stage, "Documenti")
        await page.get_by_role("button", name=ORDER).click()
        await expect(page.get_by_role("alert")).to_contain_text("preventivo aggiornato")
        await expect(page.locator(".choice").get_by_text("Documenti").first).to_be_visible()


class TestClicksThatComeTwice:
    async def test_pay_once_and_the_back_button_finds_an_empty_cart(self, page: Page, stage: Stage) -> None:
        await stage.at("2026-01-15T09:00:00+01:00")
        await put_in_cart(page, stage, "Fatturazione Elettronica")
        await fill_in(page, stage.names.buyer())
        await page.get_by_role("button", name=ORDER).click()
        await page.wait_for_url("**/orders/*")
        order_id = page.url.rpartition("/")[2]
        await page.get_by_role("button", name="Paga ora").dblclick()
        await expect(page.locator(".tag", has_text="Attivo").first).to_be_visible()
        order = (await stage.front.order(order_id)).body
        assert (len(order["payments"]), order["surplus_cents"]) == (1, 0)
        while page.url.rpartition("/")[2] != "cart":
            await page.go_back()
        await expect(page.get_by_text("Il carrello è vuoto")).to_be_visible()
        assert len((await stage.front.orders_of(order["customer_id"])).body["orders"]) == 1


class TestANameInAnyScript:
    @pytest.mark.parametrize("name", ["Ωμέγα & Figli «Srl»", "株式会社 山田", "شركة الأمل", "O'Brien <b>Ltd</b>"])
    async def test_is_ordered_and_written_to_as_it_stands(self, page: Page, stage: Stage, name: str) -> None:
        await stage.at("2026-01-15T09:00:00+01:00")
        buyer = stage.names.buyer()
        await put_in_cart(page, stage, "Fatturazione Elettronica")
        await fill_in(page, buyer)
        await page.fill("#name", name)
        await page.get_by_role("button", name=ORDER).click()
        await page.wait_for_url("**/orders/*")
        await expect(page.get_by_role("heading", name="Come pagare")).to_be_visible()
        order = (await stage.front.order(page.url.rpartition("/")[2])).body
        mail = await stage.mail(buyer.but(customer_id=order["customer_id"]), "order-received")
        assert f"Gentile {name}," in mail.text
