"""How far is each partition applied, and how does one that stands still start anew? `coterm positions show|reset`."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from operations import surroundings
from operations.answer import NOTHING_CHANGED, answer, fail
from operations.options import Endpoints, Json, ServiceName, Yes
from operations.surroundings import Misused, OperationFailed, may_use
from runtime.commit.page import Position
from runtime.kafka.log import Partition, log_reader
from runtime.postgres.outbox import JournalReads
from runtime.postgres.recover.restoring import bookkeeping
from runtime.postgres.store import position
from runtime.process.positions import Place, places
from schemas.topics import PARTITIONS

app = typer.Typer(no_args_is_help=True, help="Compare positions with the log, or set them back to its start.")
Topic = Annotated[str | None, typer.Option(help="This topic alone, by its declared name.")]
Number = Annotated[int | None, typer.Option("--partition", min=0, help="This partition alone.")]
All = Annotated[bool, typer.Option("--all", help="Also those that stand well.")]


@dataclass(frozen=True, slots=True)
class Standing:
    """A partition's position beside the log."""

    topic: str
    partition: int
    next_offset: int
    log_start: int
    log_end: int
    why: str | None

    @property
    def lag(self) -> int:
        """Count the offsets between the position and the log's end."""
        return max(0, self.log_end - self.next_offset)


@app.command()
def show(service: ServiceName, endpoints: Endpoints = None, as_json: Json = False) -> None:
    """Show each position of a service, how far it is behind, and why one can't go on.

    Exit codes: 0 all stand well, 1 one can't go on or something is away, 2 wrong usage.
    """
    standings = asyncio.run(_standings(service, endpoints))
    answer([_as_dict(each) for each in standings], map(_line, standings), as_json=as_json)
    fail(when=any(each.why for each in standings))


@app.command()
def reset(
    service: ServiceName,
    topic: Topic = None,
    partition: Number = None,
    everything: All = False,
    yes: Yes = False,
    endpoints: Endpoints = None,
    as_json: Json = False,
) -> None:
    """Set positions back to the log's start: those that can't go on, or all chosen with --all.

    Always safe: what was applied is met again and known by its version, claim or id. Start the service anew afterwards.
    Exit codes: 0 done (or nothing to do), 1 something is away or refused, 2 wrong usage.
    """
    _demand_place(surroundings.declaration(service).topics, service, topic, partition)
    chosen = [
        each
        for each in asyncio.run(_standings(service, endpoints))
        if (each.why or everything) and topic in (None, each.topic) and partition in (None, each.partition)
    ]
    if yes and chosen:
        asyncio.run(_reset(service, endpoints, chosen))
    done = "set" if yes else "would be set"
    lines = [f"{each.topic}[{each.partition}] {done} from {each.next_offset} to {each.log_start}" for each in chosen]
    if not chosen:
        lines = ["nothing to reset: every position stands in the log it knows"]
    else:
        lines.append(f"start {service} anew to read from there" if yes else NOTHING_CHANGED)
    answer({"reset": yes, "positions": [_as_dict(each) for each in chosen]}, lines, as_json=as_json)


def _line(at: Standing) -> str:
    state = at.why or f"{at.lag} behind"
    return f"{at.topic}[{at.partition}] at {at.next_offset} of {at.log_start}..{at.log_end}: {state}"


def _demand_place(topics: Iterable[str], service: str, topic: str | None, partition: int | None) -> None:
    if topic is not None and topic not in topics:
        raise Misused(f"{service} does not read {topic}; it reads {', '.join(topics)}")
    if partition is not None and partition >= PARTITIONS:
        raise Misused(f"there is no partition {partition}: they are 0 to {PARTITIONS - 1}")


async def _standings(service: str, endpoints: Path | None) -> list[Standing]:
    declared, where = surroundings.declaration(service), surroundings.find(endpoints)
    topics = {where.namespace + topic for topic in declared.topics}
    async with surroundings.journal(where, service) as reads, surroundings.kafka(where.brokers):
        held = await _held(reads, service, topics)
        await surroundings.refuse_without(where, {topic for topic, _ in held})
        async with log_reader(where.brokers, committed_only=False) as log:
            found: Mapping[Partition, Place] = await places(log, held)
    return [
        Standing(topic.removeprefix(where.namespace), number, held[topic, number].next_offset, at.start, at.end, at.why)
        for (topic, number), at in sorted(found.items())
    ]


async def _held(reads: JournalReads, service: str, topics: set[str]) -> dict[Partition, Position]:
    held = {(row["topic"], row["partition"]): position(row) for row in await reads.fetch("all_positions")}
    strangers = sorted({topic for topic, _ in held} - topics)
    if strangers:
        raise OperationFailed(f"this is not the database of {service}: it holds positions of {', '.join(strangers)}")
    return held


async def _reset(service: str, endpoints: Path | None, chosen: list[Standing]) -> None:
    where = surroundings.find(endpoints)
    async with may_use(service), bookkeeping(where.dsn(service)) as books, books.together():
        for each in chosen:
            topic = where.namespace + each.topic
            if each.why is not None:
                await books.leave(topic, [each.partition])
            await books.reset({(topic, each.partition): each.log_start})


def _as_dict(each: Standing) -> dict[str, object]:
    return {
        "topic": each.topic,
        "partition": each.partition,
        "next_offset": each.next_offset,
        "log_start": each.log_start,
        "log_end": each.log_end,
        "lag": each.lag,
        "why": each.why,
    }
