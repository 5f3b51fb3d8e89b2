"""What is to be paid back, and was it? `coterm refunds list|paid|credit`."""

import asyncio
from enum import StrEnum
from typing import Annotated, Any

import typer

from operations import surroundings
from operations.answer import answer
from operations.asking import segment
from operations.decisions.carrying_out import Decision, Why, Yes, carry_out
from operations.options import Endpoints, Json
from operations.rows import listed
from operations.sealed import printable
from operations.surroundings import OperationFailed, Surroundings
from schemas.money import euros

app = typer.Typer(no_args_is_help=True, help="Look at what is to be paid back, and report that it was paid.")
RefundId = Annotated[str, typer.Argument(metavar="REFUND", help="The refund's id.")]
Customer = Annotated[str | None, typer.Option(help="Those of one customer, due or paid.")]
Reference = Annotated[str | None, typer.Option(help="What finds the transfer again at the bank.")]
Because = Annotated[str | None, typer.Option(help="A remark; it stands in the log for ever, so nothing personal.")]


class Status(StrEnum):
    """Whether a refund was paid, as it is typed."""

    DUE = "due"
    PAID = "paid"


OfStatus = Annotated[Status, typer.Option(help="Those still due, or those paid.")]


@app.command("list")
def list_(
    status: OfStatus = Status.DUE, customer: Customer = None, endpoints: Endpoints = None, as_json: Json = False
) -> None:
    """List the refunds that are due, or were paid.

    Exit codes: 0 done, 1 a database is away, 2 wrong usage.
    """
    chosen = {"customer_id": customer} if customer else {"status": status.name}
    found = asyncio.run(_refunds(surroundings.find(endpoints), chosen))
    none = f"{customer} has no refund" if customer else f"no refund is {status}"
    answer(found, map(_line, found) if found else [none], as_json=as_json)


@app.command()
def paid(
    refund: RefundId, reference: Reference = None, why: Because = None, yes: Yes = False,
    endpoints: Endpoints = None, as_json: Json = False,
) -> None:  # fmt: skip
    """Report that a refund was paid; reported again, nothing more happens.

    Exit codes: 0 done or rehearsed, 1 there is none, or orders is away, 2 wrong usage.
    """
    where = surroundings.find(endpoints)
    found = asyncio.run(_refunds(where, {"refund_id": refund}))
    if not found:
        raise OperationFailed(f"no refund {refund} is known")
    body = {name: value for name, value in (("reference", reference), ("why", why)) if value is not None}
    path = f"/v1/operator/refunds/{segment(refund)}/paid"
    what = f"refund {refund}, {euros(found[0]['amount_cents'])},"
    decision = Decision(
        "orders", path, found[0]["customer_id"], what, "would be reported as paid", "is reported as paid", body
    )
    carry_out(where, decision, yes=yes, as_json=as_json)


@app.command()
def credit(
    customer: Annotated[str, typer.Argument(metavar="CUSTOMER", help="The customer's id.")],
    credit_id: Annotated[str, typer.Argument(metavar="CREDIT", help="The credit's id, as their ledger shows it.")],
    why: Why, yes: Yes = False, endpoints: Endpoints = None, as_json: Json = False,
) -> None:  # fmt: skip
    """Pay a customer's credit back as a whole: the refund is due until it is reported as paid.

    Exit codes: 0 done or rehearsed, 1 it can't be, or billing is away, 2 wrong usage.
    """
    path = f"/v1/operator/customers/{segment(customer)}/credit/{segment(credit_id)}/refund"
    words = ("would be paid back", "is to be paid back")
    decision = Decision("billing", path, customer, f"credit {credit_id}", *words, {"why": why})
    carry_out(surroundings.find(endpoints), decision, yes=yes, as_json=as_json)


async def _refunds(where: Surroundings, chosen: dict[str, Any]) -> list[dict[str, Any]]:
    return await listed(where, "orders", "refunds", chosen, ("due_on", "refund_id"))


def _line(refund: dict[str, Any]) -> str:
    by = f" by {refund['method']} {refund['payment_source']}/{refund['payment_id']}" if refund["payment_id"] else ""
    when = f"PAID {refund['paid_on']}" if refund["paid_on"] else f"DUE {refund['due_on']}"
    reference = f"  {printable(refund['reference'])}" if refund["reference"] else ""
    explanation = printable(refund["explanation"])
    named = f"{refund['refund_id']}  {refund['customer_id']}  {euros(refund['amount_cents'])}"
    return f"{named}  {when}{by}{reference}  {explanation}"
