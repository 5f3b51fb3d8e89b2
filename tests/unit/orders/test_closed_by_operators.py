"""What becomes of an order that an operator closes, and of what is paid back? (R29)."""

from datetime import date
from typing import ClassVar

import httpx

from schemas import billing, provisioning
from schemas.orders import OrderCancelled
from schemas.payments import MoneyDestination, RefundReason
from schemas.vocabulary import CloseReason, HoldReason, PaymentMethod
from tests.unit.orders.asking import OPERATOR, code
from tests.unit.orders.builders import (
    BASE,
    DOCUMENTS,
    OTHER_VAT,
    activated,
    customer,
    events_of,
    order,
    payment,
    priced,
    settle,
)
from tests.unit.orders.spec import Desk, names

CLOSURE = "/v1/operator/orders/o-1/closure"
HELD = provisioning.ActivationHeld(customer_id="c-1", order_id="o-1", reason=HoldReason.BASE_SHORTENED)
GIVEN_UP = provisioning.ActivationHeld(customer_id="c-1", order_id="o-1", closes=CloseReason.OPERATOR_REQUEST)
REFUND = billing.RefundDue(
    customer_id="c-1",
    refund_id="r-1",
    amount_cents=4427,
    payment_source="bank",
    payment_id="p-1",
    method=PaymentMethod.BANK_TRANSFER,
    reason=RefundReason.PAYMENT_RETURNED,
    explanation="44.27 €",
    due_on=date(2026, 1, 15),
)


class TestClosingAHeldOrder:
    async def test_pays_back_each_part_by_the_payment_it_came_by(self, http: httpx.AsyncClient, desk: Desk) -> None:
        for input_ in (order(DOCUMENTS), priced(), payment(4000), payment(1000, payment_id="p-2"), HELD):
            await desk.when(input_)
        answer = await http.post(CLOSURE, json={"why": "given up", "money": "TO_REFUND"}, headers=OPERATOR)
        assert answer.status_code == 200
        (closed,) = events_of(desk, OrderCancelled)
        assert (closed.money, closed.surplus_cents) == (MoneyDestination.TO_REFUND, 4427)
        assert [(part.payment_id, part.amount_cents) for part in closed.payments] == [("p-1", 4000), ("p-2", 427)]

    async def test_a_later_answer_of_provisioning_changes_nothing(self, http: httpx.AsyncClient, desk: Desk) -> None:
        await settle(desk)
        await desk.when(HELD)
        await http.post(CLOSURE, json={"why": "given up", "money": "TO_CREDIT"}, headers=OPERATOR)
        for late in (GIVEN_UP, activated()):
            assert names(await desk.when(late)) == ["InputNoted"]
        assert desk.order("o-1").status == "CANCELLED"


class TestClosingASettledOrder:
    BODY: ClassVar = {"why": "ordered twice", "money": "TO_REFUND"}

    async def test_asks_provisioning_and_closes_when_that_says_it_is_not_active(
        self, http: httpx.AsyncClient, desk: Desk
    ) -> None:
        await settle(desk)
        answer = await http.post(CLOSURE, json=self.BODY, headers=OPERATOR)
        assert [event["type"] for event in answer.json()["events"]] == ["orders.OrderClosureRequested.v1"]
        assert (desk.order("o-1").status, desk.order("o-1").reason) == ("SETTLED", "OPERATOR_REQUEST")
        await desk.when(GIVEN_UP)
        (closed,) = events_of(desk, OrderCancelled)
        assert (closed.money, closed.why, closed.surplus_cents) == (MoneyDestination.TO_REFUND, "ordered twice", 4427)

    async def test_loses_against_an_activation_that_came_first(self, http: httpx.AsyncClient, desk: Desk) -> None:
        await settle(desk)
        await http.post(CLOSURE, json=self.BODY, headers=OPERATOR)
        await desk.when(activated())
        assert (desk.order("o-1").status, desk.order("o-1").reason) == ("ACTIVATED", None)
        assert events_of(desk, OrderCancelled) == []
        assert code(await http.post(CLOSURE, json=self.BODY | {"money": "TO_CREDIT"}, headers=OPERATOR)) == (
            409,
            "ORDER_NOT_CLOSABLE",
        )

    async def test_keeps_its_destination_when_provisioning_holds_or_closes_it_for_another_reason(
        self, http: httpx.AsyncClient, desk: Desk
    ) -> None:
        await settle(desk)
        await http.post(CLOSURE, json=self.BODY, headers=OPERATOR)
        await desk.when(HELD)
        await desk.when(GIVEN_UP)
        assert events_of(desk, OrderCancelled)[0].money is MoneyDestination.TO_REFUND

    async def test_twice_is_once_and_elsewhere_is_refused_and_it_is_not_released_meanwhile(
        self, http: httpx.AsyncClient, desk: Desk
    ) -> None:
        await settle(desk)
        await http.post(CLOSURE, json=self.BODY, headers=OPERATOR)
        again = await http.post(CLOSURE, json=self.BODY | {"why": "once more"}, headers=OPERATOR)
        assert (again.status_code, again.json()["events"]) == (200, [])
        elsewhere = await http.post(CLOSURE, json=self.BODY | {"money": "TO_CREDIT"}, headers=OPERATOR)
        assert code(elsewhere) == (409, "ORDER_NOT_CLOSABLE")
        released = await http.post("/v1/operator/orders/o-1/release", json={"why": "no"}, headers=OPERATOR)
        assert code(released) == (409, "ORDER_NOT_HELD")

    async def test_frees_the_tax_identifier_of_a_base(self, http: httpx.AsyncClient, desk: Desk) -> None:
        buyer = customer("c-5", vat_number=OTHER_VAT)
        first = order(BASE, order_id="o-5", buyer=buyer)
        for input_ in (first, priced(3660, "o-5", "c-5"), payment(3660, "p-5", "o-5", customer_id="c-5")):
            await desk.when(input_)
        await http.post("/v1/operator/orders/o-5/closure", json=self.BODY, headers=OPERATOR)
        again = order(BASE, order_id="o-6", buyer=customer("c-6", vat_number=OTHER_VAT))
        assert names(await desk.when(again)) == ["OrderRefused"]
        await desk.when(GIVEN_UP.model_copy(update={"customer_id": "c-5", "order_id": "o-5"}))
        anew = order(BASE, order_id="o-7", buyer=customer("c-6", vat_number=OTHER_VAT))
        assert names(await desk.when(anew)) == ["OrderPlaced"]

    async def test_that_is_settled_may_be_released_too(self, http: httpx.AsyncClient, desk: Desk) -> None:
        await settle(desk)
        answer = await http.post("/v1/operator/orders/o-1/release", json={"why": "try again"}, headers=OPERATOR)
        assert [event["type"] for event in answer.json()["events"]] == ["orders.OrderReleased.v1"]


class TestARefund:
    async def test_is_listed_until_it_is_told_as_paid_and_told_twice_answers_the_same(
        self, http: httpx.AsyncClient, desk: Desk
    ) -> None:
        await desk.when(REFUND)
        due = (await http.get("/v1/operator/refunds?status=DUE", headers=OPERATOR)).json()["refunds"]
        assert [(each["refund_id"], each["amount_cents"], each["status"]) for each in due] == [("r-1", 4427, "DUE")]
        path = "/v1/operator/refunds/r-1/paid"
        rehearsed = await http.post(f"{path}?dry_run=true", headers=OPERATOR)
        assert [event["type"] for event in rehearsed.json()["events"]] == ["orders.RefundReported.v1"]
        first = await http.post(path, json={"reference": "TRN 1"}, headers=OPERATOR)
        desk.on("2026-01-16")
        second = await http.post(path, json={"reference": "TRN 1"}, headers=OPERATOR)
        assert (first.status_code, second.status_code) == (200, 200)
        assert first.json() == second.json()
        assert (first.json()["status"], first.json()["paid_on"]) == ("PAID", "2026-01-15")
        assert names(desk.events()).count("RefundReported") == 1
        assert (await http.get("/v1/operator/refunds", headers=OPERATOR)).json() == {"refunds": [], "next": None}
        paid = (await http.get("/v1/operator/refunds?status=PAID", headers=OPERATOR)).json()["refunds"]
        assert [each["reference"] for each in paid] == ["TRN 1"]

    async def test_that_nobody_knows_is_unknown_and_only_operators_tell(self, http: httpx.AsyncClient) -> None:
        assert code(await http.post("/v1/operator/refunds/r-9/paid", headers=OPERATOR)) == (404, "REFUND_UNKNOWN")
        assert code(await http.post("/v1/operator/refunds/r-9/paid")) == (403, "FORBIDDEN")
        assert code(await http.get("/v1/operator/refunds?status=LOST", headers=OPERATOR)) == (422, "INVALID_REQUEST")


class TestHeldOrders:
    async def test_are_listed_for_operators(self, http: httpx.AsyncClient, desk: Desk) -> None:
        await settle(desk)
        await desk.when(HELD)
        listed = (await http.get("/v1/operator/orders?status=HELD", headers=OPERATOR)).json()["orders"]
        assert [(each["order_id"], each["reason"]) for each in listed] == [("o-1", "BASE_SHORTENED")]
        assert code(await http.get("/v1/operator/orders")) == (403, "FORBIDDEN")
