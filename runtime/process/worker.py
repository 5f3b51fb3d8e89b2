"""How does a service run? One process, one loop: the feeder, the commit loop, the relay, deadlines, effects, HTTP."""

import asyncio
import contextlib
import gc
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

import structlog
from fastapi import APIRouter

from runtime import failpoints, log
from runtime.clock import FileClock, SystemClock
from runtime.edge import Edge, Keyring
from runtime.errors import CotermError, StartRefused
from runtime.kafka.brokers import brokers_of
from runtime.kafka.producer import Publisher
from runtime.kafka.topics import check_topics
from runtime.postgres.keys import PostgresKeys
from runtime.postgres.migrate import ensure_generation, migrate, role_of
from runtime.postgres.outbox import JournalReads, open_pool
from runtime.postgres.reads import ProjectionReads
from runtime.postgres.session import DATABASE_ERRORS, passes
from runtime.postgres.store import PostgresStore
from runtime.privacy.keyring import CustomerKeyring, NoKeyring
from runtime.process.backlog import Backlog
from runtime.process.committer import Committer
from runtime.process.deadlines import Deadlines
from runtime.process.feeder import Feeder
from runtime.process.hold import Hold
from runtime.process.live_edge import LiveEdge
from runtime.process.log_watch import LogWatch
from runtime.process.lost_database import refuse_a_lost_database
from runtime.process.positions import Positions
from runtime.process.progress import Progress
from runtime.process.redrive import Redrive
from runtime.process.rehearsing import Rehearsal
from runtime.process.relay import Relay, lanes_of
from runtime.process.scrub_loop import Scrubber
from runtime.process.upkeep import Upkeep
from runtime.repair.set_aside import Repairs
from runtime.service import Service
from runtime.settings import Settings, forget, load
from runtime.web import create_app, serve
from runtime.web.repairs import with_repairs
from runtime.web.subject import Subject, with_subject

EXIT_USAGE = 64
EXIT_CRASHED = 70
T = TypeVar("T")
_log = structlog.get_logger()


@dataclass
class Process:
    """What runs, and how it is: the `Health` of `runtime.web`."""

    service: Service
    committer: Committer
    relay: Relay
    positions: Positions
    feeder: Feeder
    is_fed: bool
    holds: Sequence[Hold]
    watch: LogWatch | None = None
    progress: Progress | None = None
    repairs: Repairs = field(init=False)

    def alive(self) -> str | None:
        """Say why the process must end, if it must."""
        if not self.is_fed:
            return None
        return self.feeder.fault() or (self.progress.fault if self.progress is not None else None)

    def ready(self) -> str | None:
        """Say why it can't take work now, if so."""
        if self.watch is not None and self.watch.missing:
            return f"topics are missing: {', '.join(self.watch.missing)}"
        if self.is_fed and self.positions.generation < 0:
            return "its group has not assigned partitions yet"
        if self.positions.stopped:
            (topic, number), why = next(iter(sorted(self.positions.stopped.items())))
            return f"{len(self.positions.stopped)} partitions stand still, first {topic}[{number}]: {why}"
        return self.committer.waiting

    def waits(self) -> str | None:
        """Say what is held while the rest goes on, if anything."""
        return "; ".join(hold.why for hold in self.holds if hold.why is not None) or None


Declare = Callable[[Edge | None], Service]
Route = Callable[[Edge], APIRouter]
Extra = Callable[[LiveEdge, Service], Awaitable[None]]
"""What else a service runs for ever, for instance its effects."""


def run(name: str, declare: Declare, route: Route, extra: Extra | None = None) -> None:
    """Run a service until SIGTERM. Exits with 64 for settings that can't be used, with 70 after a crash."""
    try:
        settings = load(name)
        failpoints.arm(settings.failpoint)
    except CotermError as error:
        sys.stderr.write(f"{name}: {error}\n")
        raise SystemExit(EXIT_USAGE) from error
    log.configure(settings.log_level, name)
    try:
        asyncio.run(_run(name, settings, declare, route, extra))
    except* CotermError as group:
        _log.error("refused to start", action="refused", why="; ".join(str(error) for error in group.exceptions))
        raise SystemExit(EXIT_USAGE) from None
    except* (Exception, asyncio.CancelledError):  # one that is not ours is an error like any other
        _log.exception("crashed", action="crashed")
        os._exit(EXIT_CRASHED)  # a crashed stream leaves threads behind that would keep the process


async def _run(name: str, settings: Settings, declare: Declare, route: Route, extra: Extra | None) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    await patiently(lambda: _prepare(settings, declare(None)))
    settings = _without_owners(settings)
    async with contextlib.AsyncExitStack() as cleanup:
        edge, process, loops = await _assemble(settings, declare, cleanup)
        loops += [extra(edge, process.service)] if extra else []
        subject = Subject(edge, process.service, partial(edge.journal.fetch, "parked_of"))
        routes = with_subject(with_repairs(route(edge), process.repairs), subject)
        app = create_app(name, edge, routes, process)
        if process.is_fed:
            process.progress = Progress(brokers_of(settings), process.feeder, process.positions, process.committer)
            await process.feeder.start()
            cleanup.push_async_callback(process.feeder.stop)
            loops.append(process.progress.run())
        loops.append(_watch(process))
        gc.collect()
        gc.freeze()  # what is there by now stays; each look through all of it would stop the process for 0.1 s
        await run_until(stop, serve(app, settings.http_host, settings.http_port), loops)


async def patiently(step: Callable[[], Awaitable[T]]) -> T:
    """Take a step of the start again until the database lets it: it may be starting itself.

    Raises StartRefused for what no wait would cure.
    """
    hold = Hold("the start waits for the database")
    while True:
        try:
            return await step()
        except DATABASE_ERRORS as error:
            if not passes(error):
                state = getattr(error, "sqlstate", None)
                raise StartRefused(f"the database refuses the start ({state}): {log.described(error)}") from error
            await hold.wait(error)


async def _prepare(settings: Settings, service: Service) -> None:
    """Migrate and check before anything runs: a wrong topic or table must stop the start, not an order."""
    app_dsn = settings.postgres_dsn.get_secret_value()
    if settings.postgres_owner_dsn is not None:
        owner_dsn = settings.postgres_owner_dsn.get_secret_value()
        await migrate(owner_dsn, "service")
        await ensure_generation(owner_dsn, service, role_of(app_dsn))
    if settings.keyring_owner_dsn is not None:
        await migrate(settings.keyring_owner_dsn.get_secret_value(), "keyring")
    await check_topics(brokers_of(settings), settings.namespace, _topics(settings, service))
    await refuse_a_lost_database(app_dsn, brokers_of(settings), settings.namespace, service)


def _without_owners(settings: Settings) -> Settings:
    """Forget, here and in the environment, who may change tables: from now on nobody in this process does."""
    owners = ("postgres_owner_dsn", "keyring_owner_dsn")
    forget(*owners)
    return settings.model_copy(update=dict.fromkeys(owners))


def _topics(settings: Settings, service: Service) -> set[str]:
    return {settings.namespace + topic for topic in (*service.topics, *service.written)}


async def _assemble(
    settings: Settings, declare: Declare, cleanup: contextlib.AsyncExitStack
) -> tuple[LiveEdge, Process, list[Awaitable[None]]]:
    clock = FileClock(settings.clock_file) if settings.clock_file else SystemClock()
    pool = await patiently(partial(open_pool, settings.postgres_dsn.get_secret_value()))
    cleanup.push_async_callback(pool.close)
    journal = JournalReads(pool)
    bare = declare(None)
    relay = _relay(settings, bare, cleanup)
    intake = Backlog(brokers_of(settings), journal, () if bare.intake is None else (settings.namespace + bare.intake,))
    edge = LiveEdge(
        clock, await _keyring(settings, cleanup), settings, relay, ProjectionReads(pool, bare), journal, intake
    )
    process = _process(settings, declare(edge), edge, cleanup)
    redrive = Redrive(process.service, edge.committer, journal, settings.namespace, edge.keyring)
    process.watch = LogWatch(brokers_of(settings), _topics(settings, process.service), process.positions)
    process.repairs = Repairs(process.service, edge.committer, journal, redrive, edge.rehearsal)
    deadlines = Deadlines(
        process.service, edge.committer, journal, clock, brokers=brokers_of(settings), namespace=settings.namespace
    )
    upkeep = Upkeep(process.positions, process.feeder, relay, journal, redrive, clock)
    scrubber = _scrubber(settings, process.service, cleanup)
    edge.holds += [relay.hold, process.positions.hold, deadlines.hold, upkeep.hold, scrubber.hold]
    return (
        edge,
        process,
        [
            edge.committer.run(),
            relay.run(),
            deadlines.run(settings.deadline_poll_seconds),
            upkeep.run(),
            scrubber.run(),
            process.watch.run(),
        ],
    )


def _scrubber(settings: Settings, service: Service, cleanup: contextlib.AsyncExitStack) -> Scrubber:
    scrubber = Scrubber(service, settings.postgres_dsn.get_secret_value(), settings.scrub_accounts_per_minute)
    cleanup.push_async_callback(scrubber.close)
    return scrubber


def _relay(settings: Settings, service: Service, cleanup: contextlib.AsyncExitStack) -> Relay:
    publisher = Publisher(brokers_of(settings), f"coterm-{service.name}")
    cleanup.push_async_callback(publisher.restart)
    lanes = lanes_of(service, settings.namespace)
    return Relay(settings.postgres_dsn.get_secret_value(), publisher, settings.namespace + service.topic, lanes)


def _process(settings: Settings, service: Service, edge: LiveEdge, cleanup: contextlib.AsyncExitStack) -> Process:
    dsn = settings.postgres_dsn.get_secret_value()
    another = partial(PostgresStore, dsn, service, edge.keyring, edge.relay.holds)
    store = another()
    cleanup.push_async_callback(store.close)
    positions = Positions(brokers_of(settings), edge.journal)
    edge.committer = Committer(
        service,
        store,
        positions,
        edge.clock,
        namespace=settings.namespace,
        batch_size=settings.batch_size,
        gather_seconds=settings.gather_seconds,
    )
    edge.committer.on_committed = lambda beside: edge.relay.wake(beside=beside)
    edge.rehearsal = Rehearsal(service, another, edge.clock)
    feeder = Feeder(
        brokers=brokers_of(settings),
        group=f"{settings.namespace}coterm-{service.name}",
        topics=tuple(settings.namespace + topic for topic in service.topics),
        positions=positions.assign,
        data=settings.data_dir,
        queue=edge.committer.fed,
        instance=settings.instance,
        gather_seconds=0.0 if service.is_awaited else settings.gather_seconds,
    )
    return Process(service, edge.committer, edge.relay, positions, feeder, bool(service.topics), edge.holds)


async def _keyring(settings: Settings, cleanup: contextlib.AsyncExitStack) -> Keyring:
    if settings.keyring_dsn is None or settings.keyring_master_key is None or settings.lookup_key is None:
        return NoKeyring()
    master = bytes.fromhex(settings.keyring_master_key.get_secret_value())
    keys = await patiently(partial(PostgresKeys.connect, settings.keyring_dsn.get_secret_value(), master))
    cleanup.push_async_callback(keys.close)
    return CustomerKeyring(keys, bytes.fromhex(settings.lookup_key.get_secret_value()))


async def _watch(process: Process) -> None:
    """End the process when its stream can't go on: Faust itself stays alive without partitions for ever."""
    while True:
        reason = process.alive()
        if reason is not None:
            raise RuntimeError(reason)
        await asyncio.sleep(1.0)


async def run_until(stop: asyncio.Event, http: Awaitable[None], loops: Sequence[Awaitable[None]]) -> None:
    """Run until told to stop or until one ends by itself; HTTP goes first, so that requests in flight are answered."""
    serving = asyncio.ensure_future(http)
    tasks = [asyncio.ensure_future(loop) for loop in loops]
    stopping = asyncio.create_task(stop.wait(), name="stop")
    done, _ = await asyncio.wait([stopping, serving, *tasks], return_when=asyncio.FIRST_COMPLETED)
    for group in ([serving], [stopping, *tasks]):
        for task in group:
            task.cancel()
        await asyncio.gather(*group, return_exceptions=True)
    for task in done - {stopping}:
        if task.cancelled():  # by nobody of ours: something that it awaited was
            raise RuntimeError("a loop was cancelled though nobody stopped the process")
        error = task.exception()
        if error is not None:
            raise error
