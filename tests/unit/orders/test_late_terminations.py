"""What does the late news of a service's end change? Nothing that is newer (R9)."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from runtime.service import Input, Outcome, RawRecord
from schemas import provisioning
from schemas.vocabulary import ExpiryReason, ServiceStatus
from tests.unit.orders.builders import (
    BASE,
    OTHER_VAT,
    base_activated,
    cancellation,
    customer,
    order,
    owner,
    payment,
    priced,
)
from tests.unit.orders.outcomes import codes, named
from tests.unit.orders.spec import Desk, names

DAY_91 = "2026-09-29"
GRACE = provisioning.ServiceEnteredGrace(
    customer_id="c-1", product=BASE, expires_on=date(2026, 6, 30), grace_until=date(2026, 9, 28)
)
ENDED = provisioning.ServiceTerminated(
    customer_id="c-1", product=BASE, terminated_on=date(2026, 9, 29), expires_on=date(2026, 6, 30)
)


def claims(desk: Desk) -> list[tuple[str, str, str]]:
    found = [claim for claim in desk.table("claims") if claim.kind == "tax_identifier"]
    return sorted((claim.customer_id, claim.holder, claim.content) for claim in found)


class TestBoughtAnewOnDay91:
    async def test_the_late_end_leaves_the_new_orders_claim(self) -> None:
        desk = (await owner("2026-06-30")).on(DAY_91)
        assert await codes(desk, BASE) == []

        assert names(await desk.when(GRACE)) == ["ServiceNoted"]
        assert names(await desk.when(ENDED)) == ["ServiceNoted"]

        assert claims(desk) == [("c-1", "o-1", "ORDERED")]
        assert await named(desk, BASE, order_id="o-2", buyer=customer("c-2")) == [("BASE_ORDER_PENDING", "o-1")]

    async def test_paid_before_the_end_was_told_it_is_activated(self) -> None:
        desk = (await owner("2026-06-30")).on(DAY_91)
        await desk.when(order(BASE))
        await desk.when(priced(3660))
        await desk.when(payment(3660))
        for news in (GRACE, ENDED, base_activated("2027-09-29", order_id="o-1")):
            await desk.when(news)
        state = await desk.state("c-1")
        assert state is not None
        assert [(owned.status, str(owned.expires_on)) for owned in state.services] == [("ACTIVE", "2027-09-29")]
        assert claims(desk) == [("c-1", "o-1", "OWNED until 2027-09-29")]

    async def test_cancelled_again_it_takes_nothing_back(self) -> None:
        desk = (await owner("2026-06-30")).on(DAY_91)
        await desk.when(order(BASE))
        await desk.when(cancellation())
        await desk.when(GRACE)
        await desk.when(ENDED)
        assert claims(desk) == []

    async def test_under_another_identifier_the_late_end_frees_the_first(self) -> None:
        desk = (await owner("2026-06-30")).on(DAY_91)
        await desk.when(order(BASE, buyer=customer(vat_number=OTHER_VAT)))
        await desk.when(ENDED)
        assert claims(desk) == [("c-1", "o-1", "ORDERED")]


class TestAnAccountThatTheLateEndOnceParked:
    async def test_goes_on_when_it_is_taken_again(self) -> None:
        desk = (await owner("2026-06-30")).on(DAY_91)
        assert await codes(desk, BASE) == []
        await desk.when(GRACE)
        mended = desk.service
        desk.service = replace(mended, inputs=tuple(map(_as_it_failed, mended.inputs)))
        (failed,) = await desk.take(replace(desk.incoming(ENDED), raw=RawRecord(b"c-1", b"{}")))
        assert failed.fault is not None
        assert failed.fault.reason == "HANDLER_FAILED"

        desk.service = mended
        ((number, (parked, _)),) = desk.store.contents.parked.items()
        (again,) = await desk.take(replace(parked, parked_id=number, fault=None))
        assert names([recorded.event for recorded in again.recorded]) == ["ServiceNoted"]
        assert desk.store.contents.parked == {}
        assert claims(desk) == [("c-1", "o-1", "ORDERED")]
        assert names(await desk.when(payment(3660))) == ["PaymentHeld"]


def _as_it_failed(entry: Input) -> Input:
    def fails(*_: Any) -> Outcome:
        raise ValueError("claim tax_identifier was taken without having been locked")

    return replace(entry, handle=fails) if entry.type == ENDED.EVENT_TYPE else entry


class TestAnotherCustomerOfTheSameIdentifier:
    @pytest.mark.parametrize(
        ("day", "found"), [("2026-09-28", ["BASE_ALREADY_OWNED"]), (DAY_91, [])], ids=["last day of grace", "day 91"]
    )
    async def test_is_judged_by_dates(self, day: str, found: list[str]) -> None:
        desk = (await owner("2026-06-30")).on(day)
        assert await codes(desk, BASE, buyer=customer("c-2")) == found

    async def test_an_extended_service_holds_it_longer(self) -> None:
        desk = await owner("2026-06-30")
        await desk.when(
            provisioning.ExpiryAligned(
                customer_id="c-1",
                order_id="o-1",
                product=BASE,
                previous_expiry=date(2026, 6, 30),
                new_expiry=date(2027, 1, 15),
                anchor_on=date(2027, 1, 15),
                months=0,
                reason=ExpiryReason.EXTENSION,
            )
        )
        assert claims(desk) == [("c-1", "o-0", "OWNED until 2027-01-15")]
        assert await codes(desk.on(DAY_91), BASE, buyer=customer("c-2")) == ["BASE_ALREADY_OWNED"]

    async def test_a_suspended_one_still_holds_it(self) -> None:
        desk = await owner("2026-06-30")
        await desk.when(
            provisioning.ServiceCancelled(
                customer_id="c-1",
                product=BASE,
                cancelled_on=date(2026, 1, 15),
                lapses_on=date(2026, 6, 30),
                status=ServiceStatus.SUSPENDED,
            )
        )
        assert await codes(desk, BASE, buyer=customer("c-2")) == ["BASE_ALREADY_OWNED"]
