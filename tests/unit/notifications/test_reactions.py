"""Which mail does which story cause, in whatever order it is told?"""

from datetime import UTC, date, datetime

import pytest

from schemas.mail import MailFacts
from schemas.notifications import ContactNoted, EmailRequested, InputNoted, PriceNoted
from schemas.payments import MoneyDestination
from schemas.vocabulary import ActivationOrigin, CloseReason, Locale, OrderWarning
from services.notifications.domain.texts import ORDER_CLOSED, ORDER_RECEIVED, PAYMENT_SHORT
from tests.unit.notifications.builders import (
    ARCHIVE,
    CERTIFIED_MAIL,
    DOCUMENTS,
    E_INVOICING,
    NEXT_YEAR,
    SEALED,
    add_on_activated,
    cancelled,
    expired,
    handed_over,
    issued,
    paid,
    placed,
    priced,
    priced_with_extension,
)
from tests.unit.notifications.spec import Notifications, event_id


class TestWhenAnOrderIsPlacedAndPriced:
    def test_the_mail_says_the_total_the_number_and_until_when(self) -> None:
        (mail,) = Notifications().hear(placed(), priced_with_extension()).mails()
        assert mail.template == ORDER_RECEIVED
        assert mail.email_key == f"order-received:o-1:{event_id(priced_with_extension())}"
        assert mail.message_id == f"<{mail.email_id}@coterm.example>"
        assert mail.recipient == SEALED
        assert mail.locale is Locale.IT
        assert mail.facts.price is not None
        assert (mail.facts.order_id, mail.facts.price.total_cents, mail.facts.due_cents) == ("o-1", 4427, 4427)
        assert mail.facts.payable_until == date(2026, 2, 14)

    def test_the_price_may_come_before_the_order(self) -> None:
        early = Notifications()
        assert [type(event) for event in early.when(priced())] == [PriceNoted]
        early.when(placed())
        assert early.mails() == Notifications().hear(placed(), priced()).mails()

    def test_what_is_known_of_the_order_is_the_same_row_in_either_order(self) -> None:
        (note,) = Notifications().hear(placed(), priced()).table("order_notes")
        assert (note.order_id, note.placed, note.closed, note.received_requested) == ("o-1", True, False, True)
        assert note.price is not None
        assert note.payable_until == date(2026, 2, 14)
        assert Notifications().hear(priced(), placed()).table("order_notes") == [note]

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
        assert service.mails()[0].facts.due_cents == 0

    def test_what_credit_paid_is_told_and_not_asked_for(self) -> None:
        for credit_cents, due_cents in ((1000, 2660), (3660, 0)):
            (mail,) = Notifications().hear(placed(), priced(credit_cents=credit_cents)).mails()
            assert (mail.facts.credit_cents, mail.facts.due_cents) == (credit_cents, due_cents)

    def test_a_certified_address_is_flagged_in_every_event(self) -> None:
        service = Notifications().hear(placed(warnings=[OrderWarning.PEC_ADDRESS, OrderWarning.SHORT_RESIDUAL]))
        service.when(priced())
        noted, *_, mail = (event for event in service.happened if isinstance(event, ContactNoted | EmailRequested))
        assert noted.warnings == [OrderWarning.PEC_ADDRESS]
        assert mail.warnings == [OrderWarning.PEC_ADDRESS]
        assert service.table("contacts")[0].certified_mail

    def test_nothing_personal_stands_in_the_facts(self) -> None:
        (mail,) = Notifications().hear(placed(), priced()).mails()
        assert set(mail.facts.model_dump(exclude_defaults=True)) == {"order_id", "price", "due_cents", "payable_until"}


class TestWhenAPaymentIsShort:
    def test_the_mail_names_the_difference_and_the_order(self) -> None:
        service = Notifications().hear(placed(), priced(), paid(outstanding_cents=1000))
        mail = service.mails()[-1]
        assert mail.template == PAYMENT_SHORT
        assert mail.facts == MailFacts(
            order_id="o-1", amount_cents=2660, due_cents=1000, payable_until=date(2026, 2, 14)
        )

    def test_each_short_payment_has_its_own_mail_and_the_same_one_none(self) -> None:
        service = Notifications().hear(placed(), priced(), paid(2000), paid(2000), paid(1000, "p-2"))
        assert service.templates() == ["order-received", "payment-short", "payment-short"]

    def test_a_full_payment_and_one_on_a_closed_order_have_none(self) -> None:
        assert Notifications().hear(placed(), paid(0)).templates() == []
        assert Notifications().hear(placed(), paid(500, order_closed=True)).templates() == []


class TestWhenAnOrderCloses:
    def test_the_mail_says_why_and_what_became_of_the_money(self) -> None:
        (mail,) = Notifications().hear(placed(), cancelled(CloseReason.PRICE_CHANGED, 500)).mails()
        assert mail.facts == MailFacts(
            order_id="o-1", reason=CloseReason.PRICE_CHANGED, closed_on=date(2026, 1, 16), surplus_cents=500
        )

    def test_what_is_paid_back_is_not_called_credit(self) -> None:
        closing = cancelled(CloseReason.OPERATOR_REQUEST, 500).model_copy(update={"money": MoneyDestination.TO_REFUND})
        (mail,) = Notifications().hear(placed(), closing).mails()
        assert (mail.template, mail.facts.surplus_cents) == (ORDER_CLOSED, 0)

    def test_an_expired_order_closes_as_overdue(self) -> None:
        (mail,) = Notifications().hear(placed(), expired()).mails()
        assert (mail.template, mail.facts.reason) == (ORDER_CLOSED, "PAYMENT_OVERDUE")

    def test_it_closes_once(self) -> None:
        assert Notifications().hear(placed(), cancelled(), cancelled()).templates() == ["order-closed"]


@pytest.mark.usefixtures("new_products")
class TestWhenAnAddOnIsAddedToAnOwnedBase:
    def test_the_mail_confirms_with_the_dates_and_no_credentials(self) -> None:
        (mail,) = Notifications().hear(placed(), add_on_activated()).mails()
        assert mail.template == "documents-activated"
        assert mail.credential_id is None
        assert mail.facts == MailFacts(
            order_id="o-1",
            product=DOCUMENTS,
            activated_on=date(2026, 1, 15),
            expires_on=NEXT_YEAR,
            base=E_INVOICING,
            base_previous_expiry=date(2026, 6, 30),
            base_expires_on=NEXT_YEAR,
        )

    def test_it_waits_for_the_recipient(self) -> None:
        service = Notifications().hear(add_on_activated())
        assert service.templates() == []
        service.when(placed())
        assert service.templates() == ["documents-activated"]
        assert service.state.waiting == ()

    def test_bundled_with_the_base_it_has_no_mail_of_its_own(self) -> None:
        assert Notifications().hear(placed(), add_on_activated(origin=ActivationOrigin.BUNDLED)).templates() == []

    def test_the_same_activation_again_asks_for_nothing(self) -> None:
        service = Notifications().hear(placed(), add_on_activated(), add_on_activated())
        assert service.templates() == ["documents-activated"]

    def test_one_without_a_text_of_its_own_takes_the_general_one(self) -> None:
        (mail,) = Notifications().hear(placed(), add_on_activated(ARCHIVE)).mails()
        assert mail.template == "service-activated"
        assert mail.email_key == f"service-activated:o-1:{event_id(add_on_activated(ARCHIVE))}"
        assert mail.facts.product == ARCHIVE

    def test_two_in_one_order_are_two_mails_each_about_its_own(self) -> None:
        for others in ([placed()], []):
            two = [add_on_activated(ARCHIVE), add_on_activated(CERTIFIED_MAIL)]
            service = Notifications().hear(*others, *two, *two, placed())
            assert [(mail.template, mail.facts.product) for mail in service.mails()] == [
                ("service-activated", ARCHIVE),
                ("service-activated", CERTIFIED_MAIL),
            ]
            assert len({mail.email_id for mail in service.mails()}) == 2

    def test_its_dates_and_its_base_s_are_told_with_credentials_that_come_later(self) -> None:
        service = Notifications().hear(placed(), add_on_activated())
        service.hear(issued(credential_id="cr-2", order_id=None, reissued=True), handed_over("cr-2"))
        assert service.mails()[-1].facts.expiries == {DOCUMENTS: NEXT_YEAR, E_INVOICING: NEXT_YEAR}


class TestTheMailsId:
    def test_it_hangs_from_the_key_alone(self) -> None:
        early = Notifications(now=datetime(2026, 1, 15, 9, tzinfo=UTC)).hear(placed(), priced())
        late = Notifications(now=datetime(2026, 3, 1, 9, tzinfo=UTC)).hear(placed(locale=Locale.EN), priced())
        assert early.mails()[0].email_id == late.mails()[0].email_id
