"""How does an operator help a customer in? `coterm credentials reissue` and `coterm contact`."""

from typing import Annotated

import typer

from operations import surroundings
from operations.asking import segment
from operations.decisions.carrying_out import Decision, Yes, carry_out
from operations.options import Endpoints, Json

credentials = typer.Typer(no_args_is_help=True, help="Issue a temporary password anew.")
Customer = Annotated[str, typer.Argument(metavar="CUSTOMER", help="The customer's id.")]
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
