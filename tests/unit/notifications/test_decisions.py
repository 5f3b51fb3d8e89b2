"""What may follow what in a mail's life, and who may change an address?"""

import pytest

from runtime.service import Duplicate, EffectFate, Fate
from schemas.notifications import ContactAddressCorrected, EmailFailed, EmailInDoubt, EmailSent
from schemas.personal import SealedBlock
from schemas.refusal import Refusal
from schemas.vocabulary import ActivationOrigin, EmailFailure, EmailStatus, OrderWarning
from services.notifications.declaration import effects_of, fate_of
from services.notifications.domain.commands import CorrectContact, EmailOutcome, ReissueEmail
from services.notifications.projections.deadlines import CREDENTIALS_OVERDUE
from tests.unit.notifications.builders import (
    SEALED,
    add_on_activated,
    base_activated,
    handed_over,
    issued,
    order_activated,
    placed,
    priced,
)
from tests.unit.notifications.spec import Notifications

OTHER = SealedBlock(key_id="k-1", nonce="b3RoZXI=", ciphertext="b3RoZXI=")


def credentials_requested() -> Notifications:
    bundled = add_on_activated(origin=ActivationOrigin.BUNDLED)
    return Notifications().hear(placed(), base_activated(), bundled, issued(), order_activated(), handed_over())


def outcome(service: Notifications, fate: EmailStatus, **more: object) -> EmailOutcome:
    return EmailOutcome("c-1", service.mails()[-1].email_id, fate, **more)  # type: ignore[arg-type]


class TestAMailsFate:
    def test_sent_is_recorded_once_and_the_secret_forgotten(self) -> None:
        service = credentials_requested()
        (sent,) = service.when(outcome(service, EmailStatus.SENT), EmailOutcome.TYPE)
        assert isinstance(sent, EmailSent)
        assert (sent.credential_id, sent.order_id, sent.confirmed_by_operator) == ("cr-1", "o-1", False)
        assert service.outcome(outcome(service, EmailStatus.SENT), EmailOutcome.TYPE) == Duplicate()
        assert (service.secrets, service.deadlines(CREDENTIALS_OVERDUE)) == ({}, [])
        (row,) = service.table("emails")
        assert (row.status, row.sent_at) == ("SENT", service.now)

    def test_refused_for_good_is_a_failure_that_provisioning_can_show(self) -> None:
        service = credentials_requested()
        command = outcome(service, EmailStatus.FAILED, failure=EmailFailure.REFUSED_BY_SERVER, smtp_code=550)
        (failed,) = service.when(command, EmailOutcome.TYPE)
        assert isinstance(failed, EmailFailed)
        assert (failed.failure, failed.smtp_code, failed.credential_id) == ("REFUSED_BY_SERVER", 550, "cr-1")
        assert service.secrets == {}

    def test_a_doubt_may_be_resolved_by_a_late_answer(self) -> None:
        service = credentials_requested()
        (doubt,) = service.when(outcome(service, EmailStatus.IN_DOUBT), EmailOutcome.TYPE)
        assert isinstance(doubt, EmailInDoubt)
        (sent,) = service.when(outcome(service, EmailStatus.SENT), EmailOutcome.TYPE)
        assert isinstance(sent, EmailSent)

    def test_a_final_fate_is_never_replaced(self) -> None:
        service = credentials_requested()
        service.when(outcome(service, EmailStatus.SENT), EmailOutcome.TYPE)
        for fate in (EmailStatus.FAILED, EmailStatus.IN_DOUBT):
            assert service.outcome(outcome(service, fate), EmailOutcome.TYPE) == Duplicate()

    def test_an_operator_confirms_only_what_is_in_doubt(self) -> None:
        service = credentials_requested()
        confirmation = outcome(service, EmailStatus.SENT, by_operator=True)
        refused = service.outcome(confirmation, EmailOutcome.TYPE)
        assert isinstance(refused, Refusal)
        assert (refused.status, refused.code) == (409, "EMAIL_NOT_IN_DOUBT")
        service.when(outcome(service, EmailStatus.IN_DOUBT), EmailOutcome.TYPE)
        (sent,) = service.when(confirmation, EmailOutcome.TYPE)
        assert isinstance(sent, EmailSent)
        assert sent.confirmed_by_operator

    def test_an_operator_alone_takes_a_doubtful_mail_for_lost(self) -> None:
        service = credentials_requested()
        service.when(outcome(service, EmailStatus.IN_DOUBT), EmailOutcome.TYPE)
        assert service.outcome(outcome(service, EmailStatus.FAILED), EmailOutcome.TYPE) == Duplicate()
        by_operator = outcome(service, EmailStatus.FAILED, failure=EmailFailure.DISCARDED_BY_OPERATOR, by_operator=True)
        (lost,) = service.when(by_operator, EmailOutcome.TYPE)
        assert isinstance(lost, EmailFailed)
        assert fate_of(lost) == EffectFate("email", lost.email_id, Fate.IN_DOUBT)  # the ledger still does not know

    def test_a_password_is_never_mailed_again(self) -> None:
        service = credentials_requested()
        service.when(outcome(service, EmailStatus.IN_DOUBT), EmailOutcome.TYPE)
        (mail,) = service.mails()
        refused = service.outcome(ReissueEmail("c-1", mail.email_id, mail), ReissueEmail.TYPE)
        assert isinstance(refused, Refusal)
        assert refused.code == "CREDENTIALS_MAIL"

    def test_a_bounce_follows_a_sent_mail(self) -> None:
        service = credentials_requested()
        service.when(outcome(service, EmailStatus.SENT), EmailOutcome.TYPE)
        service.when(outcome(service, EmailStatus.BOUNCED, by_operator=True), EmailOutcome.TYPE)
        assert service.table("emails")[0].status == "BOUNCED"

    @pytest.mark.parametrize("customer_id", ["c-1", "c-2"])
    def test_an_unknown_mail_or_another_customer_s_is_refused(self, customer_id: str) -> None:
        service = credentials_requested()
        email_id = "unknown" if customer_id == "c-1" else service.mails()[0].email_id
        refused = service.outcome(EmailOutcome(customer_id, email_id, EmailStatus.SENT), EmailOutcome.TYPE)
        assert isinstance(refused, Refusal)
        assert refused.status == 404


class TestCorrectingAnAddress:
    def test_the_next_mail_goes_there_and_says_that_it_is_certified(self) -> None:
        service = Notifications().hear(placed())
        command = CorrectContact("c-1", "k-1", OTHER, "bm9uY2U=", (OrderWarning.PEC_ADDRESS,))
        (corrected,) = service.when(command, CorrectContact.TYPE)
        assert isinstance(corrected, ContactAddressCorrected)
        (mail,) = service.hear(priced()).mails()
        assert (mail.recipient, mail.warnings) == (OTHER, [OrderWarning.PEC_ADDRESS])
        assert service.table("contacts")[0].corrected

    def test_an_order_of_the_id_alone_leaves_it_corrected(self) -> None:
        service = Notifications().hear(placed())
        service.when(CorrectContact("c-1", "k-1", OTHER, "bm9uY2U=", (OrderWarning.PEC_ADDRESS,)), CorrectContact.TYPE)
        service.hear(placed(order_id="o-2", customer_on_record=True))
        assert service.state.contact.ciphertext == OTHER.ciphertext
        assert service.state.contact.certified_mail
        service.hear(placed(order_id="o-3"))
        assert service.state.contact.sealed == SEALED

    def test_a_correction_of_what_has_changed_meanwhile_is_refused(self) -> None:
        service = Notifications().hear(placed())
        refused = service.outcome(CorrectContact("c-1", "k-1", OTHER, "b2xk", ()), CorrectContact.TYPE)
        assert isinstance(refused, Refusal)
        assert refused.code == "CONTACT_CHANGED"

    def test_an_unknown_customer_has_none_to_correct(self) -> None:
        refused = Notifications().outcome(CorrectContact("c-1", "k-1", OTHER, "", ()), CorrectContact.TYPE)
        assert isinstance(refused, Refusal)
        assert refused.status == 404


class TestTheEffect:
    def test_only_a_requested_mail_asks_for_one_and_its_recipient_stays_sealed(self) -> None:
        service = Notifications().hear(placed(), priced())
        intents = [intent for event in service.happened for intent in effects_of(event)]
        assert [intent.kind for intent in intents] == ["email"]
        assert intents[0].payload["recipient"]["ciphertext"] == "c2VhbGVk"
