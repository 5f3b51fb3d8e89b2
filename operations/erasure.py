"""How is a customer forgotten? Their key is deleted: what it sealed can't be read any more, in any copy."""

import asyncio
from typing import Annotated, Any

import typer

from operations import surroundings
from operations.answer import NOTHING_CHANGED, answer
from operations.asking import ask, segment
from operations.confirmation import confirm
from operations.options import Endpoints, Json
from operations.rows import tables
from operations.surroundings import OperationFailed, Surroundings

Customer = Annotated[str, typer.Argument(metavar="CUSTOMER", help="Whose key is deleted.")]
Why = Annotated[str, typer.Option(help="The reason; it stands in the log for ever, so nothing personal.")]
CloseFirst = Annotated[
    bool, typer.Option("--close-first", help="Close what is unpaid; what was paid in part becomes credit.")
]
Yes = Annotated[bool, typer.Option("--yes", help="Do it, for good; without, only say what would be done.")]


def command(
    customer: Customer,
    why: Why,
    close_first: CloseFirst = False,
    yes: Yes = False,
    endpoints: Endpoints = None,
    as_json: Json = False,
) -> None:
    """Erase a customer's personal data for good, and say so in an event.

    It is refused while an order is open or a service lives, naming them.

    Exit codes: 0 done or would be, 1 no personal data of theirs is held, something stands in the way, or orders is
    away, 2 wrong usage.
    """
    path = f"/v1/operator/customers/{segment(customer)}/erasure"
    where = surroundings.find(endpoints)
    if yes:
        confirm(where, customer, f"the personal data of {customer} will be erased for good")
    result: dict[str, Any] = {"done": yes, "customer_id": customer, "orders": asyncio.run(_orders(where, customer))}
    if not yes and not result["orders"]:
        raise OperationFailed(f"orders has no order of {customer}: nothing of theirs would be erased")
    if yes:
        result |= ask(where, "orders", "POST", path, body={"why": why, "close_first": close_first})
    lines = [f"{customer}: {_words(result['orders'], yes=yes)}"]
    if not yes:
        lines += [
            f"{NOTHING_CHANGED}; it can't be undone",
            "it will be refused while an order is open or a service lives",
        ]
    answer(result, lines, as_json=as_json)


async def _orders(where: Surroundings, customer: str) -> dict[str, int]:
    async with tables(where, "orders") as orders:
        rows = await orders.rows("orders", {"customer_id": customer})
    counted: dict[str, int] = {}
    for row in rows:
        counted[str(row.status)] = counted.get(str(row.status), 0) + 1
    return counted


def _words(orders: dict[str, int], *, yes: bool) -> str:
    held = ", ".join(f"{count} {status}" for status, count in sorted(orders.items())) or "none"
    return f"personal data {'is' if yes else 'would be'} erased; orders, which stay: {held}"
