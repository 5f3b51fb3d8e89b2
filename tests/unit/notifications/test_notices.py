"""On which days does a customer hear that services expire, are limited, or have ended? R34 and R40."""

from datetime import date, timedelta

import pytest

from schemas.mail import MailService
from schemas.notices import AutomaticRenewalNoted, NoticesPlanned
from schemas.vocabulary import Branch, ServiceStatus
from services.notifications.domain.texts import EXPIRY_NOTICE, GRACE_NOTICE, RENEWAL_CONFIRMED, SERVICE_ENDED
from tests.unit.notifications.builders import (
    ARCHIVE,
    DOCUMENTS,
    E_INVOICING,
    NEXT_YEAR,
    add_on_activated,
    base_activated,
    order_activated,
    placed,
)
from tests.unit.notifications.spec import Notifications
from tests.unit.notifications.story import (
    cancelled_service,
    day,
    in_grace,
    owner,
    owner_of_both,
    renewal_active,
    renewed,
    reversed_to,
    settled,
    terminated,
)

BOTH = [MailService(product=product, expires_on=NEXT_YEAR) for product in (E_INVOICING, DOCUMENTS)]
WINTER_NINE, SUMMER_NINE = "T09:00:00+01:00", "T09:00:00+02:00"
ONE_DAY = timedelta(days=1)
IN_GRACE = in_grace("2027-01-15", "2027-04-15")


def days_left(service: Notifications, template: str = EXPIRY_NOTICE) -> list[int | None]:
    return [mail.facts.remaining_days for mail in service.mails() if mail.template == template]


class TestBeforeAnExpiry:
    @pytest.mark.parametrize(
        ("on", "remaining"),
        [
            ("2026-10-17", 90),
            ("2026-11-16", 60),
            ("2026-12-16", 30),
            ("2026-12-31", 15),
            ("2027-01-08", 7),
            ("2027-01-15", 0),
        ],
    )
    def test_it_is_told_at_nine_of_each_day_and_not_a_second_before(self, on: str, remaining: int) -> None:
        nine = SUMMER_NINE if on == "2026-10-17" else WINTER_NINE
        service = owner_of_both().at(f"{day(on) - ONE_DAY}T23:59:59{nine[-6:]}")
        before = days_left(service)
        assert service.next_at() == f"{on}{nine}"
        assert days_left(service.at(f"{on}T08:59:59{nine[-6:]}")) == before
        assert days_left(service.at(f"{on}{nine}")) == [*before, remaining]

    def test_one_mail_lists_the_base_and_its_add_on(self) -> None:
        (mail,) = owner_of_both().at(f"2026-10-17{SUMMER_NINE}").mails()
        assert (mail.template, mail.order_id) == (EXPIRY_NOTICE, None)
        assert mail.facts.services == BOTH
        assert mail.facts.others == []
        assert (mail.facts.expires_on, mail.facts.notified_on) == (NEXT_YEAR, date(2026, 10, 17))
        assert not mail.facts.renews_by_itself

    def test_its_key_is_made_of_what_fell_due_and_no_two_are_the_same(self) -> None:
        service = owner_of_both()
        for on in ("2026-11-16", "2026-12-16", "2026-12-31"):
            service.at(f"{on}{WINTER_NINE}")
        keys = [mail.email_key for mail in service.mails()]
        assert len(set(keys)) == 3
        assert all(key.startswith("expiry-notice:E_INVOICING:") for key in keys)

    @pytest.mark.parametrize(
        ("expires_on", "instant"),
        [
            ("2026-06-27", f"2026-03-29{SUMMER_NINE}"),
            ("2027-01-23", f"2026-10-25{WINTER_NINE}"),
            ("2028-05-29", f"2028-02-29{WINTER_NINE}"),
            ("2028-02-29", f"2027-12-01{WINTER_NINE}"),
        ],
    )
    def test_nine_is_nine_where_the_clocks_change_and_in_leap_years(self, expires_on: str, instant: str) -> None:
        service = owner(expires_on)
        assert service.next_at() == instant
        assert days_left(service.at(instant)) == [90]

    def test_days_before_the_activation_are_never_told(self) -> None:
        service = owner("2026-02-10", activated_on="2026-01-15")
        assert service.next_at() == f"2026-01-26{WINTER_NINE}"

    def test_after_an_outage_the_latest_alone_is_told(self) -> None:
        service = owner_of_both().at(f"2026-12-30{WINTER_NINE}")
        assert days_left(service) == [16]
        assert service.next_at() == f"2026-12-31{WINTER_NINE}"

    def test_nothing_is_told_twice_when_the_clock_goes_back(self) -> None:
        service = owner_of_both().at(f"2026-12-16{WINTER_NINE}")
        service.at(f"2026-11-01{WINTER_NINE}").at(f"2026-12-20{WINTER_NINE}")
        assert days_left(service) == [30]

    def test_a_contact_that_is_not_known_yet_lets_it_wait(self) -> None:
        service = owner_of_both()
        stranger = Notifications().hear(*(add_on_activated(),)).at(f"2026-12-16{WINTER_NINE}")
        assert (service.mails(), stranger.mails()) == ([], [])
        assert [mail.template for mail in stranger.hear(placed()).mails()] == ["documents-activated", EXPIRY_NOTICE]


class TestAnAddOnWithADateOfItsOwn:
    def test_the_base_s_notice_says_so_and_it_has_notices_of_its_own(self) -> None:
        service = owner("2027-06-30", DOCUMENTS="2027-01-15").at(f"2027-01-08{WINTER_NINE}")
        (mail,) = service.mails()
        assert [each.product for each in mail.facts.services] == [DOCUMENTS]
        assert (mail.facts.remaining_days, mail.facts.others) == (7, [])
        service.hear(*terminated("2027-01-16", "2027-01-15", DOCUMENTS)).at(f"2027-01-16{WINTER_NINE}")
        ended = service.mails()[-1]
        assert (ended.template, ended.facts.ended_on) == (SERVICE_ENDED, date(2027, 1, 16))
        assert [each.product for each in ended.facts.services] == [DOCUMENTS]

    def test_while_it_lives_the_base_s_notice_names_it(self) -> None:
        service = owner("2027-01-25", DOCUMENTS="2027-01-15").at(f"2026-10-27{WINTER_NINE}")
        alone, of_base = service.mails()
        assert [each.product for each in alone.facts.services] == [DOCUMENTS]
        assert [each.product for each in of_base.facts.services] == [E_INVOICING]
        assert of_base.facts.others == [MailService(product=DOCUMENTS, expires_on=NEXT_YEAR)]

    def test_on_its_last_day_it_is_told_and_never_after_it(self) -> None:
        service = owner("2027-06-30", DOCUMENTS="2027-01-15").at(f"2027-01-15{WINTER_NINE}")
        assert days_left(service) == [0]
        late = owner("2027-06-30", DOCUMENTS="2027-01-15").at("2027-01-16T00:00:00+01:00")
        assert days_left(late) == []


class TestARenewal:
    def test_it_cancels_what_was_pending_and_sets_the_new_ones(self) -> None:
        service = owner_of_both().at(f"2026-10-17{SUMMER_NINE}")
        later = dict.fromkeys((E_INVOICING, DOCUMENTS), ("2027-01-15", "2029-01-15"))
        service.hear(*renewed("o-2", later, "2026-12-01"))
        assert service.next_at() == f"2028-10-17{SUMMER_NINE}"
        assert service.at(f"2028-10-16{SUMMER_NINE}").templates() == [EXPIRY_NOTICE, RENEWAL_CONFIRMED]

    def test_it_is_confirmed_with_the_dates_before_and_after(self) -> None:
        later = dict.fromkeys((DOCUMENTS, E_INVOICING), ("2027-01-15", "2029-01-15"))
        (mail,) = owner_of_both().hear(*renewed("o-2", later, "2026-12-01")).mails()
        assert (mail.template, mail.order_id, mail.facts.activated_on) == (RENEWAL_CONFIRMED, "o-2", date(2026, 12, 1))
        assert mail.facts.services == [
            MailService(product=product, expires_on=date(2029, 1, 15), previous_expiry=NEXT_YEAR)
            for product in (E_INVOICING, DOCUMENTS)
        ]

    def test_what_is_added_with_it_is_told_in_the_same_mail(self) -> None:
        added = add_on_activated().model_copy(
            update={
                "order_id": "o-2",
                "branch": Branch.RENEWED,
                "expires_on": day("2028-01-15"),
                "base_expires_on": None,
            }
        )
        moved = renewed("o-2", {E_INVOICING: ("2027-01-15", "2028-01-15")}, "2026-12-01")[0]
        both = {E_INVOICING: day("2028-01-15"), DOCUMENTS: day("2028-01-15")}
        (mail,) = owner().hear(moved, added, renewal_active("o-2", both, "2026-12-01")).mails()
        assert mail.facts.services == [
            MailService(product=E_INVOICING, expires_on=day("2028-01-15"), previous_expiry=NEXT_YEAR),
            MailService(product=DOCUMENTS, expires_on=day("2028-01-15")),
        ]

    def test_in_grace_it_ends_the_grace_s_notices(self) -> None:
        service = owner_of_both().at(f"2027-01-15{WINTER_NINE}").hear(*IN_GRACE).at(f"2027-02-14{WINTER_NINE}")
        later = dict.fromkeys((E_INVOICING, DOCUMENTS), ("2027-01-15", "2028-01-15"))
        service.hear(*renewed("o-2", later, "2027-02-20"))
        assert service.next_at() == f"2027-10-17{SUMMER_NINE}"

    def test_without_its_add_on_that_one_goes_on_being_told(self) -> None:
        service = owner_of_both().at(f"2026-12-16{WINTER_NINE}")
        service.hear(*renewed("o-2", {E_INVOICING: ("2027-01-15", "2028-01-15")}, "2026-12-20")[:1])
        assert service.next_at() == f"2026-12-31{WINTER_NINE}"
        last = service.at(f"2026-12-31{WINTER_NINE}").mails()[-1]
        assert [each.product for each in last.facts.services] == [DOCUMENTS]

    def test_taken_back_what_is_near_is_told_at_once_and_once(self) -> None:
        service = owner().at(f"2026-12-16{WINTER_NINE}").hear(reversed_to("2028-01-15", "2027-01-15"))
        service.at("2027-01-03T15:00:00+01:00").hear(reversed_to("2027-01-15", "2028-01-15"))
        assert days_left(service.at("2027-01-03T15:00:00+01:00")) == [30, 12]
        assert service.next_at() == f"2027-01-08{WINTER_NINE}"


class TestAfterAnExpiry:
    @pytest.mark.parametrize(
        ("on", "nine", "remaining"),
        [
            ("2027-01-16", WINTER_NINE, 89),
            ("2027-02-14", WINTER_NINE, 60),
            ("2027-03-16", WINTER_NINE, 30),
            ("2027-04-05", SUMMER_NINE, 10),
        ],
    )
    def test_its_limits_are_told_at_nine_of_each_day(self, on: str, nine: str, remaining: int) -> None:
        service = owner_of_both().at(f"2027-01-15{WINTER_NINE}").hear(*IN_GRACE)
        before = days_left(service.at(f"{day(on) - ONE_DAY}T23:59:59{nine[-6:]}"), GRACE_NOTICE)
        assert service.next_at() == f"{on}{nine}"
        assert days_left(service.at(f"{on}T08:59:59{nine[-6:]}"), GRACE_NOTICE) == before
        mail = service.at(f"{on}{nine}").mails()[-1]
        assert (mail.template, mail.facts.remaining_days) == (GRACE_NOTICE, remaining)
        assert (mail.facts.services, mail.facts.grace_until) == (BOTH, date(2027, 4, 15))

    def test_while_nobody_has_said_that_it_is_limited_nothing_is_told(self) -> None:
        service = owner_of_both().at(f"2027-01-15{WINTER_NINE}")
        assert service.next_at() is None
        assert days_left(owner_of_both().at(f"2027-01-17{WINTER_NINE}")) == []

    def test_limits_heard_of_late_are_told_all_the_same(self) -> None:
        service = owner_of_both().at("2027-01-16T08:00:00+01:00").hear(*IN_GRACE).at(f"2027-01-16{WINTER_NINE}")
        assert [days_left(service), days_left(service, GRACE_NOTICE)] == [[], [89]]

    def test_the_end_is_told_in_one_mail(self) -> None:
        service = owner_of_both().at(f"2027-01-15{WINTER_NINE}").hear(*IN_GRACE).at(f"2027-04-05{SUMMER_NINE}")
        service.hear(*terminated("2027-04-16", "2027-01-15")).at(f"2027-04-16{SUMMER_NINE}")
        mail = service.mails()[-1]
        assert (mail.template, mail.facts.services) == (SERVICE_ENDED, BOTH)
        assert (mail.facts.ended_on, mail.facts.cancelled) == (date(2027, 4, 16), False)
        assert (service.state.services, service.deadlines()) == ((), [])

    def test_bought_anew_before_it_was_told_nothing_is_told_of_the_end(self) -> None:
        service = owner().hear(*terminated("2027-04-16", "2027-01-15", E_INVOICING))
        anew = {"order_id": "o-3", "activated_on": day("2027-04-16"), "expires_on": day("2028-04-16")}
        service.hear(base_activated().model_copy(update=anew)).at(f"2027-04-16{SUMMER_NINE}")
        assert service.templates() == []
        assert service.next_at() == f"2028-01-17{WINTER_NINE}"


class TestACancelledService:
    def test_its_end_is_told_at_once_with_its_add_ons_and_nothing_after(self) -> None:
        service = owner_of_both()
        for product in (DOCUMENTS, E_INVOICING):
            service.hear(cancelled_service(product, "2026-05-20", "2026-05-20", ServiceStatus.TERMINATED))
        service.hear(*terminated("2026-05-20", "2027-01-15")).at("2026-05-20T15:00:00+02:00")
        (mail,) = service.mails()
        assert (mail.template, mail.facts.cancelled, mail.facts.services) == (SERVICE_ENDED, True, BOTH)
        assert service.at(f"2027-04-16{SUMMER_NINE}").templates() == [SERVICE_ENDED]

    def test_an_add_on_that_lapses_is_no_part_of_a_notice(self) -> None:
        service = owner_of_both()
        service.hear(cancelled_service(DOCUMENTS, "2026-05-20", "2027-01-15", ServiceStatus.ACTIVE))
        (mail,) = service.at(f"2026-12-16{WINTER_NINE}").mails()
        assert [each.product for each in mail.facts.services] == [E_INVOICING]
        assert mail.facts.others == []


class TestWhatNobodyKnows:
    def test_it_is_noted_and_nothing_is_told(self) -> None:
        service = Notifications()
        for event in (*IN_GRACE, *terminated("2027-04-16", "2027-01-15")):
            assert [type(each).__name__ for each in service.when(event)] == ["InputNoted"]
        assert service.deadlines() == []


class TestAPlan:
    def test_it_changes_only_where_the_next_day_does(self) -> None:
        service = owner_of_both()
        plans = [event for event in service.happened if isinstance(event, NoticesPlanned)]
        assert len(plans) == 1
        service.hear(add_on_activated(ARCHIVE))
        assert [event for event in service.happened if isinstance(event, NoticesPlanned)] == plans


class TestABaseThatRenewsByItself:
    def test_one_notice_thirty_days_before_says_so(self) -> None:
        service = Notifications().given(AutomaticRenewalNoted(customer_id="c-1", product=E_INVOICING, enabled=True))
        service.hear(placed(), settled(), base_activated(), order_activated(expiries={E_INVOICING: NEXT_YEAR}))
        assert service.next_at() == f"2026-12-16{WINTER_NINE}"
        (mail,) = service.at(f"2026-12-16{WINTER_NINE}").mails()
        assert (mail.facts.remaining_days, mail.facts.renews_by_itself) == (30, True)
        assert service.at(f"2027-01-15{WINTER_NINE}").next_at() is None

    def test_limited_all_the_same_it_is_told_like_any_other(self) -> None:
        service = Notifications().given(AutomaticRenewalNoted(customer_id="c-1", product=E_INVOICING, enabled=True))
        service.hear(placed(), settled(), base_activated()).at(f"2027-01-15{WINTER_NINE}")
        service.hear(*in_grace("2027-01-15", "2027-04-15", E_INVOICING)).at(f"2027-01-16{WINTER_NINE}")
        assert days_left(service, GRACE_NOTICE) == [89]

    def test_switched_off_again_it_is_told_as_before(self) -> None:
        enabled = AutomaticRenewalNoted(customer_id="c-1", product=E_INVOICING, enabled=True)
        service = Notifications().given(enabled, enabled.model_copy(update={"enabled": False}))
        service.hear(placed(), settled(), base_activated())
        assert service.next_at() == f"2026-10-17{SUMMER_NINE}"
