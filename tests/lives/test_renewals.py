"""Do renewals cost what was quoted and lead where it said? Four services in memory, worked renewals J to N."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rehearsal.play.carts import DOCUMENTS, E_INVOICING, Body, cart, line, transfer
from schemas.terms import add_months
from tests.lives import at_rest
from tests.lives.life import Life

WITH_DOCUMENTS = (line(E_INVOICING, "RENEW"), line(DOCUMENTS, "RENEW"))


@dataclass
class Shop:
    """One customer of four services, who orders by their id alone once they are on record."""

    life: Life

    @classmethod
    def on(cls, day: str) -> "Shop":
        return cls(Life("renewals", _morning(day)))

    async def at(self, day: str) -> "Shop":
        self.life.services.clock.instant = _morning(day)
        await self.life.services.drain()
        return self

    async def ordered(self, *products: str | Body, **optional: Any) -> Body:
        """Order, and return the order as it was priced."""
        order_id = f"o-{len(self.life.rows('orders', 'orders')) + 1}"
        body = cart(order_id, self.life.people[0], *products, **optional)
        if order_id != "o-1":
            body["customer"] = {"customer_id": "c-1"}
        answer = await self.life.ask("orders", "POST", "/v1/orders", body)
        assert answer is not None
        assert answer.status_code == 201, answer.text
        await self.life.services.drain()
        return await self.order(order_id)

    async def paid(self, order: Body) -> Body:
        """Pay an order's total, and return it as it then stands."""
        payment = transfer(f"p-{order['order_id']}", order["total_cents"])
        await self.life.ask("orders", "POST", f"/v1/orders/{order['order_id']}/payments", payment)
        await self.life.services.drain()
        return await self.order(order["order_id"])

    async def bought(self, *products: str | Body, **optional: Any) -> Body:
        return await self.paid(await self.ordered(*products, **optional))

    async def order(self, order_id: str) -> Body:
        return await self.shown("orders", f"/v1/orders/{order_id}")

    async def expiries(self) -> dict[str, str]:
        services = (await self.shown("provisioning", "/v1/customers/c-1/services"))["services"]
        return {each["product"]: each["expires_on"] for each in services if each["status"] != "TERMINATED"}

    async def credit(self) -> int:
        return int((await self.shown("billing", "/v1/customers/c-1/credit"))["balance_cents"])

    async def quoted(self, *lines: Body) -> Body:
        """Return the only outcome of a quote."""
        body = {"customer": {"customer_id": "c-1"}, "channel": "PANEL", "lines": list(lines)}
        answer = await self.life.ask("billing", "POST", "/v1/quotes", body)
        assert answer is not None
        assert answer.status_code == 200, answer.text
        (outcome,) = answer.json()["outcomes"]
        return dict(outcome)

    async def shown(self, service: str, path: str) -> Body:
        answer = await self.life.operate(service, "GET", path)
        if answer is not None and answer.status_code == 403:
            answer = await self.life.ask(service, "GET", path)
        assert answer is not None
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def renewed_as_quoted(self, *lines: Body) -> Body:
        """Quote, order and pay; all of it must say the same."""
        outcome = await self.quoted(*lines)
        order = await self.ordered(*lines, channel="PANEL")
        assert (order["purchase_case"], order["extensions"]) == ("RENEWAL", [])
        assert order["lines"] == outcome["lines"]
        charges = await self.shown("billing", f"/v1/orders/{order['order_id']}/charges")
        for name in ("net_cents", "vat_cents", "total_cents"):
            assert outcome[name] == order[name] == charges[name]
        assert (await self.paid(order))["status"] == "ACTIVATED"
        expiries = await self.expiries()
        assert {product: expiries[product] for product in outcome["expiries"]} == outcome["expiries"]
        return outcome


async def owner_apart() -> Shop:
    """Return worked renewal N: e-invoicing to 2028-01-15, Documents to 2027-02-10 by R18's cap."""
    shop = Shop.on("2026-01-15")
    await shop.bought(E_INVOICING)
    await shop.at("2026-02-10")
    documents = await shop.ordered(DOCUMENTS, extend_active_services=False)
    await shop.bought(line(E_INVOICING, "RENEW"))
    await shop.paid(documents)
    assert await shop.expiries() == {E_INVOICING: "2028-01-15", DOCUMENTS: "2027-02-10"}
    return shop


class TestTheWorkedRenewals:
    @pytest.mark.parametrize(
        ("bought", "on", "ordered", "lines", "until", "nets", "total"),
        [
            (
                (E_INVOICING, DOCUMENTS),
                "2026-01-15",
                "2026-12-01",
                (line(E_INVOICING, "RENEW", 2), line(DOCUMENTS, "RENEW", 2)),
                "2029-01-15",
                [6000, 4000],
                12200,
            ),
            ((E_INVOICING,), "2028-02-29", "2029-01-10", (line(E_INVOICING, "RENEW", 3),), "2032-02-29", [9000], 10980),
            (
                (E_INVOICING,),
                "2026-01-15",
                "2027-03-01",
                (line(E_INVOICING, "RENEW"), line(DOCUMENTS)),
                "2028-01-15",
                [3000, 2000],
                6100,
            ),
            (
                (E_INVOICING,),
                "2026-06-30",
                "2027-01-15",
                (line(E_INVOICING, "RENEW", 2), line(DOCUMENTS)),
                "2029-06-30",
                [6000, 4917],
                13319,
            ),
        ],
        ids=["J", "K", "L", "M"],
    )
    async def test_they_come_out_to_the_cent_and_the_day(
        self,
        bought: tuple[str, ...],
        on: str,
        ordered: str,
        lines: tuple[Body, ...],
        until: str,
        nets: list[int],
        total: int,
    ) -> None:
        shop = Shop.on(on)
        await shop.bought(*bought)
        outcome = await (await shop.at(ordered)).renewed_as_quoted(*lines)
        assert [each["net_cents"] for each in outcome["lines"]] == nets
        assert outcome["total_cents"] == total
        assert set((await shop.expiries()).values()) == {until}
        await holds(shop)

    async def test_n_is_not_aligned_and_pays_for_what_it_misses(self) -> None:
        shop = await (await owner_apart()).at("2027-01-20")
        outcome = await shop.renewed_as_quoted(*WITH_DOCUMENTS)
        assert [(each["net_cents"], each["reason"]) for each in outcome["lines"]] == [
            (3000, "FULL_PRICE"),
            (3860, "PRORATED"),
        ]
        assert (outcome["vat_cents"], outcome["total_cents"]) == (1509, 8369)
        assert await shop.expiries() == {E_INVOICING: "2029-01-15", DOCUMENTS: "2029-01-15"}
        await holds(shop)


class TestExampleE:
    async def test_an_add_on_for_a_base_that_renewals_brought_back_to_29_february(self) -> None:
        shop = Shop.on("2024-02-29")
        await shop.bought(E_INVOICING)
        await shop.bought(line(E_INVOICING, "RENEW", 3))
        assert await shop.expiries() == {E_INVOICING: "2028-02-29"}
        order = await (await shop.at("2027-10-31")).bought(DOCUMENTS)
        assert (order["extensions"][0]["net_cents"], order["vat_cents"], order["total_cents"]) == (2016, 884, 4900)
        assert await shop.expiries() == {E_INVOICING: "2028-10-31", DOCUMENTS: "2028-10-31"}
        await holds(shop)


class TestARenewalBetweenAnOrderAndItsPayment:
    async def test_with_the_extension_on_gives_credit_to_the_cent(self) -> None:
        shop = Shop.on("2025-06-30")
        await shop.bought(E_INVOICING)
        documents = await (await shop.at("2026-01-15")).ordered(DOCUMENTS)
        await shop.bought(line(E_INVOICING, "RENEW"))
        await shop.paid(documents)
        assert await shop.credit() == 1987
        assert await shop.expiries() == {E_INVOICING: "2027-06-30", DOCUMENTS: "2027-01-15"}
        await holds(shop)

    async def test_with_it_off_documents_ends_on_what_was_paid_for(self) -> None:
        shop = Shop.on("2025-06-30")
        await shop.bought(E_INVOICING)
        documents = await (await shop.at("2026-01-15")).ordered(DOCUMENTS, extend_active_services=False)
        await shop.bought(line(E_INVOICING, "RENEW", 2))
        await shop.paid(documents)
        assert await shop.credit() == 0
        assert await shop.expiries() == {E_INVOICING: "2028-06-30", DOCUMENTS: "2027-01-15"}
        await holds(shop)

    async def test_aligned_up_documents_ends_where_the_base_was_shown_to(self) -> None:
        shop = Shop.on("2025-06-30")
        await shop.bought(E_INVOICING)
        await shop.bought(line(E_INVOICING, "RENEW"))
        documents = await (await shop.at("2026-01-15")).ordered(DOCUMENTS)
        assert documents["lines"][0]["reason"] == "ALIGNED_TO_BASE"
        await shop.bought(line(E_INVOICING, "RENEW", 10))
        await shop.paid(documents)
        assert await shop.credit() == 0
        assert await shop.expiries() == {E_INVOICING: "2037-06-30", DOCUMENTS: "2027-06-30"}
        await holds(shop)


class TestTwoRenewals:
    @pytest.mark.parametrize("first", [0, 1])
    async def test_paid_in_either_order_both_count(self, first: int) -> None:
        shop = Shop.on("2026-01-15")
        await shop.bought(E_INVOICING, DOCUMENTS)
        await shop.at("2026-12-01")
        orders = [
            await shop.ordered(*WITH_DOCUMENTS),
            await shop.ordered(line(E_INVOICING, "RENEW", 2), line(DOCUMENTS, "RENEW", 2)),
        ]
        for order in (orders[first], orders[1 - first]):
            await shop.paid(order)
        assert await shop.expiries() == {E_INVOICING: "2030-01-15", DOCUMENTS: "2030-01-15"}
        await holds(shop)


class TestAfterTheGrace:
    async def test_a_renewal_is_closed_and_its_money_is_credit(self) -> None:
        shop = Shop.on("2025-06-30")
        await shop.bought(E_INVOICING)
        renewal = await (await shop.at("2026-09-20")).ordered(line(E_INVOICING, "RENEW"))
        assert renewal["payable_until"] == "2026-09-28"
        closed = await (await shop.at("2026-09-29")).paid(renewal)
        assert (closed["status"], closed["reason"]) == ("EXPIRED", "BASE_NOT_ACTIVE")
        assert await shop.credit() == 3660
        assert await shop.expiries() == {}
        await holds(shop)


class TestAnyRenewal:
    @settings(max_examples=10, deadline=None)
    @given(
        bought_on=st.dates(date(2026, 1, 1), date(2030, 12, 31)),
        wait=st.integers(0, 365 + 90),
        years=st.integers(1, 10),
        owns_documents=st.booleans(),
        wants_documents=st.booleans(),
    )
    async def test_costs_what_was_quoted_and_leads_where_it_said(
        self, bought_on: date, wait: int, years: int, owns_documents: bool, wants_documents: bool
    ) -> None:
        shop = Shop.on(str(bought_on))
        await shop.bought(E_INVOICING, *([DOCUMENTS] if owns_documents else []))
        expiry = add_months(bought_on, 12)
        await shop.at(str(min(bought_on + timedelta(days=wait), expiry + timedelta(days=90))))
        beside = line(DOCUMENTS, "RENEW", years) if owns_documents else line(DOCUMENTS)
        await shop.renewed_as_quoted(line(E_INVOICING, "RENEW", years), *([beside] if wants_documents else []))
        assert (await shop.expiries())[E_INVOICING] == str(add_months(bought_on, 12 * (years + 1)))
        assert shop.life.faults == []


async def holds(shop: Shop) -> None:
    """Every invariant holds, also years later when everything has ended."""
    await at_rest.end(shop.life)
    assert shop.life.faults == []


def _morning(day: str) -> datetime:
    return datetime.fromisoformat(f"{day}T09:00:00+00:00")
