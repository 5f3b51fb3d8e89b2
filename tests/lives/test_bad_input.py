"""What becomes of what makes no sense? One clear answer each, nothing half done, no cent made or lost."""

from datetime import timedelta
from typing import Any

import pytest

from rehearsal.play.carts import DOCUMENTS, E_INVOICING, RECEIVE_ONLY, cart, line, transfer
from schemas.envelope import Event
from schemas.provisioning import CancellationRefused
from schemas.storefront import PaymentChargedBack
from tests.lives.evidence import findings
from tests.lives.life import Life
from tests.lives.plan import BEGINNINGS

OPERATOR, STOREFRONT = "operator", "storefront"
WHY = {"why": "a slip"}
SERVICE = "operator/customers/c-1/services"


@pytest.fixture
async def life() -> Life:
    """Return the life of an owner of both with credit, a resolved payment, a refund due and a cancelled order."""
    life = Life("by-hand", BEGINNINGS[0])
    await said(life, "orders", "orders", cart("o-1", life.people[0], E_INVOICING, DOCUMENTS))
    await said(life, "orders", "orders/o-1/payments", transfer("p-1", 4660))
    await said(life, "orders", "orders/o-77/payments", transfer("p-77", 500) | {"customer_id": "c-1"})
    await said(life, "orders", "operator/payments/bank/p-77/resolution", {**WHY, "action": "REFUND"})
    await said(life, "orders", "orders", cart("o-2", life.people[0], line(E_INVOICING, "RENEW", 1)))
    await said(life, "orders", "orders/o-2/cancellation", {})
    await said(life, "provisioning", f"{SERVICE}/DOCUMENTS/cancellation")
    return life


async def said(life: Life, service: str, path: str, body: Any = None, method: str = "POST") -> tuple[int, str]:
    """Ask, let everybody work, and return the status and the code of a refusal, or of its first violation."""
    ask = life.operate if path.startswith("operator") else life.ask
    answer = await ask(service, method, f"/v1/{path}", body)
    assert answer is not None
    await life.services.drain()
    told = answer.json()
    codes = [each["code"] for each in told.get("violations") or [] if "code" in each]
    return answer.status_code, (codes or [told.get("code", "")])[0]


def happened(life: Life) -> list[Event]:
    """Return what happened; that a cancellation was refused is an event, and no change."""
    events = [event for member in life.services.members.values() for event in member.edge.journal()]
    return [event for event in events if not isinstance(event, CancellationRefused)]


def is_whole(life: Life) -> bool:
    return life.faults == [] and [finding for finding in findings(life.services) if not finding.holds] == []


def renewal(product: str, years: int) -> dict[str, Any]:
    return {"lines": [line(product, "RENEW", years)]}


@pytest.mark.parametrize(
    ("service", "path", "body", "answer"),
    [
        ("orders", "orders", renewal(E_INVOICING, 0), (422, "INVALID_REQUEST")),
        ("orders", "orders", renewal(E_INVOICING, 11), (422, "INVALID_REQUEST")),
        ("billing", "operator/customers/c-1/credit/{credit}/refund", {**WHY, "amount_cents": 9999}, 422),
        ("orders", "operator/refunds/{refund}/paid", {"amount_cents": 9999}, 422),
        ("orders", "operator/refunds/no-such/paid", None, (404, "REFUND_UNKNOWN")),
        ("provisioning", f"{SERVICE}/DOCUMENTS/cancellation", None, (409, "CANCELLATION_REFUSED")),
        ("provisioning", f"{SERVICE}/{RECEIVE_ONLY}/cancellation", None, (404, "SERVICE_UNKNOWN")),
        ("orders", "orders/o-1/cancellation", {}, (409, "ORDER_NOT_CANCELLABLE")),
        (
            "orders",
            "operator/payments/bank/p-77/resolution",
            {**WHY, "action": "TO_CREDIT"},
            (409, "PAYMENT_NOT_WAITING"),
        ),
        ("orders", "operator/payments/bank/p-1/resolution", {**WHY, "action": "REFUND"}, (409, "PAYMENT_NOT_WAITING")),
        ("orders", "operator/payments/bank/p-9/resolution", {**WHY, "action": "REFUND"}, (404, "PAYMENT_UNKNOWN")),
        ("orders", "operator/payments/bank/p-9/chargeback", WHY, (404, "PAYMENT_UNKNOWN")),
        ("orders", "operator/payments/bank/p-77/chargeback", WHY, (409, "PAYMENT_NOT_REGISTERED")),
        ("orders", "operator/orders/o-1/release", WHY, (409, "ORDER_NOT_HELD")),
        ("orders", "operator/orders/o-1/closure", {**WHY, "money": "TO_REFUND"}, (409, "ORDER_NOT_CLOSABLE")),
    ],
)
async def test_what_makes_no_sense_is_answered_and_nothing_happens(
    life: Life, service: str, path: str, body: Any, answer: tuple[int, str] | int
) -> None:
    if path == "orders":
        body = cart("o-9", life.people[0]) | body
    (credit,) = life.rows("billing", "credit_entries")
    (refund,) = life.rows("orders", "refunds")
    before = happened(life)
    found = await said(life, service, path.format(credit=credit.credit_id, refund=refund.refund_id), body)
    assert found in (answer, (answer, "INVALID_REQUEST"))
    assert happened(life) == before
    assert is_whole(life)


async def test_renewing_what_is_not_owned_is_refused_and_kept_as_refused(life: Life) -> None:
    for who, product in ((0, RECEIVE_ONLY), (1, E_INVOICING)):
        order = cart(f"o-of-{who}", life.people[who], line(product, "RENEW", 1))
        assert await said(life, "orders", "orders", order) == (422, "RENEWAL_NOT_POSSIBLE")
    assert is_whole(life)


@pytest.mark.parametrize(
    ("service", "path", "body"),
    [
        ("orders", "orders/o-2/cancellation", {}),
        ("orders", "operator/refunds/{refund}/paid", None),
        ("billing", "operator/customers/c-1/credit/{credit}/refund", WHY),
        ("orders", "operator/payments/bank/p-1/chargeback", WHY),
    ],
)
async def test_what_is_told_twice_happens_once(life: Life, service: str, path: str, body: Any) -> None:
    (credit,) = life.rows("billing", "credit_entries")
    (refund,) = life.rows("orders", "refunds")
    path = path.format(credit=credit.credit_id, refund=refund.refund_id)
    assert await said(life, service, path, body) == (200, "")
    before = happened(life)
    assert await said(life, service, path, body) == (200, "")
    assert happened(life) == before
    assert is_whole(life)


async def test_a_chargeback_over_kafka_of_a_payment_that_nobody_knows_is_set_aside_and_said(life: Life) -> None:
    told = {"payment_source": "bank", "payment_id": "p-9", "order_id": "o-1", "customer_id": "c-1", "amount_cents": 1}
    before = happened(life)
    life.write(PaymentChargedBack.EVENT_TYPE, "c-1", told)
    await life.services.drain()
    contents = life.services["orders"].edge.store.contents
    assert [fault.reason for _, fault in contents.quarantine.values()] == ["PAYMENT_UNKNOWN"]
    assert (happened(life), contents.parked) == (before, {})
    assert is_whole(life)


async def test_a_clock_that_is_moved_back_undoes_and_repeats_nothing(life: Life) -> None:
    life.services.clock.instant += timedelta(days=380)
    await life.services.drain()
    before = happened(life)
    life.services.clock.instant -= timedelta(days=300)
    await life.services.drain()
    assert happened(life) == before
    assert await said(life, "orders", "orders/o-1/payments", transfer("p-1", 4660)) == (200, "")
    assert happened(life) == before
    assert is_whole(life)
