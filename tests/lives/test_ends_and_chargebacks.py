"""Does a service end, and a chargeback pass, through all four services? In memory, every invariant held at the end."""

from datetime import datetime
from typing import Any

import pytest

from rehearsal.play.carts import DOCUMENTS, E_INVOICING, RECEIVE_ONLY, Body, cart, transfer
from tests.builders import ORDER_DAY, YEAR_TO_JUNE
from tests.lives import at_rest
from tests.lives.life import Life

WHY = {"why": "a case"}


@pytest.fixture
async def owner() -> Life:
    """Return the life of an owner of e-invoicing until 2026-06-30, on the order day of example A."""
    life = Life("ends", datetime.fromisoformat(YEAR_TO_JUNE))
    await bought(life, E_INVOICING)
    life.services.clock.instant = datetime.fromisoformat(ORDER_DAY)
    return life


async def bought(life: Life, *products: str, who: int = 0, **optional: Any) -> Body:
    """Order and pay, and return the order as it was priced."""
    order_id = f"o-{len(life.rows('orders', 'orders')) + 1}"
    placed = await life.ask("orders", "POST", "/v1/orders", cart(order_id, life.people[who], *products, **optional))
    assert placed is not None
    assert placed.status_code == 201, placed.text
    await life.services.drain()
    priced = await life.ask("orders", "GET", f"/v1/orders/{order_id}")
    assert priced is not None
    order: Body = priced.json()
    await life.ask("orders", "POST", f"/v1/orders/{order_id}/payments", transfer(f"p-{order_id}", order["total_cents"]))
    await life.services.drain()
    return order


async def operates(life: Life, service: str, path: str, body: Any = None, method: str = "POST") -> Body:
    answer = await life.operate(service, method, f"/v1/operator/{path}", body)
    assert answer is not None
    assert answer.status_code == 200, answer.text
    await life.services.drain()
    answered: Body = answer.json()
    return answered


async def refused(life: Life, service: str, path: str, body: Any = None, method: str = "POST") -> tuple[int, str]:
    answer = await life.operate(service, method, f"/v1/operator/{path}", body)
    assert answer is not None
    return answer.status_code, answer.json()["code"]


async def services(life: Life) -> dict[str, tuple[str, str]]:
    shown = await life.operate("provisioning", "GET", "/v1/customers/c-1/services")
    assert shown is not None
    return {each["product"]: (each["status"], each["expires_on"]) for each in shown.json()["services"]}


async def credit(life: Life) -> int:
    shown = await life.operate("billing", "GET", "/v1/customers/c-1/credit")
    assert shown is not None
    balance: int = shown.json()["balance_cents"]
    return balance


async def holds(life: Life) -> None:
    await at_rest.end(life)
    assert life.faults == []


class TestAnEndedService:
    async def test_gives_its_unused_months_and_frees_its_tax_identifier(self, owner: Life) -> None:
        owner.services.clock.instant = datetime.fromisoformat("2025-11-20T09:00:00+01:00")
        end = {"on": "2025-11-20", "why": "moves abroad", "money": "TO_CREDIT"}
        path = "customers/c-1/services/E_INVOICING/end"

        rehearsed = await operates(owner, "provisioning", f"{path}?dry_run=true", end)
        names = [event["type"].split(".")[1] for event in rehearsed["events"]]
        assert names == ["ServiceEnded", "CredentialsVoided", "ServiceTerminated"]
        assert await services(owner) == {E_INVOICING: ("ACTIVE", "2026-06-30")}

        await operates(owner, "provisioning", path, end)
        assert await services(owner) == {E_INVOICING: ("TERMINATED", "2026-06-30")}
        assert await credit(owner) == 2135
        assert await refused(owner, "provisioning", path, end) == (409, "SERVICE_ENDED")
        await bought(owner, RECEIVE_ONLY)
        await holds(owner)

    async def test_is_paid_back_by_the_payment_that_it_came_by(self, owner: Life) -> None:
        end = {"on": "2026-01-15", "why": "moves abroad", "money": "TO_REFUND"}
        await operates(owner, "provisioning", "customers/c-1/services/E_INVOICING/end", end)
        refunds = await operates(owner, "orders", "refunds?status=DUE", method="GET")
        assert [(each["amount_cents"], each["payment_id"]) for each in refunds["refunds"]] == [(1525, "p-o-1")]
        await holds(owner)

    async def test_takes_its_add_ons_along_the_free_one_for_nothing(self) -> None:
        life = Life("ends", datetime.fromisoformat(ORDER_DAY))
        await bought(life, E_INVOICING, DOCUMENTS)
        life.services.clock.instant = datetime.fromisoformat("2026-05-20T09:00:00+02:00")
        end = {"on": "2026-05-20", "why": "moves abroad", "money": "TO_CREDIT"}
        await operates(life, "provisioning", "customers/c-1/services/E_INVOICING/end", end)
        assert {status for status, _ in (await services(life)).values()} == {"TERMINATED"}
        assert await credit(life) == 2135
        await holds(life)


class TestACancelledBase:
    async def test_frees_its_tax_identifier_for_another_variant_and_another_customer(self) -> None:
        life = Life("cancelled", datetime.fromisoformat(ORDER_DAY))
        await bought(life, RECEIVE_ONLY)
        refusal = await life.ask("orders", "POST", "/v1/orders", cart("o-2", life.people[0], E_INVOICING))
        assert refusal is not None
        assert [each["code"] for each in refusal.json()["violations"]] == ["BASE_ALREADY_OWNED"]
        path = "customers/c-1/services/E_INVOICING_RECEIVE_ONLY/cancellation"
        await operates(life, "provisioning", path)
        assert await refused(life, "provisioning", path) == (409, "CANCELLATION_REFUSED")
        same_firm = life.people[0].but(customer_id="c-other")
        life.people.append(same_firm)
        await bought(life, E_INVOICING, who=len(life.people) - 1)
        await holds(life)


class TestAChargeback:
    async def test_of_an_extension_undoes_it_and_suspends_documents_until_it_is_won_back(self, owner: Life) -> None:
        await bought(owner, DOCUMENTS)
        before = await services(owner)
        assert before == dict.fromkeys((E_INVOICING, DOCUMENTS), ("ACTIVE", "2027-01-15"))

        await operates(owner, "orders", "payments/bank/p-o-2/chargeback", WHY)
        assert await services(owner) == {
            E_INVOICING: ("ACTIVE", "2026-06-30"),
            DOCUMENTS: ("SUSPENDED", "2026-06-30"),
        }
        again = await operates(owner, "orders", "payments/bank/p-o-2/chargeback", WHY)
        assert again["events"] == []

        await operates(owner, "orders", "payments/bank/p-o-2/chargeback", method="DELETE")
        assert await services(owner) == before
        await holds(owner)

    async def test_of_the_first_purchase_suspends_the_base_and_refuses_what_needs_it(self, owner: Life) -> None:
        await operates(owner, "orders", "payments/bank/p-o-1/chargeback", WHY)
        assert await services(owner) == {E_INVOICING: ("SUSPENDED", "2026-06-30")}
        refusal = await owner.ask("orders", "POST", "/v1/orders", cart("o-9", owner.people[0], DOCUMENTS))
        assert refusal is not None
        assert [each["code"] for each in refusal.json()["violations"]] == ["BASE_NOT_ACTIVE"]
        end = {"on": "2026-01-15", "why": "never paid", "money": "TO_CREDIT"}
        await operates(owner, "provisioning", "customers/c-1/services/E_INVOICING/end", end)
        assert await credit(owner) == 0
        await holds(owner)

    async def test_told_by_the_storefront_takes_back_the_credit_of_its_surplus(self, owner: Life) -> None:
        placed = await owner.ask("orders", "POST", "/v1/orders", cart("o-2", owner.people[0], DOCUMENTS))
        assert placed is not None
        await owner.services.drain()
        await owner.ask("orders", "POST", "/v1/orders/o-2/payments", transfer("p-2", 5000))
        await owner.services.drain()
        assert await credit(owner) == 573
        chargeback = {
            "payment_source": "bank",
            "payment_id": "p-2",
            "order_id": "o-2",
            "customer_id": "c-1",
            "amount_cents": 5000,
        }
        owner.write("storefront.PaymentChargedBack.v1", "c-1", chargeback)
        await owner.services.drain()
        assert await credit(owner) == 0
        assert (await services(owner))[DOCUMENTS][0] == "SUSPENDED"
        await holds(owner)

    async def test_of_what_was_never_paid_or_never_charged_back_is_refused(self, owner: Life) -> None:
        assert await refused(owner, "orders", "payments/bank/p-9/chargeback", WHY) == (404, "PAYMENT_UNKNOWN")
        answer = await refused(owner, "orders", "payments/bank/p-o-1/chargeback", method="DELETE")
        assert answer == (409, "PAYMENT_NOT_CHARGED_BACK")
