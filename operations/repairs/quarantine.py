"""Which records could not be taken, and what becomes of them? `coterm quarantine list|show|redrive|discard`."""

import asyncio
import json
from typing import Annotated, Any

import typer

from operations import surroundings
from operations.answer import NOTHING_CHANGED, answer, fail, in_words
from operations.asking import ask
from operations.options import Endpoints, Json
from operations.repairs.parked import DryRun, Why, Yes, choose_one, dry
from operations.repairs.telling import QUARANTINED, in_lines, is_stopped, masked, place
from operations.sealed import printable
from operations.status.standing import instant
from operations.surroundings import SERVICES, OperationFailed, Surroundings

app = typer.Typer(no_args_is_help=True, help="Look at records that could not be taken; take one again, or discard it.")
Number = Annotated[
    int, typer.Argument(metavar="NUMBER", min=1, max=2**63 - 1, help="As `coterm quarantine list` shows it.")
]
ServiceName = Annotated[str, typer.Option("--service", help="Whose quarantine; orders alone reads from storefronts.")]
Reason = Annotated[str | None, typer.Option(help="Those set aside for this reason alone.")]
Open = Annotated[bool, typer.Option("--open", help="Show the record itself, in which anything may stand.")]


@app.command("list")
def list_(
    reason: Reason = None,
    service: ServiceName = SERVICES[0],
    endpoints: Endpoints = None,
    as_json: Json = False,
) -> None:
    """List what could not be taken and why, without what it holds.

    Exit codes: 0 done, 1 a database is away, 2 wrong usage.
    """
    where, name = surroundings.find(endpoints), surroundings.declaration(service).name
    found = [row for row in asyncio.run(quarantined(where, name)) if reason in (None, row["reason"])]
    answer(found, map(_line, found) if found else ["nothing is in quarantine"], as_json=as_json)


@app.command()
def show(
    number: Number,
    open_: Open = False,
    service: ServiceName = SERVICES[0],
    endpoints: Endpoints = None,
    as_json: Json = False,
) -> None:
    """Show one record: where it came from and why it could not be taken; with --open the record itself.

    Exit codes: 0 done, 1 there is none of this number, or a database is away, 2 wrong usage.
    """
    where, name = surroundings.find(endpoints), surroundings.declaration(service).name
    found = asyncio.run(_fetch(where, name, "quarantined", number))
    if not found:
        raise OperationFailed(f"nothing stands in the quarantine of {name} under {number}")
    described = _described(found[0], open_=open_)
    width = max(map(len, described))
    lines = (f"{what:<{width}}  {printable(in_words(value))}" for what, value in described.items())
    answer(described, lines, as_json=as_json)


@app.command()
def redrive(
    number: Number,
    yes: Yes = False,
    dry_run: DryRun = False,
    service: ServiceName = SERVICES[0],
    endpoints: Endpoints = None,
    as_json: Json = False,
) -> None:
    """Take a record again, as if it came now; rehearsed unless --yes is said. What is refused again stays.

    Exit codes: 0 taken, or would be, 1 refused again, or the service is away, 2 wrong usage.
    """
    _do(surroundings.find(endpoints), service, (number, "redrive"), None, (yes, dry_run), as_json=as_json)


@app.command()
def discard(
    number: Number,
    why: Why,
    yes: Yes = False,
    dry_run: DryRun = False,
    service: ServiceName = SERVICES[0],
    endpoints: Endpoints = None,
    as_json: Json = False,
) -> None:
    """Discard a record for good, with a reason that becomes an event; rehearsed unless --yes is said.

    Exit codes: 0 done or rehearsed, 1 it can't be, or the service is away, 2 wrong usage.
    """
    _do(surroundings.find(endpoints), service, (number, "discard"), {"why": why}, (yes, dry_run), as_json=as_json)


def _do(
    where: Surroundings, service: str, what: tuple[int, str], body: Any, flags: tuple[bool, bool], *, as_json: bool
) -> None:
    name, (number, verb), (yes, dry_run) = surroundings.declaration(service).name, what, flags
    choose_one(yes=yes, dry_run=dry_run)
    done = ask(where, name, "POST", f"/v1/operator/quarantine/{number}/{verb}", body=body, params=dry(yes=yes))
    repair = masked(done, "")
    answer(repair, [*in_lines(repair, QUARANTINED), *([] if yes else [NOTHING_CHANGED])], as_json=as_json)
    fail(when=is_stopped(repair))


def _line(row: dict[str, Any]) -> str:
    return (
        f"{row['id']:>6}  {instant(row['quarantined_at'])}  {place(row)}  "
        f"{row['bytes'] or 0} bytes  {row['reason']}: {printable(row['detail'])}"
    )


async def quarantined(where: Surroundings, service: str) -> list[dict[str, Any]]:
    """List what a service could not take, the oldest first. Raises OperationFailed when its database is away."""
    return await _fetch(where, service, "quarantine")


async def _fetch(where: Surroundings, service: str, query: str, *arguments: Any) -> list[dict[str, Any]]:
    async with surroundings.journal(where, service) as reads:
        return [dict(row) for row in await reads.fetch(query, *arguments)]


def _described(row: dict[str, Any], *, open_: bool) -> dict[str, Any]:
    value: bytes = row["value"] or b""
    description = {
        "number": row["id"],
        "since": row["quarantined_at"],
        "place": place(row),
        "reason": row["reason"],
        "detail": row["detail"],
        "bytes": len(value),
    }
    if not open_:
        return description | {"record": "[in the clear: --open shows it]"}
    headers = {name: bytes.fromhex(text).decode("utf-8", "replace") for name, text in json.loads(row["headers"])}
    key = None if row["key"] is None else row["key"].decode("utf-8", "replace")
    return description | {"key": key, "headers": headers, "record": value.decode("utf-8", "replace")}
