"""R21, R34, R40 over the running services: the clock moves across reminder days and notices, and the mails leave."""

from rehearsal.play.carts import DOCUMENTS, E_INVOICING
from rehearsal.play.stage import Stage
from tests.builders import ordered, owner_of_both
from tests.spec import happened


class TestAnOrderThatNobodyPays:
    async def test_its_customer_is_reminded_on_days_seven_and_twenty_one_and_told_that_it_closed(
        self, stage: Stage
    ) -> None:
        buyer, order = await ordered(stage)
        await stage.at("2026-01-22T08:00:00+00:00")
        first = await stage.mail(buyer, "payment-reminder")
        assert order["order_id"] in first.text
        await stage.at("2026-02-05T08:00:00+00:00")
        await stage.mail(buyer, "payment-reminder", count=2)
        await stage.at("2026-02-14T23:00:00+00:00")
        await stage.order_is(order["order_id"], "EXPIRED")
        await happened(
            stage,
            buyer,
            orders="OrderPlaced OrderExpired",
            billing="OrderPriced",
            mails="order-received payment-reminder payment-reminder order-closed",
        )


class TestServicesThatNobodyRenews:
    async def test_each_notice_is_one_mail_about_both_until_they_have_ended(self, stage: Stage) -> None:
        buyer = await owner_of_both(stage)
        for number, day in enumerate(("2026-10-17T07", "2026-12-16T08", "2027-01-15T08"), start=1):
            await stage.at(f"{day}:00:00+00:00")
            notice = await stage.mail(buyer, "expiry-notice", count=number)
            assert "E-invoicing" in notice.text or "Fatturazione Elettronica" in notice.text
            assert "Documents" in notice.text or "Documenti" in notice.text
        await stage.at("2027-01-16T08:00:00+00:00")
        await stage.mail(buyer, "grace-notice")
        await stage.at("2027-04-05T07:00:00+00:00")
        await stage.mail(buyer, "grace-notice", count=2)
        await stage.at("2027-04-16T07:00:00+00:00")
        await stage.mail(buyer, "service-ended")
        templates = await stage.templates(buyer)
        assert templates[2:] == [*["expiry-notice"] * 3, *["grace-notice"] * 2, "service-ended"]

    async def test_three_days_without_a_look_are_one_mail(self, stage: Stage) -> None:
        buyer = await stage.owner("2026-01-15T09:00:00+00:00", E_INVOICING, DOCUMENTS)
        await stage.at("2027-01-09T12:00:00+00:00")
        await stage.mail(buyer, "expiry-notice")
        await stage.at("2027-01-15T08:00:00+00:00")
        await stage.mail(buyer, "expiry-notice", count=2)
        assert (await stage.templates(buyer))[2:] == ["expiry-notice", "expiry-notice"]
