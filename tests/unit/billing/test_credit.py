"""When does a customer get credit, how much, and how does it end? R18, R24, R26, R28."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.service import Deadline, Duplicate
from schemas.billing import CreditExpired, CreditGranted, CreditRefunded, InputNoted, PaymentNoted, RefundDue
from schemas.provisioning import OrderActivated
from schemas.refusal import Refusal
from schemas.reversals import ServiceChargesNoted
from schemas.vocabulary import Branch, CloseReason, CreditOrigin, PurchaseCase
from services.billing.declaration import CREDIT_EXPIRY_DUE
from services.billing.domain.commands import RefundCredit
from services.billing.domain.pricing import price_order
from services.billing.projections.credit_entries import balance_cents
from tests.unit.billing.builders import (
    CATALOGUE,
    STARTED_MONTHS,
    activated,
    cancelled,
    day,
    expired,
    granted,
    moved,
    owned,
    paid,
    placed,
)
from tests.unit.billing.spec import Billing


def credit_after(order_activated: OrderActivated) -> CreditGranted | None:
    order = placed(ordered_on=day("2026-01-15"), owned=[owned("2026-06-30")])
    billing = Billing().given(*price_order(order, CATALOGUE, day("2026-01-15")))
    noted, *granted = billing.when(order_activated)
    assert isinstance(noted, ServiceChargesNoted)
    assert [type(event) for event in granted] in ([], [CreditGranted])
    return next((event for event in granted if isinstance(event, CreditGranted)), None)


class TestAPayment:
    def test_without_surplus_is_noted(self) -> None:
        (event,) = Billing().when(paid())
        assert isinstance(event, PaymentNoted)
        assert (event.payment_source, event.payment_id, event.amount_cents) == ("bank", "p-1", 4427)

    def test_a_surplus_becomes_credit_for_twelve_months(self) -> None:
        (event,) = Billing().when(paid(amount_cents=4627, surplus_cents=200))
        assert isinstance(event, CreditGranted)
        assert (event.amount_cents, event.origin) == (200, CreditOrigin.PAYMENT_SURPLUS)
        assert (event.granted_on, event.expires_on) == (day("2026-01-15"), day("2027-01-15"))
        assert event.explanation == "payment p-1 of bank was more than order o-1 still owed: 2.00 € of 46.27 €"

    def test_credit_of_a_29th_of_february_ends_on_the_28th(self) -> None:
        (event,) = Billing().when(paid(surplus_cents=1, registered_on=day("2028-02-29")))
        assert isinstance(event, CreditGranted)
        assert event.expires_on == day("2029-02-28")

    def test_on_a_closed_order_all_of_it_is_credit(self) -> None:
        (event,) = Billing().when(paid(surplus_cents=4427, outstanding_cents=0, order_closed=True))
        assert isinstance(event, CreditGranted)
        assert (event.amount_cents, event.origin) == (4427, CreditOrigin.PAYMENT_ON_CLOSED_ORDER)

    def test_its_credit_is_named_by_the_payment(self) -> None:
        names = [
            Billing()
            .when(paid(surplus_cents=1, payment_source=source, payment_id=payment))[0]
            .model_dump()["credit_id"]
            for source, payment in [("bank", "p-1"), ("bank", "p-1"), ("bank", "p-2"), ("card", "p-1")]
        ]
        assert names[0] == names[1]
        assert len(set(names)) == 3


class TestAnOrderThatCloses:
    def test_gives_back_what_had_been_paid(self) -> None:
        (event,) = Billing().when(cancelled(reason=CloseReason.BASE_NOT_ACTIVE, surplus_cents=2440))
        assert isinstance(event, CreditGranted)
        assert (event.amount_cents, event.origin, event.granted_on) == (
            2440,
            CreditOrigin.ORDER_CLOSED,
            day("2026-01-20"),
        )
        assert "BASE_NOT_ACTIVE" in event.explanation

    def test_also_when_it_expires_partly_paid(self) -> None:
        (event,) = Billing().when(expired(surplus_cents=1000))
        assert isinstance(event, CreditGranted)
        assert (event.amount_cents, event.granted_on) == (1000, day("2026-02-15"))

    def test_unpaid_gives_nothing_but_is_noted(self) -> None:
        for order in (cancelled(), expired()):
            (event,) = Billing().when(order)
            assert isinstance(event, InputNoted)
            assert (event.input_type, event.order_id) == (order.EVENT_TYPE, "o-1")


class TestWhenEInvoicingWasRenewedBetweenOrderAndPayment:
    @pytest.mark.parametrize(
        ("found", "credit"),
        [("2026-09-30", 915), ("2027-06-30", 1987), ("2027-01-15", 1987), ("2026-07-31", 314)],
    )
    def test_what_the_extension_no_longer_needed_becomes_credit(self, found: str, credit: int) -> None:
        event = credit_after(activated(moved(found)))
        assert event is not None
        assert (event.amount_cents, event.origin) == (credit, CreditOrigin.BASE_CHANGED)
        assert (event.granted_on, event.expires_on) == (day("2026-01-15"), day("2027-01-15"))

    def test_the_event_says_why(self) -> None:
        event = credit_after(activated(moved("2026-09-30")))
        assert event is not None
        assert event.explanation == (
            "E_INVOICING ran to 2026-09-30 at the payment, not to 2026-06-30 as at the order. "
            "Extension: 30.00 € a year × (3 + 16/31) / 12 = 8.79 € instead of 16.29 €. "
            "With VAT 22 %: 44.27 € − 35.12 € = 9.15 €"
        )

    def test_a_later_payment_does_not_change_the_credit(self) -> None:
        late = activated(moved("2026-09-30"), activated_on=day("2026-02-10"))
        event = credit_after(late)
        assert event is not None
        assert (event.amount_cents, event.granted_on) == (915, day("2026-02-10"))

    @given(st.dates(date(2026, 7, 1), date(2036, 12, 31)))
    def test_it_is_never_more_than_the_extension_with_its_vat(self, found: date) -> None:
        event = credit_after(activated(moved(str(found))))
        assert event is not None
        assert 0 < event.amount_cents <= 1987


class TestWhenNoCreditIsDue:
    @pytest.mark.parametrize(
        "event",
        [
            activated(moved("2026-06-30")),
            activated(moved("2026-06-29")),
            activated(branch=Branch.ALIGNED_SHORT),
            activated(branch=Branch.ALIGNED_LONG),
            activated(branch=Branch.BUNDLE, purchase_case=PurchaseCase.FIRST_PURCHASE),
        ],
        ids=["as shown", "shortened", "off", "aligned up", "case 1"],
    )
    def test_the_activation_is_only_noted(self, event: OrderActivated) -> None:
        assert credit_after(event) is None

    def test_nor_where_the_same_number_of_months_was_started(self) -> None:
        order = placed(owned=[owned("2026-06-28")])
        billing = Billing().given(*price_order(order, STARTED_MONTHS, day("2026-01-15")))
        order_activated = activated(moved("2026-06-30", shown="2026-06-28"))
        assert [type(event) for event in billing.when(order_activated)] == [ServiceChargesNoted]

    def test_an_order_that_was_never_priced_parks_its_account(self) -> None:
        outcome = Billing().outcome(activated(moved("2026-09-30")))
        assert isinstance(outcome, Refusal)
        assert outcome.code == "CHARGES_UNKNOWN"


class TestCreditThatEnds:
    def test_its_deadline_is_the_end_of_its_last_day_in_rome(self) -> None:
        billing = Billing().given(granted())
        assert billing.table("deadlines") == [
            Deadline("credit_expiry", "credit-1", "c-1", datetime(2027, 1, 15, 23, tzinfo=UTC))
        ]

    def test_at_the_deadline_it_expires_and_the_deadline_is_gone(self) -> None:
        billing = Billing().given(granted())
        (event,) = billing.when(billing.table("deadlines")[0], CREDIT_EXPIRY_DUE)
        assert isinstance(event, CreditExpired)
        assert (event.amount_cents, event.expired_on, event.origin) == (
            200,
            day("2027-01-16"),
            CreditOrigin.PAYMENT_SURPLUS,
        )
        assert billing.table("deadlines") == []
        assert balance_cents(billing.table("credit_entries")) == 0

    def test_a_deadline_that_fires_twice_changes_nothing(self) -> None:
        billing = Billing().given(granted())
        due = billing.table("deadlines")[0]
        billing.when(due, CREDIT_EXPIRY_DUE)
        assert billing.outcome(due, CREDIT_EXPIRY_DUE) == Duplicate()

    def test_an_operator_pays_it_back(self) -> None:
        billing = Billing(now=datetime(2026, 3, 1, 9, tzinfo=UTC)).given(granted(), granted(credit_id="credit-2"))
        event, due = billing.when(RefundCredit("c-1", "credit-1", "asked by phone"), RefundCredit.TYPE)
        assert isinstance(event, CreditRefunded)
        assert (event.amount_cents, event.refunded_on) == (200, day("2026-03-01"))
        assert isinstance(due, RefundDue)
        assert (due.reason, due.amount_cents, due.due_on) == ("CREDIT_REFUNDED", 200, day("2026-03-01"))
        assert (due.order_id, due.payment_source, due.payment_id) == (event.order_id, "bank", "p-1")
        assert [deadline.key for deadline in billing.table("deadlines")] == ["credit-2"]
        assert balance_cents(billing.table("credit_entries")) == 200

    def test_paying_back_twice_changes_nothing(self) -> None:
        billing = Billing().given(granted())
        command = RefundCredit("c-1", "credit-1", "asked by phone")
        billing.when(command, RefundCredit.TYPE)
        assert billing.outcome(command, RefundCredit.TYPE) == Duplicate()

    @pytest.mark.parametrize(
        ("now", "refunded"),
        [(datetime(2027, 1, 15, 22, 59, 59, tzinfo=UTC), True), (datetime(2027, 1, 15, 23, tzinfo=UTC), False)],
    )
    def test_the_date_decides_not_the_timer(self, now: datetime, refunded: bool) -> None:
        outcome = Billing(now=now).given(granted()).outcome(RefundCredit("c-1", "credit-1", "late"), RefundCredit.TYPE)
        assert isinstance(outcome, Refusal) is not refunded

    def test_unknown_credit_cant_be_paid_back(self) -> None:
        outcome = Billing().outcome(RefundCredit("c-1", "credit-9", "?"), RefundCredit.TYPE)
        assert isinstance(outcome, Refusal)
        assert outcome.code == "CREDIT_NOT_AVAILABLE"
