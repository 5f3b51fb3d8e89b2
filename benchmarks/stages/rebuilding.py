"""How fast is a history folded into new tables, beside reading it, and beside others that project it?

Three histories of the same purchases, each in a topic and a database of its own: `small`; `wide`, of ten times the
accounts; `long`, of the same accounts as small with ten times the history. A rebuild counts only if what it left equals
what was live, both ways, and it touched neither positions nor journal nor effects.
"""

import json
import os
import time
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import asyncpg

from benchmarks.chain import sold
from benchmarks.histories import Template, accounts_for, fill, templates_of, values_of
from benchmarks.machine import most_memory
from benchmarks.peers.order_rows import expected
from benchmarks.reads import decoded, getmany
from benchmarks.recorded import projected, recorded
from benchmarks.stages.stage import Opened, Sizes, Thing, fresh_stack, roles_of
from benchmarks.takes import MEMORY, RATE, TIME, Take
from deploy.local.layout import Layout
from operations.progress import ProgressDisplay
from operations.rebuild.conduct import Options
from operations.rebuild.report import Report
from operations.rebuild.starting import rebuild
from operations.surroundings import Surroundings, declaration, find
from operations.verify.gathering import drain
from runtime.kafka.topics import apply_topics
from runtime.postgres.migrate import ensure_generation, migrate, role_of
from runtime.postgres.rebuild.rebuilds import rebuilds
from schemas.topics import ORDERS_EVENTS

SILENT = ProgressDisplay(silent=True)
WORKERS = os.cpu_count() or 1
TIMES = 10
DATABASE = {"small": "orders", "wide": "billing", "long": "provisioning", "few": "notifications"}
"""Which database of the empty stack a history has to itself; `few` is the peers'."""
_ASIDE = """
SELECT (SELECT count(*) FROM runtime.journal), (SELECT count(*) FROM runtime.effects),
    (SELECT md5(COALESCE(string_agg(p::text, ',' ORDER BY p::text), '')) FROM runtime.positions AS p)
"""


@dataclass(frozen=True, slots=True)
class History:
    """A topic, and the database that is rebuilt from it."""

    where: Surroundings
    events: int

    @property
    def topic(self) -> str:
        """Name the topic as Kafka knows it."""
        return self.where.namespace + ORDERS_EVENTS

    @property
    def brokers(self) -> str:
        """Name the brokers."""
        return str(self.where.brokers)


@asynccontextmanager
async def rebuilding(sizes: Sizes, names: Collection[str]) -> AsyncIterator[Opened]:
    """Play purchases on a whole stack; copy them into topics of an empty one."""
    async with fresh_stack(
        ("kafka", "postgres", "mail", "orders", "billing", "provisioning", "notifications")
    ) as whole:
        await sold(whole.address("kafka"), 40)
        await drain(find(whole.endpoints), 60)
        templates = await templates_of(find(whole.endpoints))
    async with fresh_stack(("kafka", "postgres")) as layout:
        histories = {name: await _history(layout, name, sizes, templates) for name in _needed(names)}
        for name, history in histories.items():
            if name != "few":
                await _rebuilt(history, WORKERS, accept_diff=True)
        things = {thing: made for name in histories if name != "few" for thing, made in _ours(name, histories[name])}
        if "few" in histories:
            things |= await _peers(layout, histories["few"], templates)
        yield Opened(layout, things)


def _needed(names: Collection[str]) -> list[str]:
    return [name for name in DATABASE if any(thing.endswith(f" {name}") for thing in names)]


async def _history(layout: Layout, name: str, sizes: Sizes, templates: Sequence[Template]) -> History:
    there = find(layout.endpoints)
    roles = roles_of(layout, DATABASE[name])
    described = {**there.described, "postgres": {"orders": roles}}
    where = Surroundings(there.brokers, f"{name}.", described, None)
    await apply_topics(where.brokers, where.namespace)
    small = accounts_for(sizes.small, templates)
    accounts = {"wide": small * TIMES, "few": accounts_for(sizes.few, templates)}.get(name, small)
    events = await fill(str(where.brokers), where.namespace, templates, accounts, TIMES if name == "long" else 1)
    if name != "few":
        await migrate(roles["owner"], "service")
        await ensure_generation(roles["owner"], declaration("orders"), role_of(roles["app"]))
    return History(where, events)


def _ours(name: str, history: History) -> Sequence[tuple[str, Thing]]:
    return (
        (f"rebuild {name}", lambda: _take(history, WORKERS)),
        (f"rebuild by one {name}", lambda: _take(history, 1)),
        (f"getmany {name}", lambda: getmany(history.brokers, [history.topic], history.events)),
        (f"decode {name}", lambda: decoded(history.brokers, history.topic, history.events)),
    )


async def _take(history: History, workers: int) -> Take:
    connection = await asyncpg.connect(history.where.dsn("orders"))
    try:
        before = await connection.fetch(_ASIDE)
        async with most_memory("operations.rebuild.folding") as peak:
            began = time.perf_counter()
            report = await _rebuilt(history, workers, drops=False)
            seconds = time.perf_counter() - began  # planning and starting included
        wrong = await _wrong(connection, history, report, before)
    finally:
        await connection.close()
    await _drop_retired(history)
    per_event = {TIME: seconds * 1000 / report.events, RATE: report.events / seconds, MEMORY: peak[0]}
    return Take(per_event, report.events, wrong)


async def _rebuilt(history: History, workers: int, *, accept_diff: bool = False, drops: bool = True) -> Report:
    report = await rebuild(history.where, "orders", Options(workers, accept_diff=accept_diff), SILENT)
    if drops:
        await _drop_retired(history)
    return report


async def _drop_retired(history: History) -> None:
    async with rebuilds(history.where.dsn("orders"), declaration("orders")) as book:
        await book.drop_retired()


async def _wrong(connection: asyncpg.Connection, history: History, report: Report, before: list[Any]) -> str:
    """Look at what a rebuild left with other eyes than its own."""
    if report.events != history.events:
        return f"{report.events:,} of {history.events:,} events were folded"
    if not report.is_equal:
        return "the rebuilt tables are not the live ones"
    for table in report.tables:
        one, other = (
            f'SELECT t::text FROM "{schema}"."{table.table}" AS t' for schema in (report.schema, report.replaces)
        )
        if await connection.fetchval(f"SELECT EXISTS (({one} EXCEPT {other}) UNION ALL ({other} EXCEPT {one}))"):
            return f"{table.table} differs from what was live"
    if await connection.fetch(_ASIDE) != before:
        return "the rebuild touched positions, journal or effects"
    return ""


async def _peers(layout: Layout, few: History, templates: Sequence[Template]) -> dict[str, Thing]:
    """Give the others the same purchases: from the topic, and to pyeventsourcing as its own log."""
    dsn = roles_of(layout, DATABASE["few"])["owner"]
    histories: list[list[dict[str, Any]]] = []
    while sum(map(len, histories)) < few.events:
        histories.append([json.loads(value) for value in values_of(templates, len(histories))])
    right = expected(json.dumps(event).encode() for history in histories for event in history)
    folder = str(layout.run / "faust")
    settings = {"brokers": few.brokers, "topic": few.topic, "events": few.events, "folder": folder}
    return {
        **await recorded(layout, dsn, histories),
        "faust few": lambda: projected("naive_faust", right, few.events, dsn, **settings),
        "faststream few": lambda: projected("faststream_batches", right, few.events, dsn, **settings),
    }
