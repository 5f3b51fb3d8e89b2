"""Is a customer's credit spent once, whoever comes first? Four services in memory, and verify sees what is wrong."""

from typing import Any

import pytest

from rehearsal.play.carts import DOCUMENTS, E_INVOICING, Body, cart, transfer
from tests.lives.evidence import findings
from tests.lives.life import Life
from tests.lives.plan import BEGINNINGS


@pytest.fixture
async def life() -> Life:
    """Begin with an owner of e-invoicing and 50.00 € of credit."""
    life = Life("credit", BEGINNINGS[0])
    await _order(life, "o-1", E_INVOICING)
    await life.services.drain()
    paid = await life.ask("orders", "POST", "/v1/orders/o-1/payments", transfer("p-1", 8660))
    assert paid is not None
    assert paid.status_code == 201, paid.text
    await life.services.drain()
    return life


class TestTwoOrdersAtOnce:
    async def test_the_one_that_is_given_up_leaves_it_to_the_next(self, life: Life) -> None:
        await _order(life, "o-2", DOCUMENTS, use_credit=True)
        assert (await _ask(life, "o-2/cancellation", {"reason": "CUSTOMER_REQUEST"})).status_code == 200
        await _order(life, "o-3", DOCUMENTS, use_credit=True)
        await life.services.drain()
        kept = await _shown(life, "o-3")
        assert (kept["status"], kept["credit_cents"]) == ("ACTIVATED", 2440)
        assert await _balance(life) == 5000 - 2440
        assert _broken(life) == set()


class TestWhatVerifySees:
    @pytest.mark.parametrize("lost", ["billing.CreditUsed.v1", "billing.CreditReturned.v1"])
    async def test_credit_used_or_given_back_without_a_word_is_missed(self, life: Life, lost: str) -> None:
        await _order(life, "o-2", DOCUMENTS, use_credit=True)
        await _ask(life, "o-2/cancellation", {"reason": "CUSTOMER_REQUEST"})
        await life.services.drain()
        assert _broken(life) == set()
        journal = life.services["billing"].edge.store.contents.journal
        journal[:] = [row for row in journal if row.type != lost]
        assert 18 in _broken(life)


async def _order(life: Life, order_id: str, *products: str, **optional: Any) -> None:
    body = cart(order_id, life.people[0], *products, channel="SITE", **optional)
    answer = await life.ask("orders", "POST", "/v1/orders", body)
    assert answer is not None
    assert answer.status_code == 201, answer.text


async def _ask(life: Life, path: str, body: Body) -> Any:
    answer = await life.ask("orders", "POST", f"/v1/orders/{path}", body)
    assert answer is not None
    return answer


async def _shown(life: Life, order_id: str) -> Body:
    answer = await life.ask("orders", "GET", f"/v1/orders/{order_id}")
    assert answer is not None
    return dict(answer.json())


async def _balance(life: Life) -> int:
    answer = await life.ask("billing", "GET", "/v1/customers/c-1/credit")
    assert answer is not None
    return int(answer.json()["balance_cents"])


def _broken(life: Life) -> set[int]:
    return {finding.number for finding in findings(life.services) if not finding.holds}
