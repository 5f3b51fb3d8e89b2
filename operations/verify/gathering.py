"""How is the evidence gathered? Topics first, then one snapshot per database, so that every record's row is seen."""

import asyncio
import email
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.policy import default
from pathlib import Path
from typing import Any

from operations.play.mailbox import Mail
from operations.surroundings import SERVICES, OperationFailed, Surroundings, declaration
from operations.verify.evidence import TOPICS, Committed, Evidence, Held, read
from runtime.kafka.log import LogRecord, Partition
from runtime.kafka.survey import Survey, ends_of, survey
from runtime.postgres.inspection import Inspection, inspection
from runtime.postgres.store import DATABASE_ERRORS
from schemas.topics import CREDENTIALS_HANDOVER, STOREFRONT_INTAKE


async def gather(where: Surroundings, seconds: float) -> Evidence:
    """Wait until nothing moves, for some time at most, and read everything."""
    undrained = await drain(where, seconds)
    log = await survey(where.brokers, [where.namespace + topic for topic in TOPICS])
    folder = where.described.get("maildir")
    earlier = frozenset(mail.message_id for mail in mails(folder) or ())
    # Who is told is read before who tells, so that no effect is met without its cause.
    services = {name: await _held(where, name, log) for name in reversed(SERVICES)}
    accounts = sorted({account for held in services.values() for account in held.events})
    return Evidence(
        log=log,
        ends=await ends_of(where.brokers, [where.namespace + topic for topic in TOPICS]),
        services=services,
        intake=_records(log, where.namespace + STOREFRONT_INTAKE),
        handovers=[read(record) for record in _records(log, where.namespace + CREDENTIALS_HANDOVER)],
        mails=mails(folder),
        earlier=earlier,
        namespace=where.namespace,
        undrained=undrained,
        accounts=accounts,
    )


@asynccontextmanager
async def snapshot(where: Surroundings, name: str) -> AsyncIterator[Inspection]:
    """Open one snapshot of a service's database. Raises OperationFailed in one sentence when it can't be read."""
    try:
        async with inspection(where.dsn(name)) as found:
            yield found
    except DATABASE_ERRORS as error:
        raise OperationFailed(f"the database of {name} can't be read: {type(error).__name__}: {error}") from error


async def drain(where: Surroundings, seconds: float) -> str:
    """Wait until every journal is published and every position at its end; return what still moves after that."""
    until = time.monotonic() + seconds
    quiet = 0
    while True:
        moving = await _moving(where)
        quiet = 0 if moving else quiet + 1
        if quiet == 2 or (moving and time.monotonic() > until):
            return moving
        await asyncio.sleep(0.1 if quiet else 0.3)


async def _moving(where: Surroundings) -> str:
    positions: dict[str, dict[Partition, int]] = {}
    for name in SERVICES:
        async with snapshot(where, name) as database:
            found = await database.fetch("positions")
            positions[name] = {(row["topic"], row["partition"]): row["next_offset"] for row in found}
            (undone,) = await database.fetch("undone")
        for what in ("unpublished", "handovers", "effects"):
            if undone[what]:
                return f"{name}: {undone[what]} {what}"
    ends = await ends_of(where.brokers, [where.namespace + topic for topic in TOPICS])
    for name in SERVICES:
        consumed = {where.namespace + topic for topic in declaration(name).topics}
        for (topic, number), end in ends.items():
            if topic in consumed and positions[name].get((topic, number), 0) < end:
                return f"{name}: {topic}[{number}] is applied up to {positions[name].get((topic, number), 0)} of {end}"
    return ""


async def _held(where: Surroundings, name: str, log: Survey) -> Held:
    service = declaration(name)
    async with snapshot(where, name) as database:
        return Held(
            service=service,
            log=[read(record) for record in _records(log, where.namespace + service.topic)],
            journal=[_committed(row) for row in await database.fetch("journal")],
            accounts={row["customer_id"]: _account(row) for row in await database.fetch("accounts")},
            rows={projection.table: await database.rows(projection) for projection in service.projections},
            positions={(row["topic"], row["partition"]): row for row in await database.fetch("positions")},
            inbox=await _inbox(database),
            parked=await database.fetch("parked"),
            quarantine=await database.fetch("quarantine"),
            effects=await database.fetch("effects"),
        )


async def _inbox(database: Inspection) -> dict[tuple[str, str], int]:
    return {(row["source"], row["customer_id"]): row["version"] for row in await database.fetch("inbox")}


def _account(row: Any) -> tuple[int, bytes | None]:
    return row["version"], None if row["state"] is None else row["state"].encode()


def _committed(row: Any) -> Committed:
    cause = (row["cause_topic"], row["cause_partition"], row["cause_offset"])
    mark = (row["published_partition"], row["published_offset"])
    return Committed(
        row["customer_id"],
        row["version"],
        str(row["event_id"]),
        row["type"],
        row["bucket"],
        row["value"],
        row["last_of_input"],
        str(row["cause_id"]),
        None if cause[0] is None else cause,
        None if mark[1] is None else mark,
    )


def _records(log: Survey, topic: str) -> list[LogRecord]:
    return [record for (name, _), records in sorted(log.records.items()) if name == topic for record in records]


def mails(folder: str | None) -> list[Mail] | None:
    """Read what a mail catcher received; None where there is none."""
    if folder is None or not (Path(folder) / "new").is_dir():
        return None
    files = sorted((Path(folder) / "new").iterdir())
    return [Mail(email.message_from_bytes(path.read_bytes(), policy=default)) for path in files]
