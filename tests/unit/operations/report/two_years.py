"""What happened in the small business of these tests, from 2026-01-15 to 2027-05-31? Five owners of e-invoicing.

- c-kept bought both on 2026-01-15, paying 1.00 € too much, and renewed both for two years on 2026-12-01, with that euro
- c-left bought e-invoicing that day, paying 13.40 € too much, and let it lapse: it ended on 2027-04-16
- c-late bought it on 2026-01-31 and renewed it in grace, on 2027-03-01, adding Documents
- c-back bought it on 2026-02-10, paying 3.40 € too much; all was charged back on 2026-03-05; it ended on 2027-05-12
- c-gone bought it on 2026-06-15; an operator ended it on 2026-10-20, and 21.35 € were paid back five days later
"""

from datetime import date, datetime
from pathlib import Path
from typing import Any

from rehearsal.play.buyers import Names
from rehearsal.play.carts import DOCUMENTS, E_INVOICING, Body, cart, line, transfer
from tests.lives.four_services import FourServices
from tests.unit.memory_edge import OPERATOR, STOREFRONT
from tests.unit.operations.export.of_a_life import export

AS_OF = date(2027, 5, 31)


class Business:
    """The four services in memory, and what a storefront and an operator ask of them."""

    def __init__(self) -> None:
        self.services = FourServices(_noon("2026-01-15"))
        self._names = Names("two-years")

    async def on(self, day: str) -> None:
        """Let the time pass, and what falls due happen."""
        self.services.clock.instant = _noon(day)
        await self.services.drain()

    async def buys(self, customer: str, *products: str | Body, paying: int, **optional: Any) -> None:
        """Order and pay."""
        buyer = self._names.buyer(customer_id=customer)
        order_id = self._names.order()
        body = cart(order_id, buyer, *products, **optional)
        await self._ask("orders", "POST", "/v1/orders", body)
        await self._ask("orders", "POST", f"/v1/orders/{order_id}/payments", transfer(f"p-{order_id}", paying))

    async def renews(self, customer: str, *lines: Body, paying: int, **optional: Any) -> None:
        """Order a renewal as somebody on record, and pay it."""
        order_id = self._names.order()
        body = cart(order_id, self._names.buyer(), *lines, channel="CUSTOMER_AREA", **optional)
        await self._ask("orders", "POST", "/v1/orders", body | {"customer": {"customer_id": customer}})
        await self._ask("orders", "POST", f"/v1/orders/{order_id}/payments", transfer(f"p-{order_id}", paying))

    async def operate(self, service: str, path: str, body: Body) -> None:
        """Ask as an operator."""
        await self._ask(service, "POST", f"/v1/operator/{path}", body, OPERATOR)

    def rows(self, service: str, table: str) -> list[Any]:
        """Return a table's rows."""
        return list(self.services[service].edge.store.contents.rows.get(table, {}).values())

    async def _ask(self, service: str, method: str, path: str, body: Body, headers: Any = STOREFRONT) -> None:
        answer = await self.services[service].http.request(method, path, json=body, headers=headers)
        assert answer.is_success, answer.text
        await self.services.drain()


def _noon(day: str) -> datetime:
    return datetime.fromisoformat(f"{day}T11:00:00+00:00")


async def two_years(root: Path) -> Path:
    """Let it happen, and export it."""
    business = Business()
    await business.buys("c-kept", E_INVOICING, DOCUMENTS, paying=3760)
    await business.buys("c-left", E_INVOICING, paying=5000)
    await business.on("2026-01-31")
    await business.buys("c-late", E_INVOICING, paying=3660)
    await business.on("2026-02-10")
    await business.buys("c-back", E_INVOICING, paying=4000)
    await business.on("2026-03-05")
    (paid,) = [row for row in business.rows("orders", "payments") if row.customer_id == "c-back"]
    await business.operate("orders", f"payments/bank/{paid.payment_id}/chargeback", {"why": "the bank says so"})
    await business.on("2026-06-15")
    await business.buys("c-gone", E_INVOICING, paying=3660)
    await business.on("2026-10-20")
    end = {"on": "2026-10-20", "why": "moves abroad", "money": "TO_REFUND"}
    await business.operate("provisioning", f"customers/c-gone/services/{E_INVOICING}/end", end)
    await business.on("2026-10-25")
    (refund,) = business.rows("orders", "refunds")
    await business.operate("orders", f"refunds/{refund.refund_id}/paid", {})
    await business.on("2026-12-01")
    both = line(E_INVOICING, "RENEW", 2), line(DOCUMENTS, "RENEW", 2)
    await business.renews("c-kept", *both, use_credit=True, paying=12100)
    await business.on("2027-03-01")
    await business.renews("c-late", line(E_INVOICING, "RENEW"), line(DOCUMENTS), paying=6100)
    await business.on(AS_OF.isoformat())
    return export(business.services, root)
