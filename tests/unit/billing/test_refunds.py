"""What is paid back? What an operator closed or resolved so, each part by the payment it came by, once (R29)."""

import pytest

from schemas.billing import CreditGranted, InputNoted, RefundDue, RefundPaid
from schemas.payments import MoneyDestination, PaidPart, RefundReason, RefundReported
from schemas.vocabulary import CloseReason, CreditOrigin, PaymentMethod, PaymentResolution
from tests.unit.billing.builders import cancelled, day, paid, resolved
from tests.unit.billing.spec import Billing


def part(payment_id: str, amount_cents: int, method: PaymentMethod = PaymentMethod.BANK_TRANSFER) -> PaidPart:
    return PaidPart(payment_source="bank", payment_id=payment_id, method=method, amount_cents=amount_cents)


CLOSED = cancelled(
    reason=CloseReason.OPERATOR_REQUEST,
    why="given up",
    surplus_cents=4427,
    money=MoneyDestination.TO_REFUND,
    payments=[part("p-1", 4000), part("p-2", 427, PaymentMethod.CARD)],
)


class TestAnOrderClosedWithItsMoneyToRefund:
    def test_owes_each_part_by_the_payment_that_it_came_by(self) -> None:
        due = [each for each in Billing().when(CLOSED) if isinstance(each, RefundDue)]
        assert [(each.payment_id, each.method, each.amount_cents) for each in due] == [
            ("p-1", PaymentMethod.BANK_TRANSFER, 4000),
            ("p-2", PaymentMethod.CARD, 427),
        ]
        assert {each.reason for each in due} == {RefundReason.ORDER_CLOSED}
        assert due[0].explanation == "40.00 € paid on order o-1, closed: given up"
        assert len({each.refund_id for each in due}) == 2

    def test_grants_no_credit_beside_it(self) -> None:
        assert not any(isinstance(each, CreditGranted) for each in Billing().when(CLOSED))

    def test_without_money_owes_nothing(self) -> None:
        nothing = CLOSED.model_copy(update={"surplus_cents": 0, "payments": []})
        assert [type(each) for each in Billing().when(nothing)] == [InputNoted]

    def test_with_its_money_to_credit_owes_no_refund(self) -> None:
        (granted,) = Billing().when(CLOSED.model_copy(update={"money": MoneyDestination.TO_CREDIT}))
        assert isinstance(granted, CreditGranted)
        assert granted.amount_cents == 4427


class TestAPaymentThatWaited:
    def test_is_paid_back_as_a_whole(self) -> None:
        (due,) = Billing().when(resolved(PaymentResolution.REFUND))
        assert isinstance(due, RefundDue)
        assert (due.amount_cents, due.reason, due.due_on) == (4427, RefundReason.PAYMENT_RETURNED, day("2026-01-20"))

    def test_becomes_credit_as_a_whole(self) -> None:
        (granted,) = Billing().when(resolved(PaymentResolution.TO_CREDIT))
        assert isinstance(granted, CreditGranted)
        assert (granted.amount_cents, granted.origin) == (4427, CreditOrigin.PAYMENT_ON_CLOSED_ORDER)
        assert granted.expires_on == day("2027-01-20")

    @pytest.mark.parametrize("action", [PaymentResolution.ACCEPT, PaymentResolution.MOVE, PaymentResolution.DISMISS])
    def test_gives_nothing_back_where_it_pays_an_order_or_was_told_twice(self, action: PaymentResolution) -> None:
        assert [type(each) for each in Billing().when(resolved(action))] == [InputNoted]

    def test_accepted_beside_another_of_its_identity_gives_a_credit_of_its_own(self) -> None:
        billing = Billing()
        (first,) = billing.when(paid(surplus_cents=200))
        (second,) = billing.when(paid(amount_cents=300, surplus_cents=300, content_hash="cd34"))
        assert isinstance(first, CreditGranted)
        assert isinstance(second, CreditGranted)
        assert first.credit_id != second.credit_id


class TestARefundThatIsTold:
    def test_is_paid_once_by_what_was_due(self) -> None:
        billing = Billing()
        (due,) = billing.when(resolved(PaymentResolution.REFUND))
        assert isinstance(due, RefundDue)
        report = RefundReported(
            customer_id="c-1", refund_id=due.refund_id, paid_on=day("2026-01-21"), reference="TRN 1"
        )
        (done,) = billing.when(report)
        assert isinstance(done, RefundPaid)
        assert (done.amount_cents, done.paid_on, done.reference) == (4427, day("2026-01-21"), "TRN 1")
        assert billing.state.refunds == {}
        assert [type(each) for each in billing.when(report)] == [InputNoted]
