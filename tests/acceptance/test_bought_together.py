"""Case 1: no e-invoicing yet. Both are put in one cart; Documents is free there, if the customer adds it."""

import pytest

from rehearsal.play.carts import DOCUMENTS, E_INVOICING, RECEIVE_ONLY, cart
from rehearsal.play.stage import Stage, Way
from tests.builders import ORDER_DAY, TEN_DAYS_LATER
from tests.spec import happened


class TestWhenDocumentsIsAddedToTheCart:
    async def test_it_stands_in_the_order_at_zero_and_shares_the_expiry(self, stage: Stage) -> None:
        buyer = stage.names.buyer()
        await stage.at(ORDER_DAY)
        order = await stage.place(cart(stage.names.order(), buyer, E_INVOICING, DOCUMENTS))

        assert order["status"] == "AWAITING_PAYMENT"
        assert order["purchase_case"] == "FIRST_PURCHASE"
        assert order["extensions"] == []
        assert order["lines"] == [
            {"product": "E_INVOICING", "action": "ACTIVATE", "years": 1, "net_cents": 3000, "reason": "FULL_PRICE"},
            {"product": "DOCUMENTS", "action": "ACTIVATE", "years": 1, "net_cents": 0, "reason": "FREE_WITH_BASE"},
        ]
        assert (order["net_cents"], order["vat_cents"], order["total_cents"]) == (3000, 660, 3660)
        assert (order["outstanding_cents"], order["payable_until"]) == (3660, "2026-02-14")

        await stage.settle(order)

        assert await stage.expiries(buyer) == {"E_INVOICING": "2027-01-15", "DOCUMENTS": "2027-01-15"}
        seen = await happened(
            stage,
            buyer,
            orders="OrderPlaced PaymentRegistered OrderSettled",
            billing="OrderPriced",
            provisioning="ServiceActivated ServiceActivated CredentialsIssued OrderActivated",
            mails="order-received activation-credentials",
            handovers=1,
        )
        assert seen.one("ServiceActivated", product="E_INVOICING")["expires_on"] == "2027-01-15"
        assert seen.one("ServiceActivated", product="E_INVOICING")["kind"] == "BASE"
        assert seen.one("ServiceActivated", product="DOCUMENTS")["origin"] == "BUNDLED"
        assert seen.one("ServiceActivated", product="DOCUMENTS")["expires_on"] == "2027-01-15"

    @pytest.mark.parametrize("way", ["structured", "binary"])
    async def test_an_order_over_kafka_does_the_same(self, stage: Stage, way: Way) -> None:
        buyer = stage.names.buyer()
        await stage.at(ORDER_DAY)
        order = await stage.buy(buyer, E_INVOICING, DOCUMENTS, way=way)

        assert (order["status"], order["total_cents"]) == ("ACTIVATED", 3660)
        await happened(
            stage,
            buyer,
            intake="OrderSubmitted PaymentReceived",
            orders="OrderPlaced PaymentRegistered OrderSettled",
            billing="OrderPriced",
            provisioning="ServiceActivated ServiceActivated CredentialsIssued OrderActivated",
            mails="order-received activation-credentials",
            handovers=1,
        )

    async def test_the_toggle_is_ignored(self, stage: Stage) -> None:
        buyer = stage.names.buyer()
        await stage.at(ORDER_DAY)
        order = await stage.buy(buyer, E_INVOICING, DOCUMENTS, extend_active_services=False)

        assert order["total_cents"] == 3660
        assert await stage.expiries(buyer) == {"E_INVOICING": "2027-01-15", "DOCUMENTS": "2027-01-15"}

    async def test_the_charges_are_explained(self, stage: Stage) -> None:
        buyer = stage.names.buyer()
        await stage.at(ORDER_DAY)
        order = await stage.place(cart(stage.names.order(), buyer, E_INVOICING, DOCUMENTS))

        charges = (await stage.front.charges(order["order_id"])).body

        assert [line["net_cents"] for line in charges["lines"]] == [3000, 0]
        assert all(line["explanation"] for line in charges["lines"])


class TestWhenDocumentsIsNotAdded:
    async def test_only_e_invoicing_is_sold(self, stage: Stage) -> None:
        buyer = stage.names.buyer()
        await stage.at(ORDER_DAY)
        order = await stage.buy(buyer, E_INVOICING)

        assert order["total_cents"] == 3660
        assert [line["product"] for line in order["lines"]] == ["E_INVOICING"]
        assert await stage.expiries(buyer) == {"E_INVOICING": "2027-01-15"}
        await happened(
            stage,
            buyer,
            orders="OrderPlaced PaymentRegistered OrderSettled",
            billing="OrderPriced",
            provisioning="ServiceActivated CredentialsIssued OrderActivated",
            mails="order-received activation-credentials",
            handovers=1,
        )

    async def test_receive_only_is_sold_alone(self, stage: Stage) -> None:
        buyer = stage.names.buyer()
        await stage.at(ORDER_DAY)
        order = await stage.buy(buyer, RECEIVE_ONLY)

        assert (order["net_cents"], order["total_cents"]) == (1200, 1464)
        seen = await happened(
            stage,
            buyer,
            orders="OrderPlaced PaymentRegistered OrderSettled",
            billing="OrderPriced",
            provisioning="ServiceActivated CredentialsIssued OrderActivated",
            mails="order-received activation-credentials",
            handovers=1,
        )
        assert seen.one("ServiceActivated")["product"] == "E_INVOICING_RECEIVE_ONLY"


class TestWhenThePaymentComesLater:
    async def test_the_term_starts_with_the_payment(self, stage: Stage) -> None:
        buyer = stage.names.buyer()
        await stage.at(ORDER_DAY)
        order = await stage.place(cart(stage.names.order(), buyer, E_INVOICING, DOCUMENTS))
        await stage.at(TEN_DAYS_LATER)
        await stage.settle(order)

        assert await stage.expiries(buyer) == {"E_INVOICING": "2027-01-25", "DOCUMENTS": "2027-01-25"}

    async def test_an_hour_before_midnight_utc_it_is_the_next_day_in_rome(self, stage: Stage) -> None:
        buyer = stage.names.buyer()
        await stage.at("2026-01-14T23:00:00+00:00")
        order = await stage.buy(buyer, E_INVOICING)

        assert order["ordered_on"] == "2026-01-15"
        assert await stage.expiries(buyer) == {"E_INVOICING": "2027-01-15"}

    async def test_a_leap_day_ends_on_the_last_of_february(self, stage: Stage) -> None:
        buyer = stage.names.buyer()
        await stage.at("2028-02-29T09:00:00+00:00")
        await stage.buy(buyer, E_INVOICING, DOCUMENTS)

        assert await stage.expiries(buyer) == {"E_INVOICING": "2029-02-28", "DOCUMENTS": "2029-02-28"}
