"""Is what is another's refused? Forged links, foreign sessions, forms of another page, other people's orders."""

from typing import Any, cast

import httpx
from playwright.async_api import Browser, Page, expect

from rehearsal.play.stage import Stage
from runtime.signing import FROM_PANEL, Signer
from tests.browser.visits import area_link, fill_in, panel, put_in_cart, shop, web_secret


class TestALinkIntoTheArea:
    async def test_opens_it_and_stays_in_no_address(self, page: Page, stage: Stage) -> None:
        buyer = await stage.owner("2026-01-15T09:00:00+01:00")
        await page.goto(area_link(stage, buyer.customer_id))
        await expect(page.get_by_role("heading", name="I tuoi servizi")).to_be_visible()
        assert "token" not in page.url

    async def test_of_a_mail_opens_the_order_and_the_area(self, page: Page, stage: Stage) -> None:
        buyer = await stage.owner("2026-01-15T09:00:00+01:00")
        mail = await stage.mail(buyer, "order-received")
        link = next(part for part in mail.text.split() if part.startswith(f"{shop(stage)}/area/enter?"))
        await page.goto(link)
        await expect(page.get_by_role("heading", name="Il tuo ordine")).to_be_visible()
        assert "token" not in page.url
        await page.get_by_role("link", name="Area clienti").click()
        await expect(page.get_by_role("heading", name="I tuoi servizi")).to_be_visible()

    async def test_forged_opens_nothing(self, page: Page, stage: Stage) -> None:
        for token in ("", "x.y.z", Signer("0" * 64).sign("customer-area", "c-1"), _for_another_purpose(stage)):
            answer = await page.goto(f"{shop(stage)}/area/enter?token={token}")
            assert answer is not None
            assert answer.status == 403
            answer = await page.goto(f"{shop(stage)}/area")
            assert answer is not None
            assert answer.status == 403

    async def test_leads_to_no_other_site(self, page: Page, stage: Stage) -> None:
        buyer = await stage.owner("2026-01-15T09:00:00+01:00")
        for to in ("https://evil.example", "//evil.example", "/\\evil.example"):
            await page.goto(f"{area_link(stage, buyer.customer_id)}&to={to}")
            assert page.url == f"{shop(stage)}/area"


class TestAForm:
    async def test_without_this_session_s_token_is_refused_and_does_nothing(self, stage: Stage) -> None:
        async with httpx.AsyncClient(base_url=shop(stage)) as stranger:
            answer = await stranger.post("/cart/lines", data={"product": "E_INVOICING", "csrf": "forged"})
            assert answer.status_code == 403
            assert "E_INVOICING" not in (await stranger.get("/cart")).text

    async def test_of_another_session_is_refused(self, browser: Browser, page: Page, stage: Stage) -> None:
        await page.goto(shop(stage))
        token = await page.locator("input[name=csrf]").first.get_attribute("value")
        other = await browser.new_context()
        there = await other.new_page()
        await there.goto(shop(stage))
        answer = await there.request.post(
            f"{shop(stage)}/cart/lines", form={"product": "E_INVOICING", "csrf": token or ""}
        )
        assert answer.status == 403
        await other.close()

    async def test_from_another_site_is_refused(self, page: Page, stage: Stage) -> None:
        await page.goto(panel(stage))
        token = await page.locator("input[name=csrf]").first.get_attribute("value")
        answer = await page.request.post(
            f"{panel(stage)}/sign-in",
            form={"username": "U1", "password": "x", "csrf": token or ""},
            headers={"Origin": "https://evil.example"},
        )
        assert answer.status == 403


class TestAnOrderOfSomebodyElse:
    async def test_is_not_found(self, page: Page, stage: Stage) -> None:
        buyer = await stage.owner("2026-01-15T09:00:00+01:00")
        order = (await stage.front.orders_of(buyer.customer_id)).body["orders"][0]
        await put_in_cart(page, stage, "Fatturazione Elettronica")
        for path in ("", "/events"):
            answer = await page.request.get(f"{shop(stage)}/orders/{order['order_id']}{path}")
            assert answer.status == 404


class TestEveryPage:
    async def test_forbids_foreign_scripts_frames_and_caches(self, stage: Stage) -> None:
        async with httpx.AsyncClient() as client:
            for address in (shop(stage), panel(stage)):
                answer = await client.get(address)
                policy = answer.headers["content-security-policy"]
                assert "script-src 'self';" in policy
                assert "frame-ancestors 'none'" in policy
                assert answer.headers["cache-control"] == "no-store"
                assert len(answer.content) < 100_000

    async def test_cookies_are_out_of_reach_of_scripts(self, page: Page, stage: Stage) -> None:
        await page.goto(shop(stage))
        cookies = await page.context.cookies()
        assert cookies
        assert all(cookie["httpOnly"] and cookie["secure"] for cookie in cookies)


def _for_another_purpose(stage: Stage) -> str:
    return Signer(web_secret(stage)).sign(FROM_PANEL, "c-1")


class TestAnswersThatCross:
    async def test_leave_an_order_to_the_browser_that_placed_it(self, page: Page, stage: Stage) -> None:
        await put_in_cart(page, stage, "Fatturazione Elettronica")
        await fill_in(page, stage.names.buyer())
        before = await page.context.cookies()
        await page.get_by_role("button", name="Ordina con obbligo di pagamento").click()
        await page.wait_for_url("**/orders/*")
        # An answer that was on its way brings the cookie of before.
        (ours,) = (cookie for cookie in before if cookie.get("name") == "coterm_shop")
        await page.context.add_cookies([cast(Any, ours)])
        await page.reload()
        await expect(page.get_by_role("heading", name="Il tuo ordine")).to_be_visible()
