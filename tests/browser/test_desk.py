"""Does the desk end what waits? A held payment is moved: rehearsed first, then done, and the log says so."""

from playwright.async_api import Page, expect

from rehearsal.play.stage import Stage
from tests.browser.visits import desk, open_desk


class TestWithoutTheKey:
    async def test_nothing_opens(self, page: Page, stage: Stage) -> None:
        for path in ("", "worklist", "order?order_id=o-1", "customer?customer_id=c-1", "proof"):
            answer = await page.goto(f"{desk(stage)}/{path}")
            assert answer is not None
            assert answer.status == 401
        await page.fill("#key", "op_wrong")
        await page.get_by_role("button", name="Apri").click()
        await expect(page.get_by_role("alert")).to_be_visible()


class TestAHeldPayment:
    async def test_is_moved_to_an_order_of_its_customer(self, page: Page, stage: Stage) -> None:
        buyer = await stage.owner("2026-06-30T09:00:00+02:00")
        await stage.at("2027-01-15T09:00:00+01:00")
        order = await stage.add_documents(buyer)
        misplaced = {"order_id": stage.names.order(), "customer_id": buyer.customer_id}
        payment = await stage.pay(misplaced, order["total_cents"], customer_id=buyer.customer_id)
        await open_desk(page, stage)
        await page.goto(f"{desk(stage)}/worklist")
        card = page.locator("section", has_text=payment["payment_id"])
        await card.locator("input[name=why]").fill("the reason for payment named another order")
        await card.locator("input[name=order_id]").fill(order["order_id"])
        await card.get_by_role("button", name="Prova: sposta su un ordine").click()
        await expect(page.get_by_text("Prova: nulla è stato salvato")).to_be_visible()
        assert (await stage.front.order(order["order_id"])).body["status"] == "AWAITING_PAYMENT"
        await page.get_by_role("button", name="Esegui").click()
        await expect(page.get_by_text("Fatto.")).to_be_visible()
        await stage.order_is(order["order_id"], "ACTIVATED")


class TestTheProof:
    async def test_is_a_table_of_every_invariant(self, page: Page, stage: Stage) -> None:
        await open_desk(page, stage)
        await page.goto(f"{desk(stage)}/proof")
        await page.get_by_role("button", name="Controlla ora").click()
        await expect(page.get_by_role("status")).to_contain_text("Ogni invariante controllata tiene", timeout=60_000)
        assert await page.locator("tbody tr").count() > 15
