"""What does a customer hear of a renewal that places itself? That it was ordered, and that it was not paid (R43)."""

from schemas.automatic_renewals import AutomaticRenewalFailed, AutomaticRenewalSet
from schemas.mail import MailService
from schemas.vocabulary import Channel, PurchaseCase
from services.notifications.domain.texts import AUTOMATIC_RENEWAL_FAILED, AUTOMATIC_RENEWAL_PLACED, EXPIRY_NOTICE
from tests.unit.notifications.builders import E_INVOICING, NEXT_YEAR, placed, priced
from tests.unit.notifications.story import owner_of_both

AGAIN = {"order_id": "o-2"}
FAILED = AutomaticRenewalFailed(customer_id="c-1", order_id="o-2", product=E_INVOICING)


def chosen(*, enabled: bool) -> AutomaticRenewalSet:
    return AutomaticRenewalSet(
        customer_id="c-1", product=E_INVOICING, enabled=enabled, years=1, add_ons=[], storefront="pec.it"
    )


class TestAnOrderThatPlacedItself:
    def test_is_told_once_with_its_price_and_how_to_pay_in_place_of_the_order_s_mail(self) -> None:
        service = owner_of_both().hear(
            placed(**AGAIN, channel=Channel.AUTOMATIC, purchase_case=PurchaseCase.RENEWAL), priced(**AGAIN)
        )
        mail = service.mails()[-1]
        assert (mail.template, mail.order_id) == (AUTOMATIC_RENEWAL_PLACED, "o-2")
        assert mail.facts.due_cents is not None
        assert service.templates().count("order-received") == owner_of_both().templates().count("order-received")

    def test_not_paid_by_the_expiry_its_customer_hears_so(self) -> None:
        service = owner_of_both().hear(placed(**AGAIN, channel=Channel.AUTOMATIC), priced(**AGAIN), FAILED)
        mail = service.mails()[-1]
        assert (mail.template, mail.order_id) == (AUTOMATIC_RENEWAL_FAILED, "o-2")
        assert mail.facts.services == [MailService(product=E_INVOICING, expires_on=NEXT_YEAR)]
        assert mail.facts.due_cents == service.mails()[-2].facts.due_cents

    def test_of_an_order_that_nobody_knows_nothing_is_told(self) -> None:
        assert AUTOMATIC_RENEWAL_FAILED not in owner_of_both().hear(FAILED).templates()


class TestWhoseBaseRenewsByItself:
    def test_gets_the_one_notice_that_says_so(self) -> None:
        service = owner_of_both().hear(chosen(enabled=True)).at("2026-12-16T09:00:00+01:00")
        assert service.templates().count(EXPIRY_NOTICE) == 1
        assert service.mails()[-1].facts.renews_by_itself

    def test_opted_out_the_notices_are_the_usual_ones_again(self) -> None:
        service = owner_of_both().hear(chosen(enabled=True), chosen(enabled=False)).at("2026-10-17T09:00:00+02:00")
        assert service.templates()[-1] == EXPIRY_NOTICE
        assert not service.mails()[-1].facts.renews_by_itself
