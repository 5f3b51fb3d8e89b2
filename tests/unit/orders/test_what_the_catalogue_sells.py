"""Are carts judged by what the catalogue says? A second add-on, a second family, and a word that nobody sells."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from schemas.catalogue import SHIPPED, versions_stand_in
from schemas.orders import OrderPlaced, OrderRefused, ServiceNoted
from schemas.provisioning import ServiceActivated, ServiceEnteredGrace
from schemas.vocabulary import BuyerKind, Channel, LineAction, ProductKind
from tests.catalogues import with_new_products
from tests.unit.orders.builders import (
    BASE,
    DOCUMENTS,
    RECEIVE_ONLY,
    base_activated,
    cancellation,
    customer,
    documents_activated,
    order,
)
from tests.unit.orders.spec import Desk

ARCHIVE, MAIL = "ARCHIVE", "CERTIFIED_MAIL"
SHOP = {"channel": Channel.CUSTOMER_AREA}


@pytest.fixture(autouse=True)
def sold(tmp_path: Path) -> Iterator[None]:
    versions_stand_in(with_new_products(tmp_path))
    yield
    versions_stand_in(SHIPPED)


async def placed(desk: Desk, *products: str, **changes: Any) -> OrderPlaced:
    (event,) = await desk.when(order(*products, **changes))
    assert isinstance(event, OrderPlaced), event
    return event


async def codes(desk: Desk, *products: str, **changes: Any) -> list[str]:
    (event,) = await desk.when(order(*products, **changes))
    assert isinstance(event, OrderRefused), event
    return [str(violation.code) for violation in event.violations]


async def owner(*more: ServiceActivated) -> Desk:
    desk = Desk()
    for event in (base_activated(), *more):
        await desk.when(event)
    return desk


class TestAWordThatNobodySells:
    async def test_is_told_beside_everything_else(self) -> None:
        found = await codes(Desk(), "DOCUMENT", DOCUMENTS, channel=Channel.PANEL)
        assert found == ["PRODUCT_UNKNOWN", "BASE_REQUIRED"]

    async def test_alone_is_no_empty_cart(self) -> None:
        assert await codes(Desk(), "DOCUMENT") == ["PRODUCT_UNKNOWN"]


class TestASecondAddOn:
    async def test_goes_with_its_base_on_every_channel_of_add_ons(self) -> None:
        event = await placed(await owner(), ARCHIVE, channel=Channel.PANEL)
        assert (event.purchase_case, event.branch, event.extend_active_services) == (
            "ADD_ON_TO_OWNED",
            "EXTENDED",
            True,
        )
        (terms,) = event.terms.products
        assert (terms.product, terms.kind, terms.requires, terms.features) == (ARCHIVE, ProductKind.ADD_ON, BASE, [])

    async def test_shows_every_service_that_it_may_take_along(self) -> None:
        event = await placed(await owner(documents_activated()), ARCHIVE, **SHOP)
        assert {shown.product: shown.expires_on for shown in event.owned} == {
            BASE: date(2026, 6, 30),
            DOCUMENTS: date(2026, 6, 30),
        }

    async def test_has_no_toggle_where_nothing_can_be_extended(self) -> None:
        desk = Desk()
        await desk.when(base_activated("2028-09-30"))
        event = await placed(desk, ARCHIVE, **SHOP)
        assert (event.branch, event.extend_active_services) == ("ALIGNED_LONG", None)

    async def test_is_for_those_whom_the_other_one_is_not_for(self) -> None:
        accountant = customer(kind=BuyerKind.ACCOUNTANT)
        assert await codes(Desk(), BASE, DOCUMENTS, buyer=accountant) == ["ACCOUNTANT_USER"]
        await placed(Desk(), BASE, ARCHIVE, buyer=accountant)

    async def test_is_not_sold_for_another_variant(self) -> None:
        assert await codes(Desk(), RECEIVE_ONLY, ARCHIVE) == ["BASE_RECEIVE_ONLY"]

    async def test_that_ended_before_its_base_is_bought_again(self) -> None:
        desk = Desk()
        for event in (base_activated("2026-12-31"), documents_activated("2026-01-10")):
            await desk.when(event)
        await desk.when(
            ServiceEnteredGrace(
                customer_id="c-1", product=DOCUMENTS, expires_on=date(2026, 1, 10), grace_until=date(2026, 4, 10)
            )
        )
        await placed(desk, DOCUMENTS, **SHOP)


class TestASecondFamily:
    async def test_is_bought_together_with_the_first(self) -> None:
        desk = Desk()
        event = await placed(desk, BASE, DOCUMENTS, MAIL)
        assert (event.purchase_case, event.branch, event.extend_active_services) == ("FIRST_PURCHASE", "BUNDLE", None)
        found = await codes(desk, MAIL, order_id="o-2", buyer=customer("c-2"))
        assert found == ["BASE_ORDER_PENDING"]

    async def test_is_bought_by_who_owns_the_first_and_by_others_under_its_identifier(self) -> None:
        desk = await owner()
        await placed(desk, MAIL)
        assert await codes(desk, BASE, order_id="o-2", buyer=customer("c-2")) == ["BASE_ALREADY_OWNED"]
        other = Desk()
        await other.when(base_activated())
        await placed(other, MAIL, order_id="o-3", buyer=customer("c-2"))

    async def test_is_free_for_others_once_its_order_closes(self) -> None:
        desk = Desk()
        await placed(desk, BASE, MAIL)
        await desk.when(cancellation())
        await placed(desk, MAIL, order_id="o-2", buyer=customer("c-2"))
        await placed(desk, BASE, order_id="o-3", buyer=customer("c-3"))

    async def test_is_ordered_apart_from_an_add_on_for_what_is_owned(self) -> None:
        assert await codes(await owner(), MAIL, DOCUMENTS) == ["BASE_ALREADY_OWNED"]

    async def test_stands_in_the_order_once(self) -> None:
        assert await codes(Desk(), BASE, RECEIVE_ONLY, MAIL) == ["DUPLICATE_LINE"]
        assert await codes(Desk(), MAIL, MAIL) == ["DUPLICATE_LINE"]

    async def test_is_noted_with_what_it_is(self) -> None:
        desk = Desk()
        mail = base_activated(variant=MAIL).model_copy(update={"family": MAIL})
        (noted,) = await desk.when(mail)
        assert isinstance(noted, ServiceNoted)
        assert (noted.product, noted.kind, noted.family) == (MAIL, ProductKind.BASE, MAIL)
        assert await codes(desk, MAIL) == ["BASE_ALREADY_OWNED"]
        assert LineAction.ACTIVATE in {line.action for line in (await placed(desk, BASE, order_id="o-9")).lines}
