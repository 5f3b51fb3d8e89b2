"""R19: e-invoicing expires on or after Documents would. Nothing to extend: Documents is aligned up to that expiry."""

from typing import Any

import pytest

from rehearsal.play.stage import Stage
from tests.builders import ORDER_DAY, OWNED_E_INVOICING, TEN_DAYS_LATER, quotable
from tests.spec import happened


class TestWhenEInvoicingExpiresLater:
    @pytest.mark.parametrize("toggle", [{}, {"extend_active_services": True}, {"extend_active_services": False}])
    async def test_the_toggle_does_not_matter(self, stage: Stage, toggle: dict[str, Any]) -> None:
        buyer = await stage.owner("2027-09-30T09:00:00+00:00")
        await stage.at(ORDER_DAY)
        order = await stage.add_documents(buyer, **toggle)

        assert order["extensions"] == []
        assert [(line["net_cents"], line["reason"]) for line in order["lines"]] == [(5417, "ALIGNED_TO_BASE")]
        assert (order["vat_cents"], order["total_cents"]) == (1192, 6609)

        await stage.settle(order)

        assert await stage.expiries(buyer) == {"E_INVOICING": "2028-09-30", "DOCUMENTS": "2028-09-30"}
        seen = await happened(
            stage,
            buyer,
            orders="OrderPlaced PaymentRegistered OrderSettled OrderPlaced PaymentRegistered OrderSettled",
            billing="OrderPriced OrderPriced",
            provisioning=f"{OWNED_E_INVOICING} ServiceActivated ExpiryAligned OrderActivated",
            mails="order-received activation-credentials order-received documents-activated",
            handovers=1,
        )
        assert seen.one("ServiceActivated", product="DOCUMENTS")["branch"] == "ALIGNED_LONG"

    async def test_the_quote_offers_one_outcome(self, stage: Stage) -> None:
        buyer = await stage.owner("2027-09-30T09:00:00+00:00")
        await quotable(stage, buyer)
        await stage.at(ORDER_DAY)

        quote = await stage.front.quote(
            {"customer_id": buyer.customer_id, "channel": "PANEL", "lines": [{"product": "DOCUMENTS"}]}
        )

        (outcome,) = quote.body["outcomes"]
        assert (outcome["branch"], outcome["total_cents"]) == ("ALIGNED_LONG", 6609)


class TestWhenDocumentsWouldPassItByTheTimeOfThePayment:
    async def test_documents_still_expires_with_e_invoicing(self, stage: Stage) -> None:
        buyer = await stage.owner("2026-01-20T09:00:00+00:00")
        await stage.at(ORDER_DAY)
        order = await stage.add_documents(buyer)
        await stage.at(TEN_DAYS_LATER)
        await stage.settle(order)

        assert await stage.expiries(buyer) == {"E_INVOICING": "2027-01-20", "DOCUMENTS": "2027-01-20"}
