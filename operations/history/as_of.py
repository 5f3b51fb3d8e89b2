"""What did each service believe at a moment? Its own events until then, folded again: `coterm as-of`."""

import asyncio
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from operations import surroundings
from operations.answer import answer, folded, in_words
from operations.history.journals import History, RecordedEvent, histories
from operations.options import Endpoints, Json
from operations.sealed import opening, printable
from operations.status.standing import count
from operations.surroundings import Misused, OperationFailed, Surroundings
from runtime.fold.replay import fold_values
from runtime.privacy.showing import Open, shown
from runtime.wire.codec import encode_state

Instant = Annotated[str, typer.Argument(metavar="INSTANT", help="With its zone, as 2026-01-15T09:00:00Z.")]
Customer = Annotated[str, typer.Argument(metavar="CUSTOMER", help="The account.")]
Opened = Annotated[bool, typer.Option("--open", help="Open what is sealed; needs the keyring.")]


_UNSHOWN = frozenset({"claims", "customer_id"})
"""Neither are the hashes: --json has all of it."""


@dataclass(frozen=True)
class StateThen:
    """What one service knew of the customer."""

    service: str
    last: RecordedEvent | None
    """The last event before the moment; None where it knew nothing."""
    state: Any
    rows: dict[str, list[Any]]
    dated_later: int = 0
    """How many of these events carry a later instant, since the clock was set back behind them."""


def command(
    instant: Instant,
    customer: Customer,
    open_: Opened = False,
    endpoints: Endpoints = None,
    as_json: Json = False,
) -> None:
    """Show what each service knew of a customer at an instant, and which mails had left by then.

    Exit codes: 0 shown, 1 nobody knows the customer, or a database is away, 2 wrong usage, as an instant without zone.
    """
    moment, where = instant_of(instant), surroundings.find(endpoints)
    states = asyncio.run(states_then(where, moment, customer, opened=open_))
    found = list(lines(moment, customer, states))
    answer(_plain(moment, customer, states), found, as_json=as_json, drawn=lambda console: draw(found, console))


def draw(found: list[str], console: Console) -> None:
    """Draw it on a terminal, the heads bold."""
    for line in found:
        is_head = bool(line) and not line.startswith(" ")
        text = Text(folded(line, console.width), style="bold" if is_head else "")
        console.print(text, soft_wrap=True)  # it is folded: what is longer all the same stays whole, to be copied


def instant_of(text: str) -> datetime:
    """Read an instant. Raises Misused for what is none, and for one without zone: it would be another one elsewhere."""
    try:
        found = datetime.fromisoformat(text)
        if len(text) <= len("2026-01-15"):
            raise ValueError("a date has a whole day of instants")
    except ValueError:
        raise Misused(f"{text!r} is no instant: write it as 2026-01-15T09:00:00Z") from None
    if found.tzinfo is None:
        raise Misused(f"{text!r} has no zone: write {text}Z for UTC, or {text}+01:00")
    try:
        return found.astimezone(UTC)
    except OverflowError:
        raise Misused(f"{text!r} lies before or behind all time: write an instant as 2026-01-15T09:00:00Z") from None


def until(history: History, moment: datetime) -> list[RecordedEvent]:
    """Return the events up to the last time that the service's clock read the moment: it may have been set back."""
    last = max((number for number, event in enumerate(history.events, 1) if event.at <= moment), default=0)
    return history.events[:last]


def mails_left(states: Sequence[StateThen]) -> list[str]:
    """Say of each mail whether it had left, in the order in which they were asked for: so they were folded."""
    (rows,) = [belief.rows.get("emails", []) for belief in states if belief.service == "notifications"]
    return [
        f"{row['template']}  {row['status']}  "
        + (f"left at {row['sent_at']}" if row["sent_at"] else f"asked for at {row['requested_at']}")
        + f"  {row['message_id']}"
        for row in rows
    ]


def lines(moment: datetime, customer: str, states: Sequence[StateThen]) -> Iterator[str]:
    """Write it in lines."""
    yield f"{customer} as of {moment.isoformat()}"
    for belief in states:
        if belief.last is None:
            yield f"{belief.service}: knew nothing"
            continue
        last = belief.last
        yield f"{belief.service}: version {last.version}, last {last.name} at {last.at.isoformat()}"
        if belief.dated_later:
            before = f"{count(belief.dated_later, 'event')} up to it {'is' if belief.dated_later == 1 else 'are'}"
            yield f"  its clock was set back since: {before} dated later"
        yield "  state"
        yield from tree(belief.state, 4)
        for table, rows in belief.rows.items():
            if table in _UNSHOWN:
                continue
            yield f"  {table}: {len(rows)}"
            for row in rows:
                yield from tree(row, 4, "- ")
    left = mails_left(states)
    yield "mails" if left else "mails: none was asked for"
    yield from (f"  {line}" for line in left)


def tree(value: Any, indent: int, first: str = "") -> Iterator[str]:
    """Write plain values as indented lines; what is empty, and what says nothing to people, is left out."""
    pad = " " * indent
    match value:
        case dict():
            for number, (name, part) in enumerate(_parts(value)):
                lead = pad + (first if number == 0 else " " * len(first))
                if isinstance(part, dict | list):
                    yield f"{lead}{name}"
                    yield from tree(part, indent + len(first) + 2)
                else:
                    yield f"{lead}{name} {printable(in_words(part))}"
        case list():
            for part in value:
                yield from tree(part, indent, "- ")
        case _:
            yield f"{pad}{first}{printable(in_words(value))}"


def _parts(value: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, part in value.items():
        if part not in (None, [], {}, "") and name not in _UNSHOWN and not name.endswith("_hash"):
            yield name, part


async def states_then(where: Surroundings, moment: datetime, customer: str, *, opened: bool) -> list[StateThen]:
    """Fold what each service knew of a customer at a moment. Raises OperationFailed where nobody knew them."""
    held = await histories(where, customer)
    first = min((event.at for history in held.values() for event in history.events), default=None)
    if first is None:
        raise OperationFailed(f"no service has an event of customer {customer}")
    if first > moment:
        raise OperationFailed(f"nobody knew {customer} yet: the first event is of {first.isoformat()}")
    async with opening(where, opened=opened) as show:
        return [await _state_then(history, moment, customer, show) for history in held.values()]


async def _state_then(history: History, moment: datetime, customer: str, show: Open) -> StateThen:
    events = until(history, moment)
    folded = fold_values(history.service, (each.value for each in events))
    if not events:
        return StateThen(history.name, None, None, {})
    if folded.faults:
        where = folded.faults[0].version
        raise OperationFailed(
            f"the journal of {history.name} does not hold at version {where} of {customer}: see verify"
        )
    _, state = folded.states[customer]
    rows = {
        table: [await shown(json.loads(encode_state(row)), customer, show) for row in kept.values()]
        for table, kept in folded.rows.items()
        if kept
    }
    later = sum(event.at > moment for event in events)
    return StateThen(history.name, events[-1], await shown(json.loads(state), customer, show), rows, later)


def _plain(moment: datetime, customer: str, states: Sequence[StateThen]) -> dict[str, Any]:
    services = {
        belief.service: None
        if belief.last is None
        else {
            "version": belief.last.version,
            "last": {"type": belief.last.type, "at": belief.last.at.isoformat()},
            "dated_later": belief.dated_later,
            "state": belief.state,
            "rows": belief.rows,
        }
        for belief in states
    }
    return {"as_of": moment.isoformat(), "customer_id": customer, "services": services, "mails": mails_left(states)}
