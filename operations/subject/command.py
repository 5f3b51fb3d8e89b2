"""What do the four services hold about a person? Each is asked, and tells it opened: `coterm subject`."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from operations import surroundings
from operations.answer import answer, in_words
from operations.asking import Answered, ask, segment
from operations.options import Endpoints, Json
from operations.sealed import printable
from operations.status.gathering import clock_of
from operations.subject.page import page
from operations.surroundings import SERVICES, OperationFailed, Surroundings

Customer = Annotated[str, typer.Argument(metavar="CUSTOMER", help="Who it is about.")]
Html = Annotated[Path | None, typer.Option("--html", metavar="FILE", help="Write it as a page, for its writer alone.")]


def command(customer: Customer, html: Html = None, endpoints: Endpoints = None, as_json: Json = False) -> None:
    """Tell all that is held about a person over the four services, opened; once they are erased, what is left.

    Exit codes: 0 shown, 1 nothing is held about them, a service is away, or the page can't be written, 2 wrong usage.
    """
    where = surroundings.find(endpoints)
    held = held_by_all(where, customer)
    if html is not None:
        _write(html, page(customer, held, clock_of(where).now()))
    found = {"customer_id": customer, "services": held}
    answer(found, [f"wrote {html}"] if html is not None else lines(customer, held), as_json=as_json)


def held_by_all(where: Surroundings, customer: str) -> dict[str, Any]:
    """Ask each service. Raises OperationFailed where none holds anything, or one can't be asked: half is no answer."""
    path = f"/v1/operator/customers/{segment(customer)}/subject"
    held: dict[str, Any] = {}
    for service in SERVICES:
        try:
            held[service] = ask(where, service, "GET", path)
        except Answered as refused:
            if refused.code != "CUSTOMER_UNKNOWN":
                raise
    if not held:
        raise OperationFailed(f"nothing is held about {customer}")
    return held


def lines(customer: str, held: Mapping[str, Any]) -> Iterator[str]:
    """Write it in lines."""
    yield f"what is held about {customer}"
    for service, subject in held.items():
        yield f"{service}: {sum(subject['events'].values())} events"
        for personal in subject["personal"]:
            yield f"  {printable(in_words(personal['content']))}  in {', '.join(dict.fromkeys(personal['stands_in']))}"
        yield f"  decides by {printable(in_words(subject['account']))}"
        for table, rows in subject["rows"].items():
            yield f"  {table}: {len(rows)}"
            for row in rows:
                yield f"    {printable(in_words(row))}"
        for waiting in subject["waiting"]:
            yield f"  waits ({waiting['reason']}): {printable(in_words(waiting['content']))}"


def _write(path: Path, text: str) -> None:
    """Write a page that nobody else on this machine may read."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_name(f".{path.name}.writing")
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
        beside.replace(path)
    except OSError as error:
        raise OperationFailed(f"{path} can't be written: {error.strerror}") from error
