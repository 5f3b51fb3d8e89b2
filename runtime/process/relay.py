"""How does a committed event reach Kafka? In order, at least once, with the same bytes each time.

Whoever holds a bucket's lock sends its unmarked rows in id order as whole record batches, one in flight, and marks them
with the offsets Kafka gave. A row sent and not marked is sent again: readers know it by its version.
"""

import asyncio
import math
import time
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

import structlog

from runtime import failpoints, metrics
from runtime.ids import PARTITIONS
from runtime.kafka.producer import Outgoing, Publisher, PublishError, TooLarge
from runtime.postgres.outbox import Outbox, Unpublished, Waiting
from runtime.postgres.store import DATABASE_ERRORS
from runtime.process.hold import Hold
from runtime.service import Service
from runtime.wire.codec import headers_of

PAGE = 1000
"""Rows of a bucket that are read at once; some 900 fill a batch."""
_Place = tuple[str, int]
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Lane:
    """What is sent to another topic than its own service's events, and by which queries."""

    topic: str
    waiting: str
    sent: str


def lanes_of(service: Service, namespace: str) -> list[Lane]:
    """Say what a service sends beside its events."""
    handovers = (service.handovers_to, "waiting_handovers", "drop_handovers")
    rejections = (service.rejections_to, "waiting_rejections", "mark_rejections")
    return [Lane(namespace + topic, waiting, sent) for topic, waiting, sent in (handovers, rejections) if topic]


@dataclass(frozen=True, slots=True)
class _Page:
    """What is sent next of one bucket, to one topic."""

    topic: str
    bucket: int
    ids: Sequence[int]
    records: Sequence[Outgoing]
    rows: Sequence[Unpublished] = ()
    lane: Lane | None = None
    is_cut: bool = False
    """More may wait than was read."""


class Relay:
    """Publish the journal of one service, beside any number of other instances that try the same."""

    def __init__(self, dsn: str, publisher: Publisher, topic: str, lanes: Sequence[Lane] = ()) -> None:
        self._dsn = dsn
        self._publisher = publisher
        self._topic = topic
        self._lanes = lanes
        self._wake = asyncio.Event()
        self._wake_beside = True
        self._ours: set[int] = set()
        self._passed_over: set[_Place] = set()
        """What was in flight when it was last looked for what waits: there, more may wait by now."""
        self._waiting: dict[UUID, list[asyncio.Future[None]]] = defaultdict(list)
        self._blocked: dict[_Place, str] = {}
        self._rests: dict[_Place, float] = {}
        self.hold = Hold("the relay waits for the database")
        self.on_published: Callable[[Collection[str]], None] = lambda _: None
        """Called with the types of the events that Kafka has by now."""

    @property
    def blocked(self) -> dict[int, str]:
        """Tell why a bucket can't be sent, for those that can't."""
        return {bucket: why for (_, bucket), why in self._blocked.items()}

    def wake(self, *, beside: bool = True) -> None:
        """Look at once: something was committed, of which other topics may be told `beside` the events."""
        self._wake_beside |= beside
        self._wake.set()

    def holds(self, bucket: int) -> bool:
        """Tell whether this process sends a bucket, so that no other need hear of a commit.

        Held no more a moment later, it is another's within a second, who then looks without being told.
        """
        return bucket in self._ours

    def acknowledged(self, event_id: UUID) -> asyncio.Future[None]:
        """Return a future that is done once this process has published the event."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting[event_id].append(future)
        return future

    def forget(self, event_id: UUID) -> None:
        """Drop what nobody waits for any more."""
        self._waiting.pop(event_id, None)

    async def run(self) -> None:
        """Publish for ever; a database or broker that is away is waited for, and the producer begun anew."""
        while True:
            try:
                await self._session()
            except DATABASE_ERRORS as error:
                await self._publisher.restart()
                await self.hold.wait(error)

    async def _session(self) -> None:
        outbox = await Outbox.open(self._dsn, self.wake)
        sending: dict[asyncio.Task[list[int]], _Page] = {}
        asked, must_look = -math.inf, True
        try:
            while True:
                must_look |= self._wake.is_set()
                self._wake.clear()
                if time.monotonic() - asked >= 1.0:
                    asked, must_look, self._wake_beside = time.monotonic(), True, True
                    self._ours.update(await outbox.take_buckets(sorted(set(range(PARTITIONS)) - self._ours)))
                if must_look:
                    for page in await self._pages(outbox, {(page.topic, page.bucket) for page in sending.values()}):
                        sending[asyncio.create_task(self._send(page))] = page
                    self.hold.over()
                done = await self._first_of(sending, asked + 1.0)
                must_look = await self._settle(outbox, {task: sending.pop(task) for task in done})
        finally:
            self._ours.clear()
            for task in sending:
                task.cancel()
            await asyncio.gather(*sending, return_exceptions=True)
            await outbox.close()

    async def _pages(self, outbox: Outbox, busy: set[_Place]) -> list[_Page]:
        """Read what may be sent now: one batch of a bucket is in flight at a time, and one that failed rests."""
        pages = []
        self._passed_over = busy
        idle = sorted(bucket for bucket in self._ours if self._is_free((self._topic, bucket), busy))
        if idle:
            rows_of, cut = await outbox.page(idle, PAGE)
            for bucket, rows in rows_of.items():
                records = [_event(row) for row in rows]
                pages.append(_Page(self._topic, bucket, [row.id for row in rows], records, rows, None, bucket in cut))
        beside, self._wake_beside = self._wake_beside, False
        for lane in self._lanes if beside else ():
            pages += await self._pages_of(lane, outbox, busy)
        return pages

    async def _pages_of(self, lane: Lane, outbox: Outbox, busy: set[_Place]) -> list[_Page]:
        idle = sorted(bucket for bucket in self._ours if self._is_free((lane.topic, bucket), busy))
        waiting: dict[int, list[Waiting]] = defaultdict(list)
        for row in await outbox.waiting(lane.waiting, idle, PAGE):
            waiting[row.bucket].append(row)
        return [
            _Page(
                lane.topic,
                bucket,
                [row.id for row in rows],
                [_beside(row) for row in rows],
                (),
                lane,
                len(rows) == PAGE,
            )
            for bucket, rows in waiting.items()
        ]

    def _is_free(self, place: _Place, busy: set[_Place]) -> bool:
        return place not in busy and self._rests.get(place, -math.inf) <= time.monotonic()

    async def _first_of(
        self, sending: Iterable[asyncio.Task[list[int]]], until: float
    ) -> list[asyncio.Task[list[int]]]:
        woken = asyncio.create_task(self._wake.wait())
        left = max(0.0, until - time.monotonic())
        try:
            done, _ = await asyncio.wait([woken, *sending], timeout=left, return_when=asyncio.FIRST_COMPLETED)
        finally:
            woken.cancel()
        return [task for task in sending if task in done]

    async def _send(self, page: _Page) -> list[int]:
        failpoints.reached("relay.read")
        return await self._publisher.publish(page.topic, page.bucket, page.records)

    async def _settle(self, outbox: Outbox, done: dict[asyncio.Task[list[int]], _Page]) -> bool:
        """Mark what Kafka acknowledged; after anything else, begin with another producer. Tell if more may wait."""
        is_broken, sent = False, list[tuple[_Page, list[int]]]()
        for task, page in done.items():
            try:
                sent.append((page, task.result()))
            except PublishError as error:
                self._block(page, error)
                is_broken |= not isinstance(error, TooLarge)
        await self._mark(outbox, [(page, offsets) for page, offsets in sent if page.lane is None])
        for lane in self._lanes:
            await self._mark_beside(outbox, lane, [(page, offsets) for page, offsets in sent if page.lane == lane])
        if is_broken:
            await self._publisher.restart()
        if done:
            self.on_published({row.type for page, offsets in sent for row in page.rows[: len(offsets)]})
        unfinished = [page for page, offsets in sent if self._has_more(page, offsets)]
        self._wake_beside |= any(page.lane is not None for page in unfinished)
        return bool(unfinished)

    async def _mark(self, outbox: Outbox, sent: Sequence[tuple[_Page, list[int]]]) -> None:
        if not sent:
            return
        failpoints.reached("relay.sent")
        for page, offsets in sent:
            self._acknowledge(page.rows[: len(offsets)])  # Kafka has them, whether the mark is there yet or not
        marks = [
            (row.id, page.bucket, offset)
            for page, offsets in sent
            for row, offset in zip(page.rows, offsets, strict=False)
        ]
        await outbox.mark(marks)
        failpoints.reached("relay.marked")
        metrics.RELAYED.inc(len(marks))
        for page, _ in sent:
            self._blocked.pop((page.topic, page.bucket), None)

    async def _mark_beside(self, outbox: Outbox, lane: Lane, sent: Sequence[tuple[_Page, list[int]]]) -> None:
        if not sent:
            return
        failpoints.reached("relay.handed_over")
        await outbox.sent(lane.sent, [id_ for page, offsets in sent for id_ in page.ids[: len(offsets)]])
        for page, _ in sent:
            self._blocked.pop((page.topic, page.bucket), None)

    def _has_more(self, page: _Page, offsets: Sequence[int]) -> bool:
        return page.is_cut or len(offsets) < len(page.ids) or (page.topic, page.bucket) in self._passed_over

    def _block(self, page: _Page, error: BaseException) -> None:
        place, why = (page.topic, page.bucket), f"{type(error).__name__}: {error}"
        self._rests[place] = time.monotonic() + 1.0
        if self._blocked.get(place) != why:
            self._blocked[place] = why
            _log.warning("a bucket can't be published", action="relay_blocked", bucket=page.bucket, error=why)

    def _acknowledge(self, rows: Iterable[Unpublished]) -> None:
        for row in rows:
            for future in self._waiting.pop(row.event_id, ()):
                if not future.done():
                    future.set_result(None)


def _event(row: Unpublished) -> Outgoing:
    return Outgoing(row.customer_id.encode(), row.value, headers_of(row.type, row.version), row.last_of_input)


def _beside(row: Waiting) -> Outgoing:
    return Outgoing(row.key, row.value, headers_of(row.type), ends_input=True)
