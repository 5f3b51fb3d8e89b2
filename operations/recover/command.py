"""What does `coterm recover database|log` take, and how does it tell what it did?"""

import asyncio
import time
from dataclasses import asdict
from typing import Annotated

import typer

from operations import surroundings
from operations.answer import answer, fail
from operations.confirmation import confirm, interrupted
from operations.options import Endpoints, Json, ServiceName, Yes
from operations.recover.database import Refilled, refill_database
from operations.recover.log import Restored, restore_topic
from schemas.topics import RETENTION_HOURS, WRITTEN_BY

app = typer.Typer(
    no_args_is_help=True, help="After a loss: fill a database from its topic, or a topic from its journal."
)
TopicName = Annotated[str, typer.Argument(metavar="TOPIC", help=", ".join(WRITTEN_BY))]


@app.command("database")
def database(service: ServiceName, yes: Yes = False, endpoints: Endpoints = None, as_json: Json = False) -> None:
    """Fill a service's empty database from its own topic: journal, states, projections, inbox and effects.

    The service must be stopped. A mail whose fate no event tells becomes in doubt and is not sent again. Without --yes
    the topic is read and proved, and nothing is written. Start the service afterwards: it meets its inputs again.
    Exit codes: 0 done (or can be done), 1 refused or something is away, 2 wrong usage.
    """
    where, begun = surroundings.find(endpoints), time.monotonic()
    with interrupted(f"the database of {service} is as empty as before"):
        done = asyncio.run(refill_database(where, service, write=yes, silent=as_json))
    seconds = time.monotonic() - begun
    answer({**asdict(done), "seconds": round(seconds, 3)}, told_database(done, seconds), as_json=as_json)


@app.command("log")
def log(topic: TopicName, yes: Yes = False, endpoints: Endpoints = None, as_json: Json = False) -> None:
    """Publish again what a topic has lost, from its service's journal: the same ids, bytes and order.

    The services that write and read it must be stopped. A topic whose end is missing is appended to; one that lost
    earlier events is deleted and made anew. Readers whose position is of another log start it from its beginning.
    Exit codes: 0 whole, or made so; 1 something is lost, refused or away; 2 wrong usage.
    """
    where, begun = surroundings.find(endpoints), time.monotonic()
    found = asyncio.run(restore_topic(where, topic, write=False, silent=True))
    if yes and not found.is_whole:
        if found.state == "to be made anew":
            confirm(where, topic, f"topic {topic} will be deleted and written again from its journal")
        with interrupted(f"`coterm recover log {topic} --yes` goes on where it was"):
            found = asyncio.run(restore_topic(where, topic, write=True, silent=as_json))
    seconds = time.monotonic() - begun
    answer({**asdict(found), "seconds": round(seconds, 3)}, told_log(found, seconds), as_json=as_json)
    fail(when=not found.written and not found.is_whole)


def told_database(done: Refilled, seconds: float) -> list[str]:
    """Show what a topic gave back."""
    rows = ", ".join(f"{count:,} {table}" for table, count in sorted(done.rows.items()))
    rate = done.events / seconds if seconds else 0.0
    lines = [
        f"{done.topic}: {done.events:,} events of {done.accounts:,} accounts in {seconds:.1f} s ({rate:,.0f}/s)",
        f"  states: {done.proved:,} times the one that the event says",
        f"  rows: {rows or 'none'}",
        f"  inbox: {done.inbox:,} versions; effects: {done.effects:,}, of which {done.in_doubt:,} in doubt",
    ]
    if done.repeated:
        lines.append(f"  {done.repeated:,} records repeat an earlier one, and count once")
    if not done.written:
        return [*lines, "nothing was written: say --yes to do it"]
    doubts = f"; {done.in_doubt:,} mails are in doubt and wait for an operator" if done.in_doubt else ""
    return [*lines, f"filled: start {done.service}, which meets its inputs again{doubts}"]


def told_log(found: Restored, seconds: float) -> list[str]:
    """Show what a topic lacks, and what was done about it."""
    lost = sum(found.lost.values())
    why = f" ({found.why})" if found.why else ""
    lines = [f"{found.topic} is {found.state}{why}" + (f": {lost:,} events are lost" if lost else "")]
    lines += [f"  {found.topic}[{number}]: {count:,} events" for number, count in found.lost.items()]
    if found.written:
        lines.append(f"published {found.republished:,} events again in {seconds:.1f} s, marked {found.marked:,} anew")
    if found.state != "whole" and RETENTION_HOURS[found.topic] is not None:
        lines.append(f"nobody's journal holds what stood in {found.topic}: it begins empty")
    for reader, numbers in found.readers.items():
        if numbers and found.written:
            lines.append(f"  {reader} starts {len(numbers)} partitions from the beginning; what it applied it knows")
        elif numbers:
            lines.append(
                f"  {reader} knows another log in {len(numbers)} partitions: if still so then, it starts them anew"
            )
        elif found.written:
            lines.append(f"  {reader} goes on where it was")
    if found.unseen:
        lines.append(
            f"  not seen from here: {', '.join(found.unseen)}; `coterm positions reset` where each one's database is"
        )
    if not found.is_whole:
        lines.append("start the services again" if found.written else "nothing was changed: say --yes to do it")
    return lines
