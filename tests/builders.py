"""What does a test start from? Literal instants and stories that many cases begin with."""

import asyncpg

from rehearsal.play.buyers import Buyer
from rehearsal.play.carts import DOCUMENTS, E_INVOICING, Body, cart
from rehearsal.play.patience import eventually
from rehearsal.play.stage import Stage

ORDER_DAY = "2026-01-15T09:00:00+00:00"
"""O of most worked examples, in the morning."""
TEN_DAYS_LATER = "2026-01-25T09:00:00+00:00"
YEAR_TO_JUNE = "2025-06-30T09:00:00+00:00"
"""E-invoicing bought then expires on 2026-06-30, as in worked example A."""


async def owner_until_june(stage: Stage, buyer: Buyer | None = None) -> Buyer:
    """Return an owner of e-invoicing until 2026-06-30, on the order day of worked example A."""
    owner = await stage.owner(YEAR_TO_JUNE, E_INVOICING, buyer=buyer)
    await quotable(stage, owner)
    await stage.at(ORDER_DAY)
    return owner


async def owner_of_both(stage: Stage) -> Buyer:
    """Return an owner of e-invoicing and Documents, both bought on the order day."""
    return await stage.owner(ORDER_DAY, E_INVOICING, DOCUMENTS)


async def ordered(stage: Stage) -> tuple[Buyer, Body]:
    """Return a new buyer and their order of both products: 36.60 to pay, and the mail has said so."""
    await stage.at(ORDER_DAY)
    buyer = stage.names.buyer()
    order = await stage.place(cart(stage.names.order(), buyer, E_INVOICING, DOCUMENTS))
    assert order["total_cents"] == 3660
    await stage.mail(buyer, "order-received")
    return buyer, order


async def quotable(stage: Stage, owner: Buyer) -> None:
    """Wait until billing has heard what somebody owns: by a topic of its own, whoever else knows it already."""
    owned = sorted((await stage.expiries(owner)).items())
    billing = await asyncpg.connect(stage.endpoints.postgres["billing"]["owner"])

    async def has_heard() -> bool:
        sql = "SELECT product, expires_on::text FROM live.services WHERE customer_id = $1 ORDER BY product"
        return [tuple(row) for row in await billing.fetch(sql, owner.customer_id)] == owned

    try:
        await eventually(has_heard, f"billing to know what {owner.customer_id} owns")
    finally:
        await billing.close()


OWNED = {"orders": "OrderPlaced PaymentRegistered OrderSettled", "billing": "OrderPriced"}
"""What the purchase that made somebody an owner left on the topics; the provisioning part says of what."""
OWNED_E_INVOICING = "ServiceActivated CredentialsIssued OrderActivated"
OWNED_BOTH = "ServiceActivated ServiceActivated CredentialsIssued OrderActivated"
