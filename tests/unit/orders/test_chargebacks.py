"""What does a chargeback do to an order, wherever that stands? (R29)."""

from datetime import date
from typing import Any

import pytest

from runtime.service import Decided, Duplicate, Incoming, Outcome
from schemas import provisioning
from schemas.ends import ResumptionReason, ServiceResumed, ServiceSuspended, SuspensionReason
from schemas.envelope import Event
from schemas.payments import ChargebackWon as Won
from schemas.payments import PaymentChargedBack as ChargedBack
from schemas.refusal import Refusal
from schemas.storefront import PaymentChargedBack
from schemas.vocabulary import HoldReason, ServiceStatus, ViolationCode
from services.orders.domain.commands import ReleaseOrder, WinChargeback, content_hash
from tests.unit.orders.builders import (
    BASE,
    DOCUMENTS,
    activated,
    awaiting_payment,
    cancellation,
    order,
    owner,
    payment,
    priced,
    settled,
)
from tests.unit.orders.outcomes import codes
from tests.unit.orders.spec import Desk, names


def charged_back(amount_cents: int = 4427, payment_id: str = "p-1", **changes: Any) -> PaymentChargedBack:
    fields: dict[str, Any] = {
        "payment_source": "bank",
        "payment_id": payment_id,
        "order_id": "o-1",
        "customer_id": "c-1",
        "amount_cents": amount_cents,
    }
    return PaymentChargedBack(**(fields | changes))


async def win(desk: Desk, amount_cents: int = 4427, payment_id: str = "p-1", which: str = "") -> Outcome:
    named_hash = content_hash("c-1", "o-1", amount_cents)
    command = WinChargeback("c-1", "o-1", "bank", payment_id, named_hash, amount_cents, "won", which)
    (result,) = await desk.take(Incoming.of(command))
    assert result.outcome is not None, result.error
    return result.outcome


async def won(desk: Desk, **which: Any) -> list[Event]:
    outcome = await win(desk, **which)
    assert isinstance(outcome, Decided), outcome
    return list(outcome.events)


def money(event: Event) -> tuple[int, int, int]:
    assert isinstance(event, ChargedBack | Won)
    return event.amount_cents, event.order_cents, event.surplus_cents


async def active() -> Desk:
    desk = await settled()
    await desk.when(activated())
    return desk


class TestAnActiveOrder:
    async def test_tells_what_its_payment_had_paid_for(self) -> None:
        desk = await active()
        (event,) = await desk.when(charged_back())
        assert money(event) == (4427, 4427, 0)
        assert (desk.order("o-1").status, desk.order("o-1").outstanding_cents) == ("ACTIVATED", 4427)
        (row,) = desk.table("payments")
        assert (row.status, row.chargebacks) == ("CHARGED_BACK", 1)

    async def test_won_back_owes_nothing(self) -> None:
        desk = await active()
        await desk.when(charged_back())
        (event,) = await won(desk)
        assert money(event) == (4427, 4427, 0)
        assert (desk.order("o-1").status, desk.order("o-1").outstanding_cents) == ("ACTIVATED", 0)
        assert desk.table("payments")[0].status == "REGISTERED"

    async def test_a_second_payment_was_all_surplus(self) -> None:
        desk = await active()
        await desk.when(payment(1000, "p-2"))
        (event,) = await desk.when(charged_back(1000, "p-2"))
        assert money(event) == (1000, 0, 1000)
        assert (desk.order("o-1").outstanding_cents, desk.order("o-1").surplus_cents) == (0, 0)
        (event,) = await won(desk, amount_cents=1000, payment_id="p-2")
        assert money(event) == (1000, 0, 1000)
        assert desk.order("o-1").surplus_cents == 1000

    async def test_goes_on_lacking_it_whatever_else_is_paid(self) -> None:
        desk = await active()
        await desk.when(charged_back())
        await desk.when(payment(1000, "p-2"))
        assert (desk.order("o-1").outstanding_cents, desk.order("o-1").surplus_cents) == (4427, 1000)

    async def test_charged_back_before_the_news_of_its_activation_comes_to_the_same(self) -> None:
        desk = await settled()
        await desk.when(charged_back())
        await desk.when(activated())
        assert (desk.order("o-1").status, desk.order("o-1").outstanding_cents) == ("ACTIVATED", 4427)
        assert money((await won(desk))[0]) == (4427, 4427, 0)

    async def test_paid_meanwhile_lacks_what_was_charged_back_all_the_same(self) -> None:
        desk = await active()
        await desk.when(charged_back())
        await desk.when(payment(4427, "p-2"))
        assert desk.order("o-1").outstanding_cents == 4427
        assert money((await won(desk))[0]) == (4427, 4427, 0)
        assert desk.order("o-1").outstanding_cents == 0

    async def test_that_others_paid_gets_nothing_of_what_had_been_charged_back_before(self) -> None:
        desk = await awaiting_payment()
        await desk.when(payment(1000))
        await desk.when(charged_back(1000))
        await desk.when(payment(4427, "p-2"))
        await desk.when(activated())
        (event,) = await won(desk, amount_cents=1000)
        assert money(event) == (1000, 0, 1000)


class TestAnOrderThatWaitsForMoney:
    async def test_lacks_what_was_charged_back(self) -> None:
        desk = await awaiting_payment()
        await desk.when(payment(1000))
        await desk.when(charged_back(1000))
        assert (desk.order("o-1").status, desk.order("o-1").outstanding_cents) == ("AWAITING_PAYMENT", 4427)
        assert names(await desk.when(payment(4427, "p-2"))) == ["PaymentRegistered", "OrderSettled"]

    async def test_is_settled_by_what_was_won_back(self) -> None:
        desk = await awaiting_payment()
        await desk.when(payment(1000))
        await desk.when(charged_back(1000))
        await desk.when(payment(3427, "p-2"))
        assert names(await won(desk, amount_cents=1000)) == ["ChargebackWon", "OrderSettled"]
        assert desk.order("o-1").status == "SETTLED"

    async def test_won_back_after_another_paid_it_is_surplus(self) -> None:
        desk = await awaiting_payment()
        await desk.when(payment(1000))
        await desk.when(charged_back(1000))
        await desk.when(payment(4427, "p-2"))
        (event,) = await won(desk, amount_cents=1000)
        assert money(event) == (1000, 0, 1000)

    async def test_a_payment_that_waited_for_a_price_waits_no_more(self) -> None:
        desk = await owner()
        await desk.when(order(DOCUMENTS))
        await desk.when(payment())
        (event,) = await desk.when(charged_back())
        assert money(event) == (4427, 0, 0)
        assert names(await desk.when(priced())) == ["OrderPriceNoted"]
        happened = await won(desk)
        assert money(happened[0]) == (4427, 0, 0)
        assert names(happened) == ["ChargebackWon", "PaymentRegistered", "OrderSettled"]
        assert desk.order("o-1").status == "SETTLED"

    async def test_a_payment_that_waited_for_its_order_waits_again(self) -> None:
        desk = await owner()
        await desk.when(payment())
        await desk.when(charged_back())
        assert names(await won(desk)) == ["ChargebackWon", "PaymentHeld"]
        await desk.when(charged_back(chargeback_id="case-2"))
        assert names(await won(desk, which="case-2")) == ["ChargebackWon", "PaymentHeld"]
        await desk.when(order(DOCUMENTS))
        assert "OrderSettled" in names(await desk.when(priced()))


class TestAClosedOrder:
    async def test_its_money_had_all_become_credit(self) -> None:
        desk = await awaiting_payment()
        await desk.when(payment(1000))
        await desk.when(cancellation())
        (event,) = await desk.when(charged_back(1000))
        assert money(event) == (1000, 0, 1000)
        (event,) = await won(desk, amount_cents=1000)
        assert money(event) == (1000, 0, 1000)


class TestAHeldOrder:
    async def test_can_not_be_released_without_its_money_and_closes_with_the_rest(self) -> None:
        desk = await awaiting_payment()
        await desk.when(payment(1000))
        await desk.when(payment(3427, "p-2"))
        held = provisioning.ActivationHeld(customer_id="c-1", order_id="o-1", reason=HoldReason.BASE_TERMINATED)
        await desk.when(held)
        await desk.when(charged_back(1000))
        assert (desk.order("o-1").status, desk.order("o-1").outstanding_cents) == ("HELD", 1000)
        (result,) = await desk.take(Incoming.of(ReleaseOrder("c-1", "o-1", 1, "seen to")))
        assert isinstance(result.outcome, Refusal)
        assert result.outcome.code == "ORDER_NOT_PAID"

        assert money((await won(desk, amount_cents=1000))[0]) == (1000, 1000, 0)
        (result,) = await desk.take(Incoming.of(ReleaseOrder("c-1", "o-1", 1, "paid again")))
        assert isinstance(result.outcome, Decided)


class TestWhatIsToldTwiceOrWrong:
    async def test_twice_is_once(self) -> None:
        desk = await active()
        await desk.when(charged_back())
        assert await desk.is_duplicate(charged_back(chargeback_id="case-2"))
        await won(desk)
        assert isinstance(await win(desk, which="1"), Duplicate)

    async def test_after_it_was_won_back_another_case_counts(self) -> None:
        desk = await active()
        await desk.when(charged_back())
        await won(desk)
        assert names(await desk.when(charged_back(chargeback_id="case-2"))) == ["PaymentChargedBack"]

    @pytest.mark.parametrize(
        "chargeback",
        [charged_back(payment_id="p-9"), charged_back(1), charged_back(order_id="o-9")],
        ids=["id", "cents", "order"],
    )
    async def test_a_payment_that_never_came_is_unknown(self, chargeback: PaymentChargedBack) -> None:
        assert await (await active()).refusal(chargeback) == "PAYMENT_UNKNOWN"

    async def test_what_was_not_charged_back_can_not_be_won(self) -> None:
        outcome = await win(await active())
        assert isinstance(outcome, Refusal)
        assert outcome.code == "PAYMENT_NOT_CHARGED_BACK"

    async def test_a_conflicting_payment_is_resolved_first(self) -> None:
        desk = await active()
        await desk.when(payment(4400))
        assert await desk.refusal(charged_back(4400)) == "PAYMENT_NOT_REGISTERED"


class TestASuspendedBase:
    async def suspended(self) -> Desk:
        desk = await owner()
        fields: Any = {
            "customer_id": "c-1",
            "order_id": "o-0",
            "product": BASE,
            "expires_on": date.fromisoformat("2026-06-30"),
        }
        suspended = ServiceSuspended(
            **fields, suspended_on=date.fromisoformat("2026-01-15"), reason=SuspensionReason.CHARGEBACK
        )
        await desk.when(suspended)
        return desk

    async def test_takes_no_add_on_and_keeps_its_tax_identifier(self) -> None:
        desk = await self.suspended()
        assert await codes(desk, DOCUMENTS) == [ViolationCode.BASE_NOT_ACTIVE]
        assert await codes(desk, BASE, order_id="o-2") == [ViolationCode.BASE_ALREADY_OWNED]

    async def test_stays_suspended_in_grace_and_takes_one_again_when_it_resumes(self) -> None:
        desk = await self.suspended()
        grace = provisioning.ServiceEnteredGrace(
            customer_id="c-1",
            product=BASE,
            expires_on=date.fromisoformat("2026-06-30"),
            grace_until=date.fromisoformat("2026-09-28"),
        )
        await desk.when(grace)
        state: Any = await desk.state("c-1")
        assert [service.status for service in state.services] == ["SUSPENDED"]
        resumed = ServiceResumed(
            customer_id="c-1",
            order_id="o-0",
            product=BASE,
            resumed_on=date.fromisoformat("2026-02-01"),
            expires_on=date.fromisoformat("2026-06-30"),
            status=ServiceStatus.ACTIVE,
            reason=ResumptionReason.CHARGEBACK_WON,
        )
        await desk.when(resumed)
        assert await codes(desk, DOCUMENTS) == []
