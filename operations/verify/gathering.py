"""How is the evidence gathered? Topics first, then one snapshot per database, so that every record's row is seen."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from operations.mails.mail import Mail, Maildir
from operations.progress import Advance
from operations.reading import Share, Survey, bounds_of, records_of
from operations.surroundings import SERVICES, OperationFailed, Surroundings, declaration, in_words
from operations.verify.evidence import TOPICS, Committed, Evidence, Held, read
from operations.verify.record_files import RecordFiles
from runtime.ids import partition_of_key
from runtime.kafka.log import LogRecord, Partition, log_reader, log_record
from runtime.postgres.inspection import Inspection, inspection
from runtime.postgres.store import DATABASE_ERRORS
from schemas.topics import CREDENTIALS_HANDOVER, PARTITIONS, STOREFRONT_INTAKE


async def gather(where: Surroundings, seconds: float) -> Evidence:
    """Wait until nothing moves, for some time at most, and read everything."""
    return await look(where, Share(), await drain(where, seconds))


async def look(
    where: Surroundings,
    share: Share,
    undrained: str,
    advance: Advance = lambda _: None,
    files: RecordFiles | None = None,
    maildir: Maildir | None = None,
) -> Evidence:
    """Read what there is of some accounts; what the files hold already is taken from there."""
    log = await _log(where, share, advance, files)
    maildir = maildir or Maildir(where.described.get("maildir"))
    earlier = frozenset(mail.message_id for mail in maildir.mails() or ())
    # Who reads is read before who writes, so that no effect is met without its cause.
    services = {name: await _held(where, name, log, share) for name in reversed(SERVICES)}
    accounts = sorted({account for held in services.values() for account in held.events})
    intake = _records(log, where.namespace + STOREFRONT_INTAKE)
    handovers = [read(record) for record in _records(log, where.namespace + CREDENTIALS_HANDOVER)]
    if share.parts > 1 and not share.part:
        await _read_last(where, share, log, services)
    return Evidence(
        log=log,
        ends=dict((await bounds_of(where, TOPICS)).ends),
        services=services,
        intake=[record for record in intake if share.holds(record.key)],
        handovers=handovers,
        mails=await _mails_of(where, maildir.mails(), share),
        earlier=earlier,
        namespace=where.namespace,
        undrained=undrained,
        accounts=accounts,
        share=share,
    )


@asynccontextmanager
async def snapshot(where: Surroundings, name: str) -> AsyncIterator[Inspection]:
    """Open one snapshot of a service's database. Raises OperationFailed in one sentence when it can't be read."""
    try:
        async with inspection(where.dsn(name)) as found:
            yield found
    except DATABASE_ERRORS as error:
        raise OperationFailed(f"the database of {name} can't be read: {in_words(error)}") from error


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
    ends = (await bounds_of(where, TOPICS)).ends
    for name in SERVICES:
        consumed = {where.namespace + topic for topic in declaration(name).topics}
        held = {at: positions[name].get(at, 0) for at in ends if at[0] in consumed}
        behind = {at: offset for at, offset in held.items() if offset < ends[at]}
        if behind:
            async with log_reader(where.brokers) as log:
                # What a storefront took back, and a transaction's marker, nobody reads.
                for topic, number in await log.written_from(behind):
                    at = (topic, number)
                    return f"{name}: {topic}[{number}] is applied up to {held[at]} of {ends[at]}"
    return ""


async def _log(where: Surroundings, share: Share, advance: Advance, files: RecordFiles | None) -> Survey:
    """Read a share of the log: of intake, where partitions mean nothing, what is of the share's accounts as well."""
    bounds = await bounds_of(where, TOPICS)
    intake = where.namespace + STOREFRONT_INTAKE
    records: dict[Partition, list[LogRecord]] = {place: [] for place in bounds.ends}
    numbers = share.numbers
    chosen = {place for place in bounds.ends if place[0] == intake or place[1] in numbers}
    if files is not None:
        bounds = bounds.updated(files.bounds)
        chosen -= files.bounds.ends.keys()
        for kept in files.records(share):
            records[kept.topic, kept.partition].append(kept)
    async for record in records_of(where, bounds.only(chosen), range(PARTITIONS), advance):
        if share.takes(record.key) and (record.partition in numbers or partition_of_key(record.key) in numbers):
            records[record.topic, record.partition].append(log_record(record))
    return Survey(bounds.starts, bounds.ends, records)


async def _read_last(where: Surroundings, share: Share, log: Survey, services: Mapping[str, Held]) -> None:
    """Add the records that positions remember, whichever part of the accounts they are of."""
    async with log_reader(where.brokers) as reader:
        for held in services.values():
            for place, row in held.positions.items():
                last = row["last_offset"]
                if last is None or place[1] not in share.numbers or not _is_within(log, place, last):
                    continue
                if all(record.offset != last for record in log.records[place]):
                    log.records[place] += (await reader.first_from({place: last})).values()


def _is_within(log: Survey, place: Partition, offset: int) -> bool:
    return log.starts.get(place, 0) <= offset < log.ends.get(place, 0)


async def _held(where: Surroundings, name: str, log: Survey, share: Share) -> Held:
    service = declaration(name)
    published = [read(record) for record in _records(log, where.namespace + service.topic)]
    once = {seen.value: seen.value for seen in published}
    async with snapshot(where, name) as database:
        (lived,) = await database.fetch("lived")
        return Held(
            service=service,
            log=published,
            journal=[
                _committed(row, once)
                async for row in database.each("journal_of", sorted(share.numbers))
                if share.takes(row["customer_id"].encode())
            ],
            accounts={row["customer_id"]: _account(row) for row in await database.share("accounts", share.holds)},
            rows={each.table: await database.rows(each, share.holds) for each in service.projections},
            positions={(row["topic"], row["partition"]): row for row in await database.fetch("positions")},
            inbox=await _inbox(database, share),
            parked=await database.share("parked", share.holds),
            quarantine=await database.fetch("quarantine"),
            effects=await database.share("effects", share.holds),
            lived=lived["lived"],
        )


async def _mails_of(where: Surroundings, arrived: list[Mail] | None, share: Share) -> list[Mail] | None:
    """Choose the share's mails; one that nobody asked for falls to partition 0."""
    if arrived is None or share.is_all:
        return arrived
    async with snapshot(where, "notifications") as database:
        owners = {row["message_id"]: row["customer_id"] for row in await database.fetch("mail_owners")}
    return [mail for mail in arrived if share.holds(_key(owners.get(mail.message_id)))]


def _key(customer_id: str | None) -> bytes | None:
    return None if customer_id is None else customer_id.encode()


async def _inbox(database: Inspection, share: Share) -> dict[tuple[str, str], int]:
    return {(row["source"], row["customer_id"]): row["version"] for row in await database.share("inbox", share.holds)}


def _account(row: Any) -> tuple[int, bytes | None]:
    return row["version"], None if row["state"] is None else row["state"].encode()


def _committed(row: Any, published: Mapping[bytes | None, bytes | None]) -> Committed:
    """Keep a row of a journal; bytes that stand in the log as well are kept once."""
    cause = (row["cause_topic"], row["cause_partition"], row["cause_offset"])
    mark = (row["published_partition"], row["published_offset"])
    return Committed(
        row["customer_id"],
        row["version"],
        str(row["event_id"]),
        row["type"],
        row["bucket"],
        published.get(row["value"]) or row["value"],
        row["last_of_input"],
        str(row["cause_id"]),
        None if cause[0] is None else cause,
        None if mark[1] is None else mark,
    )


def _records(log: Survey, topic: str) -> list[LogRecord]:
    return [record for (name, _), records in sorted(log.records.items()) if name == topic for record in records]
