"""R22: the storefront said which total it showed. Above or equal, the order stands; below, it closes."""

import pytest

from rehearsal.play.carts import DOCUMENTS, E_INVOICING, cart
from rehearsal.play.stage import Stage
from tests.builders import ORDER_DAY, OWNED_E_INVOICING, owner_until_june
from tests.spec import happened


class TestWhenATotalWasExpected:
    @pytest.mark.parametrize("expected", [4427, 5000])
    async def test_at_or_above_the_computed_one_the_order_stands_at_the_computed_one(
        self, stage: Stage, expected: int
    ) -> None:
        buyer = await owner_until_june(stage)
        order = await stage.add_documents(buyer, expected_total_cents=expected)

        assert (order["status"], order["total_cents"]) == ("AWAITING_PAYMENT", 4427)
        await stage.settle(order)
        await happened(
            stage,
            buyer,
            orders="OrderPlaced PaymentRegistered OrderSettled OrderPlaced PaymentRegistered OrderSettled",
            billing="OrderPriced ExtensionComputed OrderPriced",
            provisioning=f"{OWNED_E_INVOICING} ExpiryAligned ServiceActivated OrderActivated",
            mails="order-received activation-credentials order-received documents-activated",
            handovers=1,
        )

    async def test_below_it_the_order_closes(self, stage: Stage) -> None:
        await stage.at(ORDER_DAY)
        buyer = stage.names.buyer()
        order = await stage.place(cart(stage.names.order(), buyer, E_INVOICING, DOCUMENTS, expected_total_cents=3659))

        assert (order["status"], order["reason"]) == ("CANCELLED", "PRICE_CHANGED")
        seen = await happened(
            stage, buyer, orders="OrderPlaced OrderCancelled", billing="OrderPriced", mails="order-closed"
        )
        assert seen.one("OrderCancelled")["reason"] == "PRICE_CHANGED"
