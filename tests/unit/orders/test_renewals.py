"""May this be renewed? R10, R12, R31, R32."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import get_args

import pytest

from schemas import provisioning
from schemas.catalogue import SHIPPED, versions_stand_in
from schemas.orders import OrderPlaced, OrderSettled
from schemas.storefront import FilledChannel, Line
from schemas.vocabulary import (
    Branch,
    BuyerKind,
    Channel,
    LineAction,
    Product,
    ProductKind,
    PurchaseCase,
    ServiceStatus,
)
from tests.catalogues import ARCHIVE, CERTIFIED_MAIL, with_new_products
from tests.unit.orders.builders import (
    BASE,
    DOCUMENTS,
    OTHER_VAT,
    RECEIVE_ONLY,
    base_activated,
    customer,
    documents_activated,
    order,
    owner,
    payment,
    priced,
)
from tests.unit.orders.outcomes import codes, named
from tests.unit.orders.spec import Desk, names


def renew(product: Product, years: int = 1) -> Line:
    return Line(product=product, action=LineAction.RENEW, years=years)


BOTH = [renew(BASE), renew(DOCUMENTS)]


async def owner_of_both(base: str = "2026-06-30", documents: str = "2026-06-30") -> Desk:
    desk = await owner(base)
    await desk.when(documents_activated(documents))
    return desk


async def placed(desk: Desk, *lines: Line, order_id: str = "o-1") -> OrderPlaced:
    (event,) = await desk.when(order(order_id=order_id, lines=list(lines)))
    assert isinstance(event, OrderPlaced), event
    return event


class TestARenewal:
    @pytest.mark.parametrize("channel", get_args(FilledChannel))
    async def test_is_sold_on_every_channel(self, channel: Channel) -> None:
        assert await codes(await owner(), lines=[renew(BASE, 10)], channel=channel) == []

    async def test_says_its_case_and_all_that_its_price_needs(self) -> None:
        event = await placed(await owner_of_both(), *BOTH)
        assert (event.purchase_case, event.branch) == (PurchaseCase.RENEWAL, Branch.RENEWED)
        assert event.extend_active_services is None
        assert {each.product: (each.expires_on, each.anchor_on) for each in event.owned} == {
            BASE: (date(2026, 6, 30), date(2025, 6, 30)),
            DOCUMENTS: (date(2026, 6, 30), date(2026, 1, 15)),
        }

    @pytest.mark.parametrize(
        ("today", "found"),
        [("2026-06-30", []), ("2026-07-01", []), ("2026-09-28", []), ("2026-09-29", ["RENEWAL_NOT_POSSIBLE"])],
    )
    async def test_is_possible_to_the_last_day_of_grace(self, today: str, found: list[str]) -> None:
        assert await codes((await owner_of_both()).on(today), lines=BOTH) == found

    async def test_is_paid_and_settles_with_what_it_showed(self) -> None:
        desk = await owner_of_both()
        await placed(desk, *BOTH)
        await desk.when(priced(6100))
        settled = (await desk.when(payment(6100)))[-1]
        assert isinstance(settled, OrderSettled)
        assert (settled.branch, [line.action for line in settled.lines]) == (Branch.RENEWED, [LineAction.RENEW] * 2)
        assert {each.product for each in settled.expiries_shown} == {BASE, DOCUMENTS}

    async def test_closes_where_it_was_promised_for_less(self) -> None:
        desk = await owner()
        await desk.when(order(lines=[renew(BASE)], expected_total_cents=3659))
        assert names(await desk.when(priced(3660)))[-1] == "OrderCancelled"
        assert desk.order("o-1").reason == "PRICE_CHANGED"

    async def test_does_not_block_another_one(self) -> None:
        desk = await owner_of_both()
        for order_id in ("o-1", "o-2"):
            await placed(desk, *BOTH, order_id=order_id)

    async def test_does_not_keep_an_add_on_that_lapsed_since_from_being_bought(self) -> None:
        desk = await owner_of_both("2026-12-31", "2026-01-20")
        await placed(desk, *BOTH)
        assert await codes(desk.on("2026-01-21"), DOCUMENTS, order_id="o-2") == []

    async def test_that_is_paid_keeps_its_base_from_being_bought_anew(self) -> None:
        desk = (await owner()).on("2026-09-28")
        await placed(desk, renew(BASE))
        await desk.when(priced(3660))
        await desk.when(payment(3660))
        desk.on("2026-09-29")
        assert await named(desk, BASE, order_id="o-2") == [("BASE_ORDER_PENDING", "o-1")]
        assert await named(desk, DOCUMENTS, order_id="o-3") == [("BASE_NOT_ACTIVE", "o-1")]


class TestAnAddOnInARenewal:
    async def test_is_never_renewed_alone(self) -> None:
        assert await codes(await owner_of_both(), lines=[renew(DOCUMENTS)]) == ["RENEWAL_NOT_POSSIBLE"]

    async def test_is_not_renewed_where_it_is_not_owned(self) -> None:
        assert await codes(await owner(), lines=BOTH) == ["RENEWAL_NOT_POSSIBLE"]

    async def test_is_added_beside_where_it_is_not_owned(self) -> None:
        event = await placed(await owner(), renew(BASE, 2), Line(product=DOCUMENTS))
        assert [(line.product, line.action, line.years) for line in event.lines] == [
            (BASE, LineAction.RENEW, 2),
            (DOCUMENTS, LineAction.ACTIVATE, 1),
        ]

    async def test_is_added_beside_a_base_in_grace(self) -> None:
        desk = (await owner()).on("2026-07-15")
        assert await codes(desk, lines=[renew(BASE), Line(product=DOCUMENTS)]) == []

    async def test_in_the_grace_of_its_base_it_is_renewed_and_not_added(self) -> None:
        desk = (await owner_of_both()).on("2026-07-15")
        found = await codes(desk, lines=[renew(BASE), Line(product=DOCUMENTS)])
        assert found == ["ADDON_ALREADY_ACTIVE"]
        assert await codes(desk, lines=BOTH, order_id="o-2") == []

    @pytest.mark.parametrize("today", ["2026-06-16", "2026-07-15"], ids=["base active", "base in grace"])
    async def test_lapsed_before_its_base_it_is_added_and_not_renewed(self, today: str) -> None:
        desk = (await owner_of_both("2026-06-30", "2026-06-15")).on(today)
        assert await codes(desk, lines=BOTH) == ["RENEWAL_NOT_POSSIBLE"]
        assert await codes(desk, lines=[renew(BASE), Line(product=DOCUMENTS)], order_id="o-2") == []

    async def test_ordered_apart_already_it_is_not_added(self) -> None:
        desk = await owner()
        await desk.when(order(DOCUMENTS))
        found = await named(desk, lines=[renew(BASE), Line(product=DOCUMENTS)], order_id="o-2")
        assert found == [("ADDON_ORDER_PENDING", "o-1")]

    async def test_added_by_an_open_renewal_it_is_not_ordered_again(self) -> None:
        desk = await owner()
        await placed(desk, renew(BASE), Line(product=DOCUMENTS))
        assert await named(desk, DOCUMENTS, order_id="o-2") == [("ADDON_ORDER_PENDING", "o-1")]

    async def test_it_is_not_sold_beside_receive_only(self) -> None:
        desk = await owner(variant=RECEIVE_ONLY)
        assert await codes(desk, lines=[renew(RECEIVE_ONLY), Line(product=DOCUMENTS)]) == ["BASE_RECEIVE_ONLY"]

    @pytest.mark.parametrize("action", [LineAction.RENEW, LineAction.ACTIVATE])
    async def test_it_is_still_not_for_an_accountant(self, action: LineAction) -> None:
        desk = await owner(kind=BuyerKind.ACCOUNTANT)
        if action is LineAction.RENEW:
            await desk.when(documents_activated())
        lines = [renew(BASE), Line(product=DOCUMENTS, action=action)]
        assert await codes(desk, lines=lines) == ["ACCOUNTANT_USER"]

    @pytest.mark.parametrize("years", [1, 3])
    async def test_its_years_are_those_of_its_base(self, years: int) -> None:
        desk = await owner_of_both()
        assert await desk.refusal(order(lines=[renew(BASE, 2), renew(DOCUMENTS, years)])) == "INVALID_REQUEST"
        assert desk.table("orders") == []
        assert await codes(desk, lines=[renew(BASE, 2), renew(DOCUMENTS, 2)]) == []


class TestWhatIsNotRenewed:
    async def test_what_another_customer_owns(self) -> None:
        assert await codes(await owner(), lines=[renew(BASE)], buyer=customer("c-2")) == ["RENEWAL_NOT_POSSIBLE"]

    async def test_another_variant(self) -> None:
        assert await codes(await owner(variant=RECEIVE_ONLY), lines=[renew(BASE)]) == ["RENEWAL_NOT_POSSIBLE"]

    async def test_what_is_ordered_and_not_yet_active(self) -> None:
        desk = Desk()
        await desk.when(order(BASE))
        assert await codes(desk, lines=[renew(BASE)], order_id="o-2") == ["RENEWAL_NOT_POSSIBLE"]

    async def test_what_is_suspended(self) -> None:
        desk = await owner()
        await desk.when(_cancelled(ServiceStatus.SUSPENDED))
        assert await codes(desk, lines=[renew(BASE)]) == ["RENEWAL_NOT_POSSIBLE"]

    async def test_what_was_terminated_before_its_expiry(self) -> None:
        desk = await owner()
        await desk.when(_cancelled(ServiceStatus.TERMINATED))
        assert await codes(desk, lines=[renew(BASE)]) == ["RENEWAL_NOT_POSSIBLE"]

    async def test_what_belongs_to_another_firm_of_the_account(self) -> None:
        desk = await owner()
        found = await codes(desk, lines=[renew(BASE)], buyer=customer(vat_number=OTHER_VAT))
        assert found == ["TAX_IDENTIFIER_DIFFERS"]

    async def test_a_product_that_stands_in_the_cart_twice(self) -> None:
        assert await codes(await owner(), lines=[renew(BASE), renew(BASE)]) == ["DUPLICATE_LINE"]
        found = await codes(await owner(), lines=[renew(BASE), Line(product=BASE)])
        assert found == ["BASE_ALREADY_OWNED", "DUPLICATE_LINE", "RENEWAL_NOT_POSSIBLE"]


class TestMoreProducts:
    @pytest.fixture(autouse=True)
    def sold(self, tmp_path: Path) -> Iterator[None]:
        versions_stand_in(with_new_products(tmp_path))
        yield
        versions_stand_in(SHIPPED)

    async def test_two_bases_are_renewed_in_one_order_each_with_its_own(self) -> None:
        desk = await owner_of_both()
        await desk.when(_active(CERTIFIED_MAIL, "2026-03-31"))
        event = await placed(desk, renew(CERTIFIED_MAIL, 3), *BOTH, Line(product=ARCHIVE))
        assert event.payable_until == date(2026, 2, 14)
        assert [terms.product for terms in event.terms.products] == [CERTIFIED_MAIL, BASE, DOCUMENTS, ARCHIVE]

    async def test_the_grace_that_ends_first_counts(self) -> None:
        desk = (await owner_of_both()).on("2026-06-20")
        await desk.when(_active(CERTIFIED_MAIL, "2026-03-31"))
        assert (await placed(desk, renew(CERTIFIED_MAIL), *BOTH)).payable_until == date(2026, 6, 29)

    async def test_a_new_base_is_bought_apart(self) -> None:
        found = await codes(await owner(), lines=[renew(BASE), Line(product=CERTIFIED_MAIL)])
        assert found == ["RENEWAL_NOT_POSSIBLE"]

    async def test_an_add_on_for_another_base_is_bought_apart(self) -> None:
        desk = await owner()
        await desk.when(_active(CERTIFIED_MAIL, "2026-03-31"))
        found = await codes(desk, lines=[renew(CERTIFIED_MAIL), Line(product=ARCHIVE)])
        assert found == ["BASE_ALREADY_OWNED"]


def _active(product: Product, expires_on: str) -> provisioning.ServiceActivated:
    return base_activated(expires_on).model_copy(
        update={"product": product, "family": product, "kind": ProductKind.BASE, "order_id": "o-00"}
    )


def _cancelled(status: ServiceStatus) -> provisioning.ServiceCancelled:
    return provisioning.ServiceCancelled(
        customer_id="c-1", product=BASE, cancelled_on=date(2026, 1, 15), lapses_on=date(2026, 6, 30), status=status
    )
