"""Which mail does which story cause, in whatever order it is told?"""

from datetime import UTC, date, datetime, timedelta
from itertools import permutations

import pytest

from runtime.service import Deadline, Decided
from schemas.notifications import (
    ContactNoted,
    EmailFailed,
    EmailRequested,
    FactNoted,
    HandoverNoted,
    InputNoted,
)
from schemas.vocabulary import (
    ActivationOrigin,
    CloseReason,
    CredentialsVoidReason,
    EmailFailure,
    EmailTemplate,
    Locale,
    OrderWarning,
    Product,
    PurchaseCase,
)
from services.notifications.domain.model import CREDENTIALS_OVERDUE
from tests.unit.notifications.builders import (
    EXPIRES_AT,
    SEALED,
    cancelled,
    documents_activated,
    e_invoicing_activated,
    expired,
    handed_over,
    issued,
    order_activated,
    paid,
    placed,
    priced,
    priced_with_extension,
    voided,
)
from tests.unit.notifications.spec import Notifications, event_id

PROVISIONED = [
    e_invoicing_activated(),
    documents_activated(ActivationOrigin.BUNDLED),
    issued(),
    order_activated(),
]


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


class TestWhenEInvoicingIsActivatedForTheFirstTime:
    def test_the_mail_carries_both_expiries_and_no_secret(self) -> None:
        service = Notifications().hear(placed(), *PROVISIONED, handed_over())
        (mail,) = service.mails()
        assert mail.template is EmailTemplate.ACTIVATION_CREDENTIALS
        assert mail.credential_id == "cr-1"
        assert mail.facts == {
            "order_id": "o-1",
            "expiries": {"DOCUMENTS": "2027-01-15", "E_INVOICING": "2027-01-15"},
            "expires_at": "2026-01-18T10:00:00+00:00",
        }

    @pytest.mark.parametrize("turn", range(4))
    def test_any_order_of_the_topics_ends_in_the_same_one_mail(self, turn: int) -> None:
        # Within provisioning's topic the order holds; the other topics fall in anywhere.
        stories = []
        for order_at in range(5):
            for handover_at in range(5):
                story = list(PROVISIONED)
                story.insert(order_at, placed())
                story.insert(handover_at, handed_over())
                stories.append(story)
        for story in stories[turn::4]:
            service = Notifications().hear(*story)
            assert service.templates() == ["activation-credentials"], story
            assert service.mails()[0].facts["expiries"] == {"DOCUMENTS": "2027-01-15", "E_INVOICING": "2027-01-15"}

    def test_even_out_of_order_inside_the_topic_there_is_one_mail(self) -> None:
        for story in permutations([placed(), issued(), order_activated(), handed_over()]):
            assert Notifications().hear(*story).templates() == ["activation-credentials"]

    def test_bought_anew_it_tells_no_date_of_what_ended_before(self) -> None:
        service = Notifications().hear(placed(), *PROVISIONED, handed_over())
        alone = order_activated(order_id="o-2", expiries={Product.E_INVOICING: date(2029, 1, 15)})
        anew = issued(order_id="o-2", credential_id="cr-2")
        service.hear(placed(order_id="o-2"), anew, alone, handed_over("cr-2"))
        assert service.mails()[-1].facts["expiries"] == {"E_INVOICING": "2029-01-15"}

    def test_before_the_activation_nothing_leaves(self) -> None:
        assert Notifications().hear(placed(), priced(), issued(), handed_over()).templates() == ["order-received"]

    def test_a_handover_of_other_credentials_is_not_sent(self) -> None:
        assert Notifications().hear(placed(), *PROVISIONED, handed_over("cr-2")).templates() == []

    def test_each_input_again_asks_for_nothing(self) -> None:
        story = [placed(), *PROVISIONED, handed_over()]
        assert Notifications().hear(*story, *story).templates() == ["activation-credentials"]

    def test_another_order_s_activation_is_not_this_one_s(self) -> None:
        other = order_activated(order_id="o-2", purchase_case=PurchaseCase.RENEWAL)
        assert Notifications().hear(placed(), issued(), handed_over(), other).templates() == []


class TestWhenCredentialsAreReissued:
    def test_the_new_ones_leave_without_another_activation(self) -> None:
        service = Notifications().hear(placed(), *PROVISIONED, handed_over(), voided())
        service.hear(issued(credential_id="cr-2", order_id=None, reissued=True), handed_over("cr-2"))
        assert service.templates() == ["activation-credentials", "credentials-reissued"]

    def test_the_voided_box_is_forgotten(self) -> None:
        service = Notifications().hear(placed(), *PROVISIONED, handed_over())
        assert set(service.secrets) == {"cr-1"}
        service.when(voided())
        assert service.secrets == {}
        assert service.state.credentials == ()
        assert service.failures() == []


class TestTheSealedBox:
    def test_it_is_kept_outside_the_log_in_the_transaction_that_notes_it(self) -> None:
        outcome = Notifications().outcome(handed_over())
        assert isinstance(outcome, Decided)
        assert outcome.keeps[0].box == b"sealed box"
        assert outcome.keeps[0].expires_at == EXPIRES_AT
        (noted,) = outcome.events
        assert isinstance(noted, HandoverNoted)
        assert "c2VhbGVkIGJveA" not in noted.model_dump_json()


class TestWhenCredentialsRunOut:
    def test_expired_before_it_could_be_sent_is_a_failure(self) -> None:
        service = Notifications(now=EXPIRES_AT).hear(placed(), *PROVISIONED)
        service.when(handed_over())
        (failed,) = service.failures()
        assert service.templates() == []
        assert (failed.failure, failed.credential_id) == (EmailFailure.CREDENTIALS_EXPIRED, "cr-1")
        assert service.secrets == {}
        assert service.deadlines() == []
        assert service.table("emails")[0].status == "FAILED"

    def test_one_second_before_it_is_still_sent(self) -> None:
        service = Notifications(now=EXPIRES_AT - timedelta(seconds=1)).hear(placed(), *PROVISIONED, handed_over())
        assert service.templates() == ["activation-credentials"]

    def test_a_handover_that_never_came_is_shown_as_lost(self) -> None:
        service = Notifications().hear(placed(), *PROVISIONED)
        (deadline,) = service.deadlines()
        assert deadline == Deadline("credentials_overdue", "cr-1", "c-1", EXPIRES_AT)
        service.now = EXPIRES_AT
        service.when(deadline, CREDENTIALS_OVERDUE)
        assert [event.failure for event in service.failures()] == [EmailFailure.HANDOVER_LOST]
        assert service.deadlines() == []

    def test_a_box_without_its_event_is_forgotten_when_it_runs_out(self) -> None:
        service = Notifications().hear(handed_over())
        service.now = EXPIRES_AT
        service.when(service.deadlines()[0], CREDENTIALS_OVERDUE)
        assert (service.secrets, service.deadlines(), service.failures()) == ({}, [], [])

    def test_a_mail_already_asked_for_keeps_its_own_fate(self) -> None:
        service = Notifications().hear(placed(), *PROVISIONED, handed_over())
        service.now = EXPIRES_AT
        service.when(service.deadlines()[0], CREDENTIALS_OVERDUE)
        assert service.failures() == []
        assert service.secrets == {}

    def test_voided_as_expired_before_the_handover_came_is_a_failure(self) -> None:
        service = Notifications().hear(placed(), *PROVISIONED, voided(CredentialsVoidReason.HANDOVER_LOST))
        (failed,) = service.failures()
        assert isinstance(failed, EmailFailed)
        assert failed.failure is EmailFailure.HANDOVER_LOST


class TestTheMailsId:
    def test_it_hangs_from_the_key_alone(self) -> None:
        early = Notifications(now=datetime(2026, 1, 15, 9, tzinfo=UTC)).hear(placed(), priced())
        late = Notifications(now=datetime(2026, 3, 1, 9, tzinfo=UTC)).hear(placed(locale=Locale.EN), priced())
        assert early.mails()[0].email_id == late.mails()[0].email_id
