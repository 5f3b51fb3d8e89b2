"""How does an order go on that waits for an operator? `coterm orders list|show|release|close`."""

import asyncio
from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated, Any

import typer

from operations import surroundings
from operations.answer import answer, in_words
from operations.asking import segment
from operations.decisions.carrying_out import Decision, Why, Yes, carry_out
from operations.options import Endpoints, Json
from operations.rows import listed
from operations.sealed import printable
from operations.surroundings import OperationFailed, Surroundings
from schemas.money import euros
from schemas.payments import MoneyDestination
from schemas.vocabulary import OrderStatus

app = typer.Typer(no_args_is_help=True, help="Look at orders, let a held one go on, or close it with its money.")
OrderId = Annotated[str, typer.Argument(metavar="ORDER", help="The order's id.")]
Status = Annotated[OrderStatus, typer.Option(help="Those of this status.", case_sensitive=False)]
Customer = Annotated[str | None, typer.Option(help="Those of one customer, whatever their status.")]


class Money(StrEnum):
    """Where the money of a closed order goes, as it is typed."""

    TO_CREDIT = "to-credit"
    TO_REFUND = "to-refund"


PAYMENTS_IN_ORDER = ("taken_at", "payment_source", "payment_id", "content_hash")
"""Payments are listed as they came."""
MoneyTo = Annotated[Money, typer.Option("--money", help="Where what was paid goes.", show_default=False)]


@app.command("list")
def list_(
    status: Status = OrderStatus.HELD, customer: Customer = None, endpoints: Endpoints = None, as_json: Json = False
) -> None:
    """List the orders that are held, or of another status, or of one customer.

    Exit codes: 0 done, 1 a database is away, 2 wrong usage.
    """
    chosen = {"customer_id": customer} if customer else {"status": str(status)}
    found = asyncio.run(_orders(surroundings.find(endpoints), chosen))
    none = f"{customer} has no order" if customer else f"no order is {status}"
    answer(found, map(_line, found) if found else [none], as_json=as_json)


@app.command()
def show(order: OrderId, endpoints: Endpoints = None, as_json: Json = False) -> None:
    """Show an order, and what was paid for it.

    Exit codes: 0 done, 1 there is none, or a database is away, 2 wrong usage.
    """
    where = surroundings.find(endpoints)
    found = _one(where, order)
    found["payments"] = asyncio.run(_payments(where, found))
    answer(found, _all(found), as_json=as_json)


@app.command()
def release(order: OrderId, why: Why, yes: Yes = False, endpoints: Endpoints = None, as_json: Json = False) -> None:
    """Let provisioning try an order again that is held, or settled and not yet active.

    Exit codes: 0 done or rehearsed, 1 it can't be, or orders is away, 2 wrong usage.
    """
    where = surroundings.find(endpoints)
    words = ("would be released", "is released: provisioning tries again")
    carry_out(where, _deciding(where, order, "release", words, {"why": why}), yes=yes, as_json=as_json)


@app.command()
def close(
    order: OrderId, why: Why, money: MoneyTo, yes: Yes = False, endpoints: Endpoints = None, as_json: Json = False
) -> None:
    """Close an order that is held, or settled and not yet active; its tax identifier is free again.

    Provisioning has the last word on a settled one: what it has activated is not closed any more.

    Exit codes: 0 done or rehearsed, 1 it can't be, or orders is away, 2 wrong usage.
    """
    where = surroundings.find(endpoints)
    body = {"why": why, "money": MoneyDestination[money.name]}
    words = ("would be closed", "is closed, or will be once provisioning has said that it is not active")
    carry_out(where, _deciding(where, order, "closure", words, body), yes=yes, as_json=as_json)


def _deciding(where: Surroundings, order_id: str, verb: str, words: tuple[str, str], body: dict[str, Any]) -> Decision:
    customer = str(_one(where, order_id)["customer_id"])
    path = f"/v1/operator/orders/{segment(order_id)}/{verb}"
    return Decision("orders", path, customer, f"order {order_id}", *words, body)


def _one(where: Surroundings, order_id: str) -> dict[str, Any]:
    found = asyncio.run(_orders(where, {"order_id": order_id}))
    if not found:
        raise OperationFailed(f"no order {order_id} is known")
    return found[0]


async def _orders(where: Surroundings, chosen: dict[str, Any]) -> list[dict[str, Any]]:
    return await listed(where, "orders", "orders", chosen, ("ordered_on", "taken_at", "order_id"))


async def _payments(where: Surroundings, order: dict[str, Any]) -> list[dict[str, Any]]:
    of_order = {"order_id": order["order_id"], "customer_id": order["customer_id"]}
    return await listed(where, "orders", "payments", of_order, PAYMENTS_IN_ORDER)


def _line(order: dict[str, Any]) -> str:
    why = f" ({order['reason']})" if order["reason"] else ""
    total = "no price yet" if order["total_cents"] is None else euros(order["total_cents"])
    lines = ", ".join(f"{line['action']} {line['product']}" for line in order["lines"])
    return (
        f"{order['order_id']}  {order['customer_id']}  {order['status']}{why}  {total}  {order['ordered_on']}  {lines}"
    )


def _all(order: dict[str, Any]) -> Iterator[str]:
    yield _line(order)
    for name, value in order.items():
        if value not in (None, [], {}) and name not in {"order_id", "customer_id", "status", "reason", "payments"}:
            yield f"    {name}: {printable(in_words(value))}"
    for payment in order["payments"]:
        named = f"{payment['payment_source']}/{payment['payment_id']}"
        yield f"  payment {named}  {payment['status']}  {euros(payment['amount_cents'])}  {payment['method']}"
