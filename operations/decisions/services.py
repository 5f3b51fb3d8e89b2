"""What does an operator do for one customer? End a service, help them in, write to them elsewhere.

`coterm services list|cancel|end`, `coterm credentials reissue` and `coterm contact`.
"""

import asyncio
from datetime import datetime
from typing import Annotated, Any

import typer

from operations import surroundings
from operations.answer import answer
from operations.asking import segment
from operations.decisions.carrying_out import Decision, Why, Yes, carry_out
from operations.decisions.orders import MoneyTo
from operations.options import Endpoints, Json
from operations.rows import listed
from operations.surroundings import Surroundings
from schemas.payments import MoneyDestination

app = typer.Typer(no_args_is_help=True, help="Look at a customer's services, cancel one, or end it on a day.")
Customer = Annotated[str, typer.Argument(metavar="CUSTOMER", help="The customer's id.")]
Service = Annotated[str, typer.Argument(metavar="SERVICE", help="Its product; of a base, its family too.")]
On = Annotated[datetime, typer.Option("--on", formats=["%Y-%m-%d"], help="The day: today, or one that has been.")]


@app.command("list")
def list_(customer: Customer, endpoints: Endpoints = None, as_json: Json = False) -> None:
    """List a customer's services, the ended ones too.

    Exit codes: 0 done, 1 a database is away, 2 wrong usage.
    """
    found = asyncio.run(_services(surroundings.find(endpoints), customer))
    answer(found, map(_line, found) if found else [f"{customer} never had a service"], as_json=as_json)


@app.command()
def cancel(
    customer: Customer, service: Service, why: Why, yes: Yes = False, endpoints: Endpoints = None, as_json: Json = False
) -> None:
    """Cancel a base at once, with its add-ons; or let an add-on lapse at its expiry. Nothing is paid back.

    Exit codes: 0 done or rehearsed, 1 it can't be, or provisioning is away, 2 wrong usage.
    """
    words = ("would be cancelled", "is cancelled")
    _carry_out(customer, service, "cancellation", words, {"why": why}, yes=yes, endpoints=endpoints, as_json=as_json)


@app.command()
def end(
    customer: Customer,
    service: Service,
    on: On,
    why: Why,
    money: MoneyTo,
    yes: Yes = False,
    endpoints: Endpoints = None,
    as_json: Json = False,
) -> None:
    """End a service on a day, a base with its add-ons; its whole unused months, as far as paid, are owed.

    Exit codes: 0 done or rehearsed, 1 it can't be, or provisioning is away, 2 wrong usage.
    """
    body = {"on": on.date().isoformat(), "why": why, "money": MoneyDestination[money.name]}
    words = ("would end", "has ended: billing tells what is owed")
    _carry_out(customer, service, "end", words, body, yes=yes, endpoints=endpoints, as_json=as_json)


def _carry_out(
    customer: str,
    service: str,
    verb: str,
    words: tuple[str, str],
    body: dict[str, Any],
    *,
    yes: bool,
    endpoints: Any,
    as_json: bool,
) -> None:
    path = f"/v1/operator/customers/{segment(customer)}/services/{segment(service)}/{verb}"
    decision = Decision("provisioning", path, customer, service, *words, body)
    carry_out(surroundings.find(endpoints), decision, yes=yes, as_json=as_json)


async def _services(where: Surroundings, customer: str) -> list[dict[str, Any]]:
    return await listed(where, "provisioning", "services", {"customer_id": customer}, ("activated_on", "product"))


def _line(service: dict[str, Any]) -> str:
    cancelled = f", cancelled on {service['cancelled_on']}" if service["cancelled_on"] else ""
    grace = f", in grace until {service['grace_until']}" if service["grace_until"] else ""
    return (
        f"{service['product']}  {service['status']}  {service['activated_on']} to {service['expires_on']}"
        f"{grace}{cancelled}  by {service['order_id']}"
    )


credentials = typer.Typer(no_args_is_help=True, help="Issue a temporary password anew.")
Email = Annotated[str, typer.Option("--email", help="The address to write to from now on.")]


@credentials.command()
def reissue(customer: Customer, yes: Yes = False, endpoints: Endpoints = None, as_json: Json = False) -> None:
    """Issue a new temporary password and mail it; the old one is void.

    Exit codes: 0 done or rehearsed, 1 it can't be, or provisioning is away, 2 wrong usage.
    """
    path = f"/v1/operator/customers/{segment(customer)}/credentials"
    words = ("would be issued anew", "are issued anew: the mail is on its way")
    decision = Decision("provisioning", path, customer, "the credentials", *words)
    carry_out(surroundings.find(endpoints), decision, yes=yes, as_json=as_json)


def contact(
    customer: Customer, email: Email, yes: Yes = False, endpoints: Endpoints = None, as_json: Json = False
) -> None:
    """Correct the address that a customer is written to.

    Exit codes: 0 done or rehearsed, 1 it can't be, or notifications is away, 2 wrong usage.
    """
    path = f"/v1/operator/customers/{segment(customer)}/contact"
    words = ("would be corrected", "is corrected")
    decision = Decision("notifications", path, customer, "the address", *words, {"email": email}, "PUT")
    carry_out(surroundings.find(endpoints), decision, yes=yes, as_json=as_json)
