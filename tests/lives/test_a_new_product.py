"""Does a product that no code knows live as the others do? Four services in memory sell it, every invariant held."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from rehearsal.play.carts import DOCUMENTS, E_INVOICING, Body, cart, transfer
from schemas.catalogue import SHIPPED, versions_stand_in
from tests.builders import ORDER_DAY, YEAR_TO_JUNE
from tests.catalogues import ARCHIVE, CERTIFIED_MAIL, with_new_products
from tests.lives import at_rest
from tests.lives.life import Life

NEXT_JANUARY, LAST_JUNE = "2027-01-15", "2026-06-30"


@pytest.fixture(autouse=True)
def sold(tmp_path: Path) -> Iterator[None]:
    """Sell one more add-on and one more family from 15 January 2026 on."""
    versions_stand_in(with_new_products(tmp_path))
    yield
    versions_stand_in(SHIPPED)


@pytest.fixture
async def owner() -> Life:
    """Return the life of an owner of e-invoicing and Documents until 2026-06-30, on the order day of example O."""
    life = Life("new-products", datetime.fromisoformat(YEAR_TO_JUNE))
    await bought(life, E_INVOICING, DOCUMENTS)
    life.services.clock.instant = datetime.fromisoformat(ORDER_DAY)
    return life


async def bought(life: Life, *products: str, **optional: Any) -> Body:
    """Order and pay, and return the order as it was priced."""
    order_id = f"o-{len(life.rows('orders', 'orders')) + 1}"
    placed = await life.ask("orders", "POST", "/v1/orders", cart(order_id, life.people[0], *products, **optional))
    assert placed is not None
    assert placed.status_code == 201, placed.text
    await life.services.drain()
    priced = await life.ask("orders", "GET", f"/v1/orders/{order_id}")
    assert priced is not None
    order: Body = priced.json()
    payment = transfer(f"p-{order_id}", order["total_cents"])
    await life.ask("orders", "POST", f"/v1/orders/{order_id}/payments", payment)
    await life.services.drain()
    return order


async def expiries(life: Life) -> dict[str, str]:
    shown = await life.operate("provisioning", "GET", "/v1/customers/c-1/services")
    assert shown is not None
    return {each["product"]: each["expires_on"] for each in shown.json()["services"]}


def templates(life: Life) -> list[str]:
    return sorted(row.template for row in life.rows("notifications", "emails"))


async def holds(life: Life) -> None:
    """Every invariant holds, also years later when everything has ended."""
    await at_rest.end(life)
    assert life.faults == []


class TestANewAddOn:
    async def test_takes_every_active_service_along(self, owner: Life) -> None:
        order = await bought(owner, ARCHIVE)
        assert [(each["product"], each["net_cents"]) for each in order["extensions"]] == [
            (E_INVOICING, 1629),
            (DOCUMENTS, 1086),
        ]
        assert (order["net_cents"], order["vat_cents"], order["total_cents"]) == (3915, 861, 4776)
        assert await expiries(owner) == dict.fromkeys((E_INVOICING, DOCUMENTS, ARCHIVE), NEXT_JANUARY)
        assert templates(owner).count("service-activated") == 1
        await holds(owner)

    async def test_without_the_extension_ends_with_its_base(self, owner: Life) -> None:
        order = await bought(owner, ARCHIVE, extend_active_services=False)
        assert order["total_cents"] == 1464
        assert await expiries(owner) == dict.fromkeys((E_INVOICING, DOCUMENTS, ARCHIVE), LAST_JUNE)
        await holds(owner)


class TestANewFamily:
    async def test_lives_beside_the_other_one(self, owner: Life) -> None:
        order = await bought(owner, CERTIFIED_MAIL)
        assert (order["purchase_case"], order["total_cents"]) == ("FIRST_PURCHASE", 1830)
        assert (await expiries(owner))[CERTIFIED_MAIL] == NEXT_JANUARY
        assert templates(owner).count("service-activated") == 1
        await holds(owner)

    async def test_is_bought_together_with_everything(self) -> None:
        life = Life("new-products", datetime.fromisoformat(ORDER_DAY))
        products = (E_INVOICING, DOCUMENTS, ARCHIVE, CERTIFIED_MAIL)
        order = await bought(life, *products)
        assert [line["net_cents"] for line in order["lines"]] == [3000, 0, 1200, 1500]
        assert order["total_cents"] == 6954
        assert await expiries(life) == dict.fromkeys(products, NEXT_JANUARY)
        assert templates(life) == ["activation-credentials", "order-received"]
        await holds(life)

    async def test_ends_alone(self, owner: Life) -> None:
        await bought(owner, CERTIFIED_MAIL)
        owner.services.clock.instant = datetime.fromisoformat("2027-01-02T09:00:00+00:00")
        await owner.services.drain()
        rows = owner.rows("provisioning", "services")
        assert {row.product: str(row.status) for row in rows} == {
            E_INVOICING: "TERMINATED",
            DOCUMENTS: "TERMINATED",
            CERTIFIED_MAIL: "ACTIVE",
        }
        await holds(owner)
