"""What does one purchase look like? `python -m rehearsal.demo.purchase` orders, pays, waits, and shows it.

It buys both products on the system that COTERM_ENDPOINTS describes, under the clock that stands there.
Exit codes: 0 bought and shown, 1 something did not come or can't be reached.
"""

import asyncio
import sys

import httpx

from operations import surroundings
from operations.surroundings import SERVICES, OperationFailed, Surroundings
from rehearsal.demo.story import ExplainedOrder
from rehearsal.demo.telling import Teller, console
from rehearsal.play.buyers import Buyer, Names
from rehearsal.play.carts import DOCUMENTS, E_INVOICING, Body, cart, transfer
from rehearsal.play.patience import NotInTime, eventually
from rehearsal.play.storefront import Answer, ServiceClient
from runtime.errors import CotermError

WELCOME = "activation-credentials"


def main() -> int:
    """Buy once."""
    try:
        asyncio.run(_buy(surroundings.find()))
    except (CotermError, NotInTime, httpx.TransportError) as failure:
        print(f"coterm: {str(failure) or type(failure).__name__}", file=sys.stderr)
        return 1
    return 0


async def _buy(where: Surroundings) -> None:
    if where.is_production:
        raise OperationFailed("this is production: it would be a real order")
    names, out = Names(), console()
    buyer = names.buyer()
    async with httpx.AsyncClient(timeout=30.0, trust_env=False) as client:
        shop, *clients = _service_clients(client, where)
        operators = dict(zip(SERVICES, clients, strict=True))
        body = cart(names.order(), buyer, E_INVOICING, DOCUMENTS)
        place = f"/v1/orders/{body['order_id']}"
        _taken(await shop.ask("POST", "/v1/orders", body, headers={"Prefer": "wait=10"}))
        priced = await _once(shop, place, "AWAITING_PAYMENT")
        _taken(await shop.ask("POST", f"{place}/payments", transfer(names.payment(), priced["total_cents"])))
        order = await _once(shop, place, "ACTIVATED")
        mails = await _welcomed(operators["notifications"], buyer)
        charges = (await operators["billing"].ask("GET", f"{place}/charges")).body["lines"]
        services = (await operators["provisioning"].ask("GET", f"/v1/customers/{buyer.customer_id}/services")).body
    explained = ExplainedOrder(
        order,
        [(line["product"], line["net_cents"], line["explanation"]) for line in charges],
        {},
        {service["product"]: service["expires_on"] for service in services["services"]},
    )
    Teller(out, 1).order(explained)
    for mail in mails:
        out.print(f"     mail       {mail['template']}  {mail['status']}")


def _service_clients(client: httpx.AsyncClient, where: Surroundings) -> list[ServiceClient]:
    """Open orders for the shop, then each service for an operator."""
    keys = where.described.get("keys", {})
    if not {"storefront", "operator"} <= keys.keys() or not set(SERVICES) <= where.described.keys():
        raise OperationFailed("COTERM_ENDPOINTS must name each service's address, a storefront's key and an operator's")
    shop = ServiceClient(client, where.described["orders"], keys["storefront"])
    return [shop, *(ServiceClient(client, where.described[name], keys["operator"]) for name in SERVICES)]


def _taken(answer: Answer) -> None:
    if answer.status not in {200, 201, 202}:
        raise OperationFailed(f"orders answered {answer.status}: {answer.body}")


async def _once(shop: ServiceClient, place: str, status: str) -> Body:
    """Return the order once it has a status; a refusal is not waited over."""
    last: Body = {}

    async def look() -> Body | None:
        nonlocal last
        last = (await shop.ask("GET", place)).body
        if last.get("status") == "REFUSED":
            raise OperationFailed(f"the order was refused: {last.get('violations')}")
        return last if last.get("status") == status else None

    return await eventually(look, f"order {status}", seen=lambda: str(last))


async def _welcomed(api: ServiceClient, buyer: Buyer) -> list[Body]:
    """Return the buyer's mails once the one with the credentials has its fate."""

    async def look() -> list[Body] | None:
        mails: list[Body] = (await api.ask("GET", f"/v1/customers/{buyer.customer_id}/emails")).body.get("emails", [])
        fate = {mail["template"]: mail["status"] for mail in mails}
        return mails if fate.get(WELCOME) in {"SENT", "FAILED"} else None

    return await eventually(look, f"mail {WELCOME}")


if __name__ == "__main__":
    sys.exit(main())
