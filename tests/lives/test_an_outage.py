"""What does a customer hear after three days without us? Nothing twice, of what is overdue the latest (R21, R40)."""

from datetime import datetime
from typing import Any

from rehearsal.play.carts import DOCUMENTS, E_INVOICING, cart, transfer
from tests.builders import ORDER_DAY
from tests.lives import at_rest
from tests.lives.life import Life


async def at(life: Life, moment: str) -> None:
    """Let everybody present work at an instant."""
    life.services.clock.instant = datetime.fromisoformat(moment)
    await life.services.drain()


async def ordered(life: Life) -> str:
    order = cart("o-1", life.people[0], E_INVOICING, DOCUMENTS)
    answer = await life.ask("orders", "POST", "/v1/orders", order)
    assert answer is not None
    assert answer.status_code == 201, answer.text
    await life.services.drain()
    return "/v1/orders/o-1"


async def paid(life: Life, order: str) -> None:
    answer = await life.ask("orders", "POST", f"{order}/payments", transfer("p-1", 3660))
    assert answer is not None
    assert answer.status_code == 201, answer.text
    await life.services.drain()


def away(life: Life, *names: str, is_away: bool = True) -> None:
    for name in names:
        life.services[name].is_away = is_away


def asked_for(life: Life, *templates: str) -> list[Any]:
    rows = sorted(life.rows("notifications", "emails"), key=lambda row: row.requested_at)
    return [row.template for row in rows if row.template in templates]


OTHERS = ("billing", "provisioning", "notifications")
REMINDER, EXPIRY, GRACE, ENDED = "payment-reminder", "expiry-notice", "grace-notice", "service-ended"


class TestThreeDaysAway:
    async def test_who_paid_meanwhile_is_neither_reminded_nor_expired(self) -> None:
        life = Life("paid", datetime.fromisoformat(ORDER_DAY))
        order = await ordered(life)
        away(life, *OTHERS)
        await at(life, "2026-01-21T20:00:00+00:00")
        await paid(life, order)
        await at(life, "2026-01-24T20:00:00+00:00")
        away(life, *OTHERS, is_away=False)
        await life.services.drain()
        assert asked_for(life, REMINDER) == []
        assert [row.status for row in life.rows("orders", "orders")] == ["ACTIVATED"]
        await at_rest.end(life)
        assert life.faults == []

    async def test_two_reminders_overdue_are_one_mail(self) -> None:
        life = Life("reminded", datetime.fromisoformat(ORDER_DAY))
        await ordered(life)
        away(life, "notifications")
        await at(life, "2026-02-06T20:00:00+00:00")
        away(life, "notifications", is_away=False)
        await life.services.drain()
        assert asked_for(life, REMINDER) == [REMINDER]
        await at(life, "2026-02-09T20:00:00+00:00")
        assert asked_for(life, REMINDER) == [REMINDER]

    async def test_of_the_notices_the_latest_alone_is_told_whoever_was_away(self) -> None:
        life = Life("noticed", datetime.fromisoformat(ORDER_DAY))
        await paid(life, await ordered(life))
        away(life, "notifications")
        await at(life, "2026-12-30T20:00:00+00:00")
        away(life, "notifications", is_away=False)
        await at(life, "2027-01-02T20:00:00+00:00")
        assert asked_for(life, EXPIRY) == [EXPIRY]
        away(life, "provisioning")
        await at(life, "2027-01-15T20:00:00+00:00")
        await at(life, "2027-01-18T20:00:00+00:00")
        assert asked_for(life, EXPIRY, GRACE) == [EXPIRY, EXPIRY]
        away(life, "provisioning", is_away=False)
        await life.services.drain()
        assert asked_for(life, EXPIRY, GRACE) == [EXPIRY, EXPIRY, GRACE]

    async def test_over_the_end_the_end_alone_is_told(self) -> None:
        life = Life("ended", datetime.fromisoformat(ORDER_DAY))
        await paid(life, await ordered(life))
        away(life, "provisioning", "notifications")
        await at(life, "2027-04-18T20:00:00+00:00")
        away(life, "provisioning", "notifications", is_away=False)
        await life.services.drain()
        assert asked_for(life, EXPIRY, GRACE, ENDED) == [ENDED]
        await at_rest.end(life)
        assert life.faults == []
