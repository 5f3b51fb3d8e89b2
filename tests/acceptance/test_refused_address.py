"""R39: the mail server refuses the address. An operator corrects it and issues the credentials anew."""

from rehearsal.play.carts import E_INVOICING
from rehearsal.play.patience import eventually
from rehearsal.play.stage import Stage
from tests.builders import ORDER_DAY


class TestWhenTheMailServerRefusesTheAddress:
    async def test_the_failure_shows_and_the_corrected_address_gets_new_credentials(self, stage: Stage) -> None:
        await stage.at(ORDER_DAY)
        buyer = stage.names.buyer()
        wrong = buyer.but(email=f"bounce@{buyer.customer_id}.example")
        await stage.buy(wrong, E_INVOICING)

        async def failed() -> bool:
            emails = await stage.front.emails(wrong.customer_id)
            return sorted((mail["template"], mail["status"]) for mail in emails) == [
                ("activation-credentials", "FAILED"),
                ("order-received", "FAILED"),
            ]

        await eventually(failed, "both mails to fail", seen=lambda: stage.log.seen_of(wrong.customer_id))
        assert stage.mailbox.of(wrong.email) == []

        corrected = await stage.front.correct_contact(buyer.customer_id, buyer.email)
        assert corrected.status == 200
        await stage.event(buyer, "notifications.events", "ContactAddressCorrected")
        assert (await stage.front.reissue(buyer.customer_id)).status == 202

        credentials = (await stage.mail(buyer, "credentials-reissued")).credentials
        opened = await stage.front.sign_in(credentials["Username"], credentials["Password"])
        assert (opened.status, opened.body["must_change_password"]) == (200, True)
