"""R36: credentials issued anew void the old ones."""

from rehearsal.play.carts import E_INVOICING
from rehearsal.play.stage import CHOSEN_PASSWORD, Stage
from tests.builders import ORDER_DAY, OWNED_E_INVOICING
from tests.spec import happened


class TestWhenAnOperatorIssuesThemAnew:
    async def test_the_old_ones_are_void_and_the_new_ones_open(self, stage: Stage) -> None:
        buyer = await stage.owner(ORDER_DAY, E_INVOICING)
        old = (await stage.mail(buyer, "activation-credentials")).credentials

        answer = await stage.front.reissue(buyer.customer_id)

        assert answer.status == 202
        new = (await stage.mail(buyer, "credentials-reissued")).credentials
        assert new["Username"] == old["Username"]
        assert new["Password"] != old["Password"]
        assert (await stage.front.sign_in(old["Username"], old["Password"])).status == 401
        opened = await stage.front.sign_in(new["Username"], new["Password"])
        assert (opened.status, opened.body["must_change_password"]) == (200, True)
        seen = await happened(
            stage,
            buyer,
            orders="OrderPlaced PaymentRegistered OrderSettled",
            billing="OrderPriced",
            provisioning=f"{OWNED_E_INVOICING} CredentialsVoided CredentialsIssued",
            mails="order-received activation-credentials credentials-reissued",
            handovers=2,
        )
        first, second = seen.all("CredentialsIssued")
        voided = seen.one("CredentialsVoided")
        assert (voided["credential_id"], voided["reason"]) == (first["credential_id"], "REISSUED")
        assert answer.body["credential_id"] == second["credential_id"]
        assert second["reissued"] is True

    async def test_also_after_the_password_was_chosen(self, stage: Stage) -> None:
        buyer = await stage.owner(ORDER_DAY, E_INVOICING)
        await stage.signed_in(buyer)
        username = (await stage.mail(buyer, "activation-credentials")).credentials["Username"]

        await stage.front.reissue(buyer.customer_id)
        new = (await stage.mail(buyer, "credentials-reissued")).credentials

        assert (await stage.front.sign_in(username, CHOSEN_PASSWORD)).status == 401
        opened = await stage.front.sign_in(username, new["Password"])
        assert (opened.status, opened.body["must_change_password"]) == (200, True)
