"""Do the worked examples come out to the cent and the day? Each is played by an owner until E."""

from datetime import date, timedelta
from typing import Any

import pytest

from rehearsal.demo.examples import EXAMPLES, Example
from rehearsal.play.stage import Stage
from tests.builders import OWNED_E_INVOICING
from tests.spec import happened

EXTENDED = "ExpiryAligned ServiceActivated"
DATES = {
    "A on": EXTENDED,
    "B on": EXTENDED,
    "C on": EXTENDED,
    "D": "ServiceActivated",
    "F": "ServiceActivated ExpiryAligned",
    "A off": "ServiceActivated ExpiryAligned",
    "G on": EXTENDED,
    "H on": EXTENDED,
    "I on, E = O": EXTENDED,
}
"""Which events move the dates: e-invoicing's extension comes before Documents, Documents' own alignment after it."""


class TestWhenAWorkedExampleIsPlayed:
    @pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
    async def test_it_comes_out_to_the_cent_and_the_day(self, stage: Stage, example: Example) -> None:
        buyer = await stage.owner(f"{example.bought_on}T09:00:00+00:00")
        assert await stage.expiries(buyer) == {"E_INVOICING": example.expires_on}

        await stage.at(f"{example.ordered_on}T09:00:00+00:00")
        is_near = date.fromisoformat(example.expires_on) - date.fromisoformat(example.ordered_on) <= timedelta(days=90)
        if is_near:
            await stage.mail(buyer, "expiry-notice")
        optional: dict[str, Any] = {} if example.extend else {"extend_active_services": False}
        order = await stage.add_documents(buyer, "SITE", **optional)

        (documents,) = order["lines"]
        assert (documents["net_cents"], documents["reason"]) == (example.documents_cents, example.documents_reason)
        if example.missing_term is None:
            assert order["extensions"] == []
        else:
            months, days, days_in_month = example.missing_term
            assert order["extensions"] == [
                {
                    "product": "E_INVOICING",
                    "previous_expiry": example.expires_on,
                    "new_expiry": example.new_expiry,
                    "missing_term": {"months": months, "days": days, "days_in_month": days_in_month},
                    "net_cents": example.extension_cents,
                }
            ]
        assert (order["vat_cents"], order["total_cents"]) == (example.vat_cents, example.total_cents)

        await stage.settle(order)

        both = {"E_INVOICING": example.new_expiry, "DOCUMENTS": example.new_expiry}
        assert await stage.expiries(buyer) == both
        extended = example.branch == "EXTENDED"
        seen = await happened(
            stage,
            buyer,
            orders="OrderPlaced PaymentRegistered OrderSettled OrderPlaced PaymentRegistered OrderSettled",
            billing="OrderPriced ExtensionComputed OrderPriced" if extended else "OrderPriced OrderPriced",
            provisioning=f"{OWNED_E_INVOICING} {DATES[example.name]} OrderActivated",
            mails="order-received activation-credentials order-received documents-activated"
            + (" expiry-notice" if is_near else ""),
            handovers=1,
        )
        assert seen.one("ServiceActivated", product="DOCUMENTS")["branch"] == example.branch
        assert seen.all("OrderPriced")[1]["total_cents"] == example.total_cents
