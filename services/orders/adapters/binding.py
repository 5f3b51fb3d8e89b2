"""Whose order, whose customer is it? A storefront's key acts on its own; one for all storefronts on every one."""

from runtime.edge import Edge
from runtime.web import Caller, Page, Problem
from schemas.storefront import OrderPayment, OrderSubmitted
from services.orders.adapters.answers import OLDEST_FIRST, order_row
from services.orders.projections.orders import ORDERS, OrderRow


async def own_order(edge: Edge, caller: Caller, order_id: str) -> OrderRow:
    """Read an order of the caller's. Raises Problem: 404 ORDER_UNKNOWN, 403 STOREFRONT_DIFFERS."""
    row = await order_row(edge, order_id)
    caller.must_be(row.storefront)
    return row


async def own_orders(edge: Edge, caller: Caller, customer_id: str) -> list[OrderRow]:
    """Read a customer's orders at the caller's, oldest first.

    Raises Problem 403 STOREFRONT_DIFFERS for a customer known only elsewhere.
    """
    rows: list[OrderRow] = await edge.rows(ORDERS, {"customer_id": customer_id}, OLDEST_FIRST)
    if caller.only is None:
        return rows
    caller.must_serve({row.storefront for row in rows})
    return [row for row in rows if row.storefront == caller.only]


async def page_of_own_orders(
    edge: Edge, caller: Caller, customer_id: str, page: Page
) -> tuple[list[OrderRow], str | None]:
    """Read a page of them, and where they go on. Raises Problem as `own_orders` does."""
    where = {"customer_id": customer_id}
    if caller.only is not None:
        await own_orders(edge, caller, customer_id)
        where["storefront"] = caller.only
    return await page.of(edge, ORDERS, where, OLDEST_FIRST)


async def refuse_foreign_order(edge: Edge, caller: Caller, body: OrderSubmitted) -> None:
    """Let an order in that is the caller's, for a new customer or one of theirs. Raises Problem 403."""
    caller.must_be(body.storefront)
    if caller.only is not None:
        await own_orders(edge, caller, body.customer.customer_id)


async def refuse_foreign_payment(edge: Edge, caller: Caller, body: OrderPayment) -> None:
    """Let a payment in for an order of the caller's, or, before its order, for a customer of theirs.

    Raises Problem: 403 STOREFRONT_DIFFERS, 404 ORDER_UNKNOWN.
    """
    if caller.only is None:
        return
    row: OrderRow | None = await edge.row(ORDERS, (body.order_id,))
    if row is not None:
        caller.must_be(row.storefront)
    if body.customer_id is None or (row is not None and row.customer_id == body.customer_id):
        return
    where = {"customer_id": body.customer_id, "storefront": caller.only}
    if not await edge.rows(ORDERS, where):
        raise Problem(404, "ORDER_UNKNOWN", f"no order {body.order_id} of a customer of {caller.only}")
