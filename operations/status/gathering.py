"""How is a report gathered? Process, database and log are asked at once; what is away says so itself."""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import httpx

from operations import surroundings
from operations.asking import trusted
from operations.rows import Tables, tables
from operations.status.standing import Lag, Report, Standing
from operations.surroundings import SERVICES, OperationFailed, Surroundings
from runtime.clock import Clock, FileClock, SystemClock
from runtime.kafka.brokers import addresses_of
from runtime.kafka.log import Partition, log_reader
from runtime.kafka.topics import missing_topics

Positions = dict[str, dict[Partition, int]]


class Open(NamedTuple):
    """A partition's oldest open transaction: what it holds back, itself included, and since when."""

    records: int
    since: datetime


_WAITS: dict[str, dict[str, tuple[str, dict[str, str]]]] = {
    "orders": {
        "orders_held": ("orders", {"status": "HELD"}),
        "payments_held": ("payments", {"status": "HELD"}),
        "payments_conflicted": ("payments", {"status": "CONFLICTED"}),
        "refunds_due": ("refunds", {"status": "DUE"}),
    },
    "notifications": {"mails_in_doubt": ("emails", {"status": "IN_DOUBT"})},
}
"""Which rows of whose tables wait for an operator."""


async def look(where: Surroundings) -> Report:
    """Look once at everything."""
    positions: Positions = {}
    found = await asyncio.gather(*(_standing(where, name, positions) for name in SERVICES))
    brokers = addresses_of(where.brokers)
    report = Report(clock_of(where).now(), SystemClock().now(), str(brokers), list(found))
    try:
        async with asyncio.timeout(15), surroundings.kafka(where.brokers):
            everywhere = {topic for held in positions.values() for topic, _ in held}
            gone = await missing_topics(where.brokers, everywhere)
            report.topics_gone = sorted(topic.removeprefix(where.namespace) for topic in gone)
            await _add_lags(where, report, positions)
    except OperationFailed as error:
        report.kafka_away = str(error)
    except TimeoutError:
        report.kafka_away = f"Kafka at {brokers} does not answer"
    return report


def clock_of(where: Surroundings) -> Clock:
    """Return the clock that the services read: a stack for tests and drills may have one of its own."""
    named = where.described.get("clock")
    return FileClock(Path(named)) if named else SystemClock()


async def _standing(where: Surroundings, name: str, positions: Positions) -> Standing:
    standing = Standing(name, await _process(where, name))
    try:
        async with tables(where, name) as service:
            positions[name] = await _held(service)
            await _add(standing, service)
    except OperationFailed as error:
        standing.away = str(error)
    return standing


async def _process(where: Surroundings, name: str) -> str:
    url = where.described.get(name)
    if not url:
        return "its address is not known"
    try:
        async with httpx.AsyncClient(timeout=3.0, trust_env=False, verify=trusted()) as client:
            answer = await client.get(f"{url}/readyz")
            body = answer.json()
            if not answer.is_success:
                return str(body.get("detail", answer.status_code))
            return f"ready, but {body['waits']}" if "waits" in body else "ready"
    except httpx.HTTPError as error:
        return f"does not answer at {url} ({type(error).__name__})"
    except ValueError:
        return f"something else than coterm answers at {url}"


async def _held(service: Tables) -> dict[Partition, int]:
    rows = await service.journal.fetch("all_positions")
    return {(row["topic"], row["partition"]): row["next_offset"] for row in rows}


async def _add(standing: Standing, service: Tables) -> None:
    fetch = service.journal.fetch
    (waiting,) = await fetch("standing")
    standing.unpublished, standing.quarantined = waiting["unpublished"], waiting["quarantined"]
    standing.oldest_unpublished_at = waiting["oldest_unpublished"]
    standing.parked = [dict(row) for row in await fetch("parked_accounts")]
    (effects,) = await fetch("effects")
    standing.effects = dict(effects)
    for row in await fetch("committed"):
        standing.events, standing.last_event_at = row["events"], row["last_at"]
        standing.generation = {name: row[name] for name in ("schema_name", "fold_version", "made_at")}
    standing.rebuild = await _optional(service, "runtime.rebuilds", "last_rebuild")
    standing.scrubbed = await _optional(service, "runtime.scrubs", "scrubbed")
    if waiting["webhooks_failed"]:
        standing.waits["webhooks_failed"] = waiting["webhooks_failed"]
    for kind, (table, chosen) in _WAITS.get(standing.service, {}).items():
        standing.waits[kind] = len(await service.rows(table, chosen))


async def _optional(service: Tables, table: str, query: str) -> dict[str, Any] | None:
    (known,) = await service.journal.fetch("is_there", table)
    rows = await service.journal.fetch(query) if known["is_there"] else []
    return dict(rows[0]) if rows else None


async def _add_lags(where: Surroundings, report: Report, positions: Positions) -> None:
    gone = {where.namespace + topic for topic in report.topics_gone}
    positions = {
        name: {at: offset for at, offset in held.items() if at[0] not in gone} for name, held in positions.items()
    }
    everywhere = {partition for held in positions.values() for partition in held}
    async with log_reader(where.brokers) as log, log_reader(where.brokers, committed_only=False) as whole:
        # The end of what is written first: where the end of what can be read, asked for later, is lower, a transaction
        # was open in between.
        last = await whole.ends(everywhere) if everywhere else {}
        ends = await log.ends(everywhere) if everywhere else {}
        stuck = {at: ends[at] for at in everywhere if ends[at] < last[at]}
        open_ = {at: Open(last[at] - ends[at], since) for at, since in (await whole.written_from(stuck)).items()}
        for standing in report.services:
            held = positions.get(standing.service, {})
            behind = {at: offset for at, offset in held.items() if offset < ends[at]}
            # Behind the end may stand only a transaction's marker, which no reader ever sees.
            written = await log.written_from(behind) if behind else {}
            standing.lags = [
                _lag(where, topic, held, ends, written, open_) for topic in sorted({topic for topic, _ in held})
            ]


def _lag(
    where: Surroundings,
    topic: str,
    held: Mapping[Partition, int],
    ends: Mapping[Partition, int],
    written: Mapping[Partition, datetime],
    open_: Mapping[Partition, Open],
) -> Lag:
    ours = [partition for partition in held if partition[0] == topic]
    waiting = [open_[partition] for partition in ours if partition in open_]
    return Lag(
        topic=topic.removeprefix(where.namespace),
        applied=sum(held[partition] for partition in ours),
        end=sum(ends[partition] for partition in ours),
        records=sum(ends[partition] - held[partition] for partition in ours if partition in written),
        oldest_at=min((written[partition] for partition in ours if partition in written), default=None),
        beyond=sum(held[partition] > ends[partition] for partition in ours),
        held_back=sum(each.records for each in waiting),
        held_back_since=min((each.since for each in waiting), default=None),
    )
