"""What becomes of a payment that waits? It is moved, accepted, paid back, credited or dismissed, once (R29)."""

from datetime import date
from typing import Any

import httpx
import pytest

from schemas.orders import OrderCancelled, OrderSettled
from schemas.payments import PaymentRegistered, PaymentResolved
from schemas.vocabulary import PaymentResolution
from tests.unit.orders.asking import OPERATOR, code
from tests.unit.orders.builders import (
    DOCUMENTS,
    OTHER_VAT,
    base_activated,
    cancellation,
    customer,
    events_of,
    order,
    payment,
    priced,
    settle,
)
from tests.unit.orders.spec import Desk, names

BANK = "/v1/operator/payments/bank"


async def resolve(http: httpx.AsyncClient, action: str, payment_id: str = "p-1", **more: Any) -> httpx.Response:
    body = {"action": action, "why": "seen to", **more}
    return await http.post(f"{BANK}/{payment_id}/resolution", json=body, headers=OPERATOR)


class TestAHeldPayment:
    async def test_is_moved_to_an_order_of_its_customer_and_settles_it_on_the_day_it_came(
        self, http: httpx.AsyncClient, desk: Desk
    ) -> None:
        for input_ in (payment(order_id="o-11"), order(DOCUMENTS), priced()):
            await desk.when(input_)
        desk.on("2026-01-20")
        answer = await resolve(http, "MOVE", order_id="o-1")
        assert [event["type"] for event in answer.json()["events"]] == [
            "orders.PaymentResolved.v1",
            "orders.PaymentRegistered.v1",
            "orders.OrderSettled.v1",
        ]
        (settled_,) = events_of(desk, OrderSettled)
        assert (settled_.order_id, settled_.settled_on) == ("o-1", date(2026, 1, 15))
        (paid,) = (await http.get("/v1/orders/o-1")).json()["payments"]
        assert (paid["payment_id"], paid["status"], paid["surplus_cents"]) == ("p-1", "REGISTERED", 0)
        assert code(await resolve(http, "MOVE", order_id="o-1")) == (409, "PAYMENT_NOT_WAITING")

    async def test_moved_to_an_order_that_came_after_it_settles_it_on_the_day_of_the_order(
        self, http: httpx.AsyncClient, desk: Desk
    ) -> None:
        await desk.when(payment(order_id="o-11"))
        desk.on("2026-01-20")
        for input_ in (order(DOCUMENTS), priced()):
            await desk.when(input_)
        desk.on("2026-01-25")
        await resolve(http, "MOVE", order_id="o-1")
        (settled_,) = events_of(desk, OrderSettled)
        assert settled_.settled_on == date(2026, 1, 20)

    async def test_told_again_as_it_first_was_changes_nothing(self, http: httpx.AsyncClient, desk: Desk) -> None:
        await desk.when(payment(order_id="o-11"))
        for input_ in (order(DOCUMENTS), priced()):
            await desk.when(input_)
        await resolve(http, "MOVE", order_id="o-1")
        assert await desk.is_duplicate(payment(order_id="o-11"))

    @pytest.mark.parametrize("action", ["REFUND", "TO_CREDIT"])
    async def test_is_paid_back_or_becomes_credit_and_no_order_has_it(
        self, http: httpx.AsyncClient, desk: Desk, action: str
    ) -> None:
        await desk.when(payment(order_id="o-1"))
        assert (await resolve(http, action)).status_code == 200
        (resolved,) = events_of(desk, PaymentResolved)
        assert (resolved.action, resolved.amount_cents, resolved.was_conflicted) == (action, 4427, False)
        for input_ in (order(DOCUMENTS), priced()):
            await desk.when(input_)
        assert (await http.get("/v1/orders/o-1")).json()["payments"] == []
        assert desk.order("o-1").status == "AWAITING_PAYMENT"

    @pytest.mark.parametrize("action", ["ACCEPT", "DISMISS"])
    async def test_is_neither_accepted_nor_dismissed(self, http: httpx.AsyncClient, desk: Desk, action: str) -> None:
        await desk.when(payment(order_id="o-1"))
        answer = await resolve(http, action)
        assert code(answer) == (409, "RESOLUTION_NOT_POSSIBLE")
        assert "MOVE, REFUND, TO_CREDIT" in answer.json()["detail"]

    async def test_goes_to_no_order_that_is_unknown_another_s_or_not_payable(
        self, http: httpx.AsyncClient, desk: Desk
    ) -> None:
        other = customer("c-2", vat_number=OTHER_VAT)
        await desk.when(base_activated(customer_id="c-2", order_id="o-00"))
        for input_ in (
            payment(order_id="o-11"),
            order(DOCUMENTS, order_id="o-2", buyer=other),
            order(DOCUMENTS),
        ):
            await desk.when(input_)
        before = len(desk.events())
        assert code(await resolve(http, "MOVE", order_id="o-9")) == (404, "ORDER_UNKNOWN")
        assert code(await resolve(http, "MOVE", order_id="o-2")) == (409, "ORDER_OF_ANOTHER_CUSTOMER")
        assert code(await resolve(http, "MOVE", order_id="o-1")) == (409, "ORDER_NOT_PAYABLE")
        await desk.when(cancellation())
        assert code(await resolve(http, "MOVE", order_id="o-1")) == (409, "ORDER_NOT_PAYABLE")
        assert code(await resolve(http, "MOVE")) == (422, "INVALID_REQUEST")
        assert code(await resolve(http, "REFUND", order_id="o-1")) == (422, "INVALID_REQUEST")
        assert code(await resolve(http, "REFUND", amount_cents=9999)) == (422, "INVALID_REQUEST")
        assert [type(event) for event in desk.events()[before:]] == [OrderCancelled]

    async def test_goes_to_no_order_whose_last_day_is_over(self, http: httpx.AsyncClient, desk: Desk) -> None:
        for input_ in (payment(order_id="o-11"), order(DOCUMENTS), priced()):
            await desk.when(input_)
        desk.on("2026-02-15")
        assert code(await resolve(http, "MOVE", order_id="o-1")) == (409, "ORDER_NOT_PAYABLE")


class TestAPaymentInConflict:
    async def test_is_accepted_as_one_of_its_own_beside_the_other(self, http: httpx.AsyncClient, desk: Desk) -> None:
        for input_ in (order(DOCUMENTS), priced(), payment(4000), payment(427)):
            await desk.when(input_)
        answer = await resolve(http, "ACCEPT")
        assert answer.status_code == 200
        assert desk.order("o-1").status == "SETTLED"
        registered = [(each.amount_cents, each.surplus_cents) for each in events_of(desk, PaymentRegistered)]
        assert registered == [(4000, 0), (427, 0)]
        payments = (await http.get("/v1/orders/o-1")).json()["payments"]
        shown = [(each["amount_cents"], each["status"]) for each in payments]
        assert shown == [(4000, "REGISTERED"), (427, "REGISTERED")]
        assert await desk.is_duplicate(payment(427))
        assert code(await resolve(http, "ACCEPT")) == (409, "PAYMENT_NOT_WAITING")

    async def test_accepted_on_a_paid_order_is_all_surplus(self, http: httpx.AsyncClient, desk: Desk) -> None:
        await settle(desk)
        await desk.when(payment(1000))
        desk.on("2027-03-01")
        await resolve(http, "ACCEPT")
        accepted = events_of(desk, PaymentRegistered)[-1]
        assert (accepted.surplus_cents, accepted.registered_on) == (1000, date(2027, 3, 1))

    async def test_accepted_leaves_the_other_waiting_where_that_is_held(
        self, http: httpx.AsyncClient, desk: Desk
    ) -> None:
        for input_ in (order(DOCUMENTS), priced(), payment(4000, order_id="o-11"), payment(4427)):
            await desk.when(input_)
        assert (await resolve(http, "ACCEPT")).status_code == 200
        listed = (await http.get("/v1/operator/payments", headers=OPERATOR)).json()["payments"]
        assert [(each["amount_cents"], each["status"]) for each in listed] == [(4000, "HELD")]
        assert desk.order("o-1").status == "SETTLED"
        assert (await resolve(http, "TO_CREDIT")).status_code == 200

    async def test_is_dismissed_as_told_twice_and_no_money_moves(self, http: httpx.AsyncClient, desk: Desk) -> None:
        await settle(desk)
        await desk.when(payment(1000))
        assert names(desk.events())[-1:] != ["PaymentResolved"]
        await resolve(http, "DISMISS")
        assert events_of(desk, PaymentResolved)[0].action is PaymentResolution.DISMISS
        assert len(events_of(desk, PaymentRegistered)) == 1
        assert code(await resolve(http, "TO_CREDIT")) == (409, "PAYMENT_NOT_WAITING")

    async def test_is_paid_back_or_moved_and_never_becomes_credit_unasked(
        self, http: httpx.AsyncClient, desk: Desk
    ) -> None:
        await settle(desk)
        await desk.when(payment(1000))
        assert code(await resolve(http, "TO_CREDIT")) == (409, "RESOLUTION_NOT_POSSIBLE")
        rehearsed = await http.post(
            f"{BANK}/p-1/resolution?dry_run=true", json={"action": "REFUND", "why": "seen to"}, headers=OPERATOR
        )
        done = await resolve(http, "REFUND")
        assert rehearsed.json()["events"] == done.json()["events"]

    async def test_of_another_customer_s_order_is_moved_to_one_of_the_payer_s(
        self, http: httpx.AsyncClient, desk: Desk
    ) -> None:
        for input_ in (order(DOCUMENTS), priced(), payment(1000, customer_id="c-2", order_id="o-1")):
            await desk.when(input_)
        assert code(await resolve(http, "ACCEPT")) == (409, "ORDER_OF_ANOTHER_CUSTOMER")
        assert (await resolve(http, "REFUND")).status_code == 200
        assert events_of(desk, PaymentResolved)[0].customer_id == "c-2"
        assert desk.order("o-1").status == "AWAITING_PAYMENT"

    async def test_several_under_one_identity_are_told_apart_by_their_content(
        self, http: httpx.AsyncClient, desk: Desk
    ) -> None:
        await settle(desk)
        for amount in (1000, 2000):
            await desk.when(payment(amount))
        answer = await resolve(http, "DISMISS")
        assert code(answer) == (409, "PAYMENT_AMBIGUOUS")
        listed = (await http.get("/v1/operator/payments", headers=OPERATOR)).json()["payments"]
        chosen = next(each["content_hash"] for each in listed if each["amount_cents"] == 2000)
        assert (await resolve(http, "DISMISS", content_hash=chosen)).status_code == 200
        assert [each.amount_cents for each in events_of(desk, PaymentResolved)] == [2000]
        assert (await resolve(http, "DISMISS")).status_code == 200
