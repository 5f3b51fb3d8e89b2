"""Does every cent and every order come to an end by an operator's word? The four services joined, each flow by hand."""

from dataclasses import replace
from typing import Any, ClassVar

import pytest

from operations.verify import money
from rehearsal.play.carts import DOCUMENTS, E_INVOICING, cart, transfer
from schemas.billing import RefundDue
from schemas.envelope import Event
from schemas.payments import PaymentResolved
from schemas.storefront import PaymentChargedBack
from tests.lives.evidence import evidence, findings
from tests.lives.life import Life
from tests.lives.plan import BEGINNINGS

BANK = "/v1/operator/payments/bank"


async def operate(life: Life, method: str, path: str, body: Any = None, service: str = "orders") -> Any:
    answer = await life.operate(service, method, path, body)
    assert answer is not None
    assert answer.is_success, answer.text
    await life.services.drain()
    return answer.json()


async def order(life: Life, order_id: str, *products: str) -> None:
    asked = await life.ask("orders", "POST", "/v1/orders", cart(order_id, life.people[0], *products))
    assert asked is not None
    assert asked.status_code == 201, asked.text
    await life.services.drain()


async def pay(life: Life, order_id: str, amount_cents: int, payment_id: str = "p-1") -> None:
    body = transfer(payment_id, amount_cents) | {"customer_id": "c-1"}
    await life.ask("orders", "POST", f"/v1/orders/{order_id}/payments", body)
    await life.services.drain()


async def charge_back(life: Life, over: str, told_for: str, cents: int) -> None:
    """Let the storefront tell, by the order that it knows the payment by, or an operator."""
    if over == "HTTP":
        await operate(life, "POST", f"{BANK}/p-1/chargeback", {"why": "the bank"})
        return
    told = {"order_id": told_for, "customer_id": "c-1", "payment_source": "bank", "payment_id": "p-1"}
    life.write(PaymentChargedBack.EVENT_TYPE, "c-1", told | {"amount_cents": cents, "why": "the bank"})
    await life.services.drain()


def status(life: Life, order_id: str) -> str:
    (row,) = [row for row in life.rows("orders", "orders") if row.order_id == order_id]
    return str(row.status)


def whereabouts(life: Life) -> dict[str, int]:
    (finding,) = money.check(evidence(life.services))
    assert finding.violations == []
    return {name: cents for name, cents in finding.cents.items() if cents}


def all_holds(life: Life) -> bool:
    return [finding for finding in findings(life.services) if not finding.holds] == []


@pytest.fixture
def life() -> Life:
    return Life("by-hand", BEGINNINGS[0])


@pytest.fixture
async def ordered(life: Life) -> Life:
    """E-invoicing is ordered and priced at 36.60 €."""
    await order(life, "o-1", E_INVOICING)
    return life


@pytest.fixture
async def without_base(ordered: Life) -> Life:
    """Documents is ordered for the active base, which ends before they are paid: provisioning will hold the order."""
    await pay(ordered, "o-1", 3660)
    await order(ordered, "o-2", DOCUMENTS)
    cancellation = "/v1/operator/customers/c-1/services/E_INVOICING/cancellation"
    await operate(ordered, "POST", cancellation, service="provisioning")
    return ordered


def total(life: Life, order_id: str) -> int:
    return int(next(row.total_cents for row in life.rows("orders", "orders") if row.order_id == order_id))


class TestASettledOrderThatIsToBeClosed:
    BODY: ClassVar = {"why": "ordered twice", "money": "TO_REFUND"}

    async def test_stays_active_where_its_activation_comes_first(self, ordered: Life) -> None:
        ordered.services["provisioning"].is_away = True
        await pay(ordered, "o-1", 3660)
        await operate(ordered, "POST", "/v1/operator/orders/o-1/closure", self.BODY)
        assert status(ordered, "o-1") == "SETTLED"
        ordered.services["provisioning"].is_away = False
        await ordered.services.drain()
        assert status(ordered, "o-1") == "ACTIVATED"
        assert whereabouts(ordered) == {"received": 3660, "allocated": 3660}
        assert all_holds(ordered)

    async def test_closes_where_provisioning_can_not_activate_it_and_its_money_is_paid_back(
        self, without_base: Life
    ) -> None:
        life, due = without_base, total(without_base, "o-2")
        life.services["provisioning"].is_away = True
        await pay(life, "o-2", due, "p-2")
        await operate(life, "POST", "/v1/operator/orders/o-2/closure", self.BODY)
        assert status(life, "o-2") == "SETTLED"
        life.services["provisioning"].is_away = False
        await life.services.drain()
        assert status(life, "o-2") == "CANCELLED"
        assert whereabouts(life) == {"received": 3660 + due, "allocated": 3660, "refund_due": due}
        (refund,) = (await operate(life, "GET", "/v1/operator/refunds?status=DUE"))["refunds"]
        assert (refund["payment_id"], refund["amount_cents"], refund["order_id"]) == ("p-2", due, "o-2")
        for _ in range(2):
            paid = await operate(life, "POST", f"/v1/operator/refunds/{refund['refund_id']}/paid", {"reference": "T 1"})
            assert paid["status"] == "PAID"
        assert whereabouts(life) == {"received": 3660 + due, "allocated": 3660, "refunded": due}
        assert all_holds(life)


class TestAHeldOrder:
    @pytest.mark.parametrize(("money_to", "where"), [("TO_CREDIT", "credit"), ("TO_REFUND", "refund_due")])
    async def test_is_closed_at_once_and_its_money_goes_where_the_operator_said(
        self, without_base: Life, money_to: str, where: str
    ) -> None:
        life, due = without_base, total(without_base, "o-2")
        await pay(life, "o-2", due + 100, "p-2")
        assert status(life, "o-2") == "HELD"
        await operate(life, "POST", "/v1/operator/orders/o-2/closure", {"why": "given up", "money": money_to})
        assert status(life, "o-2") == "CANCELLED"
        found = whereabouts(life)
        assert found.pop("credit", 0) == (due + 100 if where == "credit" else 100)
        assert found.pop("refund_due", 0) == (due if where == "refund_due" else 0)
        assert found == {"received": 3760 + due, "allocated": 3660}
        assert all_holds(life)


class TestAPaymentThatWaits:
    @pytest.mark.parametrize(
        ("action", "where"), [("MOVE", "allocated"), ("REFUND", "refund_due"), ("TO_CREDIT", "credit")]
    )
    async def test_for_an_order_that_never_comes_reaches_an_end(self, ordered: Life, action: str, where: str) -> None:
        await pay(ordered, "o-77", 3660)
        assert whereabouts(ordered) == {"received": 3660, "held": 3660}
        body = {"action": action, "why": "seen to"} | ({"order_id": "o-1"} if action == "MOVE" else {})
        await operate(ordered, "POST", f"{BANK}/p-1/resolution", body)
        assert whereabouts(ordered) == {"received": 3660, where: 3660}
        assert status(ordered, "o-1") == ("ACTIVATED" if action == "MOVE" else "AWAITING_PAYMENT")
        assert all_holds(ordered)

    @pytest.mark.parametrize(
        ("action", "found"),
        [
            ("ACCEPT", {"received": 3660 + 500, "allocated": 3660, "credit": 500}),
            ("REFUND", {"received": 3660 + 500, "allocated": 3660, "refund_due": 500}),
            ("DISMISS", {"received": 3660, "allocated": 3660}),
        ],
    )
    async def test_in_conflict_reaches_an_end(self, ordered: Life, action: str, found: dict[str, int]) -> None:
        await pay(ordered, "o-1", 3660)
        await pay(ordered, "o-1", 500)
        assert whereabouts(ordered) == {"received": 3660 + 500, "allocated": 3660, "held": 500}
        await operate(ordered, "POST", f"{BANK}/p-1/resolution", {"action": action, "why": "seen to"})
        assert whereabouts(ordered) == found
        assert all_holds(ordered)

    @pytest.mark.parametrize("over", ["HTTP", "KAFKA"])
    async def test_and_became_credit_can_be_charged_back_and_won(self, ordered: Life, over: str) -> None:
        await pay(ordered, "o-77", 3660)
        await operate(ordered, "POST", f"{BANK}/p-1/resolution", {"action": "TO_CREDIT", "why": "seen to"})
        await charge_back(ordered, over, "o-77", 3660)
        assert whereabouts(ordered) == {}
        assert all_holds(ordered)
        await operate(ordered, "DELETE", f"{BANK}/p-1/chargeback", {"why": "won"})
        assert whereabouts(ordered) == {"received": 3660, "credit": 3660}
        assert all_holds(ordered)

    @pytest.mark.parametrize("over", ["HTTP", "KAFKA"])
    async def test_and_was_moved_can_be_charged_back_after_that_order_closed(self, ordered: Life, over: str) -> None:
        await pay(ordered, "o-77", 1000)
        await operate(
            ordered, "POST", f"{BANK}/p-1/resolution", {"action": "MOVE", "order_id": "o-1", "why": "seen to"}
        )
        await ordered.ask("orders", "POST", "/v1/orders/o-1/cancellation", {"reason": "CUSTOMER_REQUEST"})
        await ordered.services.drain()
        assert whereabouts(ordered) == {"received": 1000, "credit": 1000}
        await charge_back(ordered, over, "o-77", 1000)
        assert whereabouts(ordered) == {}
        assert all_holds(ordered)

    @pytest.mark.parametrize(("action", "why"), [("REFUND", "report that as paid instead"), ("DISMISS", "told twice")])
    async def test_and_has_no_money_here_can_not_be_charged_back(self, ordered: Life, action: str, why: str) -> None:
        await pay(ordered, "o-1", 3660)
        await pay(ordered, "o-1", 500)
        await operate(ordered, "POST", f"{BANK}/p-1/resolution", {"action": action, "why": "seen to"})
        (row,) = [each for each in ordered.rows("orders", "payments") if each.amount_cents == 500]
        body = {"why": "the bank", "content_hash": row.content_hash}
        answer = await ordered.operate("orders", "POST", f"{BANK}/p-1/chargeback", body)
        assert answer is not None
        assert (answer.status_code, answer.json()["code"]) == (409, "PAYMENT_NOT_REGISTERED")
        assert why in answer.json()["detail"]


class TestTheCheckerSees:
    async def _refunded(self, life: Life) -> None:
        await pay(life, "o-77", 3660)
        await operate(life, "POST", f"{BANK}/p-1/resolution", {"action": "REFUND", "why": "seen to"})

    @pytest.mark.parametrize("kind", [PaymentResolved, RefundDue])
    async def test_a_cent_that_is_lost_between_the_services(self, ordered: Life, kind: type[Event]) -> None:
        await self._refunded(ordered)
        found = evidence(ordered.services)
        events = found.held("orders" if kind is PaymentResolved else "billing").events["c-1"]
        place = next(n for n, seen in enumerate(events) if isinstance(seen.event, kind))
        bent = events[place].event
        assert isinstance(bent, PaymentResolved | RefundDue)
        events[place] = replace(events[place], event=bent.model_copy(update={"amount_cents": 3659}))
        (finding,) = money.check(found)
        assert finding.violations != []

    async def test_a_refund_that_was_paid_and_never_due(self, ordered: Life) -> None:
        await self._refunded(ordered)
        (refund,) = (await operate(ordered, "GET", "/v1/operator/refunds"))["refunds"]
        await operate(ordered, "POST", f"/v1/operator/refunds/{refund['refund_id']}/paid")
        found = evidence(ordered.services)
        billing = found.held("billing")
        billing.events["c-1"] = [seen for seen in billing.events["c-1"] if not isinstance(seen.event, RefundDue)]
        (finding,) = money.check(found)
        assert any("other than was due" in each.what for each in finding.violations)

    async def test_an_order_that_no_command_finds(self, without_base: Life) -> None:
        await pay(without_base, "o-2", total(without_base, "o-2"), "p-2")
        found = evidence(without_base.services)
        orders = found.held("orders")
        version, _ = orders.accounts["c-1"]
        orders.accounts["c-1"] = (version, None)
        (finding,) = money.check(found)
        assert [each.what for each in finding.violations] == ["o-2 is HELD: no command finds it"]
