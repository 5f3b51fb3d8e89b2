"""R39: a contact address on a certified-mail domain is taken, and flagged."""

from rehearsal.play.carts import E_INVOICING, cart
from rehearsal.play.stage import Stage
from tests.builders import ORDER_DAY
from tests.spec import happened


class TestWhenTheAddressIsCertifiedMail:
    async def test_the_order_is_accepted_with_a_warning(self, stage: Stage) -> None:
        await stage.at(ORDER_DAY)
        buyer = stage.names.buyer()
        certified = buyer.but(email=f"{buyer.customer_id}@pec.it")

        order = await stage.place(cart(stage.names.order(), certified, E_INVOICING))

        assert order["warnings"] == ["PEC_ADDRESS"]
        await stage.settle(order)
        seen = await happened(
            stage,
            certified,
            orders="OrderPlaced PaymentRegistered OrderSettled",
            billing="OrderPriced",
            provisioning="ServiceActivated CredentialsIssued OrderActivated",
            mails="order-received activation-credentials",
            handovers=1,
        )
        assert seen.one("OrderPlaced")["warnings"] == ["PEC_ADDRESS"]

    async def test_an_ordinary_address_is_not_flagged(self, stage: Stage) -> None:
        await stage.at(ORDER_DAY)
        order = await stage.place(cart(stage.names.order(), stage.names.buyer(), E_INVOICING))
        assert order["warnings"] == []
