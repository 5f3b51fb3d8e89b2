"""How does a service run? One process, one loop: the feeder, the commit loop, the relay, deadlines, effects, HTTP."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import structlog
from fastapi import APIRouter

from runtime import failpoints, log
from runtime.clock import Clock, FileClock, SystemClock
from runtime.committer import Committer
from runtime.deadlines import Deadlines
from runtime.edge import Edge, Keyring, Submitted
from runtime.errors import CotermError
from runtime.feeder import Feeder
from runtime.kafka.brokers import brokers_of
from runtime.kafka.producer import Publisher
from runtime.kafka.topics import check_topics
from runtime.keyring import CustomerKeyring
from runtime.positions import Positions
from runtime.postgres.keys import PostgresKeys
from runtime.postgres.migrate import ensure_generation, migrate, role_of
from runtime.postgres.outbox import JournalReads, open_pool
from runtime.postgres.reads import ProjectionReads
from runtime.postgres.store import PostgresStore
from runtime.projection import Key, Projection
from runtime.redrive import Redrive
from runtime.relay import Relay
from runtime.service import Incoming, Service
from runtime.settings import Settings, load
from runtime.upkeep import Upkeep
from runtime.web import create_app, serve

EXIT_USAGE = 64
EXIT_CRASHED = 70
_log = structlog.get_logger()


class NoKeyring:
    """Stand in a service that seals and opens nothing."""

    async def seal(self, customer_id: str, command_id: str, plain: Mapping[str, Any]) -> Any:
        """Refuse."""
        raise CotermError("this service holds no keys")

    async def open(self, customer_id: str, sealed: Any) -> dict[str, Any]:
        """Refuse."""
        raise CotermError("this service holds no keys")

    def lookup(self, kind: str, value: str) -> str:
        """Refuse."""
        raise CotermError("this service holds no keys")


@dataclass
class LiveEdge:
    """Stand between the outside and this process's transaction; the `Edge` of `runtime.edge`."""

    clock: Clock
    keyring: Keyring
    settings: Settings
    committer: Committer
    relay: Relay
    reads: ProjectionReads
    journal: JournalReads

    async def submit(self, incoming: Incoming) -> Submitted:
        """Commit a command together with whatever waits beside it."""
        return await self.committer.submit(incoming)

    async def durable(self, submitted: Submitted, seconds: float | None = None) -> bool:
        """Wait for this process's relay, or for another's mark; a duplicate waits for what its first left behind."""
        events = [recorded.event_id for recorded in submitted.recorded]
        told = asyncio.gather(*(self.relay.acknowledged(event) for event in events))
        try:
            async with asyncio.timeout(self.settings.acknowledge_seconds if seconds is None else seconds):
                while not await self._published(submitted.customer_id, events):
                    await (asyncio.wait([told], timeout=0.25) if events else asyncio.sleep(0.05))
            return True
        except TimeoutError:
            return False
        finally:
            told.cancel()
            for event in events:
                self.relay.forget(event)

    async def row(self, projection: Projection, key: Key) -> Any | None:
        """Read one row of a projection."""
        return await self.reads.row(projection, key)

    async def rows(self, projection: Projection, where: Mapping[str, Any], order_by: Sequence[str] = ()) -> list[Any]:
        """Return the wanted rows; None for one that is not there."""
        return await self.reads.rows(projection, where, order_by)

    async def state(self, customer_id: str) -> Any | None:
        """Read an account's state."""
        return await self.reads.state(customer_id)

    async def _published(self, customer_id: str, events: Sequence[UUID]) -> bool:
        if not events:
            (row,) = await self.journal.fetch("unpublished_of", customer_id)
            return bool(row["count"] == 0)
        (row,) = await self.journal.fetch("published_among", list(events))
        return bool(row["count"] == len(events))


@dataclass
class Process:
    """What runs, and how it is: the `Health` of `runtime.web`."""

    service: Service
    committer: Committer
    relay: Relay
    positions: Positions
    feeder: Feeder
    is_fed: bool

    def alive(self) -> str | None:
        """Say why the process must end, if it must."""
        return self.feeder.fault() if self.is_fed else None

    def ready(self) -> str | None:
        """Say why it can't take work now, if so."""
        if self.is_fed and not (self.positions.expected or self.positions.stopped):
            return "no partition is assigned yet"
        if self.positions.stopped:
            (topic, number), why = next(iter(sorted(self.positions.stopped.items())))
            return f"{len(self.positions.stopped)} partitions stand still, first {topic}[{number}]: {why}"
        return self.committer.waiting


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
    except* Exception:
        _log.exception("crashed", action="crashed")
        os._exit(EXIT_CRASHED)  # a crashed stream leaves threads behind that would keep the process


async def _run(name: str, settings: Settings, declare: Declare, route: Route, extra: Extra | None) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await _prepare(settings, declare(None))
    async with contextlib.AsyncExitStack() as cleanup:
        edge, service, process, loops = await _assemble(settings, declare, cleanup)
        loops += [extra(edge, service)] if extra else []
        app = create_app(name, edge, route(edge), process)
        if process.is_fed:
            await process.feeder.start()
            cleanup.push_async_callback(process.feeder.stop)
        loops.append(_watch(process))
        await _until(stop, serve(app, settings.http_host, settings.http_port), loops)


async def _prepare(settings: Settings, service: Service) -> None:
    """Migrate and check before anything runs: a wrong topic or table must stop the start, not an order."""
    app_dsn = settings.postgres_dsn.get_secret_value()
    if settings.postgres_owner_dsn is not None:
        owner_dsn = settings.postgres_owner_dsn.get_secret_value()
        await migrate(owner_dsn, "service")
        await ensure_generation(owner_dsn, service, role_of(app_dsn))
    if settings.keyring_owner_dsn is not None:
        await migrate(settings.keyring_owner_dsn.get_secret_value(), "keyring")
    written = (service.topic, service.handovers_to)
    topics = {settings.namespace + topic for topic in (*service.topics, *written) if topic is not None}
    await check_topics(brokers_of(settings), settings.namespace, topics)


async def _assemble(
    settings: Settings, declare: Declare, cleanup: contextlib.AsyncExitStack
) -> tuple[LiveEdge, Service, Process, list[Awaitable[None]]]:
    dsn = settings.postgres_dsn.get_secret_value()
    clock = FileClock(settings.clock_file) if settings.clock_file else SystemClock()
    pool = await open_pool(dsn)
    cleanup.push_async_callback(pool.close)
    journal = JournalReads(pool)
    keyring = await _keyring(settings, cleanup)
    store = PostgresStore(dsn)
    cleanup.push_async_callback(store.close)
    bare = declare(None)
    handover = None if bare.handovers_to is None else settings.namespace + bare.handovers_to
    publisher = Publisher(brokers_of(settings), f"coterm-{bare.name}")
    cleanup.push_async_callback(publisher.restart)
    relay = Relay(dsn, publisher, settings.namespace + bare.topic, handover)
    positions = Positions(brokers_of(settings), journal)
    edge = LiveEdge(clock, keyring, settings, None, relay, ProjectionReads(pool, bare), journal)  # type: ignore[arg-type]
    service = declare(edge)
    committer = Committer(
        service, store, positions, clock, namespace=settings.namespace, batch_size=settings.batch_size
    )
    committer.on_committed = relay.wake
    edge.committer = committer
    deadlines = Deadlines(
        service, committer, journal, clock, brokers=brokers_of(settings), namespace=settings.namespace
    )
    feeder = Feeder(
        brokers=brokers_of(settings),
        group=f"{settings.namespace}coterm-{service.name}",
        topics=tuple(settings.namespace + topic for topic in service.topics),
        positions=positions.assign,
        data=settings.data_dir,
        queue=committer.fed,
        instance=settings.instance,
    )
    process = Process(service, committer, relay, positions, feeder, bool(service.topics))
    redrive = Redrive(service, committer, journal, settings.namespace)
    loops: list[Awaitable[None]] = [
        committer.run(),
        relay.run(),
        deadlines.run(settings.deadline_poll_seconds),
        Upkeep(positions, journal, redrive, clock).run(),
    ]
    return edge, service, process, loops


async def _keyring(settings: Settings, cleanup: contextlib.AsyncExitStack) -> Keyring:
    if settings.keyring_dsn is None or settings.keyring_master_key is None or settings.lookup_key is None:
        return NoKeyring()
    master = bytes.fromhex(settings.keyring_master_key.get_secret_value())
    keys = await PostgresKeys.connect(settings.keyring_dsn.get_secret_value(), master)
    cleanup.push_async_callback(keys.close)
    return CustomerKeyring(keys, bytes.fromhex(settings.lookup_key.get_secret_value()))


async def _watch(process: Process) -> None:
    """End the process when its stream can't go on: Faust itself stays alive without partitions for ever."""
    while True:
        reason = process.alive()
        if reason is not None:
            raise RuntimeError(reason)
        await asyncio.sleep(1.0)


async def _until(stop: asyncio.Event, http: Awaitable[None], loops: Sequence[Awaitable[None]]) -> None:
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
        error = task.exception()
        if error is not None:
            raise error
