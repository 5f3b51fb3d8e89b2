"""What does a chargeback do to credit?"""

from datetime import UTC, datetime
from typing import Any

from schemas.billing import CreditGranted
from schemas.payments import ChargebackWon, PaymentChargedBack
from schemas.reversals import ChargebackNoted, CreditReversed
from tests.unit.billing.builders import bundle, cancelled, day, paid, placed
from tests.unit.billing.spec import Billing
from tests.unit.billing.test_ends import bought, credit, ended, owner


def charged_back(order_cents: int, surplus_cents: int, **changes: Any) -> PaymentChargedBack:
    fields = _money(order_cents, surplus_cents) | {
        "charged_back_on": day("2026-03-01"),
        "was_settled": order_cents > 1000,
    }
    return PaymentChargedBack(**(fields | changes))


def won(order_cents: int, surplus_cents: int, **changes: Any) -> ChargebackWon:
    fields = _money(order_cents, surplus_cents) | {
        "won_on": day("2026-04-01"),
        "taken_at": datetime(2026, 4, 1, 9, tzinfo=UTC),
    }
    return ChargebackWon(**(fields | changes))


def _money(order_cents: int, surplus_cents: int) -> dict[str, Any]:
    return {
        "customer_id": "c-1",
        "order_id": "o-1",
        "payment_source": "bank",
        "payment_id": "p-1",
        "content_hash": "ab12",
        "method": "CARD",
        "amount_cents": order_cents + surplus_cents,
        "order_cents": order_cents,
        "surplus_cents": surplus_cents,
        "why": "the bank said so",
    }


def balance(billing: Billing) -> int:
    return sum(credit.amount_cents for credit in billing.state.credits.values())


def with_surplus(cents: int = 1000) -> Billing:
    billing = Billing()
    billing.when(paid(amount_cents=4427 + cents, surplus_cents=cents))
    return billing


class TestTheCreditOfACharedBackPayment:
    def test_is_taken_back(self) -> None:
        billing = with_surplus()
        noted, taken = billing.when(charged_back(4427, 1000))
        assert isinstance(noted, ChargebackNoted)
        assert isinstance(taken, CreditReversed)
        assert (taken.amount_cents, taken.remaining_cents) == (1000, 0)
        assert taken.explanation == "10.00 € of 10.00 € taken back: payment p-1 of bank was charged back"
        assert billing.state.credits == {}
        assert billing.table("deadlines") == []

    def test_as_far_as_it_is_unspent(self) -> None:
        billing = with_surplus()
        billing.when(placed(order_id="o-2", use_credit=True, owned=placed().owned))
        left = balance(billing)
        assert left == 0
        noted, *taken = billing.when(charged_back(4427, 1000))
        assert taken == []
        assert isinstance(noted, ChargebackNoted)
        assert noted.taken_back_cents == 0

    def test_also_where_an_order_had_used_it_and_closed(self) -> None:
        billing = with_surplus()
        billing.when(placed(order_id="o-2", use_credit=True, owned=placed().owned))
        billing.when(cancelled(order_id="o-2", surplus_cents=0))
        assert balance(billing) == 1000
        billing.when(charged_back(4427, 1000))
        assert balance(billing) == 0

    def test_also_where_it_comes_back_only_later_from_an_order_that_closes(self) -> None:
        billing = with_surplus()
        billing.when(placed(order_id="o-2", use_credit=True, owned=placed().owned))
        billing.when(charged_back(4427, 1000))
        billing.when(cancelled(order_id="o-2", surplus_cents=0))
        assert balance(billing) == 0
        billing.when(won(4427, 1000))
        assert balance(billing) == 1000

    def test_other_credit_stays(self) -> None:
        billing = with_surplus()
        billing.when(paid(order_id="o-9", payment_id="p-9", amount_cents=500, surplus_cents=500))
        billing.when(charged_back(4427, 1000))
        assert balance(billing) == 500

    def test_also_where_its_order_closed_partly_paid(self) -> None:
        billing = Billing()
        billing.when(paid(amount_cents=1000, outstanding_cents=3427))
        billing.when(cancelled(surplus_cents=1000))
        billing.when(charged_back(0, 1000))
        assert balance(billing) == 0

    def test_of_a_closed_order_with_two_payments_only_its_own(self) -> None:
        billing = Billing()
        billing.when(cancelled(surplus_cents=3000))
        (_, taken) = billing.when(charged_back(0, 1000))
        assert isinstance(taken, CreditReversed)
        assert (taken.amount_cents, taken.remaining_cents) == (1000, 2000)
        assert len(billing.table("deadlines")) == 1
        entries = {entry.kind: entry.amount_cents for entry in billing.table("credit_entries")}
        assert entries == {"GRANTED": 3000, "REVERSED": 1000}

    def test_nothing_is_only_noted(self) -> None:
        assert [type(event) for event in Billing().when(charged_back(4427, 0))] == [ChargebackNoted]


class TestAPaymentThatWasWonBack:
    def test_gives_its_credit_again(self) -> None:
        billing = with_surplus()
        billing.when(charged_back(4427, 1000))
        _, granted = billing.when(won(4427, 1000))
        assert isinstance(granted, CreditGranted)
        assert (granted.amount_cents, granted.expires_on) == (1000, day("2027-04-01"))

    def test_less_what_had_been_spent(self) -> None:
        billing = with_surplus(6000)
        billing.when(placed(order_id="o-2", use_credit=True))
        assert balance(billing) == 6000 - 4427
        billing.when(charged_back(4427, 6000))
        assert balance(billing) == 0
        billing.when(won(4427, 6000))
        assert balance(billing) == 6000 - 4427

    def test_charged_back_again_loses_it_again(self) -> None:
        billing = with_surplus()
        for _ in range(2):
            billing.when(charged_back(4427, 1000))
            assert balance(billing) == 0
            billing.when(won(4427, 1000))
            assert balance(billing) == 1000

    def test_whose_order_closed_meanwhile_gives_all_of_it(self) -> None:
        billing = Billing()
        billing.when(charged_back(1000, 0))
        billing.when(won(0, 1000))
        assert balance(billing) == 1000


class TestAServiceWhoseMoneyWasChargedBack:
    def test_gives_nothing_when_it_ends(self) -> None:
        billing = owner()
        billing.when(charged_back(3660, 0, order_id="o-0", payment_id="p-0"))
        assert credit(billing, ended()) == 0

    def test_gives_its_money_when_it_was_won_back(self) -> None:
        billing = owner()
        billing.when(charged_back(3660, 0, order_id="o-0", payment_id="p-0"))
        billing.when(won(3660, 0, order_id="o-0", payment_id="p-0"))
        assert credit(billing, ended()) == 2135

    def test_ended_before_loses_the_credit_of_its_end(self) -> None:
        billing = Billing()
        bought(billing, bundle())
        assert credit(billing, ended()) == 2135
        billing.when(charged_back(3660, 0))
        assert balance(billing) == 0
        billing.when(won(3660, 0))
        assert balance(billing) == 2135
