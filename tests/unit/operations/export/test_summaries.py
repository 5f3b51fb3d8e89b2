"""Do an export's `orders`, `services` and `customers` say what the services answer? After random lives, row by row."""

from pathlib import Path
from typing import Any

import pytest

from schemas.terms import business_date
from schemas.vocabulary import OrderStatus, ServiceStatus
from services.billing.projections.credit_entries import balance_cents
from tests.lives.life import Life
from tests.lives.plan import plan
from tests.lives.playing import play
from tests.unit.operations.export.of_a_life import export, seen

LIVES = (304, 306, 310, 313, 321, 337)
OPEN = set(OrderStatus) - {OrderStatus.REFUSED, OrderStatus.ACTIVATED, OrderStatus.CANCELLED, OrderStatus.EXPIRED}


@pytest.fixture(params=LIVES)
async def lived(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Life, Path]:
    life = await play(plan(request.param))
    assert life.faults == []
    return life, export(life.services, tmp_path / "export")


async def test_the_summaries_of_a_life_are_what_the_services_answer(lived: tuple[Life, Path]) -> None:
    life, root = lived
    _orders(life, root)
    _services(life, root)
    _running(life, root)
    _customers(life, root)


def _orders(life: Life, root: Path) -> None:
    views = {each["order_id"]: each for each in seen(root, "FROM orders")}
    rows = {each.order_id: each for each in life.rows("orders", "orders")}
    assert views.keys() == rows.keys()
    for order_id, row in rows.items():
        view = views[order_id]
        plain = (
            "customer_id", "status", "reason", "storefront", "channel", "purchase_case", "extend_active_services",
            "ordered_on", "payable_until", "surplus_cents", "expiries", "catalogue_version",
        )  # fmt: skip
        amounts = ("net_cents", "vat_cents", "total_cents", "credit_cents", "outstanding_cents")
        # An order that closed before orders had heard its price has one here.
        names = (*plain, *(amounts if row.total_cents is not None else ()))
        assert {name: view[name] for name in names} == {name: getattr(row, name) for name in names}, life.history
        assert view["violations"] == [each.code for each in row.violations]
        assert [(each["product"], each["years"]) for each in view["lines"]] == [
            (each.product, each.years) for each in row.lines
        ]


def _services(life: Life, root: Path) -> None:
    names = (
        "customer_id", "product", "kind", "family", "status", "origin", "order_id", "buyer_kind", "activated_on",
        "expires_on", "anchor_on", "months", "requires", "grace_until", "cancelled_on", "ddt_preservation",
    )  # fmt: skip
    views = [{name: each[name] for name in names} for each in seen(root, "FROM services ORDER BY customer_id, product")]
    rows = life.rows("provisioning", "services")
    services = sorted(({name: getattr(row, name) for name in names} for row in rows), key=_place)
    assert views == services, life.history


def _running(life: Life, root: Path) -> None:
    """What runs today is what provisioning calls active; and no day of a service is bought twice."""
    today = business_date(life.now)
    sql = f"FROM running_terms WHERE DATE '{today}' BETWEEN first_day AND last_day ORDER BY customer_id, product"
    views = [(each["customer_id"], each["product"]) for each in seen(root, sql)]
    active = sorted(
        (row.customer_id, row.product)
        for row in life.rows("provisioning", "services")
        if row.status is ServiceStatus.ACTIVE
    )
    assert views == active, life.history
    twice = """
        SELECT * FROM running_terms AS one JOIN running_terms AS other USING (customer_id, product)
        WHERE one.first_day < other.first_day AND other.first_day <= one.last_day
    """
    assert seen(root, twice) == [], life.history


def _customers(life: Life, root: Path) -> None:
    views = {each["customer_id"]: each for each in seen(root, "FROM customers")}
    orders, refunds = life.rows("orders", "orders"), life.rows("orders", "refunds")
    entries, services = life.rows("billing", "credit_entries"), life.rows("provisioning", "services")
    for customer_id, view in views.items():
        own = [each for each in orders if each.customer_id == customer_id]
        assert view["orders"] == len(own)
        assert view["orders_open"] == sum(each.status in OPEN for each in own)
        assert view["credit_cents"] == balance_cents(each for each in entries if each.customer_id == customer_id)
        living = [each for each in services if each.customer_id == customer_id and each.is_alive]
        assert view["services_living"] == len(living)
        for status in ("DUE", "PAID"):
            cents = sum(
                each.amount_cents for each in refunds if (each.customer_id, each.status) == (customer_id, status)
            )
            assert view[f"refunds_{status.lower()}_cents"] == cents
    assert views.keys() == {each.customer_id for each in (*orders, *refunds, *entries)}


def _place(row: dict[str, Any]) -> tuple[str, str]:
    return row["customer_id"], row["product"]
