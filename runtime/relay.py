"""How does a committed event reach Kafka? In order, at least once, with the same bytes each time.

Whoever holds a bucket's lock sends its unmarked rows in id order as whole record batches, one in flight, and marks them
with the offsets Kafka gave. A row sent and not marked is sent again: readers know it by its version.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable
from uuid import UUID

import structlog

from runtime.codec import headers_of
from runtime.ids import PARTITIONS
from runtime.kafka.producer import Outgoing, Publisher, PublishError
from runtime.postgres.outbox import Outbox, Unpublished, WaitingHandover
from runtime.postgres.store import CONNECTION_ERRORS

PAGE = 2000
_log = structlog.get_logger()


class Relay:
    """Publish the journal of one service, beside any number of other instances that try the same."""

    def __init__(self, dsn: str, publisher: Publisher, topic: str, handover_topic: str | None) -> None:
        self._dsn = dsn
        self._publisher = publisher
        self._topic = topic
        self._handover_topic = handover_topic
        self._wake = asyncio.Event()
        self._waiting: dict[UUID, list[asyncio.Future[None]]] = defaultdict(list)
        self.blocked: dict[int, str] = {}
        """Why a bucket can't be sent, for those that can't."""
        self.on_published: Callable[[], None] = lambda: None

    def wake(self) -> None:
        """Look at once: something was committed."""
        self._wake.set()

    def acknowledged(self, event_id: UUID) -> asyncio.Future[None]:
        """Return a future that is done once this process has published the event."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting[event_id].append(future)
        return future

    def forget(self, event_id: UUID) -> None:
        """Drop what nobody waits for any more."""
        self._waiting.pop(event_id, None)

    async def run(self) -> None:
        """Publish for ever; a lost database or broker is waited for, and the producer begun anew."""
        while True:
            try:
                await self._session()
            except CONNECTION_ERRORS as error:
                _log.warning("relay lost the database", action="relay_reconnect", error=str(error))
                await self._publisher.restart()
                await asyncio.sleep(0.5)

    async def _session(self) -> None:
        outbox = await Outbox.open(self._dsn, self.wake)
        try:
            ours: set[int] = set()
            while True:
                ours |= set(await outbox.take_buckets(sorted(set(range(PARTITIONS)) - ours)))
                more = await self._round(outbox, sorted(ours)) if ours else False
                if not more:
                    await self._wait()
        finally:
            await outbox.close()

    async def _wait(self) -> None:
        try:
            async with asyncio.timeout(1.0):
                await self._wake.wait()
        except TimeoutError:
            return
        finally:
            self._wake.clear()

    async def _round(self, outbox: Outbox, buckets: list[int]) -> bool:
        self._wake.clear()
        rows = await outbox.page(buckets, PAGE)
        if rows:
            pages: dict[int, list[Unpublished]] = defaultdict(list)
            for row in rows:
                pages[row.bucket].append(row)
            sent = await asyncio.gather(*(self._send(bucket, page) for bucket, page in pages.items()))
            for (bucket, page), offsets in zip(pages.items(), sent, strict=True):
                if offsets:
                    await outbox.mark(bucket, [(row.id, offset) for row, offset in zip(page, offsets, strict=False)])
                    self._acknowledge(page[: len(offsets)])
            if not any(sent):
                await self._publisher.restart()
                await asyncio.sleep(0.5)
            self.on_published()
        handed = await self._hand_over(outbox, buckets)
        return bool(rows or handed)

    async def _send(self, bucket: int, page: list[Unpublished]) -> list[int]:
        records = [
            Outgoing(row.customer_id.encode(), row.value, headers_of(row.type, row.version), row.last_of_input) for row in page
        ]
        return await self._publish(self._topic, bucket, records)

    async def _hand_over(self, outbox: Outbox, buckets: list[int]) -> bool:
        if self._handover_topic is None:
            return False
        waiting = await outbox.handovers(buckets, PAGE)
        pages: dict[int, list[WaitingHandover]] = defaultdict(list)
        for row in waiting:
            pages[row.bucket].append(row)
        for bucket, page in pages.items():
            headers = headers_of("handover.CredentialsHandedOver.v1", 0)
            records = [Outgoing(row.customer_id.encode(), row.value, headers, ends_input=True) for row in page]
            offsets = await self._publish(self._handover_topic, bucket, records)
            await outbox.drop_handovers([row.id for row in page[: len(offsets)]])
        return bool(waiting)

    async def _publish(self, topic: str, bucket: int, records: list[Outgoing]) -> list[int]:
        try:
            offsets = await self._publisher.publish(topic, bucket, records)
        except PublishError as error:
            self.blocked[bucket] = f"{type(error).__name__}: {error}"
            _log.warning("a bucket can't be published", action="relay_blocked", bucket=bucket, error=self.blocked[bucket])
            return []
        self.blocked.pop(bucket, None)
        return offsets

    def _acknowledge(self, rows: Iterable[Unpublished]) -> None:
        for row in rows:
            for future in self._waiting.pop(row.event_id, ()):
                if not future.done():
                    future.set_result(None)
