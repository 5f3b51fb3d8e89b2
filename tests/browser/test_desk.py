"""Does the desk end what waits? Rehearsed first, then done, and the log says so."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
from playwright.async_api import Locator, Page, expect

from operations.surroundings import find
from operations.verify.gathering import drain
from rehearsal.play.buyers import Buyer
from rehearsal.play.carts import E_INVOICING, cart
from rehearsal.play.patience import eventually
from rehearsal.play.stage import Stage
from schemas.topics import BILLING_EVENTS, NOTIFICATIONS_EVENTS, ORDERS_EVENTS
from tests.browser.visits import desk, open_desk

BOUGHT = "2026-06-30T09:00:00+02:00"
LATER = "2027-01-15T09:00:00+01:00"
_WIDTHS = """cells => cells.filter(cell => cell.innerText.trim().length > 3)
    .map(cell => ({text: cell.innerText, width: cell.clientWidth}))"""


@asynccontextmanager
async def database(stage: Stage, service: str) -> AsyncIterator[asyncpg.Connection]:
    """Connect to a service's database, behind its back."""
    connection = await asyncpg.connect(stage.endpoints.postgres[service]["owner"])
    try:
        yield connection
    finally:
        await connection.close()


async def waiting(page: Page, stage: Stage, what: str) -> Locator:
    """Find what waits on the worklist."""
    await page.goto(f"{desk(stage)}/worklist")
    return page.locator("section", has_text=what)


async def do(page: Page, card: Locator, action: str) -> None:
    """Rehearse, then do."""
    await card.get_by_role("button", name=f"Prova: {action}").click()
    await expect(page.get_by_text("Prova: nulla è stato salvato")).to_be_visible()
    await page.get_by_role("button", name="Esegui").click()
    await expect(page.get_by_text("Fatto.")).to_be_visible()


def names(stage: Stage, buyer: Buyer, topic: str) -> list[str]:
    return [record.name for record in stage.log.of(buyer.customer_id, topic)]


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

    async def test_is_paid_back_and_the_refund_told_as_paid(self, page: Page, stage: Stage) -> None:
        buyer = await stage.owner(BOUGHT)
        await stage.at(LATER)
        misplaced = {"order_id": stage.names.order(), "customer_id": buyer.customer_id}
        payment = await stage.pay(misplaced, 1000, customer_id=buyer.customer_id)
        await open_desk(page, stage)
        card = await waiting(page, stage, payment["payment_id"])
        await card.locator("input[name=why]").fill("it was meant for somebody else")
        await do(page, card, "rimborsa")
        card = (await waiting(page, stage, buyer.customer_id)).filter(has_text="Rimborso dovuto")
        await card.locator("input[name=reference]").fill("TRN 0306912345")
        await do(page, card, "è stato rimborsato")
        await expect(await waiting(page, stage, buyer.customer_id)).to_have_count(0)
        await stage.event(buyer, BILLING_EVENTS, "RefundPaid")


class TestAParkedAccount:
    async def test_goes_on_once_its_input_is_taken_again(self, page: Page, stage: Stage, running: Path) -> None:
        buyer = await stage.owner(BOUGHT)
        assert await drain(find(running / "endpoints.json"), 60) == ""  # what came later would be parked behind it
        await _park(stage, buyer)
        await open_desk(page, stage)
        card = await waiting(page, stage, buyer.customer_id)
        await expect(card).to_contain_text("made for a test")
        await card.get_by_role("button", name="Prova: riprendi").click()
        await expect(page.get_by_text("would be taken off")).to_be_visible()
        async with database(stage, "orders") as orders:
            assert await orders.fetchval(_PARKED, buyer.customer_id) == 1
        await page.get_by_role("button", name="Esegui").click()
        await expect(page.get_by_text("taken off")).to_be_visible()
        await expect(await waiting(page, stage, buyer.customer_id)).to_have_count(0)
        await stage.at(LATER)
        order = await stage.add_documents(buyer)
        await stage.settle(order)
        assert "OrderSettled" in names(stage, buyer, ORDERS_EVENTS)


class TestARecordInQuarantine:
    async def test_is_discarded_with_a_reason(self, page: Page, stage: Stage) -> None:
        buyer = stage.names.buyer()
        await stage.publish("storefront.OrderSubmitted.v1", buyer.customer_id, {"order_id": "o-1"}, "binary")
        await open_desk(page, stage)
        await eventually(lambda: _set_aside(stage), "the record to be set aside")
        card = (await waiting(page, stage, "In quarantena")).first
        await card.locator("input[name=why]").fill("the storefront sent half an order")
        await do(page, card, "scarta")
        assert not await _set_aside(stage)


class TestAMailInDoubt:
    async def test_is_confirmed_as_sent(self, page: Page, stage: Stage) -> None:
        await stage.at(BOUGHT)
        buyer = stage.names.buyer()
        buyer = buyer.but(email=f"silent@{buyer.email.partition('@')[2]}")
        await stage.place(cart(stage.names.order(), buyer, E_INVOICING))
        await stage.event(buyer, NOTIFICATIONS_EVENTS, "EmailInDoubt")
        await open_desk(page, stage)
        card = await waiting(page, stage, buyer.customer_id)
        await do(page, card, "è partita")
        await stage.event(buyer, NOTIFICATIONS_EVENTS, "EmailSent")


class TestACustomerThroughTime:
    async def test_a_slider_goes_from_event_to_event(self, page: Page, stage: Stage) -> None:
        buyer = await stage.owner(BOUGHT)
        await stage.at(LATER)
        await stage.settle(await stage.add_documents(buyer))
        await open_desk(page, stage)
        await page.goto(f"{desk(stage)}/customer?customer_id={buyer.customer_id}")
        then = page.locator("#then")
        await expect(then.get_by_text("DOCUMENTS").first).to_be_visible()
        await expect(then.get_by_role("region", name="Denaro").locator("tr", has_text="Pagamento")).to_have_count(2)
        await expect(then.get_by_role("region", name="E-mail")).to_contain_text("documents-activated")
        await page.get_by_label("Nel tempo").fill("0")
        await expect(then).to_contain_text("2026-06-30")
        await expect(then.get_by_text("DOCUMENTS")).to_have_count(0)


class TestOnATelephone:
    async def test_no_column_is_squeezed_to_letters(self, page: Page, stage: Stage) -> None:
        buyer = await stage.owner(BOUGHT)
        (order,) = (await stage.front.orders_of(buyer.customer_id)).body["orders"]
        await open_desk(page, stage)
        await page.set_viewport_size({"width": 320, "height": 800})
        for path in (f"order?order_id={order['order_id']}", f"customer?customer_id={buyer.customer_id}"):
            await page.goto(f"{desk(stage)}/{path}")
            cells = await page.locator("td:visible").evaluate_all(_WIDTHS)
            assert cells
            assert [cell for cell in cells if cell["width"] < 40] == []


class TestTheProof:
    async def test_is_a_table_of_every_invariant(self, page: Page, stage: Stage) -> None:
        await open_desk(page, stage)
        await page.goto(f"{desk(stage)}/proof")
        await page.get_by_role("button", name="Controlla ora").click()
        await expect(page.get_by_role("status")).to_contain_text("Ogni invariante controllata tiene", timeout=60_000)
        assert await page.locator("tbody tr").count() > 15


_PARKED = "SELECT count(*) FROM runtime.parked WHERE customer_id = $1"


async def _park(stage: Stage, buyer: Buyer) -> None:
    """Let the buyer's account wait for what it has had already."""
    async with database(stage, "billing") as billing:
        told = "SELECT value FROM runtime.journal WHERE customer_id = $1 AND type LIKE 'billing.OrderPriced.%'"
        priced = json.loads(await billing.fetchval(told, buyer.customer_id))
    async with database(stage, "orders") as orders:
        await orders.execute(
            """INSERT INTO runtime.parked
                   (customer_id, type, input_id, topic, partition, "offset", key, value, headers, reason, detail,
                    parked_at)
               VALUES ($1, 'billing.OrderPriced.v1', $2, 'billing.events', 0, 1000000000,
                       $1::text::bytea, $3, '[]', 'APPLY_FAILED', 'made for a test', '2026-01-15T09:00:00Z')""",
            buyer.customer_id,
            priced["id"],
            json.dumps(priced).encode(),
        )


async def _set_aside(stage: Stage) -> bool:
    async with database(stage, "orders") as orders:
        return bool(await orders.fetchval("SELECT count(*) FROM runtime.quarantine"))
