"""What does a customer hear of credit? That it was granted, and some time before that it expires (R26)."""

from datetime import date

from schemas.billing import CreditExpired, CreditReturned, CreditUsed, RefundDue, RefundPaid
from schemas.payments import RefundReason
from schemas.reversals import CreditReversed
from schemas.vocabulary import CreditOrigin, Locale, PaymentMethod
from services.notifications.domain.texts import (
    CREDIT_EXPIRING,
    CREDIT_GRANTED,
    CREDIT_RETURNED,
    CREDIT_USED,
    REFUND_DUE,
    REFUND_PAID,
)
from tests.unit.notifications.builders import placed, refused
from tests.unit.notifications.spec import Notifications
from tests.unit.notifications.story import day, granted

NINE = "T09:00:00+01:00"


def expired(credit_id: str = "cr-1") -> CreditExpired:
    return CreditExpired(
        customer_id="c-1", credit_id=credit_id, amount_cents=200, expired_on=day("2027-01-16"),
        origin=CreditOrigin.PAYMENT_SURPLUS, explanation="nobody used it",
    )  # fmt: skip


class TestGranted:
    def test_the_mail_says_how_much_why_and_until_when(self) -> None:
        (mail,) = Notifications().hear(placed(), granted()).mails()
        assert (mail.template, mail.order_id, mail.facts.amount_cents) == (CREDIT_GRANTED, "o-1", 200)
        assert mail.facts.credit_origin is CreditOrigin.PAYMENT_SURPLUS
        assert (mail.facts.credit_expires_on, mail.facts.balance_cents) == (date(2027, 1, 15), 200)
        assert mail.email_key.startswith("credit-granted:cr-1:")

    def test_each_grant_has_its_own_and_tells_all_that_stands(self) -> None:
        mails = Notifications().hear(placed(), granted(), granted("cr-2", 300)).mails()
        assert [(mail.facts.amount_cents, mail.facts.balance_cents) for mail in mails] == [(200, 200), (300, 500)]

    def test_it_waits_for_its_recipient(self) -> None:
        service = Notifications().hear(granted())
        assert service.templates() == []
        assert service.hear(placed()).templates() == [CREDIT_GRANTED]


class TestWhereOnlyARefusedOrderIsKnown:
    def test_its_buyer_is_told_in_their_language(self) -> None:
        (mail,) = Notifications().hear(refused(), granted()).mails()
        assert (mail.template, mail.locale, mail.recipient) == (CREDIT_GRANTED, Locale.EN, refused().personal)

    def test_what_came_before_it_waited_and_is_told(self) -> None:
        assert Notifications().hear(granted(), refused()).templates() == [CREDIT_GRANTED]

    def test_twice_is_once(self) -> None:
        assert Notifications().hear(granted(), refused(), refused(order_id="o-10")).templates() == [CREDIT_GRANTED]

    def test_whoever_has_an_order_is_written_to_as_before(self) -> None:
        (mail,) = Notifications().hear(placed(), refused(), granted()).mails()
        assert (mail.locale, mail.recipient) == (Locale.IT, placed().personal)

    def test_an_order_that_is_placed_later_says_whom_to_write_to(self) -> None:
        (mail,) = Notifications().hear(refused(), placed(), granted()).mails()
        assert mail.recipient == placed().personal


class TestExpiring:
    def test_it_is_told_thirty_days_before_at_nine(self) -> None:
        service = Notifications().hear(placed(), granted()).at("2026-12-16T08:59:59+01:00")
        assert service.templates() == [CREDIT_GRANTED]
        mail = service.at(f"2026-12-16{NINE}").mails()[-1]
        assert (mail.template, mail.facts.amount_cents, mail.facts.remaining_days) == (CREDIT_EXPIRING, 200, 30)
        assert service.at(f"2027-01-15{NINE}").templates() == [CREDIT_GRANTED, CREDIT_EXPIRING]

    def test_what_expires_on_one_day_is_told_in_one_mail_and_the_rest_is_told_later(self) -> None:
        service = Notifications().hear(placed(), granted(), granted("cr-2", 300))
        service.hear(granted("cr-3", 700, expires_on=day("2027-02-15"))).at(f"2026-12-16{NINE}")
        mail = service.mails()[-1]
        assert (mail.facts.amount_cents, mail.facts.balance_cents) == (500, 1200)
        assert service.next_at() == f"2027-01-16{NINE}"

    def test_what_is_gone_is_not_told(self) -> None:
        service = Notifications().hear(placed(), granted(), expired())
        assert (service.deadlines("notice"), service.state.credits) == ([], ())
        assert service.at(f"2026-12-16{NINE}").templates() == [CREDIT_GRANTED]

    def test_after_an_outage_over_the_expiry_nothing_is_told(self) -> None:
        service = Notifications().hear(placed(), granted()).at("2027-01-16T00:00:00+01:00")
        assert CREDIT_EXPIRING not in service.templates()
        assert service.deadlines("notice") == []


def used(credit_id: str, amount_cents: int, remaining_cents: int, order_id: str = "o-2") -> CreditUsed:
    return CreditUsed(
        customer_id="c-1", order_id=order_id, credit_id=credit_id, amount_cents=amount_cents,
        remaining_cents=remaining_cents, used_on=day("2026-03-01"), expires_on=day("2027-01-15"),
        origin=CreditOrigin.PAYMENT_SURPLUS, explanation="used",
    )  # fmt: skip


def returned(credit_id: str, amount_cents: int, expires_on: str = "2027-01-20") -> CreditReturned:
    return CreditReturned(
        customer_id="c-1", order_id="o-2", credit_id=credit_id, used_credit_id="cr-1", amount_cents=amount_cents,
        returned_on=day("2026-03-06"), expires_on=day(expires_on), origin=CreditOrigin.PAYMENT_SURPLUS,
        explanation="the order closed",
    )  # fmt: skip


class TestUsed:
    def test_all_that_pays_an_order_is_told_in_one_mail_with_what_is_left(self) -> None:
        service = Notifications().hear(placed(), granted(), granted("cr-2", 300)).at(f"2026-03-01{NINE}")
        service.hear(used("cr-1", 200, 0), used("cr-2", 100, 200)).at(f"2026-03-01{NINE}")
        mail = service.mails()[-1]
        assert (mail.template, mail.order_id) == (CREDIT_USED, "o-2")
        assert (mail.facts.amount_cents, mail.facts.balance_cents) == (300, 200)
        assert service.templates().count(CREDIT_USED) == 1

    def test_what_is_used_up_expires_unheard(self) -> None:
        service = Notifications().hear(placed(), granted(), used("cr-1", 200, 0)).at(f"2026-12-16{NINE}")
        assert CREDIT_EXPIRING not in service.templates()

    def test_two_orders_have_a_mail_each(self) -> None:
        service = Notifications().hear(placed(), granted(), used("cr-1", 100, 100), used("cr-1", 100, 0, "o-3"))
        assert service.at("2026-01-15T10:00:00+01:00").templates().count(CREDIT_USED) == 2


class TestReturned:
    def test_all_that_came_back_is_told_in_one_mail_with_what_expires_first(self) -> None:
        service = Notifications().hear(placed(), granted(), used("cr-1", 200, 0)).at(f"2026-03-06{NINE}")
        service.hear(returned("cr-3", 150), returned("cr-4", 50, "2027-01-19")).at(f"2026-03-06{NINE}")
        mail = service.mails()[-1]
        assert (mail.template, mail.facts.amount_cents, mail.facts.balance_cents) == (CREDIT_RETURNED, 200, 200)
        assert mail.facts.credit_expires_on == date(2027, 1, 19)

    def test_used_and_given_back_before_it_was_told_only_the_last_is(self) -> None:
        service = Notifications().hear(placed(), granted(), used("cr-1", 200, 0), returned("cr-3", 200))
        assert service.at("2026-01-15T10:00:00+01:00").templates() == [CREDIT_GRANTED, CREDIT_RETURNED]

    def test_within_the_last_thirty_days_the_mail_has_said_it(self) -> None:
        service = Notifications().hear(placed(), granted(), used("cr-1", 200, 0), returned("cr-3", 200, "2026-04-05"))
        service.at(f"2026-04-05{NINE}")
        assert CREDIT_EXPIRING not in service.templates()


class TestReversed:
    def test_what_a_chargeback_took_back_is_not_told_as_expiring(self) -> None:
        reversed_all = CreditReversed(
            customer_id="c-1", credit_id="cr-1", amount_cents=200, remaining_cents=0, reversed_on=day("2026-02-01"),
            origin=CreditOrigin.PAYMENT_SURPLUS, payment_source="bank", payment_id="p-1", explanation="charged back",
        )  # fmt: skip
        service = Notifications().hear(placed(), granted(), reversed_all)
        assert (service.state.credits, service.deadlines("notice")) == ((), [])


class TestARefund:
    def test_it_is_told_when_it_is_due_and_when_it_is_paid(self) -> None:
        due = RefundDue(
            customer_id="c-1", order_id="o-1", refund_id="rf-1", amount_cents=2135, method=PaymentMethod.BANK_TRANSFER,
            reason=RefundReason.SERVICE_ENDED, explanation="7 months", due_on=day("2026-05-20"),
        )  # fmt: skip
        paid = RefundPaid(
            customer_id="c-1", order_id="o-1", refund_id="rf-1", amount_cents=2135, paid_on=day("2026-05-22"),
            reference="CRO 1",
        )  # fmt: skip
        first, last = Notifications().hear(placed(), due, paid).mails()
        assert (first.template, first.facts.amount_cents, first.facts.method) == (
            REFUND_DUE, 2135, PaymentMethod.BANK_TRANSFER,
        )  # fmt: skip
        assert (last.template, last.facts.paid_on, last.facts.reference) == (REFUND_PAID, date(2026, 5, 22), "CRO 1")
        assert first.email_key.startswith("refund-due:rf-1:")
