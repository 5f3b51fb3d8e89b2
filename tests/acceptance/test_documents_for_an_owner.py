"""Case 2: e-invoicing is owned. The cart proposes to extend it up to Documents' expiry; the customer may refuse."""

import pytest

from rehearsal.play.stage import Stage, Way
from tests.builders import OWNED_E_INVOICING, owner_until_june, quotable
from tests.spec import Happened, happened

CHANNELS = ["SITE", "CUSTOMER_AREA", "PANEL"]


async def declared_kept(stage: Stage, buyer: object, intake: str = "") -> Happened:
    return await happened(
        stage,
        buyer,  # type: ignore[arg-type]
        intake=intake,
        orders="OrderPlaced PaymentRegistered OrderSettled OrderPlaced PaymentRegistered OrderSettled",
        billing="OrderPriced ExtensionComputed OrderPriced",
        provisioning=f"{OWNED_E_INVOICING} ExpiryAligned ServiceActivated OrderActivated",
        mails="order-received activation-credentials order-received documents-activated",
        handovers=1,
    )


class TestWhenTheExtensionIsKept:
    @pytest.mark.parametrize("channel", CHANNELS)
    async def test_both_expire_together_from_every_channel(self, stage: Stage, channel: str) -> None:
        buyer = await owner_until_june(stage)
        order = await stage.add_documents(buyer, channel, extend_active_services=True)

        assert order["purchase_case"] == "ADD_ON_TO_OWNED"
        assert order["channel"] == channel
        assert order["lines"] == [
            {"product": "DOCUMENTS", "action": "ACTIVATE", "years": 1, "net_cents": 2000, "reason": "FULL_PRICE"}
        ]
        assert order["extensions"] == [
            {
                "product": "E_INVOICING",
                "previous_expiry": "2026-06-30",
                "new_expiry": "2027-01-15",
                "missing_term": {"months": 6, "days": 16, "days_in_month": 31},
                "net_cents": 1629,
            }
        ]
        assert (order["net_cents"], order["vat_cents"], order["total_cents"]) == (3629, 798, 4427)

        await stage.settle(order)

        assert await stage.expiries(buyer) == {"E_INVOICING": "2027-01-15", "DOCUMENTS": "2027-01-15"}
        seen = await declared_kept(stage, buyer)
        aligned = seen.one("ExpiryAligned")
        assert (aligned["product"], aligned["reason"]) == ("E_INVOICING", "EXTENSION")
        assert (aligned["previous_expiry"], aligned["new_expiry"]) == ("2026-06-30", "2027-01-15")
        assert aligned["order_id"] == order["order_id"]
        activated = seen.one("ServiceActivated", product="DOCUMENTS")
        assert (activated["origin"], activated["branch"]) == ("ADD_ON", "EXTENDED")
        assert (activated["base_previous_expiry"], activated["base_expires_on"]) == ("2026-06-30", "2027-01-15")
        computed = seen.one("ExtensionComputed")
        assert (computed["net_cents"], computed["annual_cents"]) == (1629, 3000)
        assert computed["missing_term"] == {"months": 6, "days": 16, "days_in_month": 31}

    @pytest.mark.parametrize("channel", CHANNELS)
    async def test_leaving_the_toggle_out_means_on(self, stage: Stage, channel: str) -> None:
        buyer = await owner_until_june(stage)
        order = await stage.add_documents(buyer, channel)

        assert order["extend_active_services"] is True
        assert order["total_cents"] == 4427
        await stage.settle(order)
        assert await stage.expiries(buyer) == {"E_INVOICING": "2027-01-15", "DOCUMENTS": "2027-01-15"}
        await declared_kept(stage, buyer)

    @pytest.mark.parametrize("way", ["structured", "binary"])
    async def test_an_order_over_kafka_does_the_same(self, stage: Stage, way: Way) -> None:
        buyer = await owner_until_june(stage)
        order = await stage.add_documents(buyer, way=way)
        await stage.settle(order, way)

        assert order["total_cents"] == 4427
        assert await stage.expiries(buyer) == {"E_INVOICING": "2027-01-15", "DOCUMENTS": "2027-01-15"}
        await declared_kept(stage, buyer, intake="OrderSubmitted PaymentReceived")

    async def test_the_charges_explain_the_extension(self, stage: Stage) -> None:
        buyer = await owner_until_june(stage)
        order = await stage.add_documents(buyer)

        charges = (await stage.front.charges(order["order_id"])).body

        assert charges["extensions"][0]["net_cents"] == 1629
        assert charges["extensions"][0]["explanation"] == "30.00 € a year × (6 + 16/31) / 12 = 16.29 €"

    async def test_the_mail_confirms_the_dates_and_carries_no_credentials(self, stage: Stage) -> None:
        buyer = await owner_until_june(stage)
        await stage.settle(await stage.add_documents(buyer))

        mail = await stage.mail(buyer, "documents-activated")

        assert "15 gennaio 2027" in mail.text
        assert mail.credentials == {}


class TestWhenTheExtensionIsRefused:
    @pytest.mark.parametrize("channel", CHANNELS)
    async def test_full_price_and_the_existing_expiry_from_every_channel(self, stage: Stage, channel: str) -> None:
        buyer = await owner_until_june(stage)
        order = await stage.add_documents(buyer, channel, extend_active_services=False)

        assert order["extend_active_services"] is False
        assert order["extensions"] == []
        assert [(line["net_cents"], line["reason"]) for line in order["lines"]] == [(2000, "FULL_PRICE")]
        assert (order["net_cents"], order["vat_cents"], order["total_cents"]) == (2000, 440, 2440)

        await stage.settle(order)

        assert await stage.expiries(buyer) == {"E_INVOICING": "2026-06-30", "DOCUMENTS": "2026-06-30"}
        seen = await happened(
            stage,
            buyer,
            orders="OrderPlaced PaymentRegistered OrderSettled OrderPlaced PaymentRegistered OrderSettled",
            billing="OrderPriced OrderPriced",
            provisioning=f"{OWNED_E_INVOICING} ServiceActivated ExpiryAligned OrderActivated",
            mails="order-received activation-credentials order-received documents-activated",
            handovers=1,
        )
        activated = seen.one("ServiceActivated", product="DOCUMENTS")
        assert (activated["branch"], activated["expires_on"]) == ("ALIGNED_SHORT", "2026-06-30")
        aligned = seen.one("ExpiryAligned")
        assert (aligned["product"], aligned["reason"]) == ("DOCUMENTS", "ALIGNMENT")
        assert (aligned["previous_expiry"], aligned["new_expiry"]) == ("2027-01-15", "2026-06-30")


class TestWhenAQuoteIsAskedFor:
    async def test_both_outcomes_stand_in_it_extension_first(self, stage: Stage) -> None:
        buyer = await owner_until_june(stage)

        quote = await stage.front.quote(
            {"customer_id": buyer.customer_id, "channel": "SITE", "lines": [{"product": "DOCUMENTS"}]}
        )

        assert quote.status == 200
        extended, aligned = quote.body["outcomes"]
        assert (extended["extend_active_services"], extended["branch"]) == (True, "EXTENDED")
        assert (extended["net_cents"], extended["vat_cents"], extended["total_cents"]) == (3629, 798, 4427)
        assert extended["expiries"] == {"E_INVOICING": "2027-01-15", "DOCUMENTS": "2027-01-15"}
        assert extended["net_cents_per_month"] == {"DOCUMENTS": 167, "E_INVOICING": 250}
        assert (aligned["extend_active_services"], aligned["branch"]) == (False, "ALIGNED_SHORT")
        assert aligned["total_cents"] == 2440
        assert aligned["expiries"]["DOCUMENTS"] == "2026-06-30"

    async def test_a_first_purchase_has_one_outcome(self, stage: Stage) -> None:
        await stage.at("2026-01-15T09:00:00+00:00")
        buyer = stage.names.buyer()

        quote = await stage.front.quote(
            {
                "customer": dict(buyer.body),
                "channel": "SITE",
                "lines": [{"product": "E_INVOICING"}, {"product": "DOCUMENTS"}],
            }
        )

        (bundle,) = quote.body["outcomes"]
        assert (bundle["branch"], bundle["total_cents"]) == ("BUNDLE", 3660)

    async def test_without_a_base_it_is_not_priceable(self, stage: Stage) -> None:
        await stage.at("2026-01-15T09:00:00+00:00")
        buyer = stage.names.buyer()

        quote = await stage.front.quote(
            {"customer": dict(buyer.body), "channel": "SITE", "lines": [{"product": "DOCUMENTS"}]}
        )

        assert (quote.status, quote.code) == (422, "NOT_PRICEABLE")

    @pytest.mark.parametrize(
        ("bought_at", "warned"), [("2025-04-14T09:00:00+00:00", True), ("2025-04-15T09:00:00+00:00", False)]
    )
    async def test_a_residual_under_ninety_days_is_warned_of(self, stage: Stage, bought_at: str, warned: bool) -> None:
        buyer = await stage.owner(bought_at)
        await quotable(stage, buyer)
        await stage.at("2026-01-15T09:00:00+00:00")

        quote = await stage.front.quote(
            {"customer_id": buyer.customer_id, "channel": "SITE", "lines": [{"product": "DOCUMENTS"}]}
        )

        aligned = quote.body["outcomes"][1]
        assert ("SHORT_RESIDUAL" in aligned["warnings"]) is warned
