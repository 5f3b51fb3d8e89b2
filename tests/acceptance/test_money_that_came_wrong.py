"""R29: how does money that came wrong, or an order that stands still, come to an end? By `coterm`, rehearsed first."""

from pathlib import Path
from typing import Any

import pytest

from operations.surroundings import find
from operations.verify.gathering import drain
from rehearsal.play.buyers import Buyer
from rehearsal.play.carts import DOCUMENTS, E_INVOICING, Body, cart, transfer
from rehearsal.play.patience import eventually
from rehearsal.play.stage import Stage
from tests.builders import ordered, owner_until_june
from tests.coterm import Coterm

WHY = ("--why", "seen to")


@pytest.fixture
def coterm(running: Path) -> Coterm:
    return Coterm(running / "endpoints.json")


async def waiting(coterm: Coterm, payment: Body) -> list[dict[str, Any]]:
    listed = await coterm("payments", "list", "--json")
    return [each for each in listed.json if each["payment_id"] == payment["payment_id"]]


async def refunds(coterm: Coterm, buyer: Buyer, number: int) -> list[dict[str, Any]]:
    """Return a customer's refunds once there are so many."""
    found: list[dict[str, Any]] = []

    async def are_there() -> bool:
        found[:] = (await coterm("refunds", "list", "--customer", buyer.customer_id, "--json")).json
        return len(found) == number

    await eventually(are_there, f"{number} refunds of {buyer.customer_id}")
    return found


async def held_order(stage: Stage) -> tuple[Buyer, Body]:
    """Let Documents be ordered for a base that ends before they are paid: provisioning holds the order."""
    buyer = await owner_until_june(stage)
    order = await stage.place(cart(stage.names.order(), buyer, DOCUMENTS, channel="CUSTOMER_AREA"))
    path = f"/v1/operator/customers/{buyer.customer_id}/services/{E_INVOICING}/cancellation"
    assert (await stage.front.provisioning_operator.ask("POST", path)).status == 200
    await stage.pay(order, order["total_cents"])
    await stage.order_is(order["order_id"], "HELD")
    return buyer, order


class TestAPaymentForAnOrderThatNeverComes:
    async def test_is_moved_to_the_right_one_by_a_command_that_rehearses_first(
        self, stage: Stage, coterm: Coterm
    ) -> None:
        buyer, order = await ordered(stage)
        payment = transfer(stage.names.payment(), 3660) | {"customer_id": buyer.customer_id}
        await stage.front.pay(stage.names.order(), payment)
        words = ("payments", "move", "bank", payment["payment_id"], "--to", order["order_id"], *WHY)
        rehearsed = await coterm(*words)
        assert rehearsed.code == 0, rehearsed.err
        assert f"would pay order {order['order_id']}" in rehearsed.out
        assert "orders.OrderSettled.v1  version" in rehearsed.out
        assert rehearsed.out.endswith("nothing was changed: say --yes to do it\n")
        assert len(await waiting(coterm, payment)) == 1
        done = await coterm(*words, "--yes", "--json")
        assert (done.code, done.json["done"]) == (0, True)
        await stage.order_is(order["order_id"], "ACTIVATED")
        again = await coterm(*words, "--yes")
        assert (again.code, "PAYMENT_NOT_WAITING" in again.err) == (1, True)

    async def test_is_paid_back_and_the_refund_told_as_paid_once(self, stage: Stage, coterm: Coterm) -> None:
        buyer, _ = await ordered(stage)
        payment = transfer(stage.names.payment(), 3660) | {"customer_id": buyer.customer_id}
        await stage.front.pay(stage.names.order(), payment)
        assert (await coterm("payments", "refund", "bank", payment["payment_id"], *WHY, "--yes")).code == 0
        (due,) = await refunds(coterm, buyer, 1)
        assert (due["status"], due["amount_cents"], due["payment_id"]) == ("DUE", 3660, payment["payment_id"])
        status = await coterm("status", "--json")
        assert "coterm refunds list" in status.out
        rehearsed = await coterm("refunds", "paid", due["refund_id"], "--reference", "TRN 1")
        assert "orders.RefundReported.v1" in rehearsed.out
        for _ in range(2):
            assert (await coterm("refunds", "paid", due["refund_id"], "--reference", "TRN 1", "--yes")).code == 0
        ((paid,),) = [await refunds(coterm, buyer, 1)]
        assert (paid["status"], paid["reference"]) == ("PAID", "TRN 1")
        assert await drain(find(coterm.endpoints), 60) == ""


class TestAPaymentInConflict:
    async def test_is_accepted_beside_the_other_and_settles_the_order(self, stage: Stage, coterm: Coterm) -> None:
        _, order = await ordered(stage)
        payment = transfer(stage.names.payment(), 3000)
        await stage.front.pay(order["order_id"], payment)
        await stage.front.pay(order["order_id"], {**payment, "amount_cents": 660})
        assert (await coterm("payments", "accept", "bank", payment["payment_id"], *WHY, "--yes")).code == 0
        activated = await stage.order_is(order["order_id"], "ACTIVATED")
        # Both came at one instant, so which is listed first is not said.
        assert sorted(each["amount_cents"] for each in activated["payments"]) == [660, 3000]

    async def test_is_dismissed_when_it_was_told_twice(self, stage: Stage, coterm: Coterm) -> None:
        _, order = await ordered(stage)
        payment = transfer(stage.names.payment(), 3660)
        await stage.front.pay(order["order_id"], payment)
        await stage.front.pay(order["order_id"], {**payment, "amount_cents": 660})
        assert (await coterm("payments", "dismiss", "bank", payment["payment_id"], *WHY, "--yes")).code == 0
        assert await waiting(coterm, payment) == []


class TestAnOrderThatIsHeld:
    async def test_is_closed_with_its_money_to_refund_and_its_claim_is_free(self, stage: Stage, coterm: Coterm) -> None:
        buyer, order = await held_order(stage)
        listed = await coterm("orders", "list", "--json")
        assert order["order_id"] in [each["order_id"] for each in listed.json]
        words = ("orders", "close", order["order_id"], "--money", "to-refund", *WHY)
        assert "money: TO_REFUND" in (await coterm(*words)).out
        assert (await coterm(*words, "--yes")).code == 0
        await stage.order_is(order["order_id"], "CANCELLED")
        (due,) = await refunds(coterm, buyer, 1)
        assert (due["amount_cents"], due["reason"]) == (order["total_cents"], "ORDER_CLOSED")
        shown = await coterm("orders", "show", order["order_id"])
        assert "CANCELLED (OPERATOR_REQUEST)" in shown.out

    async def test_that_is_active_is_neither_closed_nor_released(self, stage: Stage, coterm: Coterm) -> None:
        _, order = await ordered(stage)
        await stage.pay(order, 3660)
        await stage.order_is(order["order_id"], "ACTIVATED")
        closed = await coterm("orders", "close", order["order_id"], "--money", "to-credit", *WHY)
        released = await coterm("orders", "release", order["order_id"], *WHY)
        assert (closed.code, "ORDER_NOT_CLOSABLE" in closed.err) == (1, True)
        assert (released.code, "ORDER_NOT_HELD" in released.err) == (1, True)
