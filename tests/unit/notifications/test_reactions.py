"""Which mail does which story cause, in whatever order it is told?"""

from datetime import UTC, datetime

from schemas.notifications import ContactNoted, EmailRequested, FactNoted, InputNoted
from schemas.vocabulary import ActivationOrigin, CloseReason, EmailTemplate, Locale, OrderWarning
from tests.unit.notifications.builders import (
    SEALED,
    cancelled,
    documents_activated,
    expired,
    paid,
    placed,
    priced,
    priced_with_extension,
)
from tests.unit.notifications.spec import Notifications, event_id


class TestWhenAnOrderIsPlacedAndPriced:
    def test_the_mail_says_the_total_the_number_and_until_when(self) -> None:
        (mail,) = Notifications().hear(placed(), priced_with_extension()).mails()
        assert mail.template is EmailTemplate.ORDER_RECEIVED
        assert mail.email_key == f"order-received:o-1:{event_id(priced_with_extension())}"
        assert mail.message_id == f"<{mail.email_id}@coterm.example>"
        assert mail.recipient == SEALED
        assert mail.locale is Locale.IT
        assert mail.facts["order_id"] == "o-1"
        assert mail.facts["total_cents"] == 4427
        assert mail.facts["due_cents"] == 4427
        assert mail.facts["payable_until"] == "2026-02-14"

    def test_the_price_may_come_before_the_order(self) -> None:
        early = Notifications()
        assert [type(event) for event in early.when(priced())] == [FactNoted]
        early.when(placed())
        assert early.mails() == Notifications().hear(placed(), priced()).mails()

    def test_the_same_inputs_again_ask_for_nothing(self) -> None:
        service = Notifications().hear(placed(), priced())
        assert [type(event) for event in service.when(priced())] == [InputNoted]
        assert [type(event) for event in service.when(placed())] == [InputNoted]
        assert service.templates() == ["order-received"]

    def test_nobody_is_asked_to_pay_for_an_order_that_closes_for_its_price(self) -> None:
        assert Notifications().hear(placed(expected_total_cents=3659), priced()).templates() == []
        assert Notifications().hear(priced(), placed(expected_total_cents=3659)).templates() == []
        assert Notifications().hear(placed(expected_total_cents=3660), priced()).templates() == ["order-received"]

    def test_nobody_is_asked_to_pay_for_an_order_closed_before_its_price_arrived(self) -> None:
        assert Notifications().hear(placed(), cancelled(), priced()).templates() == ["order-closed"]

    def test_what_was_paid_before_the_price_arrived_is_not_asked_for(self) -> None:
        service = Notifications().hear(placed(), paid(outstanding_cents=0), priced())
        assert service.mails()[0].facts["due_cents"] == 0

    def test_a_certified_address_is_flagged_in_every_event(self) -> None:
        service = Notifications().hear(placed(warnings=[OrderWarning.PEC_ADDRESS, OrderWarning.SHORT_RESIDUAL]))
        service.when(priced())
        noted, *_, mail = (event for event in service.happened if isinstance(event, ContactNoted | EmailRequested))
        assert noted.warnings == [OrderWarning.PEC_ADDRESS]
        assert mail.warnings == [OrderWarning.PEC_ADDRESS]
        assert service.table("contacts")[0].certified_mail

    def test_nothing_personal_stands_in_the_facts(self) -> None:
        (mail,) = Notifications().hear(placed(), priced()).mails()
        assert set(mail.facts) == {
            "order_id",
            "due_cents",
            "payable_until",
            "lines",
            "extension",
            "net_cents",
            "vat_cents",
            "total_cents",
        }


class TestWhenAPaymentIsShort:
    def test_the_mail_names_the_difference_and_the_order(self) -> None:
        service = Notifications().hear(placed(), priced(), paid(outstanding_cents=1000))
        mail = service.mails()[-1]
        assert mail.template is EmailTemplate.PAYMENT_SHORT
        assert mail.facts == {
            "order_id": "o-1",
            "amount_cents": 2660,
            "due_cents": 1000,
            "payable_until": "2026-02-14",
        }

    def test_each_short_payment_has_its_own_mail_and_the_same_one_none(self) -> None:
        service = Notifications().hear(placed(), priced(), paid(2000), paid(2000), paid(1000, "p-2"))
        assert service.templates() == ["order-received", "payment-short", "payment-short"]

    def test_a_full_payment_and_one_on_a_closed_order_have_none(self) -> None:
        assert Notifications().hear(placed(), paid(0)).templates() == []
        assert Notifications().hear(placed(), paid(500, order_closed=True)).templates() == []


class TestWhenAnOrderCloses:
    def test_the_mail_says_why_and_what_became_of_the_money(self) -> None:
        (mail,) = Notifications().hear(placed(), cancelled(CloseReason.PRICE_CHANGED, 500)).mails()
        assert mail.facts == {
            "order_id": "o-1",
            "reason": "PRICE_CHANGED",
            "closed_on": "2026-01-16",
            "surplus_cents": 500,
        }

    def test_an_expired_order_closes_as_overdue(self) -> None:
        (mail,) = Notifications().hear(placed(), expired()).mails()
        assert (mail.template, mail.facts["reason"]) == (EmailTemplate.ORDER_CLOSED, "PAYMENT_OVERDUE")

    def test_it_closes_once(self) -> None:
        assert Notifications().hear(placed(), cancelled(), cancelled()).templates() == ["order-closed"]


class TestWhenDocumentsIsAddedToAnOwnedBase:
    def test_the_mail_confirms_with_the_dates_and_no_credentials(self) -> None:
        (mail,) = Notifications().hear(placed(), documents_activated()).mails()
        assert mail.template is EmailTemplate.DOCUMENTS_ACTIVATED
        assert mail.credential_id is None
        assert mail.facts == {
            "order_id": "o-1",
            "activated_on": "2026-01-15",
            "expires_on": "2027-01-15",
            "base_previous_expiry": "2026-06-30",
            "base_expires_on": "2027-01-15",
        }

    def test_it_waits_for_the_recipient(self) -> None:
        service = Notifications().hear(documents_activated())
        assert service.templates() == []
        service.when(placed())
        assert service.templates() == ["documents-activated"]
        assert service.state.waiting == ()

    def test_bundled_with_the_base_it_has_no_mail_of_its_own(self) -> None:
        assert Notifications().hear(placed(), documents_activated(ActivationOrigin.BUNDLED)).templates() == []

    def test_the_same_activation_again_asks_for_nothing(self) -> None:
        service = Notifications().hear(placed(), documents_activated(), documents_activated())
        assert service.templates() == ["documents-activated"]


class TestTheMailsId:
    def test_it_hangs_from_the_key_alone(self) -> None:
        early = Notifications(now=datetime(2026, 1, 15, 9, tzinfo=UTC)).hear(placed(), priced())
        late = Notifications(now=datetime(2026, 3, 1, 9, tzinfo=UTC)).hear(placed(locale=Locale.EN), priced())
        assert early.mails()[0].email_id == late.mails()[0].email_id
