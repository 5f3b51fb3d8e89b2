"""How does an operator end a doubt about a mail? It left after all, or it is asked for once more."""

import asyncio
import json
from typing import Annotated, Any

import typer

from operations import surroundings
from operations.answer import NOTHING_CHANGED, answer
from operations.asking import Answered, ask, segment
from operations.options import Endpoints, Json, Yes
from operations.rows import tables
from operations.surroundings import OperationFailed, Surroundings
from runtime.wire.codec import encode_state
from schemas.vocabulary import EmailStatus

app = typer.Typer(no_args_is_help=True, help="Look at mails, and decide about those in doubt.")
Status = Annotated[EmailStatus, typer.Option(help="Those of this status.", case_sensitive=False)]
Customer = Annotated[str | None, typer.Option(help="Those of one customer, whatever their status.")]
EmailId = Annotated[str, typer.Argument(metavar="EMAIL", help="The mail's id.")]

SERVICE = "notifications"


@app.command("list")
def list_(
    status: Status = EmailStatus.IN_DOUBT,
    customer: Customer = None,
    endpoints: Endpoints = None,
    as_json: Json = False,
) -> None:
    """List the mails in doubt, or of another status, or of one customer.

    Exit codes: 0 done, 1 a database is away, 2 wrong usage.
    """
    chosen = {"customer_id": customer} if customer else {"status": str(status)}
    found = asyncio.run(mails(surroundings.find(endpoints), chosen))
    none = f"{customer} has no mail" if customer else f"no mail is {status}"
    answer(found, map(_line, found) if found else [none], as_json=as_json)


@app.command("confirm-sent")
def confirm_sent(email: EmailId, yes: Yes = False, endpoints: Endpoints = None, as_json: Json = False) -> None:
    """Record that a mail in doubt did leave: its Message-ID was found in the mail server's log, or at the customer's.

    Exit codes: 0 done or would be, 1 it is not in doubt, or notifications is away, 2 wrong usage.
    """
    where = surroundings.find(endpoints)
    mail = _one(where, email)
    _demand_doubt(mail)
    if yes:
        mail |= ask(where, SERVICE, "POST", _path(mail, "confirmation"))
    _tell({"done": yes, "mail": mail}, "is SENT, confirmed by you" if yes else "would be SENT", as_json=as_json)


@app.command()
def reissue(email: EmailId, yes: Yes = False, endpoints: Endpoints = None, as_json: Json = False) -> None:
    """Ask for a mail once more; one in doubt counts as lost. A password is never mailed twice: a new one is issued.

    Exit codes: 0 done or would be, 1 it can't be, or a service is away, 2 wrong usage.
    """
    where = surroundings.find(endpoints)
    mail = _one(where, email)
    result: dict[str, Any] = {"done": yes, "mail": mail}
    if mail["credential_id"] is not None:
        _demand_doubt(mail)
        words = "a new password would be issued and mailed, the old one void"
        if yes:
            result |= _new_credentials(where, mail)
            words = f"credentials {result['credential_id']} are issued and will be mailed; the old ones are void"
    elif mail["status"] in (EmailStatus.SENT, EmailStatus.REQUESTED):
        raise OperationFailed(f"mail {email} is {mail['status']}: only one that may not have arrived is re-issued")
    else:
        words = "would be asked for once more"
        if yes:
            result["again"] = ask(where, SERVICE, "POST", _path(mail, "reissue"))
            words = f"is asked for once more, as {result['again']['email_id']}"
    _tell(result, words, as_json=as_json)


def _new_credentials(where: Surroundings, mail: dict[str, Any]) -> dict[str, Any]:
    """Issue first, then end the doubt: between the two, repeating the command is right."""
    issued = ask(where, "provisioning", "POST", f"/v1/operator/customers/{segment(mail['customer_id'])}/credentials")
    try:
        mail |= ask(where, SERVICE, "POST", _path(mail, "loss"))
    except Answered as refused:
        if refused.code != "EMAIL_NOT_IN_DOUBT":
            raise
    return issued


def _one(where: Surroundings, email_id: str) -> dict[str, Any]:
    found = asyncio.run(mails(where, {"email_id": email_id}))
    if not found:
        raise OperationFailed(f"no mail {email_id} is known")
    return found[0]


def _demand_doubt(mail: dict[str, Any]) -> None:
    if mail["status"] != EmailStatus.IN_DOUBT:
        raise OperationFailed(f"mail {mail['email_id']} is {mail['status']}, not IN_DOUBT: nothing to decide")


async def mails(where: Surroundings, chosen: dict[str, Any]) -> list[dict[str, Any]]:
    """List mails, the oldest first. Raises OperationFailed when the database is away."""
    async with tables(where, SERVICE) as notifications:
        rows = await notifications.rows("emails", chosen, ("requested_at", "email_id"))
    return [json.loads(encode_state(row)) for row in rows]


def _path(mail: dict[str, Any], verb: str) -> str:
    return f"/v1/operator/customers/{segment(mail['customer_id'])}/emails/{mail['email_id']}/{verb}"


def _line(mail: dict[str, Any]) -> str:
    order = f" of {mail['order_id']}" if mail["order_id"] else ""
    failure = f" ({mail['failure']})" if mail["failure"] else ""
    return (
        f"{mail['email_id']}  {mail['customer_id']}  {mail['template']}{order}  {mail['status']}{failure}  "
        f"requested {mail['requested_at']}  {mail['message_id']}"
    )


def _tell(result: dict[str, Any], words: str, *, as_json: bool) -> None:
    what = f"{result['mail']['template']} to {result['mail']['customer_id']}: {words}"
    answer(result, [what] if result["done"] else [what, NOTHING_CHANGED], as_json=as_json)
