"""Where is an order? One timeline over the four services, and what it waits for: `coterm where-is ORDER`."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from operations import surroundings
from operations.answer import answer
from operations.history.journals import RecordedEvent, histories, order_row, owners_of
from operations.history.timeline import causal, cause_of, gist, of_order
from operations.history.waiting import Wait, conflicts, waits_for
from operations.options import Endpoints
from operations.sealed import printable
from operations.status.gathering import clock_of
from operations.status.standing import duration
from operations.surroundings import Surroundings
from runtime.privacy.showing import shown

OrderId = Annotated[str, typer.Argument(metavar="ORDER", help="The order's id.")]
Everything = Annotated[bool, typer.Option("--all", help="Also the services' own bookkeeping.")]
Json = Annotated[bool, typer.Option("--json", help="Write JSON, with the bookkeeping and every fact.")]

_NARROW = 120
"""On fewer columns, an event's facts stand below it."""

_COLOURS = {"orders": "cyan", "billing": "magenta", "provisioning": "green", "notifications": "yellow"}


@dataclass(frozen=True)
class Whereabouts:
    """Everything there is to say of an order."""

    order_id: str
    customers: Sequence[str]
    status: str
    events: Sequence[RecordedEvent]
    known: Mapping[str, RecordedEvent]
    """Every event of its customers, for the causes."""
    waits: Sequence[Wait]
    now: datetime


def command(order: OrderId, everything: Everything = False, endpoints: Endpoints = None, as_json: Json = False) -> None:
    """Show what happened to an order in the four services, each event with its cause, and what it waits for.

    Exit codes: 0 found (whatever it waits for), 1 no such order, or a database is away, 2 wrong usage.
    """
    found = asyncio.run(whereabouts(surroundings.find(endpoints), order))
    plain = asyncio.run(_plain(found)) if as_json else None
    drawn = partial(draw, found, everything=everything)
    answer(plain, lines(found, everything=everything), as_json=as_json, drawn=drawn)


async def whereabouts(where: Surroundings, order_id: str) -> Whereabouts:
    """Read the journals for an order. Raises OperationFailed for one that is unknown."""
    customers = await owners_of(where, order_id)
    order = await order_row(where, order_id)
    known: dict[str, RecordedEvent] = {}
    events: list[RecordedEvent] = []
    waits: list[Wait] = []
    for customer_id in customers:
        held = await histories(where, customer_id)
        account = [event for history in held.values() for event in history.events]
        known |= {event.id: event for event in account}
        of_this = of_order(account, order_id)
        events += of_this
        is_owner = order is None or order.customer_id == customer_id
        waits += waits_for(order, order_id, of_this, held) if is_owner else [*conflicts(of_this)]
    status = str(order.status) if order is not None else "never placed"
    return Whereabouts(order_id, customers, status, causal(events), known, waits, clock_of(where).now())


def lines(found: Whereabouts, *, everything: bool) -> Iterator[str]:
    """Write it in plain lines."""
    yield _headline(found)
    for event in _visible(found, everything=everything):
        cause = cause_of(event, found.known)
        yield f"{_instant(event.at)}  {event.service} {event.version} {event.name}: {_gist(event)}  <- {cause}"
    if not found.waits:
        yield "it waits for nothing"
    for wait in found.waits:
        yield f"waits for {_wait(wait, found)}"


def draw(found: Whereabouts, console: Console, *, everything: bool) -> None:
    """Draw it on a terminal."""
    console.print(Text(_headline(found), style="bold"))
    console.print(_timeline(found, everything=everything, is_narrow=console.width < _NARROW))
    if not found.waits:
        console.print(Text("it waits for nothing", style="green"))
    for wait in found.waits:
        console.print(Text("waits for ", style="bold yellow") + Text(_wait(wait, found)))


def _timeline(found: Whereabouts, *, everything: bool, is_narrow: bool) -> Table:
    table, day = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0)), ""
    for number in range(2 if is_narrow else 5):
        table.add_column(no_wrap=number < (1 if is_narrow else 3), overflow="fold")
    for event in _visible(found, everything=everything):
        on, _, time = _instant(event.at).partition("T")
        if on != day:
            day = on
            table.add_row(Text(on, style="dim"))
        who, name, facts, cause = _cells(event, found)
        if is_narrow:
            table.add_row(Text(time, style="dim"), Text("  ").join((who, name, cause)))
            if facts:
                table.add_row("", facts)
        else:
            table.add_row(Text(time, style="dim"), who, name, facts, cause)
    return table


def _cells(event: RecordedEvent, found: Whereabouts) -> tuple[Text, Text, Text, Text]:
    style = "dim" if event.is_internal else ""
    return (
        Text(f"{event.service} {event.version}", style=_COLOURS.get(event.service, "")),
        Text(event.name, style=style or "bold"),
        Text(_gist(event), style=style),
        Text(f"← {cause_of(event, found.known)}", style="dim"),
    )


def _visible(found: Whereabouts, *, everything: bool) -> list[RecordedEvent]:
    return [event for event in found.events if everything or not event.is_internal or event.name == "InputDiscarded"]


def _headline(found: Whereabouts) -> str:
    return f"order {found.order_id} of {', '.join(found.customers)}: {found.status}"


def _wait(wait: Wait, found: Whereabouts) -> str:
    since = f", since {_instant(wait.since)} ({duration(found.now - wait.since)})" if wait.since else ""
    return f"{printable(wait.what)}{since}" + (f"  → {wait.look}" if wait.look else "")


def _gist(event: RecordedEvent) -> str:
    return printable(gist(event.data))


def _instant(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


async def _plain(found: Whereabouts) -> dict[str, Any]:
    events = [
        {
            "service": event.service,
            "version": event.version,
            "id": event.id,
            "type": event.type,
            "at": event.at.isoformat(),
            "cause": {"id": event.cause_id, "what": cause_of(event, found.known)},
            "internal": event.is_internal,
            "data": await shown(event.data, str(event.data.get("customer_id", ""))),
        }
        for event in found.events
    ]
    waits = [
        {"what": wait.what, "since": wait.since and wait.since.isoformat(), "look": wait.look} for wait in found.waits
    ]
    head = {"order_id": found.order_id, "customers": list(found.customers), "status": found.status}
    return {**head, "events": events, "waits": waits}
