"""Does a base renew by itself, once for each expiry, where its customer chose so, and only then (R43)?"""

from datetime import UTC, date, datetime
from typing import Any

import httpx
import pytest

from schemas.automatic_renewals import (
    AutomaticRenewalFailed,
    AutomaticRenewalScheduled,
    AutomaticRenewalSkipped,
    PaymentRequested,
)
from schemas.envelope import Event
from schemas.orders import OrderPlaced
from schemas.provisioning import ExpiryAligned, ServiceCancelled, ServiceTerminated
from schemas.storefront import Line
from schemas.vocabulary import Channel, ExpiryReason, LineAction, Product, ServiceStatus
from tests.unit.orders.asking import OPERATOR, STOREFRONT, code
from tests.unit.orders.builders import (
    BASE,
    DOCUMENTS,
    RECEIVE_ONLY,
    activated,
    base_activated,
    cancellation,
    documents_activated,
    order,
    payment,
    priced,
)
from tests.unit.orders.spec import Desk, names

PATH = "/v1/customers/c-1/automatic-renewal"
YEARLY = {"enabled": True, "years": 1, "add_ons": [DOCUMENTS]}
OFF = {"enabled": False}
RENEWAL: Any = {"channel": Channel.SITE, "lines": [Line(product=BASE, action=LineAction.RENEW, years=1)]}


@pytest.fixture
async def desk() -> Desk:
    return Desk()


async def owner_of_both(desk: Desk, expires_on: str = "2027-01-15") -> Desk:
    """Let somebody buy both, whose order says who they are."""
    for input_ in (order(BASE, DOCUMENTS), priced(3660), payment(3660), base_activated(expires_on, order_id="o-1")):
        await desk.when(input_)
    for followed in (documents_activated(expires_on, order_id="o-1"), activated("o-1")):
        await desk.when(followed)
    return desk


async def chosen(desk: Desk, http: httpx.AsyncClient, expires_on: str = "2027-01-15", **choice: Any) -> None:
    await owner_of_both(desk, expires_on)
    answer = await http.put(PATH, json={**YEARLY, **choice}, headers=STOREFRONT)
    assert answer.status_code == 200, answer.json()


def moved(new_expiry: str, previous: str = "2027-01-15", product: Product = BASE) -> ExpiryAligned:
    return ExpiryAligned(
        customer_id="c-1",
        order_id="o-7",
        product=product,
        previous_expiry=date.fromisoformat(previous),
        new_expiry=date.fromisoformat(new_expiry),
        reason=ExpiryReason.RENEWAL,
        anchor_on=date(2025, 6, 30),
        months=24,
    )


def at(desk: Desk, instant: str) -> Desk:
    desk.clock.instant = datetime.fromisoformat(instant).astimezone(UTC)
    return desk


def the(events: list[Event], kind: type[Event]) -> Any:
    (found,) = [event for event in events if isinstance(event, kind)]
    return found


class TestWhenItIsDue:
    @pytest.mark.parametrize(
        ("expires_on", "before", "due"),
        [
            ("2027-01-15", "2027-01-08T07:59:59Z", "2027-01-08T08:00:01Z"),
            ("2027-04-02", "2027-03-26T07:59:59Z", "2027-03-26T08:00:01Z"),
            ("2027-04-04", "2027-03-28T06:59:59Z", "2027-03-28T07:00:01Z"),  # summer time began that night
            ("2027-11-07", "2027-10-31T07:59:59Z", "2027-10-31T08:00:01Z"),  # it ended that night
            ("2028-03-07", "2028-02-29T07:59:59Z", "2028-02-29T08:00:01Z"),
        ],
    )
    async def test_the_order_is_placed_seven_days_before_at_nine_in_rome(
        self, desk: Desk, http: httpx.AsyncClient, expires_on: str, before: str, due: str
    ) -> None:
        await chosen(desk, http, expires_on)
        assert await at(desk, before).fire() == []
        placed = the(await at(desk, due).fire(), OrderPlaced)
        assert (placed.channel, placed.ordered_on.isoformat()) == (Channel.AUTOMATIC, due[:10])
        assert [(line.product, line.action, line.years) for line in placed.lines] == [
            (BASE, LineAction.RENEW, 1),
            (DOCUMENTS, LineAction.RENEW, 1),
        ]
        assert (await desk.keyring.open("c-1", placed.personal))["name"] == "Rossi Srl"
        assert await at(desk, due).fire() == []

    async def test_it_is_payable_through_the_grace_and_the_storefront_is_asked_to_collect(
        self, desk: Desk, http: httpx.AsyncClient
    ) -> None:
        await chosen(desk, http)
        placed = the(await at(desk, "2027-01-08T08:00:01Z").fire(), OrderPlaced)
        assert placed.payable_until == date(2027, 4, 15)
        happened = await desk.when(priced(6100, order_id=placed.order_id))
        asked = the(happened, PaymentRequested)
        assert (asked.order_id, asked.amount_cents, asked.payable_until) == (placed.order_id, 6100, date(2027, 4, 15))
        assert desk.order(placed.order_id).storefront == "pec.it"

    async def test_another_process_names_the_order_alike(self, http: httpx.AsyncClient, desk: Desk) -> None:
        await chosen(desk, http)
        other = Desk()
        async with other.client() as asked:
            await chosen(other, asked)
        ids = [the(await at(each, "2027-01-08T08:00:01Z").fire(), OrderPlaced).order_id for each in (desk, other)]
        assert ids[0] == ids[1]

    async def test_paid_it_is_due_again_a_year_later(self, desk: Desk, http: httpx.AsyncClient) -> None:
        await chosen(desk, http)
        placed = the(await at(desk, "2027-01-08T08:00:01Z").fire(), OrderPlaced)
        for input_ in (priced(6100, order_id=placed.order_id), payment(6100, "p-2", placed.order_id)):
            await desk.when(input_)
        for followed in (moved("2028-01-15"), moved("2028-01-15", product=DOCUMENTS), activated(placed.order_id)):
            await desk.when(followed)
        assert await at(desk, "2027-01-16T00:00:00Z").fire() == []
        again = the(await at(desk, "2028-01-08T08:00:01Z").fire(), OrderPlaced)
        assert again.order_id != placed.order_id


class TestWhenItIsNotPaid:
    async def test_once_the_expiry_is_over_that_is_told_once_and_the_order_stays_payable(
        self, desk: Desk, http: httpx.AsyncClient
    ) -> None:
        await chosen(desk, http)
        placed = the(await at(desk, "2027-01-08T08:00:01Z").fire(), OrderPlaced)
        await desk.when(priced(6100, order_id=placed.order_id))
        assert await at(desk, "2027-01-15T22:59:59Z").fire() == []
        failed = the(await at(desk, "2027-01-15T23:00:01Z").fire(), AutomaticRenewalFailed)
        assert (failed.order_id, failed.product) == (placed.order_id, BASE)
        assert await at(desk, "2027-02-20T00:00:00Z").fire() == []
        paid = await at(desk, "2027-04-15T21:59:00Z").when(payment(6100, "p-2", placed.order_id))
        assert "OrderSettled" in names(paid)

    async def test_after_the_grace_it_expires(self, desk: Desk, http: httpx.AsyncClient) -> None:
        await chosen(desk, http)
        placed = the(await at(desk, "2027-01-08T08:00:01Z").fire(), OrderPlaced)
        await desk.when(priced(6100, order_id=placed.order_id))
        await at(desk, "2027-01-16T09:00:00Z").fire()
        assert names(await at(desk, "2027-04-15T22:00:01Z").fire()) == ["OrderExpired"]

    async def test_paid_in_the_last_minute_or_given_up_nothing_failed(
        self, desk: Desk, http: httpx.AsyncClient
    ) -> None:
        await chosen(desk, http)
        placed = the(await at(desk, "2027-01-08T08:00:01Z").fire(), OrderPlaced)
        await desk.when(cancellation(placed.order_id))
        skipped = the(await at(desk, "2027-01-15T23:00:01Z").fire(), AutomaticRenewalSkipped)
        assert skipped.why == f"the order {placed.order_id} is closed"


class TestWhenNothingIsPlaced:
    async def test_opted_out_or_never_opted_in(self, desk: Desk, http: httpx.AsyncClient) -> None:
        await chosen(desk, http)
        assert (await http.put(PATH, json=OFF, headers=STOREFRONT)).json()["bases"][0]["enabled"] is False
        assert await at(desk, "2027-01-08T08:00:01Z").fire() == []

    async def test_a_pending_renewal(self, desk: Desk, http: httpx.AsyncClient) -> None:
        await chosen(desk, http)
        at(desk, "2027-01-05T09:00:00Z")
        await desk.when(order(order_id="o-7", **RENEWAL))
        skipped = the(await at(desk, "2027-01-08T08:00:01Z").fire(), AutomaticRenewalSkipped)
        assert skipped.why == "the order o-7 renews it already"

    async def test_renewed_by_hand_it_waits_for_the_new_expiry(self, desk: Desk, http: httpx.AsyncClient) -> None:
        await chosen(desk, http)
        for input_ in (moved("2028-01-15"), moved("2028-01-15", product=DOCUMENTS)):
            await desk.when(input_)
        assert await at(desk, "2027-01-08T08:00:01Z").fire() == []
        assert the(await at(desk, "2028-01-08T08:00:01Z").fire(), OrderPlaced).channel is Channel.AUTOMATIC

    async def test_a_base_that_ended_or_was_cancelled_forgets_the_choice(
        self, desk: Desk, http: httpx.AsyncClient
    ) -> None:
        await chosen(desk, http)
        ended = ServiceTerminated(
            customer_id="c-1", product=BASE, expires_on=date(2027, 1, 15), terminated_on=date(2026, 2, 1)
        )
        await desk.when(ended)
        assert await at(desk, "2027-01-08T08:00:01Z").fire() == []
        await desk.when(base_activated("2027-01-15", order_id="o-8"))
        assert await desk.fire() == []

    async def test_an_add_on_that_was_cancelled_lapses(self, desk: Desk, http: httpx.AsyncClient) -> None:
        await chosen(desk, http)
        cancelled = ServiceCancelled(
            customer_id="c-1",
            product=DOCUMENTS,
            status=ServiceStatus.ACTIVE,
            cancelled_on=date(2026, 2, 1),
            lapses_on=date(2027, 1, 15),
        )
        await desk.when(cancelled)
        placed = the(await at(desk, "2027-01-08T08:00:01Z").fire(), OrderPlaced)
        assert [line.product for line in placed.lines] == [BASE]


class TestAfterAnOutage:
    @pytest.mark.parametrize("back", ["2027-01-11T10:00:00Z", "2027-02-01T10:00:00Z"])
    async def test_it_is_placed_once_before_the_expiry_or_in_the_grace(
        self, desk: Desk, http: httpx.AsyncClient, back: str
    ) -> None:
        await chosen(desk, http)
        happened = await at(desk, back).fire()
        placed = the(happened, OrderPlaced)
        assert (placed.ordered_on.isoformat(), placed.payable_until) == (back[:10], date(2027, 4, 15))
        assert await desk.fire() == []

    async def test_placed_in_the_grace_it_has_its_seven_days_before_it_failed(
        self, desk: Desk, http: httpx.AsyncClient
    ) -> None:
        await chosen(desk, http)
        scheduled = the(await at(desk, "2027-02-01T10:00:00Z").fire(), AutomaticRenewalScheduled)
        assert scheduled.due_at.astimezone(UTC).isoformat().startswith("2027-02-08T23:00:00")
        assert names(await at(desk, "2027-02-08T23:00:01Z").fire()) == ["AutomaticRenewalFailed"]

    async def test_after_the_grace_nothing_is_placed(self, desk: Desk, http: httpx.AsyncClient) -> None:
        await chosen(desk, http)
        skipped = the(await at(desk, "2027-04-16T10:00:00Z").fire(), AutomaticRenewalSkipped)
        assert skipped.why == "the base is TERMINATED"

    async def test_a_clock_set_back_places_nothing_twice(self, desk: Desk, http: httpx.AsyncClient) -> None:
        await chosen(desk, http)
        await at(desk, "2027-01-08T08:00:01Z").fire()
        assert await at(desk, "2027-01-07T08:00:01Z").fire() == []
        assert await at(desk, "2027-01-08T08:00:01Z").fire() == []


class TestChoosing:
    async def test_the_same_again_changes_nothing_and_on_off_on_is_due_once(
        self, desk: Desk, http: httpx.AsyncClient
    ) -> None:
        await chosen(desk, http)
        before = len(desk.events())
        first = await http.put(PATH, json=YEARLY, headers=STOREFRONT)
        assert len(desk.events()) == before
        assert first.json() == (await http.get(PATH, headers=STOREFRONT)).json()
        assert first.json()["bases"] == [
            {"base": BASE, "enabled": True, "years": 1, "add_ons": [DOCUMENTS], "order_id": None}
        ]
        for body in (OFF, YEARLY, OFF, YEARLY):
            await http.put(PATH, json=body, headers=STOREFRONT)
        assert names(await at(desk, "2027-01-08T08:00:01Z").fire()).count("OrderPlaced") == 1

    async def test_chosen_within_the_seven_days_it_is_placed_at_once(self, desk: Desk, http: httpx.AsyncClient) -> None:
        await owner_of_both(desk)
        at(desk, "2027-01-12T12:00:00Z")
        await http.put(PATH, json={"enabled": True, "years": 3}, headers=STOREFRONT)
        placed = the(await desk.fire(), OrderPlaced)
        assert [(line.product, line.years) for line in placed.lines] == [(BASE, 3)]

    @pytest.mark.parametrize(
        ("body", "answer"),
        [
            ({**YEARLY, "years": 11}, "INVALID_REQUEST"),
            ({**YEARLY, "years": 0}, "INVALID_REQUEST"),
            ({**YEARLY, "add_ons": [BASE]}, "INVALID_REQUEST"),
            ({**YEARLY, "add_ons": ["UNHEARD_OF"]}, "INVALID_REQUEST"),
            ({**YEARLY, "base": RECEIVE_ONLY}, "RENEWAL_NOT_POSSIBLE"),
            ({"years": 1}, "INVALID_REQUEST"),
        ],
    )
    async def test_what_makes_no_sense_is_refused_and_stores_nothing(
        self, desk: Desk, http: httpx.AsyncClient, body: dict[str, Any], answer: str
    ) -> None:
        await owner_of_both(desk)
        before = len(desk.events())
        assert code(await http.put(PATH, json=body, headers=STOREFRONT)) == (422, answer)
        assert len(desk.events()) == before

    async def test_who_owns_nothing_and_who_is_unknown(self, desk: Desk, http: httpx.AsyncClient) -> None:
        assert code(await http.put(PATH, json=YEARLY, headers=STOREFRONT)) == (404, "CUSTOMER_UNKNOWN")
        await desk.when(order(BASE))
        assert code(await http.put(PATH, json=YEARLY, headers=STOREFRONT)) == (422, "RENEWAL_NOT_POSSIBLE")
        assert code(await http.put(PATH, json=YEARLY, headers=OPERATOR)) == (403, "FORBIDDEN")

    async def test_a_storefront_can_not_fill_a_cart_in_that_channel(self, http: httpx.AsyncClient) -> None:
        body = {**order(BASE).model_dump(mode="json"), "channel": "AUTOMATIC"}
        assert code(await http.post("/v1/orders", json=body, headers=STOREFRONT)) == (422, "INVALID_REQUEST")
