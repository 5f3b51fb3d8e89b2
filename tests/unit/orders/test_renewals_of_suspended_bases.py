"""What becomes of an automatic renewal while its base is suspended, and once that goes on (R29, R34, R43)?"""

from datetime import date

import httpx
import pytest

from schemas.automatic_renewals import AutomaticRenewalSkipped
from schemas.ends import ResumptionReason, ServiceResumed, ServiceSuspended, SuspensionReason
from schemas.orders import OrderPlaced
from schemas.vocabulary import Channel, ServiceStatus
from tests.unit.orders.asking import STOREFRONT, code
from tests.unit.orders.builders import BASE
from tests.unit.orders.spec import Desk
from tests.unit.orders.test_automatic_renewals import PATH, YEARLY, at, chosen, owner_of_both, the


@pytest.fixture
async def desk() -> Desk:
    return Desk()


def suspended() -> ServiceSuspended:
    return ServiceSuspended(
        customer_id="c-1",
        order_id="o-1",
        product=BASE,
        suspended_on=date(2026, 12, 20),
        expires_on=date(2027, 1, 15),
        reason=SuspensionReason.CHARGEBACK,
    )


def resumed(status: ServiceStatus) -> ServiceResumed:
    return ServiceResumed(
        customer_id="c-1",
        order_id="o-1",
        product=BASE,
        resumed_on=date(2027, 1, 12),
        expires_on=date(2027, 1, 15),
        status=status,
        reason=ResumptionReason.CHARGEBACK_WON,
    )


class TestABaseThatIsSuspended:
    """A chargeback limits it; its dates run on (R29, R34)."""

    @pytest.fixture
    async def limited(self, desk: Desk, http: httpx.AsyncClient) -> Desk:
        await chosen(desk, http)
        await at(desk, "2026-12-20T09:00:00Z").when(suspended())
        return desk

    async def test_is_passed_over_and_nothing_is_asked_for(self, limited: Desk) -> None:
        skipped = the(await at(limited, "2027-01-08T08:00:01Z").fire(), AutomaticRenewalSkipped)
        assert skipped.why == "the base is SUSPENDED"
        assert await at(limited, "2027-01-16T08:00:01Z").fire() == []
        assert [each.order_id for each in limited.table("orders")] == ["o-1"]

    @pytest.mark.parametrize(
        ("resumed_at", "status"),
        [("2027-01-12T09:00:00Z", ServiceStatus.ACTIVE), ("2027-02-01T09:00:00Z", ServiceStatus.GRACE)],
    )
    async def test_is_renewed_once_it_goes_on(self, limited: Desk, resumed_at: str, status: ServiceStatus) -> None:
        await at(limited, "2027-01-08T08:00:01Z").fire()
        await at(limited, resumed_at).when(resumed(status))
        placed = the(await limited.fire(), OrderPlaced)
        assert (placed.channel, placed.payable_until) == (Channel.AUTOMATIC, date(2027, 4, 15))
        assert await limited.fire() == []

    async def test_that_goes_on_in_time_is_renewed_when_it_is_due_and_once(self, limited: Desk) -> None:
        await at(limited, "2026-12-24T09:00:00Z").when(resumed(ServiceStatus.ACTIVE))
        assert await limited.fire() == []
        assert the(await at(limited, "2027-01-08T08:00:01Z").fire(), OrderPlaced).channel is Channel.AUTOMATIC
        assert await limited.fire() == []

    async def test_whose_order_was_placed_before_gets_no_second_one(self, desk: Desk, http: httpx.AsyncClient) -> None:
        await chosen(desk, http)
        the(await at(desk, "2027-01-08T08:00:01Z").fire(), OrderPlaced)
        await at(desk, "2027-01-10T09:00:00Z").when(suspended())
        await at(desk, "2027-01-12T09:00:00Z").when(resumed(ServiceStatus.ACTIVE))
        assert await desk.fire() == []

    async def test_can_not_be_chosen_for(self, desk: Desk, http: httpx.AsyncClient) -> None:
        await owner_of_both(desk)
        await desk.when(suspended())
        answer = await http.put(PATH, json=YEARLY, headers=STOREFRONT)
        assert code(answer) == (422, "RENEWAL_NOT_POSSIBLE")
