"""What does a customer hear when money was charged back? What is suspended, what goes on, each in one mail (R29)."""

from schemas.ends import ResumptionReason, ServiceResumed, ServiceSuspended, SuspensionReason
from schemas.mail import MailService
from schemas.vocabulary import Product, ServiceStatus
from services.notifications.domain.texts import EXPIRY_NOTICE, SERVICE_RESUMED, SERVICE_SUSPENDED
from tests.unit.notifications.builders import DOCUMENTS, E_INVOICING, NEXT_YEAR
from tests.unit.notifications.story import day, owner_of_both

NINE = "T09:00:00+01:00"


def suspended(product: Product) -> ServiceSuspended:
    return ServiceSuspended(
        customer_id="c-1", order_id="o-1", product=product, suspended_on=day("2026-11-20"), expires_on=NEXT_YEAR,
        reason=SuspensionReason.CHARGEBACK,
    )  # fmt: skip


def resumed(product: Product) -> ServiceResumed:
    return ServiceResumed(
        customer_id="c-1", order_id="o-1", product=product, resumed_on=day("2026-12-20"), expires_on=NEXT_YEAR,
        status=ServiceStatus.ACTIVE, reason=ResumptionReason.CHARGEBACK_WON,
    )  # fmt: skip


BOTH = (E_INVOICING, DOCUMENTS)


class TestSuspended:
    def test_one_mail_says_what_and_no_notice_follows(self) -> None:
        service = owner_of_both().at("2026-11-20T15:00:00+01:00")
        service.hear(*map(suspended, BOTH)).at("2026-11-20T15:00:00+01:00")
        mail = service.mails()[-1]
        assert (mail.template, mail.order_id) == (SERVICE_SUSPENDED, "o-1")
        assert mail.facts.services == [MailService(product=product, expires_on=NEXT_YEAR) for product in BOTH]
        assert service.templates().count(SERVICE_SUSPENDED) == 1
        assert service.at(f"2027-01-15{NINE}").templates()[-1] == SERVICE_SUSPENDED

    def test_won_back_it_goes_on_and_the_latest_notice_is_told(self) -> None:
        service = owner_of_both().at("2026-11-20T15:00:00+01:00").hear(*map(suspended, BOTH))
        service.at("2026-12-20T15:00:00+01:00").hear(*map(resumed, BOTH)).at("2026-12-20T15:00:00+01:00")
        assert service.templates() == [EXPIRY_NOTICE, SERVICE_SUSPENDED, SERVICE_RESUMED, EXPIRY_NOTICE]
        assert service.next_at() == f"2026-12-31{NINE}"

    def test_won_back_before_it_was_told_it_goes_on_alone_is_said(self) -> None:
        service = owner_of_both().hear(suspended(E_INVOICING), resumed(E_INVOICING)).at("2026-01-15T10:00:00+01:00")
        assert service.templates() == [SERVICE_RESUMED]
