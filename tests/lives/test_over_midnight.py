"""What came in time, and is read after midnight: does an outage of ours expire it (R1)? Four services in memory."""

from datetime import datetime
from typing import Any

import pytest

from rehearsal.play.carts import DOCUMENTS, E_INVOICING, Body, by_id, cart, line, transfer
from schemas.storefront import OrderSubmitted, PaymentReceived
from tests.builders import ORDER_DAY
from tests.lives import at_rest
from tests.lives.life import Life

LAST_EVENING, NEXT_MORNING = "2027-01-15T23:30:00+01:00", "2027-01-16T09:00:00+01:00"
LAST_EVENING_OF_GRACE, DAYS_LATER = "2027-04-15T23:30:00+02:00", "2027-04-18T09:00:00+02:00"


@pytest.fixture
async def life() -> Life:
    """Begin with an owner of e-invoicing until 2027-01-15, and 50.00 € of credit that can be used through that day."""
    life = Life("midnight", datetime.fromisoformat(ORDER_DAY))
    await asked(life, "", cart("o-1", life.people[0], E_INVOICING))
    await asked(life, "/o-1/payments", transfer("p-1", 8660))
    return life


async def asked(life: Life, path: str, body: Body) -> None:
    answer = await life.ask("orders", "POST", f"/v1/orders{path}", body)
    assert answer is not None
    assert answer.status_code == 201, answer.text
    await life.services.drain()


async def at(life: Life, moment: str) -> None:
    life.services.clock.instant = datetime.fromisoformat(moment)
    await life.services.drain()


async def back(life: Life, *names: str) -> None:
    for name in names:
        life.services[name].is_away = False
    await life.services.drain()


def renewal(life: Life, order_id: str, **optional: Any) -> Body:
    return by_id(cart(order_id, life.people[0], line(E_INVOICING, "RENEW"), channel="CUSTOMER_AREA", **optional))


def order(life: Life, order_id: str) -> Any:
    (row,) = [row for row in life.rows("orders", "orders") if row.order_id == order_id]
    return row


def service(life: Life) -> tuple[str, str]:
    (row,) = life.rows("provisioning", "services")
    return str(row.status), row.expires_on.isoformat()


def templates(life: Life) -> list[str]:
    return [str(row.template) for row in life.rows("notifications", "emails")]


async def holds(life: Life) -> None:
    await at_rest.end(life)
    assert life.faults == []


class TestCreditThatExpiredThatNight:
    async def test_pays_an_order_that_came_before_midnight_while_orders_was_away(self, life: Life) -> None:
        await at(life, LAST_EVENING)
        life.services["orders"].is_away = True
        life.write(OrderSubmitted.EVENT_TYPE, "c-1", renewal(life, "o-2", use_credit=True))
        await at(life, NEXT_MORNING)
        assert {entry.kind for entry in life.rows("billing", "credit_entries")} == {"GRANTED", "EXPIRED"}
        await back(life, "orders")
        assert (order(life, "o-2").status, order(life, "o-2").credit_cents) == ("ACTIVATED", 3660)
        assert service(life) == ("ACTIVE", "2028-01-15")
        await holds(life)

    async def test_pays_none_that_came_after_midnight(self, life: Life) -> None:
        await at(life, NEXT_MORNING)
        await asked(life, "", renewal(life, "o-2", use_credit=True))
        assert (order(life, "o-2").status, order(life, "o-2").credit_cents) == ("AWAITING_PAYMENT", 0)
        await holds(life)


class TestARenewalPaidOnTheLastDayOfGrace:
    @pytest.fixture
    async def in_grace(self, life: Life) -> Life:
        await at(life, "2027-04-10T09:00:00+02:00")
        assert service(life) == ("GRACE", "2027-01-15")
        await asked(life, "", renewal(life, "o-2"))
        await at(life, LAST_EVENING_OF_GRACE)
        return life

    async def test_is_activated_though_provisioning_was_away_for_days(self, in_grace: Life) -> None:
        in_grace.services["provisioning"].is_away = True
        await asked(in_grace, "/o-2/payments", transfer("p-2", 3660))
        await at(in_grace, DAYS_LATER)
        await back(in_grace, "provisioning")
        assert order(in_grace, "o-2").status == "ACTIVATED"
        assert service(in_grace) == ("ACTIVE", "2028-01-15")
        assert "service-ended" not in templates(in_grace)
        await holds(in_grace)

    async def test_waits_for_an_operator_where_orders_was_away_and_the_base_ended_meanwhile(
        self, in_grace: Life
    ) -> None:
        in_grace.services["orders"].is_away = True
        paid = {**transfer("p-2", 3660), "order_id": "o-2", "customer_id": "c-1"}
        in_grace.write(PaymentReceived.EVENT_TYPE, "c-1", paid)
        await at(in_grace, DAYS_LATER)
        await back(in_grace, "orders")
        assert (order(in_grace, "o-2").status, order(in_grace, "o-2").reason) == ("HELD", "BASE_TERMINATED")
        assert service(in_grace) == ("TERMINATED", "2027-01-15")
        await holds(in_grace)


class TestACustomerOfWhomOnlyARefusedOrderIsKnown:
    async def test_is_told_of_the_credit_that_their_payment_became(self) -> None:
        life = Life("refused", datetime.fromisoformat(ORDER_DAY))
        refused = await life.ask("orders", "POST", "/v1/orders", cart("o-1", life.people[1], DOCUMENTS))
        assert refused is not None
        assert refused.status_code == 422
        await asked(life, "/o-1/payments", transfer("p-1", 2440))
        assert templates(life) == ["credit-granted"]
        (mail,) = life.services.post.arrived
        assert mail.message["To"] == str(life.people[1].email)
        assert str(mail.message["Subject"]) == "You have a credit of €24.40"
        await holds(life)
