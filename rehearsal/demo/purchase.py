"""What does one purchase look like? `python -m rehearsal.demo.purchase` orders, pays, waits, and shows it.

It buys both products on the system that COTERM_ENDPOINTS describes, under the clock that stands there.
Exit codes: 0 bought and shown, 1 something did not come or can't be reached.
"""

import asyncio
import sys

import coterm_client
from coterm_client import BuyerKind, Cart, Channel, Customer, Line, OrderStatus, Payment, PaymentMethod, Storefront
from coterm_client.answers import Email
from operations import surroundings
from operations.surroundings import SERVICES, OperationFailed, Surroundings
from rehearsal.demo.story import ExplainedOrder
from rehearsal.demo.telling import Teller, console
from rehearsal.play.buyers import Names
from rehearsal.play.carts import DOCUMENTS, E_INVOICING
from rehearsal.play.patience import NotInTime, eventually
from runtime.errors import CotermError

WELCOME = "activation-credentials"


def main() -> int:
    """Buy once."""
    try:
        asyncio.run(_buy(surroundings.find()))
    except (CotermError, coterm_client.CotermError, NotInTime) as failure:
        print(f"coterm: {failure}", file=sys.stderr)
        return 1
    return 0


async def _buy(where: Surroundings) -> None:
    if where.is_production:
        raise OperationFailed("this is production: it would be a real order")
    names, out = Names(), console()
    cart = Cart(
        order_id=names.order(),
        storefront="pec.it",
        channel=Channel.SITE,
        customer=Customer.model_validate(names.buyer(BuyerKind.LEGAL_PERSON).body),
        lines=[Line(product=E_INVOICING), Line(product=DOCUMENTS)],
    )
    async with _shop(where) as shop:
        await shop.submit(cart, wait=10)
        priced = await shop.until(cart.order_id, OrderStatus.AWAITING_PAYMENT)
        money = Payment(
            payment_source="bank",
            payment_id=names.payment(),
            amount_cents=priced.outstanding_cents or 0,
            method=PaymentMethod.BANK_TRANSFER,
        )
        await shop.pay(cart.order_id, money)
        order = await shop.until(cart.order_id, OrderStatus.ACTIVATED)
        mails = await _welcomed(shop, order.customer_id)
        charges = (await shop.charges(cart.order_id)).lines
        services = (await shop.services(order.customer_id)).services
    explained = ExplainedOrder(
        order.model_dump(mode="json"),
        [(line.product, line.net_cents, line.explanation) for line in charges],
        {},
        {service.product: service.expires_on.isoformat() for service in services},
    )
    Teller(out, 1).order(explained)
    for mail in mails:
        out.print(f"     mail       {mail.template}  {mail.status}")


def _shop(where: Surroundings) -> Storefront:
    key = where.described.get("keys", {}).get("storefront")
    if key is None or not set(SERVICES) <= where.described.keys():
        raise OperationFailed("COTERM_ENDPOINTS must name each service's address and a storefront's key")
    orders, *others = SERVICES
    return Storefront(where.described[orders], key, **{name: where.described[name] for name in others})


async def _welcomed(shop: Storefront, customer_id: str) -> list[Email]:
    """Return the buyer's mails once the one with the credentials has its fate."""

    async def look() -> list[Email] | None:
        mails = (await shop.emails(customer_id)).emails
        fate = {mail.template: mail.status for mail in mails}
        return mails if fate.get(WELCOME) in {"SENT", "FAILED"} else None

    return await eventually(look, f"mail {WELCOME}")


if __name__ == "__main__":
    sys.exit(main())
