"""How does the live stream reach the commit page? Faust subscribes, balances and holds back; it decides nothing.

One ordered agent, acknowledged by us after our own commit, under the crashing supervisor, started from PostgreSQL's
positions: the other ways of Faust lose events.
"""

import asyncio
import types
from collections.abc import Awaitable, Callable, Coroutine, Generator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import faust
import mode
from faust.contrib.asgi import bind_to_running_loop
from faust.transport.drivers import aiokafka as driver
from faust.types import TP

from runtime.kafka.brokers import Brokers, addresses_of
from runtime.kafka.log import LogRecord, Partition

_SEEK_SECONDS = 45.0
_MUCH = 1 << 16
"""Bytes that are worth a fetch before its time is over."""
_MOST = 1 << 17
"""Bytes of a partition that are held before they are fed; more than are worth a fetch.

A reader that is behind holds as much of each of its partitions, in several copies while it comes; and what it once
held, the process keeps.
"""

StartsOf = Callable[[set[Partition], int], Awaitable[Mapping[Partition, int]]]
"""Given the assigned partitions and the group's generation, return where each is to be read from."""


_SAFE: Mapping[str, Any] = {
    "agent_supervisor": mode.CrashingSupervisor,
    "topic_disable_leader": True,
    "topic_allow_declare": False,
    "table_standby_replicas": 0,
    "broker_commit_interval": 1.0,
    "broker_session_timeout": 30.0,
    "broker_heartbeat_interval": 3.0,
    "broker_request_timeout": _SEEK_SECONDS + 15.0,
    "broker_max_poll_records": 1000,
    "consumer_max_fetch_size": _MOST,
    "consumer_auto_offset_reset": "earliest",
    "stream_wait_empty": False,
    "stream_buffer_maxsize": 2000,
    "web_enabled": False,
    "autodiscover": False,
    "key_serializer": "raw",
    "value_serializer": "raw",
    "producer_acks": 1,
}
"""The settings under which Faust loses nothing: no internal topics, no automatic acknowledgement, crash on an error."""


@dataclass(frozen=True, slots=True)
class Fed:
    """A record that came in, and how to acknowledge it once it is committed."""

    record: LogRecord
    acknowledge: Callable[[], Any]
    generation: int
    """The group's generation in which it was fetched: of an earlier one, it may not follow what is applied."""


HandOn = Callable[[Any], Coroutine[Any, Any, None]]
_TAKEN = object()


def _handed_on(hand_on: HandOn, message: Any) -> Any:
    """Hand a record on; it is taken at once, or what is returned waits until it is."""
    handing = hand_on(message)
    try:
        waits_for = handing.send(None)
    except StopIteration:
        return _TAKEN
    return _resumed(handing, waits_for)


async def _resumed(begun: Coroutine[Any, Any, None], waits_for: Any) -> None:
    await _rest(begun, waits_for)


@types.coroutine
def _rest(begun: Coroutine[Any, Any, None], waits_for: Any) -> Generator[Any, Any, None]:
    try:
        yield waits_for
        yield from begun
    finally:
        begun.close()  # whoever is cancelled meanwhile ends it


class _ReadCommittedThread(driver.AIOKafkaConsumerThread):  # type: ignore[misc]
    def _create_worker_consumer(self, transport: Any) -> Any:
        consumer = super()._create_worker_consumer(transport)
        consumer._isolation_level = "read_committed"  # storefronts may use transactions
        gathers = self.app.gather_seconds
        consumer._fetch_max_wait_ms = round(gathers * 1000) or 500
        consumer._fetch_min_bytes = _MUCH if gathers else 1
        return consumer


class _Consumer(driver.Consumer):  # type: ignore[misc]
    def __init__(self, transport: Any, callback: HandOn, *arguments: Any, **more: Any) -> None:
        super().__init__(transport, partial(_handed_on, callback), *arguments, **more)

    async def wait_first(self, *coros: Any, **more: Any) -> Any:
        # Four tasks for each record, to hear of a rebalance while the queue is full: they are needed only then.
        if coros[0] is _TAKEN:
            coros[1].close()
            return None
        return await super().wait_first(*coros, **more)

    def _new_consumer_thread(self) -> Any:
        return _ReadCommittedThread(self, loop=self.loop, beacon=self.beacon)

    async def seek_to_committed(self) -> Mapping[TP, int]:
        # Faust asks twice when a fetch returns during a rebalance: the later answer must be about the later assignment.
        # Beyond its own time-out it would go on without an answer; a crash is seen, and the restart resumes.
        async with asyncio.timeout(_SEEK_SECONDS), self.app.seeking:
            await super().seek_to_committed()  # keeps aiokafka's own state machine happy
            assigned = {(tp.topic, tp.partition) for tp in self.assignment()}
            found = await self.app.positions(assigned, self.app.consumer_generation_id)
            positions = {TP(topic, partition): offset for (topic, partition), offset in found.items()}
            await self._thread.seek_wait(positions)
            return positions


class _Transport(driver.Transport):  # type: ignore[misc]
    Consumer = _Consumer


class _App(faust.App):  # type: ignore[misc]
    gather_seconds: float
    positions: StartsOf
    seeking: asyncio.Lock

    async def _on_partitions_assigned(self, assigned: set[TP], generation_id: int = 0) -> None:
        await super()._on_partitions_assigned(assigned, generation_id)
        async with self.seeking:
            # Without partitions Faust seeks nothing, so that nobody would hear that those of before are gone.
            if not assigned and generation_id == self.consumer_generation_id:
                await self.positions(set(), generation_id)

    def on_init_dependencies(self) -> Any:
        needed = super().on_init_dependencies()
        self.sensors.remove(self.monitor)  # which measures each record for nobody
        return needed

    def _new_transport(self) -> Any:
        return _Transport(self.conf.broker_consumer, self)


class Feeder:
    """Feed a queue with what the group's partitions bring."""

    def __init__(
        self,
        *,
        brokers: Brokers,
        group: str,
        topics: tuple[str, ...],
        positions: StartsOf,
        data: Path,
        queue: asyncio.Queue[Fed],
        instance: str | None = None,
        gather_seconds: float = 0.0,
    ) -> None:
        self._app = _App(
            group,
            broker=";".join(f"kafka://{address}" for address in addresses_of(brokers).split(",")),
            broker_credentials=_credentials(brokers),
            datadir=str(data),
            **({"consumer_group_instance_id": instance} if instance else {}),
            **_SAFE,
        )
        self._app.gather_seconds = gather_seconds
        self._app.positions = positions
        self._app.seeking = asyncio.Lock()
        self._queue = queue
        self._starting: asyncio.Task[Any] | None = None
        channel = self._app.topic(*topics, key_serializer="raw", value_serializer="raw", allow_empty=True)
        self._app.agent(channel, name=f"{group}-feed")(self._feed)

    async def start(self) -> None:
        """Begin; the subscription is complete some time after this returns."""
        bind_to_running_loop(self._app)
        self._app.finalize()
        self._starting = asyncio.create_task(self._app.start(), name="faust")

    async def stop(self) -> None:
        """Leave the group; what is not acknowledged is not waited for."""
        await self._app.stop()
        if self._starting is not None:
            self._starting.cancel()

    def fault(self) -> str | None:
        """Say why nothing comes in any more, if so: the process must end and be started again."""
        if self._app.crashed:
            return f"the stream crashed: {self._app.crash_reason!r}"
        if self._starting is not None and self._starting.done() and not self._starting.cancelled():
            error = self._starting.exception()
            if error is not None:
                return f"the stream did not start: {error!r}"
        return self._coordinator_fault()

    def is_settled(self, generation: int) -> bool:
        """Tell whether this is the group's generation of now and nothing is being divided anew."""
        coordinator = getattr(self._consumer(), "_coordinator", None)
        if coordinator is None or self._app.rebalancing:
            return False
        return bool(coordinator.generation == generation >= 0)

    def end(self, partition: Partition) -> int | None:
        """Tell where a partition's log ended when it was last fetched from; None before that."""
        consumer, place = self._consumer(), TP(*partition)
        try:
            found: int | None = consumer.highwater(place) if consumer and place in consumer.assignment() else None
        except (AssertionError, KeyError):
            return None  # its thread gave it to another instance between the two
        return found

    def _coordinator_fault(self) -> str | None:
        coordinator = getattr(self._consumer(), "_coordinator", None)
        if coordinator is None:
            return None
        pending = getattr(coordinator, "_pending_exception", None)
        if pending is not None:
            return f"the group's coordinator failed: {pending!r}"
        task = getattr(coordinator, "_coordination_task", None)
        if task is not None and task.done():
            return "the group's coordination ended"
        return None

    def _consumer(self) -> Any | None:
        thread = getattr(self._app.consumer, "_thread", None) if self._app.started else None
        return getattr(thread, "_consumer", None)

    async def _feed(self, stream: Any) -> None:
        async for event in stream.noack().events():
            message = event.message
            await self._queue.put(Fed(_record(message), event.ack, message.generation_id))


def _record(message: Any) -> LogRecord:
    raw_headers = message.headers or ()
    pairs = raw_headers.items() if isinstance(raw_headers, Mapping) else raw_headers
    place = (message.topic, message.partition, message.offset)
    appended_at = datetime.fromtimestamp(message.timestamp, UTC)
    headers = tuple((name, value or b"") for name, value in pairs)
    return LogRecord(*place, message.key, message.value, headers, appended_at)


def _credentials(brokers: Brokers) -> Any | None:
    if isinstance(brokers, str):
        return None
    if brokers.username is None:
        return faust.SSLCredentials(brokers.tls())
    return faust.SASLCredentials(
        username=brokers.username, password=brokers.password, mechanism="SCRAM-SHA-512", ssl_context=brokers.tls()
    )
