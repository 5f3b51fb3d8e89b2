"""How does a lost topic come back? From its service's journal: the same ids, the same bytes, in the same order.

An end that is missing is appended. Where an account's later events still stand, the topic is made anew. Its readers go
on where they were if the log is the one they knew, else from its start: what they had applied is known by its version.
"""

import hashlib
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from uuid import UUID

from operations.progress import ProgressDisplay
from operations.reading import Bounds, bounds_of, records_of
from operations.rebuild.starting import refuse_while_rebuilt
from operations.surroundings import (
    Misused,
    OperationFailed,
    Surroundings,
    kafka,
    may_use,
    refuse_another,
    services_reading,
)
from runtime.errors import Unreadable
from runtime.kafka.log import log_reader
from runtime.kafka.producer import Outgoing, Publisher
from runtime.kafka.topics import apply_topics, delete_topic, topic_differences
from runtime.postgres.outbox import Unpublished
from runtime.postgres.recover.recovery import sessions
from runtime.postgres.recover.restoring import Bookkeeping, bookkeeping
from runtime.process.positions import places
from runtime.repair.lost_topic import Plan, Present, Row, in_order, plan
from runtime.wire.codec import decode_attributes, headers_of
from schemas.topics import PARTITIONS, WRITTEN_BY

PAGE = 800
"""Rows that are read and published at once; a batch takes some 900."""


@dataclass(slots=True)
class Restored:
    """What was found of a topic, and done about it unless it was only looked at."""

    topic: str
    state: str = "whole"
    """whole, missing, cut short, or to be made anew."""
    why: str = ""
    written: bool = False
    lost: dict[int, int] = field(default_factory=dict)
    """Events that each partition lacks."""
    republished: int = 0
    marked: int = 0
    readers: dict[str, list[int]] = field(default_factory=dict)
    """Which partitions each reader takes again from the start."""
    unseen: list[str] = field(default_factory=list)
    """Readers whose databases nothing names here: whether they know the log was not looked at."""

    @property
    def is_whole(self) -> bool:
        """Tell whether nothing is missing, and every reader knows the log."""
        return self.state == "whole" and not any(self.readers.values())


async def restore_topic(where: Surroundings, topic: str, *, write: bool, silent: bool) -> Restored:
    """Compare a topic with its journal and say what it lacks; publish that again, if it is to be written.

    Raises Misused for an unknown topic, OperationFailed when a service that writes or reads it runs, when the journal
    is the one that lost something, when a broker or database is away. What was done then stands, and is gone on from.
    """
    if topic not in WRITTEN_BY:
        raise Misused(f"unknown topic {topic}; known: {', '.join(WRITTEN_BY)}")
    await refuse_another(where, *dict.fromkeys((*_journals(topic), *_readers(where, topic))))
    if write:
        await _refuse_while_in_use(where, topic)
    async with kafka(where.brokers):
        done, plans = await _look(where, topic)
        if write:
            await _write(where, done, plans, silent=silent)
        seen = _readers(where, topic)
        done.unseen = [name for name in services_reading(topic) if name not in seen]
        for reader in seen:
            done.readers[reader] = await _set_reader_back(where, reader, topic, write=write)
    done.written = write
    return done


async def _refuse_while_in_use(where: Surroundings, topic: str) -> None:
    running = []
    for name in _journals(topic):
        await refuse_while_rebuilt(where, name)
    for name in dict.fromkeys((*_journals(topic), *_readers(where, topic))):
        async with may_use(name):
            if await sessions(where.dsn(name)):
                running.append(name)
    if running:
        raise OperationFailed(f"stop {', '.join(running)} first: their databases have open sessions")


def _journals(topic: str) -> tuple[str, ...]:
    """Name the service whose journal holds a topic's events; nobody keeps what storefronts wrote, nor secrets."""
    writer = WRITTEN_BY[topic]
    return (writer,) if topic == f"{writer}.events" else ()


def _readers(where: Surroundings, topic: str) -> list[str]:
    # With one database named by the environment, the readers' own are set back where they are.
    return [] if where.owner_dsn else list(services_reading(topic))


async def _look(where: Surroundings, topic: str) -> tuple[Restored, dict[int, Plan]]:
    done, name = Restored(topic), where.namespace + topic
    done.why = "; ".join(await topic_differences(where.brokers, where.namespace, {name}))
    is_missing = "is missing" in done.why
    if done.why and not is_missing:
        raise OperationFailed(f"{done.why}: mend the topic's settings first")
    plans: dict[int, Plan] = {}
    for service in _journals(topic):
        async with may_use(service), bookkeeping(where.dsn(service)) as books:
            bounds = None if is_missing else await bounds_of(where, [topic])
            for numbers in bounds.shares() if bounds else [range(PARTITIONS)]:
                present = await _present(where, bounds, numbers) if bounds else {}
                plans |= {number: plan(await books.rows(number), present.get(number, ())) for number in numbers}
    strangers = [record for each in plans.values() for record in each.strangers]
    if strangers:
        raise OperationFailed(
            f"{topic} holds {len(strangers)} events that no journal row made, first {strangers[0].event_id}: it is the "
            f"database of {WRITTEN_BY[topic]} that lost something (`coterm recover database`)"
        )
    done.lost = {number: len(each.missing) for number, each in plans.items() if each.missing}
    reasons = [f"partition {number}: {each.anew}" for number, each in plans.items() if each.anew]
    if is_missing:
        done.state, done.why = "missing", ""
    elif reasons:
        done.state, done.why = "to be made anew", reasons[0]
    elif done.lost:
        done.state = "cut short"
    return done, plans


async def _present(where: Surroundings, bounds: Bounds, numbers: Iterable[int]) -> dict[int, list[Present]]:
    found: dict[int, list[Present]] = defaultdict(list)
    async for record in records_of(where, bounds, numbers):
        value = record.value or b""
        try:
            identity = UUID(decode_attributes(value, ()).id)
        except (Unreadable, ValueError) as error:
            place = f"{record.topic}[{record.partition}]@{record.offset}"
            raise OperationFailed(f"{place} is no event of ours: {error}") from error
        found[record.partition].append(Present(identity, hashlib.sha256(value).digest(), record.offset))
    return found


async def _write(where: Surroundings, done: Restored, plans: Mapping[int, Plan], *, silent: bool) -> None:
    if done.state == "to be made anew":
        await delete_topic(where.brokers, where.namespace + done.topic)
    if done.state in ("missing", "to be made anew"):
        await apply_topics(where.brokers, where.namespace)
    for service in _journals(done.topic):
        async with (
            may_use(service),
            bookkeeping(where.dsn(service)) as books,
            republisher(where, done.topic, books) as ours,
        ):
            todo = await _todo(done, plans, books)
            total = sum(map(len, todo.values()))
            with ProgressDisplay(silent=silent).working(f"publishing {done.topic}", total, "events") as advance:
                for number, rows in todo.items():
                    async for count in ours.publish(number, rows):
                        done.republished += count
                        advance(count)


async def _todo(done: Restored, plans: Mapping[int, Plan], books: Bookkeeping) -> dict[int, list[Row]]:
    """Name the rows to publish, and mark those that are there already."""
    todo = {}
    for number, each in plans.items():
        if done.state == "to be made anew":
            todo[number] = in_order(row for row in await books.rows(number) if row.marked is not None)
            continue
        todo[number] = each.missing
        if each.marks:
            await books.mark(number, each.marks)
            done.marked += len(each.marks)
    return todo


@dataclass(frozen=True, slots=True)
class Republisher:
    """Publishes a journal's rows again."""

    books: Bookkeeping
    publisher: Publisher
    topic: str
    """As the brokers know it."""

    async def publish(self, number: int, rows: Sequence[Row], *, mark: bool = True) -> AsyncIterator[int]:
        """Publish one partition's rows, a batch at a time, mark each batch before the next, and say how many it had."""
        place = 0
        while place < len(rows):
            page = await self.books.values(rows[place : place + PAGE], number)
            offsets = await self.publisher.publish(self.topic, number, _outgoing(page))
            if mark:
                await self.books.mark(number, [(row.id, offset) for row, offset in zip(page, offsets, strict=False)])
            place += len(offsets)
            yield len(offsets)


@asynccontextmanager
async def republisher(where: Surroundings, topic: str, books: Bookkeeping) -> AsyncIterator[Republisher]:
    """Open a producer that publishes as the relay does."""
    publisher = Publisher(where.brokers, "coterm-recover")
    try:
        yield Republisher(books, publisher, where.namespace + topic)
    finally:
        await publisher.restart()


def _outgoing(page: list[Unpublished]) -> list[Outgoing]:
    # A page may end within an input: the publisher cuts after a whole one.
    return [
        Outgoing(row.customer_id.encode(), row.value, headers_of(row.type, row.version), row.last_of_input)
        for row in page
    ]


async def _set_reader_back(where: Surroundings, reader: str, topic: str, *, write: bool) -> list[int]:
    """Find the partitions whose log is not the one that a reader knew, and let it take them from the start."""
    name = where.namespace + topic
    async with may_use(reader), bookkeeping(where.dsn(reader)) as books:
        held = await books.positions(name)
        if not held or await topic_differences(where.brokers, where.namespace, {name}):
            return sorted(number for _, number in held)
        async with log_reader(where.brokers, committed_only=False) as log:
            strange = {place: at for place, at in (await places(log, held)).items() if at.why is not None}
        if write and strange:
            async with books.together():
                await books.leave(name, [number for _, number in strange])
                await _move(where, topic, books)
                await books.reset({place: at.start for place, at in strange.items()})
    return sorted(number for _, number in strange)


async def _move(where: Surroundings, topic: str, books: Bookkeeping) -> None:
    for service in _journals(topic):
        async with may_use(service), bookkeeping(where.dsn(service)) as kept:
            async for page in kept.places():
                await books.move(where.namespace + topic, page)
