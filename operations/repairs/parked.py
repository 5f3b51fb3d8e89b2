"""Which accounts wait for an operator, and how do they go on? `coterm parked list|show|redrive|discard`."""

import asyncio
from collections.abc import Iterator
from typing import Annotated, Any

import typer

from operations import surroundings
from operations.answer import NOTHING_CHANGED, answer, fail, say
from operations.asking import ask, segment
from operations.options import Endpoints, Json, ServiceName
from operations.repairs.telling import contents, in_lines, is_stopped, masked
from operations.sealed import one_line, opening, printable
from operations.status.standing import count, instant
from operations.surroundings import SERVICES, Misused, OperationFailed, Surroundings

NOBODY = "no account is parked"

INNERMOST = 3
"""So many places of an error are shown, the one where it broke first; --json has them all."""

app = typer.Typer(no_args_is_help=True, help="Look at accounts that wait, take their inputs again, or discard one.")
AnyService = Annotated[str | None, typer.Argument(metavar="[SERVICE]", help="This service alone.")]
Customer = Annotated[str, typer.Argument(metavar="CUSTOMER", help="The account.")]
AnyCustomer = Annotated[str | None, typer.Argument(metavar="[CUSTOMER]", help="The account; or --all.")]
Why = Annotated[str, typer.Option(help="The reason, which becomes an event: nothing personal.")]
Open = Annotated[bool, typer.Option("--open", help="Open what is sealed; needs the keyring.")]
All = Annotated[bool, typer.Option("--all", help="Every parked account of the service.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do it; else it is rehearsed in a transaction that is rolled back.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Rehearse it, as without --yes.")]


@app.command("list")
def list_(service: AnyService = None, endpoints: Endpoints = None, as_json: Json = False) -> None:
    """List the accounts that wait, since when and for what.

    Exit codes: 0 done, 1 a database is away, 2 wrong usage.
    """
    where = surroundings.find(endpoints)
    names = SERVICES if service is None else (surroundings.declaration(service).name,)
    found = [row for name in names for row in asyncio.run(parked_accounts(where, name))]
    answer(found, map(_line, found) if found else [NOBODY], as_json=as_json)


@app.command()
def show(
    service: ServiceName,
    customer: Customer,
    open_: Open = False,
    endpoints: Endpoints = None,
    as_json: Json = False,
) -> None:
    """Show an account's queue, the oldest input first.

    Exit codes: 0 done, 1 it is not parked, or something is away, 2 wrong usage.
    """
    where = surroundings.find(endpoints)
    found = asyncio.run(_queue(where, surroundings.declaration(service).name, customer, opened=open_))
    answer(found, (line for entry in found for line in _lines(entry)), as_json=as_json)


@app.command()
def redrive(
    service: ServiceName,
    customer: AnyCustomer = None,
    everyone: All = False,
    yes: Yes = False,
    dry_run: DryRun = False,
    endpoints: Endpoints = None,
    as_json: Json = False,
) -> None:
    """Take an account's inputs again in their order, until one can't be applied; rehearsed unless --yes is said.

    Exit codes: 0 none would stop it, 1 one did, or the service is away, 2 wrong usage.
    """
    name, where = surroundings.declaration(service).name, surroundings.find(endpoints)
    choose_one(yes=yes, dry_run=dry_run)
    if (customer is None) is not everyone:
        raise Misused("name one CUSTOMER, or say --all")
    chosen = [customer] if customer else [row["customer_id"] for row in asyncio.run(parked_accounts(where, name))]
    repairs = {}
    for account in chosen:
        done = ask(where, name, "POST", f"/v1/operator/parked/{segment(account)}/redrive", params=dry(yes=yes))
        repairs[account] = masked(done, account)
        if not as_json:
            _tell(name, account, repairs[account])
    _end(repairs, as_json=as_json, yes=yes)


@app.command()
def discard(
    service: ServiceName,
    customer: Customer,
    why: Why,
    yes: Yes = False,
    dry_run: DryRun = False,
    endpoints: Endpoints = None,
    as_json: Json = False,
) -> None:
    """Discard the input that an account waits for; what queues behind it stays, to be redriven.

    Exit codes: 0 done or rehearsed, 1 it can't be discarded, or the service is away, 2 wrong usage.
    """
    name, where = surroundings.declaration(service).name, surroundings.find(endpoints)
    choose_one(yes=yes, dry_run=dry_run)
    path = f"/v1/operator/parked/{segment(customer)}/discard"
    repair = masked(ask(where, name, "POST", path, body={"why": why}, params=dry(yes=yes)), customer)
    if not as_json:
        _tell(name, customer, repair)
    _end({customer: repair}, as_json=as_json, yes=yes)


async def parked_accounts(where: Surroundings, service: str) -> list[dict[str, Any]]:
    """List a service's accounts that wait. Raises OperationFailed when its database is away."""
    async with surroundings.journal(where, service) as reads:
        return [{"service": service, **dict(row)} for row in await reads.fetch("parked_accounts")]


async def _queue(where: Surroundings, service: str, customer: str, *, opened: bool) -> list[dict[str, Any]]:
    async with surroundings.journal(where, service) as reads:
        rows = await reads.fetch("parked_of", customer)
    if not rows:
        raise OperationFailed(f"{service} has not parked {customer}")
    async with opening(where, opened=opened) as show_:
        return [await contents(row, customer, show_) for row in rows]


def _line(row: dict[str, Any]) -> str:
    return (
        f"{row['service']}  {row['customer_id']}  {count(row['inputs'], 'input')} since {instant(row['since'])}: "
        f"{row['reason']}: {printable(row['detail'])}"
    )


def _lines(entry: dict[str, Any]) -> Iterator[str]:
    yield f"{entry['type']} {entry['input_id']}  since {instant(entry['since'])}"
    yield f"    {entry['place']}"
    yield f"    {entry['reason']}: {printable(entry['detail'])}"
    for link in entry["trace"]:
        yield f"    {link['type']} at {' < '.join(reversed(link['at'][-INNERMOST:]))}"
    yield f"    {one_line(entry['contents'])}"


def _tell(service: str, account: str, repair: dict[str, Any]) -> None:
    typer.echo(f"{account} in {service}:")
    say("\n".join(in_lines(repair)))
    if repair["waiting"]:
        left, still = count(repair["waiting"], "input"), "would be left" if repair["dry_run"] else "left"
        typer.echo(f"     {left} {still}")


def _end(repairs: dict[str, dict[str, Any]], *, as_json: bool, yes: bool) -> None:
    # What was done to each was shown as it went.
    left = [] if yes and repairs else [NOTHING_CHANGED if repairs else NOBODY]
    answer(repairs, left, as_json=as_json)
    fail(when=any(is_stopped(repair) for repair in repairs.values()))


def choose_one(*, yes: bool, dry_run: bool) -> None:
    """Refuse a contradiction. Raises Misused."""
    if yes and dry_run:
        raise Misused("say --yes or --dry-run, not both")


def dry(*, yes: bool) -> dict[str, str]:
    """Ask for a rehearsal, unless yes was said."""
    return {} if yes else {"dry_run": "true"}
