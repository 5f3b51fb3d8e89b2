"""R14: a slow bank transfer. The price stands as ordered; the dates run from the payment."""

from rehearsal.play.stage import Stage
from tests.builders import ORDER_DAY, OWNED_E_INVOICING, TEN_DAYS_LATER, owner_until_june
from tests.spec import happened


class TestWhenThePaymentTakesTenDays:
    async def test_kept_both_run_to_the_later_date_at_the_same_price(self, stage: Stage) -> None:
        buyer = await owner_until_june(stage)
        order = await stage.add_documents(buyer)
        assert order["total_cents"] == 4427

        await stage.at(TEN_DAYS_LATER)
        await stage.mail(buyer, "payment-reminder")
        settled = await stage.settle(order)

        assert (settled["total_cents"], settled["outstanding_cents"], settled["surplus_cents"]) == (4427, 0, 0)
        assert await stage.expiries(buyer) == {"E_INVOICING": "2027-01-25", "DOCUMENTS": "2027-01-25"}
        seen = await happened(
            stage,
            buyer,
            orders="OrderPlaced PaymentRegistered OrderSettled OrderPlaced PaymentRegistered OrderSettled",
            billing="OrderPriced ExtensionComputed OrderPriced",
            provisioning=f"{OWNED_E_INVOICING} ExpiryAligned ServiceActivated OrderActivated",
            mails="order-received activation-credentials order-received payment-reminder documents-activated",
            handovers=1,
        )
        assert seen.all("OrderSettled")[1]["settled_on"] == "2026-01-25"
        assert seen.one("ExpiryAligned")["new_expiry"] == "2027-01-25"
        assert seen.one("ExtensionComputed")["new_expiry"] == "2027-01-15"

    async def test_refused_documents_expires_with_e_invoicing_all_the_same(self, stage: Stage) -> None:
        buyer = await owner_until_june(stage)
        order = await stage.add_documents(buyer, extend_active_services=False)
        await stage.at(TEN_DAYS_LATER)
        settled = await stage.settle(order)

        assert settled["total_cents"] == 2440
        assert await stage.expiries(buyer) == {"E_INVOICING": "2026-06-30", "DOCUMENTS": "2026-06-30"}


class TestWhenEInvoicingExpiredMeanwhile:
    async def test_kept_it_runs_on_from_the_old_expiry_without_a_gap(self, stage: Stage) -> None:
        buyer = await stage.owner("2025-01-20T09:00:00+00:00")
        await stage.at(ORDER_DAY)
        order = await stage.add_documents(buyer)
        await stage.at(TEN_DAYS_LATER)
        await stage.settle(order)

        assert await stage.expiries(buyer) == {"E_INVOICING": "2027-01-25", "DOCUMENTS": "2027-01-25"}

    async def test_refused_the_order_closes_and_the_money_becomes_credit(self, stage: Stage) -> None:
        buyer = await stage.owner("2025-01-20T09:00:00+00:00")
        await stage.at(ORDER_DAY)
        order = await stage.add_documents(buyer, extend_active_services=False)
        await stage.at(TEN_DAYS_LATER)
        await stage.pay(order, order["total_cents"])

        closed = await stage.order_is(order["order_id"], "CANCELLED")

        assert closed["reason"] == "BASE_NOT_ACTIVE"
        await stage.event(buyer, "billing.events", "CreditGranted")
        credit = (await stage.front.credit(buyer.customer_id)).body
        assert credit["balance_cents"] == 2440
        assert "DOCUMENTS" not in await stage.expiries(buyer)
