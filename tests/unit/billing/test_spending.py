"""Which credit pays an order, and what comes back where it closes? R22, R26, R28, R41."""

from datetime import UTC, date, datetime

import pytest

from runtime.service import Duplicate, Incoming
from schemas.billing import (
    CreditExpired,
    CreditGranted,
    CreditRefunded,
    CreditReturned,
    CreditUsed,
    InputNoted,
    OrderPriced,
    PricingRefused,
    RefundDue,
)
from schemas.envelope import Event
from schemas.vocabulary import CloseReason, CreditOrigin
from services.billing.adapters.api import router
from services.billing.declaration import CREDIT_EXPIRY_DUE, declare
from services.billing.domain.commands import RefundCredit
from services.billing.projections.credit_entries import balance_cents
from tests.unit import memory_edge
from tests.unit.billing.builders import activated, cancelled, day, expired, granted, moved, paid, placed
from tests.unit.billing.spec import Billing

TOTAL = 4427
"""What worked example A costs."""


def account(**credits: tuple[int, str]) -> Billing:
    """Bring credits by name, each with its amount and its last day."""
    return Billing().given(
        *(granted(credit_id=name, amount_cents=cents, expires_on=day(end)) for name, (cents, end) in credits.items())
    )


def used(events: list[Event]) -> list[tuple[str, int, int]]:
    return [(e.credit_id, e.amount_cents, e.remaining_cents) for e in events if isinstance(e, CreditUsed)]


def price(events: list[Event]) -> OrderPriced:
    (found,) = [event for event in events if isinstance(event, OrderPriced)]
    return found


def standing(billing: Billing) -> dict[str, tuple[int, date]]:
    return {name: (credit.amount_cents, credit.expires_on) for name, credit in billing.state.credits.items()}


def past_midnight(billing: Billing) -> Billing:
    """Let the night of 2026-01-15 pass, and the credit expire of which that was the last day."""
    (due,) = [each for each in billing.at("2026-01-16T00:00:01+01:00").table("deadlines") if each.key == "last"]
    billing.when(due, CREDIT_EXPIRY_DUE)
    return billing


class TestWhenAnOrderIsToUseCredit:
    def test_what_expires_first_goes_first(self) -> None:
        billing = account(late=(1000, "2026-12-31"), early=(500, "2026-03-31"), latest=(9000, "2027-01-15"))
        happened = billing.when(placed(use_credit=True))
        assert used(happened) == [("early", 500, 0), ("late", 1000, 0), ("latest", 2927, 6073)]
        assert (price(happened).total_cents, price(happened).credit_cents) == (TOTAL, TOTAL)
        assert standing(billing) == {"latest": (6073, day("2027-01-15"))}
        assert balance_cents(billing.table("credit_entries")) == 6073

    def test_less_credit_than_it_costs_leaves_the_rest_due(self) -> None:
        billing = account(only=(200, "2027-01-15"))
        happened = billing.when(placed(use_credit=True))
        assert (price(happened).total_cents, price(happened).credit_cents) == (TOTAL, 200)
        assert standing(billing) == {}
        assert billing.table("deadlines") == []

    def test_the_event_says_what_it_paid(self) -> None:
        (event,) = [e for e in account(only=(200, "2027-01-15")).when(placed(use_credit=True)) if type(e) is CreditUsed]
        assert (event.order_id, event.used_on, event.expires_on) == ("o-1", day("2026-01-15"), day("2027-01-15"))
        assert event.explanation == "2.00 € of 2.00 €, usable through 2027-01-15, paid for order o-1"
        assert event.entered_at == datetime(2026, 1, 15, 9, tzinfo=UTC)

    def test_without_credit_nothing_is_used(self) -> None:
        happened = Billing().when(placed(use_credit=True))
        assert (used(happened), price(happened).credit_cents) == ([], 0)

    def test_an_order_that_does_not_say_so_leaves_it_alone(self) -> None:
        billing = account(only=(200, "2027-01-15"))
        happened = billing.when(placed())
        assert (used(happened), price(happened).credit_cents) == ([], 0)
        assert standing(billing) == {"only": (200, day("2027-01-15"))}

    def test_an_order_without_a_price_uses_none(self) -> None:
        billing = account(only=(200, "2027-01-15"))
        (event,) = billing.when(placed(use_credit=True, owned=[]))
        assert isinstance(event, PricingRefused)
        assert standing(billing) == {"only": (200, day("2027-01-15"))}

    def test_the_next_order_gets_only_what_the_first_left(self) -> None:
        billing = account(only=(5000, "2027-01-15"))
        first = billing.when(placed(use_credit=True))
        second = billing.when(placed(order_id="o-2", use_credit=True))
        third = billing.when(placed(order_id="o-3", use_credit=True))
        assert [price(each).credit_cents for each in (first, second, third)] == [TOTAL, 573, 0]


class TestWhenTwoOrdersComeInOneBatch:
    async def test_each_cent_pays_one_of_them(self) -> None:
        edge = memory_edge.MemoryEdge(declare, router)
        await edge.receives(paid(order_id="o-0", surplus_cents=5000))
        orders = [placed(order_id=name, use_credit=True) for name in ("o-1", "o-2")]

        await edge.take(*(Incoming(each.EVENT_TYPE, edge.name_of(each), "c-1", each) for each in orders))

        assert [rest for _, *rest in used(edge.journal())] == [[TOTAL, 573], [573, 0]]
        assert [row.credit_cents for row in edge.table("charges")] == [TOTAL, 573]
        assert balance_cents(edge.table("credit_entries")) == 0


class TestAnOrderThatIsReadAfterItsCreditExpired:
    """It came on 2026-01-15, the credit's last day; orders was away over midnight (R1)."""

    @pytest.fixture
    def late(self) -> Billing:
        billing = past_midnight(account(last=(2000, "2026-01-15"), next=(300, "2026-06-30")))
        assert standing(billing) == {"next": (300, day("2026-06-30"))}
        return billing

    def test_uses_what_could_be_used_when_it_came(self, late: Billing) -> None:
        happened = late.when(placed(use_credit=True))
        assert price(happened).credit_cents == 2300
        (granted_anew,) = [event for event in happened if isinstance(event, CreditGranted)]
        assert (granted_anew.amount_cents, granted_anew.origin) == (2000, CreditOrigin.REINSTATED)
        assert used(happened) == [(granted_anew.credit_id, 2000, 0), ("next", 300, 0)]
        assert balance_cents(late.table("credit_entries")) == 0
        assert late.table("deadlines") == []

    def test_takes_no_more_than_it_costs_and_the_next_one_the_rest(self) -> None:
        billing = past_midnight(account(last=(5000, "2026-01-15")))
        first = billing.when(placed(use_credit=True))
        second = billing.when(placed(order_id="o-2", use_credit=True))
        third = billing.when(placed(order_id="o-3", use_credit=True))
        assert [price(happened).credit_cents for happened in (first, second, third)] == [TOTAL, 5000 - TOTAL, 0]
        assert balance_cents(billing.table("credit_entries")) == 0

    def test_that_came_a_day_later_does_not(self, late: Billing) -> None:
        happened = late.when(placed(use_credit=True, ordered_on=day("2026-01-16")))
        assert price(happened).credit_cents == 300

    def test_gives_it_back_where_it_closes(self, late: Billing) -> None:
        late.when(placed(use_credit=True))
        happened = late.when(cancelled(closed_on=day("2026-01-20")))
        returned = {event.amount_cents: event.expires_on for event in happened if isinstance(event, CreditReturned)}
        assert returned == {2000: day("2026-01-20"), 300: day("2026-07-05")}


class TestCreditThatLapses:
    @pytest.mark.parametrize(("ordered_on", "credit_cents"), [("2026-01-20", 200), ("2026-01-21", 0)])
    def test_its_last_day_is_judged_by_the_orders_date_not_by_the_timer(
        self, ordered_on: str, credit_cents: int
    ) -> None:
        billing = account(only=(200, "2026-01-20"))
        billing.now = datetime(2026, 1, 22, 9, tzinfo=UTC)  # an outage: priced later than it was ordered
        happened = billing.when(placed(use_credit=True, ordered_on=day(ordered_on)))
        assert price(happened).credit_cents == credit_cents

    def test_overdue_it_expires_before_the_price_and_its_timer_finds_nothing(self) -> None:
        billing = account(gone=(200, "2026-01-14"), stands=(300, "2026-01-15"))
        (due,) = [each for each in billing.table("deadlines") if each.key == "gone"]
        happened = billing.when(placed(use_credit=True))
        first = happened[0]
        assert isinstance(first, CreditExpired)
        assert (first.credit_id, first.expired_on) == ("gone", day("2026-01-15"))
        assert used(happened) == [("stands", 300, 0)]
        assert billing.table("deadlines") == []
        assert billing.outcome(due, CREDIT_EXPIRY_DUE) == Duplicate()

    def test_only_what_was_left_expires(self) -> None:
        billing = account(only=(5000, "2027-01-15"))
        billing.when(placed(use_credit=True))
        (due,) = billing.table("deadlines")
        (event,) = billing.when(due, CREDIT_EXPIRY_DUE)
        assert isinstance(event, CreditExpired)
        assert event.amount_cents == 573
        assert balance_cents(billing.table("credit_entries")) == 0

    def test_only_what_was_left_is_paid_back(self) -> None:
        billing = account(only=(5000, "2027-01-15"))
        billing.when(placed(use_credit=True))
        event, due = billing.when(RefundCredit("c-1", "only", "asked by phone"), RefundCredit.TYPE)
        assert isinstance(event, CreditRefunded)
        assert isinstance(due, RefundDue)
        assert event.amount_cents == due.amount_cents == 573


class TestWhenTheOrderCloses:
    def test_it_comes_back_with_the_time_that_it_had_left(self) -> None:
        billing = account(only=(200, "2027-01-15"))
        billing.when(placed(use_credit=True))
        (event,) = billing.when(cancelled(closed_on=day("2026-01-20")))
        assert isinstance(event, CreditReturned)
        assert (event.order_id, event.used_credit_id, event.amount_cents) == ("o-1", "only", 200)
        assert (event.returned_on, event.expires_on) == (day("2026-01-20"), day("2027-01-20"))
        assert event.origin is CreditOrigin.PAYMENT_SURPLUS
        assert event.explanation == (
            "2.00 € back from order o-1, closed: CUSTOMER_REQUEST. "
            "Used for 5 days, it can be used through 2027-01-20 instead of 2027-01-15"
        )

    def test_on_the_same_day_its_expiry_is_the_old_one(self) -> None:
        billing = account(only=(200, "2027-01-15"))
        billing.when(placed(use_credit=True))
        (event,) = billing.when(cancelled(closed_on=day("2026-01-15"), reason=CloseReason.PRICE_CHANGED))
        assert isinstance(event, CreditReturned)
        assert event.expires_on == day("2027-01-15")
        assert event.explanation == "2.00 € back from order o-1, closed: PRICE_CHANGED"

    def test_its_clock_stood_although_the_old_expiry_has_passed(self) -> None:
        billing = account(only=(200, "2026-01-20"))
        billing.when(placed(use_credit=True))
        (event,) = billing.when(expired(expired_on=day("2026-02-15")))
        assert isinstance(event, CreditReturned)
        assert event.expires_on == day("2026-02-20")
        (due,) = billing.table("deadlines")
        assert (due.key, due.due_at) == (event.credit_id, datetime(2026, 2, 20, 23, tzinfo=UTC))

    def test_a_rest_of_the_same_credit_keeps_its_date(self) -> None:
        billing = account(only=(5000, "2026-01-20"))
        billing.when(placed(use_credit=True))
        (event,) = billing.when(expired(expired_on=day("2026-02-15")))
        assert isinstance(event, CreditReturned)
        assert standing(billing) == {"only": (573, day("2026-01-20")), event.credit_id: (TOTAL, day("2026-02-20"))}

    def test_money_becomes_credit_and_used_credit_comes_back_each_once(self) -> None:
        billing = account(early=(300, "2026-03-31"), late=(200, "2027-01-15"))
        billing.when(placed(use_credit=True))
        closing = cancelled(reason=CloseReason.BASE_NOT_ACTIVE, surplus_cents=3927)
        happened = billing.when(closing)
        assert [(type(event), event.model_dump()["amount_cents"]) for event in happened] == [
            (CreditReturned, 300),
            (CreditReturned, 200),
            (CreditGranted, 3927),
        ]
        assert balance_cents(billing.table("credit_entries")) == TOTAL
        assert billing.table("charges")[0].used_credit == ()
        assert billing.table("charges")[0].credit_cents == 500

    def test_what_it_had_not_used_does_not_come_back(self) -> None:
        billing = account(only=(200, "2027-01-15"))
        billing.when(placed())
        assert [type(event) for event in billing.when(cancelled())] == [InputNoted]

    def test_returned_credit_pays_another_order_and_comes_back_again(self) -> None:
        billing = account(only=(200, "2027-01-15"))
        for number, (ordered, closed) in enumerate([("2026-01-15", "2026-01-20"), ("2026-02-01", "2026-02-11")]):
            order_id = f"o-{number}"
            happened = billing.when(placed(order_id=order_id, use_credit=True, ordered_on=day(ordered)))
            assert price(happened).credit_cents == 200
            billing.when(cancelled(order_id=order_id, closed_on=day(closed)))
        assert [amount for amount, _ in standing(billing).values()] == [200]
        assert [expires for _, expires in standing(billing).values()] == [day("2027-01-30")]


class TestWhenEInvoicingRanFurtherAtTheSettlement:
    def test_its_credit_is_to_the_cent_although_credit_paid_a_part(self) -> None:
        billing = account(only=(1000, "2027-01-15"))
        billing.when(placed(use_credit=True))
        _, event = billing.when(activated(moved("2026-09-30")))
        assert isinstance(event, CreditGranted)
        assert (event.amount_cents, event.origin) == (915, CreditOrigin.BASE_CHANGED)
        assert standing(billing) == {event.credit_id: (915, day("2027-01-15"))}
