"""Who is reminded to pay, and who hears that an order is looked at by people? R21 and R29."""

import pytest

from schemas.envelope import Event
from schemas.vocabulary import CloseReason, HoldReason
from services.notifications.domain.texts import ORDER_HELD, PAYMENT_REMINDER
from tests.unit.notifications.builders import cancelled, expired, order_activated, paid, placed, priced
from tests.unit.notifications.spec import Notifications
from tests.unit.notifications.story import day, held, released, settled

NINE = "T09:00:00+01:00"


def reminders(service: Notifications) -> list[tuple[int | None, int | None]]:
    facts = [mail.facts for mail in service.mails() if mail.template == PAYMENT_REMINDER]
    return [(each.due_cents, each.remaining_days) for each in facts]


def ordered() -> Notifications:
    return Notifications().hear(placed(), priced())


class TestAnUnpaidOrder:
    def test_it_is_reminded_of_at_nine_of_its_seventh_and_twenty_first_day(self) -> None:
        service = ordered()
        assert service.next_at() == f"2026-01-22{NINE}"
        assert reminders(service.at("2026-01-22T08:59:59+01:00")) == []
        assert reminders(service.at(f"2026-01-22{NINE}")) == [(3660, 23)]
        assert service.next_at() == f"2026-02-05{NINE}"
        assert reminders(service.at("2026-02-05T08:59:59+01:00")) == [(3660, 23)]
        assert reminders(service.at(f"2026-02-05{NINE}")) == [(3660, 23), (3660, 9)]
        assert service.next_at() is None

    def test_the_mail_says_what_and_until_when(self) -> None:
        mail = ordered().at(f"2026-01-22{NINE}").mails()[-1]
        assert (mail.template, mail.order_id, mail.facts.order_id) == (PAYMENT_REMINDER, "o-1", "o-1")
        assert (mail.facts.payable_until, mail.facts.notified_on) == (day("2026-02-14"), day("2026-01-22"))
        assert mail.facts.price is not None
        assert mail.email_key.startswith("payment-reminder:o-1:")

    @pytest.mark.parametrize(
        ("ordered_on", "first", "second"),
        [
            ("2026-03-22", "2026-03-29T09:00:00+02:00", "2026-04-12T09:00:00+02:00"),
            ("2026-10-18", "2026-10-25T09:00:00+01:00", "2026-11-08T09:00:00+01:00"),
            ("2028-02-22", "2028-02-29T09:00:00+01:00", "2028-03-14T09:00:00+01:00"),
        ],
    )
    def test_nine_is_nine_where_the_clocks_change(self, ordered_on: str, first: str, second: str) -> None:
        service = Notifications().at(f"{ordered_on}T12:00:00+01:00").hear(placed(ordered_on=day(ordered_on)), priced())
        assert service.next_at() == first
        assert service.at(first).next_at() == second

    def test_paid_in_part_it_is_reminded_of_the_rest(self) -> None:
        service = ordered().hear(paid(outstanding_cents=1000)).at(f"2026-01-22{NINE}")
        assert reminders(service) == [(1000, 23)]

    def test_after_an_outage_over_both_days_one_is_sent(self) -> None:
        service = ordered().at(f"2026-02-06{NINE}")
        assert reminders(service) == [(3660, 8)]
        assert service.next_at() is None

    def test_heard_of_late_nobody_is_reminded_on_the_day_of_the_first_mail(self) -> None:
        service = Notifications().at("2026-01-24T09:00:00+01:00").hear(placed(), priced())
        assert service.templates() == ["order-received"]
        assert service.next_at() == f"2026-02-05{NINE}"

    def test_after_its_last_day_nobody_is_reminded(self) -> None:
        assert reminders(ordered().at("2026-02-15T00:00:00+01:00")) == []
        assert reminders(ordered().at("2026-02-14T23:59:59+01:00")) == [(3660, 0)]

    def test_without_a_price_there_is_nothing_to_say_yet(self) -> None:
        service = Notifications().hear(placed()).at(f"2026-01-22{NINE}").hear(priced())
        assert (service.templates(), service.next_at()) == (["order-received"], f"2026-02-05{NINE}")

    def test_a_price_above_the_one_shown_is_no_debt(self) -> None:
        service = Notifications().hear(placed(expected_total_cents=3659), priced()).at(f"2026-01-22{NINE}")
        assert service.templates() == []


class TestAnOrderThatNobodyOwesAnything:
    @pytest.mark.parametrize("end", [settled(), cancelled(), expired()])
    def test_its_reminders_are_gone(self, end: Event) -> None:
        service = ordered().hear(end)
        assert service.deadlines() == []
        assert reminders(service.at(f"2026-02-05{NINE}")) == []

    def test_an_order_of_nothing_is_never_reminded_of(self) -> None:
        service = Notifications().hear(placed(), priced(total_cents=0)).at(f"2026-01-22{NINE}")
        assert reminders(service) == []


class TestAHeldOrder:
    def test_its_customer_hears_of_it_after_an_hour_and_not_before(self) -> None:
        service = Notifications().hear(placed(), settled(), held()).at("2026-01-15T10:59:59+01:00")
        assert service.templates() == []
        (mail,) = service.at("2026-01-15T11:00:00+01:00").mails()
        assert (mail.template, mail.order_id, mail.facts.hold_reason) == (ORDER_HELD, "o-1", HoldReason.BASE_SHORTENED)
        assert service.deadlines() == []

    def test_released_closed_or_active_within_the_hour_it_was_never_told(self) -> None:
        for end in (released(), cancelled(CloseReason.OPERATOR_REQUEST)):
            service = Notifications().hear(placed(), settled(), held(), end).at("2026-01-15T12:00:00+01:00")
            assert ORDER_HELD not in service.templates()

    def test_it_is_told_once_however_often_it_is_held(self) -> None:
        service = Notifications().hear(placed(), settled(), held()).at("2026-01-15T11:00:00+01:00")
        service.hear(released(), held(HoldReason.EXPIRY_CONFLICT)).at("2026-01-16T11:00:00+01:00")
        assert service.templates() == [ORDER_HELD]

    def test_held_again_before_it_was_told_the_hour_begins_anew(self) -> None:
        service = Notifications().hear(placed(), settled(), held(), released()).at("2026-01-15T10:30:00+01:00")
        service.hear(held()).at("2026-01-15T11:29:59+01:00")
        assert service.templates() == []
        assert service.at("2026-01-15T11:30:00+01:00").templates() == [ORDER_HELD]

    def test_active_after_all_it_is_not_told(self) -> None:
        service = Notifications().hear(placed(), settled(), held(), released(), order_activated())
        assert service.at("2026-01-16T11:00:00+01:00").templates() == []
