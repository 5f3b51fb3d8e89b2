"""What stood where, and does it stand there again? Two moments of a system, each thing as a digest."""

import hashlib
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from operations.mails.mail import Maildir
from operations.reading import bounds_of, records_of
from operations.surroundings import SERVICES, Surroundings, declaration
from operations.verify.gathering import snapshot
from runtime.errors import Unreadable
from runtime.kafka.log import Partition
from runtime.postgres.inspection import Inspection
from runtime.wire.codec import decode_attributes, encode_state
from schemas.topics import PARTITIONS

DOUBTS = {("intended", "in_doubt"), ("sending", "in_doubt")}
"""What may become of an act whose fate no event records."""


@dataclass(frozen=True, slots=True)
class Thing:
    """The content of one thing, as a digest or a number, and whose it is."""

    holds: bytes | str | int
    account: str = ""


Part = dict[Any, Thing]


@dataclass(slots=True)
class SystemState:
    """Everything by the name of its part; the log's order beside it."""

    parts: dict[str, Part] = field(default_factory=dict)
    order: dict[Partition, list[UUID]] = field(default_factory=dict)


@dataclass(slots=True)
class Compared:
    """How two states differ: what is gone or changed is wrong, what is new came to accounts that moved on."""

    things: dict[str, int] = field(default_factory=dict)
    """How many of each part stand as they stood."""
    new: dict[str, int] = field(default_factory=dict)
    doubts: int = 0
    wrong: list[str] = field(default_factory=list)

    @property
    def is_same(self) -> bool:
        """Tell whether nothing is gone or changed."""
        return not self.wrong


async def system_state_of(
    where: Surroundings, *, topics: Sequence[str] = (), services: Iterable[str] = SERVICES
) -> SystemState:
    """Look at the databases of some services, at some topics, and at the mailbox."""
    found = SystemState()
    for name in services:
        async with snapshot(where, name) as database:
            async for table, part in _database(database, name):
                found.parts[f"{name} {table}"] = part
    if topics:
        await _logs(where, topics, found)
    arrived: dict[str, int] = {}
    for mail in Maildir(where.described.get("maildir")).mails() or ():
        arrived[mail.message_id] = arrived.get(mail.message_id, 0) + 1
    found.parts["mailbox"] = {identity: Thing(count) for identity, count in arrived.items()}
    return found


async def _database(database: Inspection, name: str) -> AsyncIterator[tuple[str, Part]]:
    journal = await database.fetch("journal_digests")
    yield "journal", {row["event_id"]: Thing(_digest(*tuple(row.values())[2:]), row["customer_id"]) for row in journal}
    accounts = [row for row in await database.fetch("accounts") if row["version"]]
    yield (
        "accounts",
        {row["customer_id"]: Thing(_digest(row["version"], row["state"]), row["customer_id"]) for row in accounts},
    )
    for projection in declaration(name).projections:
        rows = await database.rows(projection)
        yield projection.table, {key: Thing(_digest(encode_state(row)), row.customer_id) for key, row in rows.items()}
    inbox = await database.fetch("inbox")
    yield "inbox", {(row["source"], row["customer_id"]): Thing(row["version"], row["customer_id"]) for row in inbox}
    yield "effects", {row["effect_id"]: Thing(row["state"]) for row in await database.fetch("effects")}
    for table in ("parked", "quarantine"):
        waiting = await database.fetch(table)
        yield table, {(row["topic"], row["partition"], row["offset"]): Thing("") for row in waiting}


async def _logs(where: Surroundings, topics: Sequence[str], found: SystemState) -> None:
    for topic in topics:
        found.parts[f"log {topic}"] = {}
    async for record in records_of(where, await bounds_of(where, topics), range(PARTITIONS)):
        part = found.parts[f"log {record.topic.removeprefix(where.namespace)}"]
        ids = found.order.setdefault((record.topic, record.partition), [])
        try:
            identity = UUID(decode_attributes(record.value or b"", ()).id)
        except (Unreadable, ValueError):
            continue  # no event of ours: the checker reports it
        if identity not in part:
            ids.append(identity)
            held = _digest(record.partition, record.value, record.headers)
            part[identity] = Thing(held, (record.key or b"").decode("utf-8", "replace"))


def compare(before: SystemState, after: SystemState) -> Compared:
    """Compare what both states show; an account that has new events since may have changed, no other."""
    found = Compared()
    names = [name for name in before.parts if name in after.parts]
    moved = {
        thing.account
        for name in names
        for identity, thing in after.parts[name].items()
        if name.endswith(" journal") and identity not in before.parts[name]
    }
    for name in names:
        _part(found, name, before.parts[name], after.parts[name], moved)
    for place, ids in before.order.items():
        if place in after.order and after.order[place][: len(ids)] != ids:
            found.wrong.append(f"{place[0]}[{place[1]}] holds its events in another order")
    if found.new.get("mailbox") and not found.new.get("notifications journal"):
        found.wrong.append(f"mailbox: {found.new['mailbox']} mails left that nobody asked for")
    return found


def _part(found: Compared, name: str, before: Part, after: Part, moved: set[str]) -> None:
    same = 0
    for key, thing in before.items():
        now = after.get(key)
        if now == thing:
            same += 1
        elif now is not None and (thing.holds, now.holds) in DOUBTS:
            found.doubts += 1
        elif thing.account not in moved or name.endswith(" journal") or name.startswith("log "):
            found.wrong.append(f"{name}: {_written(key)} is {'gone' if now is None else 'changed'}")
    found.things[name] = same
    new = len(after.keys() - before.keys())
    if new:
        found.new[name] = new


def _written(key: Any) -> str:
    return "/".join(map(str, key)) if isinstance(key, tuple) else str(key)


def _digest(*values: Any) -> bytes:
    digest = hashlib.sha256()
    for value in values:
        digest.update(value if isinstance(value, bytes) else str(value).encode())
        digest.update(b"\x00")
    return digest.digest()
