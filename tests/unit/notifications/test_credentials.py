"""When do credentials leave, and what becomes of those that don't?"""

from datetime import date, timedelta
from itertools import permutations

import pytest

from runtime.service import Deadline, Decided
from schemas.mail import MailFacts
from schemas.notifications import EmailFailed, HandoverNoted
from schemas.vocabulary import (
    ActivationOrigin,
    CredentialsVoidReason,
    EmailFailure,
    PurchaseCase,
)
from services.notifications.domain.texts import ACTIVATION_CREDENTIALS
from services.notifications.projections.deadlines import CREDENTIALS_OVERDUE
from tests.unit.notifications.builders import (
    DOCUMENTS,
    E_INVOICING,
    EXPIRES_AT,
    NEXT_YEAR,
    add_on_activated,
    base_activated,
    handed_over,
    issued,
    order_activated,
    placed,
    priced,
    voided,
)
from tests.unit.notifications.spec import Notifications

BOTH = {DOCUMENTS: NEXT_YEAR, E_INVOICING: NEXT_YEAR}
PROVISIONED = [
    base_activated(),
    add_on_activated(origin=ActivationOrigin.BUNDLED),
    issued(),
    order_activated(),
]


class TestWhenABaseIsActivatedForTheFirstTime:
    def test_the_mail_carries_both_expiries_and_no_secret(self) -> None:
        service = Notifications().hear(placed(), *PROVISIONED, handed_over())
        (mail,) = service.mails()
        assert mail.template == ACTIVATION_CREDENTIALS
        assert mail.credential_id == "cr-1"
        assert mail.facts == MailFacts(order_id="o-1", expiries=BOTH, valid_until=EXPIRES_AT)

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
            assert service.mails()[0].facts.expiries == BOTH

    def test_even_out_of_order_inside_the_topic_there_is_one_mail(self) -> None:
        for story in permutations([placed(), issued(), order_activated(), handed_over()]):
            assert Notifications().hear(*story).templates() == ["activation-credentials"]

    def test_bought_anew_it_tells_no_date_of_what_ended_before(self) -> None:
        service = Notifications().hear(placed(), *PROVISIONED, handed_over())
        alone = order_activated(order_id="o-2", expiries={E_INVOICING: date(2029, 1, 15)})
        anew = issued(order_id="o-2", credential_id="cr-2")
        service.hear(placed(order_id="o-2"), anew, alone, handed_over("cr-2"))
        assert service.mails()[-1].facts.expiries == {E_INVOICING: date(2029, 1, 15)}

    def test_before_the_activation_nothing_leaves(self) -> None:
        assert Notifications().hear(placed(), priced(), issued(), handed_over()).templates() == ["order-received"]

    def test_a_handover_of_other_credentials_is_not_sent(self) -> None:
        assert Notifications().hear(placed(), *PROVISIONED, handed_over("cr-2")).templates() == []

    def test_each_input_again_asks_for_nothing(self) -> None:
        story = [placed(), *PROVISIONED, handed_over()]
        assert Notifications().hear(*story, *story).templates() == ["activation-credentials"]

    def test_another_order_s_activation_is_not_this_one_s(self) -> None:
        other = order_activated(order_id="o-2", purchase_case=PurchaseCase.ADD_ON_TO_OWNED)
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
        assert service.deadlines(CREDENTIALS_OVERDUE) == []
        assert service.table("emails")[0].status == "FAILED"

    def test_one_second_before_it_is_still_sent(self) -> None:
        service = Notifications(now=EXPIRES_AT - timedelta(seconds=1)).hear(placed(), *PROVISIONED, handed_over())
        assert service.templates() == ["activation-credentials"]

    def test_a_handover_that_never_came_is_shown_as_lost(self) -> None:
        service = Notifications().hear(placed(), *PROVISIONED)
        (deadline,) = service.deadlines(CREDENTIALS_OVERDUE)
        assert deadline == Deadline("credentials_overdue", "cr-1", "c-1", EXPIRES_AT)
        service.now = EXPIRES_AT
        service.when(deadline)
        assert [event.failure for event in service.failures()] == [EmailFailure.HANDOVER_LOST]
        assert service.deadlines(CREDENTIALS_OVERDUE) == []

    def test_a_box_without_its_event_is_forgotten_when_it_runs_out(self) -> None:
        service = Notifications().hear(handed_over())
        service.now = EXPIRES_AT
        service.when(service.deadlines(CREDENTIALS_OVERDUE)[0])
        assert (service.secrets, service.deadlines(CREDENTIALS_OVERDUE), service.failures()) == ({}, [], [])

    def test_announced_after_its_box_came_and_ran_out_it_is_a_failure(self) -> None:
        service = Notifications().hear(placed(), handed_over())
        service.now = EXPIRES_AT
        service.when(service.deadlines(CREDENTIALS_OVERDUE)[0])
        service.hear(*PROVISIONED)
        assert [event.failure for event in service.failures()] == [EmailFailure.CREDENTIALS_EXPIRED]
        assert (service.templates(), service.deadlines(CREDENTIALS_OVERDUE), service.state.credentials) == ([], [], ())

    @pytest.mark.parametrize("is_announced", [True, False])
    def test_a_box_that_comes_after_it_ran_out_leaves_nothing_due(self, is_announced: bool) -> None:
        service = Notifications().hear(placed(), *(PROVISIONED if is_announced else []))
        service.now = EXPIRES_AT
        for deadline in service.deadlines(CREDENTIALS_OVERDUE):
            service.when(deadline)
        service.when(handed_over())
        assert (service.deadlines(CREDENTIALS_OVERDUE), service.secrets, service.state.credentials) == ([], {}, ())
        assert len(service.failures()) == is_announced

    def test_a_mail_already_asked_for_keeps_its_own_fate(self) -> None:
        service = Notifications().hear(placed(), *PROVISIONED, handed_over())
        service.now = EXPIRES_AT
        service.when(service.deadlines(CREDENTIALS_OVERDUE)[0])
        assert service.failures() == []
        assert service.secrets == {}

    def test_voided_as_expired_before_the_handover_came_is_a_failure(self) -> None:
        service = Notifications().hear(placed(), *PROVISIONED, voided(CredentialsVoidReason.HANDOVER_LOST))
        (failed,) = service.failures()
        assert isinstance(failed, EmailFailed)
        assert failed.failure is EmailFailure.HANDOVER_LOST
