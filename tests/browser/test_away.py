"""What does a page say while a service or Kafka is away? What works, and the rest by itself once it is back."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from operations.drill.stack_control import LocalStack
from operations.surroundings import find
from rehearsal.play.stage import Stage
from tests.browser.visits import area_link, fill_in, open_desk, panel, put_in_cart, shop, sign_in

BACK = 60_000.0
"""Milliseconds until what was started again is seen."""


@asynccontextmanager
async def away(running: Path, name: str) -> AsyncIterator[None]:
    """Stop a part of the stack for a while."""
    stack = LocalStack(find(running / "endpoints.json"))
    await stack.stop([name])
    try:
        yield
    finally:
        await stack.start([name])


class TestWithoutAService:
    @pytest.mark.parametrize(
        ("service", "missing", "shown"),
        [
            ("notifications", "le e-mail inviate", "I tuoi servizi"),
            ("billing", "prezzi e credito", "E-mail inviate"),
            ("provisioning", "i servizi", "Credito"),
        ],
    )
    async def test_the_area_shows_all_else_and_completes_itself(
        self, page: Page, stage: Stage, running: Path, service: str, missing: str, shown: str
    ) -> None:
        buyer = await stage.owner("2026-01-15T09:00:00+01:00")
        async with away(running, service):
            await page.goto(area_link(stage, buyer.customer_id))
            await expect(page.get_by_role("status")).to_contain_text(f"Ora non si raggiunge: {missing}")
            await expect(page.get_by_role("heading", name=shown, exact=True)).to_be_visible()
        await expect(page.get_by_role("status")).to_have_count(0, timeout=BACK)
        await expect(page.get_by_role("button", name="Vai al preventivo")).to_be_visible()

    async def test_the_cart_keeps_what_was_typed_and_quotes_by_itself(
        self, page: Page, stage: Stage, running: Path
    ) -> None:
        buyer = stage.names.buyer()
        async with away(running, "billing"):
            await put_in_cart(page, stage, "Fatturazione Elettronica")
            await expect(page.get_by_role("status")).to_contain_text("prezzi e credito")
            await fill_in(page, buyer)
        await expect(page.get_by_role("button", name="Ordina con obbligo")).to_be_enabled(timeout=BACK)
        assert await page.input_value("#name") == buyer.body["name"]

    async def test_an_order_that_is_not_heard_is_placed_once(self, page: Page, stage: Stage, running: Path) -> None:
        await stage.at("2026-01-15T09:00:00+01:00")
        await put_in_cart(page, stage, "Fatturazione Elettronica")
        await fill_in(page, stage.names.buyer())
        button = page.get_by_role("button", name="Ordina con obbligo")
        await expect(button).to_be_enabled()
        async with away(running, "orders"):
            await button.click()
            await expect(page.get_by_role("alert")).to_contain_text("resta un ordine solo", timeout=BACK)
        await expect(page.get_by_role("alert")).to_have_count(0, timeout=BACK)
        await button.click()
        await page.wait_for_url("**/orders/*")
        order = (await stage.front.order(page.url.rpartition("/")[2])).body
        assert len((await stage.front.orders_of(order["customer_id"])).body["orders"]) == 1

    async def test_an_open_order_says_so_and_goes_on_by_itself(self, page: Page, stage: Stage, running: Path) -> None:
        buyer = await stage.owner("2026-06-30T09:00:00+02:00")
        await stage.at("2027-01-15T09:00:00+01:00")
        order = await stage.add_documents(buyer)
        await page.goto(area_link(stage, buyer.customer_id))
        await page.goto(f"{shop(stage)}/orders/{order['order_id']}")
        async with away(running, "orders"):
            await expect(page.get_by_role("status")).to_contain_text("gli ordini", timeout=BACK)
            await expect(page.get_by_role("button", name="Paga ora")).to_be_visible()
        await expect(page.get_by_role("status")).to_have_count(0, timeout=BACK)
        await stage.pay(order, order["total_cents"])
        await expect(page.locator(".tag", has_text="Attivo").first).to_be_visible()

    async def test_the_panel_says_so_and_comes_back_by_itself(self, page: Page, stage: Stage, running: Path) -> None:
        await page.goto(panel(stage))
        async with away(running, "provisioning"):
            await sign_in(page, stage, "U12345670017", "whatever it is")
            await expect(page.get_by_text("Ora non si raggiunge: i servizi")).to_be_visible()
        await sign_in(page, stage, "U12345670017", "whatever it is")
        await expect(page.get_by_role("alert")).to_contain_text("Nome utente o password")


class TestWithoutKafka:
    async def test_an_order_is_received_and_gets_its_price_once_it_is_back(
        self, page: Page, stage: Stage, running: Path
    ) -> None:
        await stage.at("2026-01-15T09:00:00+01:00")
        await put_in_cart(page, stage, "Fatturazione Elettronica")
        await fill_in(page, stage.names.buyer())
        async with away(running, "kafka"):
            await page.get_by_role("button", name="Ordina con obbligo").click()
            await page.wait_for_url("**/orders/*", timeout=BACK)
            await expect(page.get_by_text("Calcolo del prezzo")).to_be_visible()
        await expect(page.get_by_role("heading", name="Come pagare")).to_be_visible(timeout=BACK)


class TestWithoutItsDatabases:
    async def test_the_board_says_so_and_comes_back_by_itself(self, page: Page, stage: Stage, running: Path) -> None:
        await open_desk(page, stage)
        missing = page.get_by_text("the database of orders can't be used")
        async with away(running, "postgres"):
            await expect(missing.first).to_be_visible(timeout=BACK)
        await expect(missing).to_have_count(0, timeout=BACK)
