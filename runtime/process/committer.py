"""Who calls the commit page? One loop per process, with whatever waits: records, commands, deadlines, outcomes."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import structlog

from runtime import metrics
from runtime.clock import Clock
from runtime.commit.batch import Result
from runtime.commit.page import Store, commit
from runtime.edge import TRACEPARENT, AccountParked, Submitted
from runtime.errors import Overfull, SchemaOutdated, Unreadable
from runtime.kafka.log import Partition
from runtime.log import described, traced
from runtime.process.feeder import Fed
from runtime.process.hold import Hold
from runtime.process.positions import Positions
from runtime.process.telling import report
from runtime.service import Decided, Fault, Incoming, Service
from runtime.wire.reading import read_record

ANSWER_SECONDS = 10.0
"""So long a caller waits for its commit, which may be held; a record waits for as long as it takes."""


@dataclass(slots=True)
class Work:
    """An input on its way through the page, and who waits for it."""

    incoming: Incoming
    acknowledge: Callable[[], Any] | None = None
    answer: "asyncio.Future[Result] | None" = None
    generation: int = -1

    @property
    def is_given_up(self) -> bool:
        """Tell whether the one who waited for its answer does so no more."""
        return self.answer is not None and self.answer.done()


class Committer:
    """Batch what waits, commit it, acknowledge and answer."""

    def __init__(
        self, service: Service, store: Store, positions: Positions, clock: Clock, *, namespace: str, batch_size: int,
        gather_seconds: float = 0.0,
    ) -> None:  # fmt: skip
        self._service = service
        self._store = store
        self._positions = positions
        self._clock = clock
        self._namespace = namespace
        self._batch_size = batch_size
        self._gather_seconds = gather_seconds
        self.fed: asyncio.Queue[Fed] = asyncio.Queue(maxsize=4 * batch_size)
        self._commands: asyncio.Queue[Work] = asyncio.Queue()
        self._flushes: asyncio.Queue[asyncio.Future[None]] = asyncio.Queue()
        self._flushed: list[asyncio.Future[None]] = []
        self._most_waiting = 4 * batch_size
        self.hold = Hold("commits wait for the database")
        self.keys = Hold("inputs wait for their keys")
        self.on_committed: Callable[[bool], None] = lambda _: None
        """Called when something was committed that others are to be told of, and whether of more than its events."""
        self._halting: dict[Partition, str] = {}
        """Partitions that stop once what came before the unreadable record is committed."""

    @property
    def waiting(self) -> str | None:
        """Tell why nothing can be committed at the moment."""
        return self.hold.why or self.keys.why

    async def submit(self, incoming: Incoming) -> Submitted:
        """Commit one command together with whatever waits beside it.

        Raises AccountParked when its account waits for an operator, Overfull when too much waits already, TimeoutError
        when it is not known soon enough to be committed, or the error of its own decision.
        """
        if self._commands.qsize() >= self._most_waiting:
            raise Overfull(f"{self._most_waiting} commands wait already")
        result = await self.apply(incoming)
        if result.error is not None:
            raise result.error
        if result.fault is not None and result.outcome is None:
            raise AccountParked(result.fault.detail)
        if result.outcome is None:
            raise RuntimeError("a command has no partition to lose")
        return Submitted(result.outcome, result.recorded, incoming.customer_id)

    async def apply(self, incoming: Incoming) -> Result:
        """Commit one input and tell what became of it, whatever it is.

        Raises TimeoutError when that is not known soon enough: it may be committed yet, and is known if it comes again.
        """
        if incoming.traceparent is None and not incoming.is_taken_again:
            incoming = replace(incoming, traceparent=TRACEPARENT.get())
        # The loop that commits it is no part of the request: what it logs of it is to be found by the request's id too.
        incoming = replace(incoming, request_id=structlog.contextvars.get_contextvars().get("request_id"))
        answer: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._commands.put_nowait(Work(incoming, answer=answer))
        async with asyncio.timeout(ANSWER_SECONDS):
            return await answer

    async def flush(self) -> None:
        """Commit at once what waits because it is ignored, and come back when that is done.

        Raises TimeoutError when that takes too long.
        """
        flushed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._flushes.put_nowait(flushed)
        async with asyncio.timeout(ANSWER_SECONDS):
            await flushed

    async def run(self) -> None:
        """Commit for ever; what is no input's own fault is held and tried again. Raises SchemaOutdated."""
        while True:
            batch = await self._gather()
            prepared = await asyncio.gather(*(self._prepare(work) for work in batch))
            ready = [work for work in prepared if work is not None]
            if ready:
                await self._commit(ready)
            while self._halting:
                self._positions.stop(*self._halting.popitem())
            while self._flushed:
                _done(self._flushed.pop())

    async def _gather(self) -> list[Work]:
        """Take what waits; as long as all of it is ignored, also what comes within a moment: nobody waits."""
        batch = self._waiting_with(await _first_of(self.fed, self._commands, self._flushes), self._batch_size)
        until = time.monotonic() + self._gather_seconds
        while batch and len(batch) < self._batch_size and not self._is_wanted(batch):
            more = await _first_of(self.fed, self._commands, self._flushes, seconds=until - time.monotonic())
            if not more:
                break
            batch += self._waiting_with(more, self._batch_size - len(batch))
        return batch

    def _is_wanted(self, batch: Sequence[Work]) -> bool:
        return bool(self._flushed) or any(map(self._is_awaited, batch))

    def _waiting_with(self, first: Sequence[Fed | Work | asyncio.Future[None]], most: int) -> list[Work]:
        batch = [work for item in first if (work := self._work(item)) is not None]
        while len(batch) < most and not (self.fed.empty() and self._commands.empty()):
            item = self._commands.get_nowait() if not self._commands.empty() else self.fed.get_nowait()
            work = self._work(item)
            if work is not None:
                batch.append(work)
        return batch

    def _is_awaited(self, work: Work) -> bool:
        """Tell whether anything comes of it but a newer position and version."""
        return not work.incoming.ignored or bool(self._service.subscribers(work.incoming.type))

    def _work(self, item: Fed | Work | asyncio.Future[None]) -> Work | None:
        if isinstance(item, asyncio.Future):
            self._flushed.append(item)
            return None
        if isinstance(item, Work):
            return None if item.is_given_up else item
        partition = item.record.topic, item.record.partition
        held = self._positions.expected.get(partition)
        if held is None or partition in self._halting or item.generation != self._positions.generation:
            return None
        if item.record.offset < held.next_offset:
            item.acknowledge()
            return None
        try:
            topic = item.record.topic.removeprefix(self._namespace)
            incoming = read_record(self._service, topic, item.record)
        except Unreadable as error:
            self._halting[partition] = f"offset {item.record.offset}: {error}"
            return None
        if topic == self._service.intake and item.record.appended_at is not None:
            incoming = replace(incoming, reached_at=self._clock.at(item.record.appended_at))
        return Work(incoming, item.acknowledge, generation=item.generation)

    async def _prepare(self, work: Work) -> Work | None:
        incoming = work.incoming
        entry = self._service.by_type.get(incoming.type)
        if incoming.fault is not None or incoming.ignored or entry is None or entry.prepare is None:
            return work
        while not work.is_given_up:
            try:
                work.incoming = await entry.prepare(incoming)
                self.keys.over()
                return work
            except self._store.database_errors as error:
                await self.keys.wait(error)
            except Exception as error:
                if work.answer is not None and incoming.raw is None:
                    if not work.is_given_up:
                        work.answer.set_exception(error)
                    return None
                # Before it is sealed, an input may hold personal data, and an error quote it.
                work.incoming = replace(incoming, fault=Fault("HANDLER_FAILED", described(error), trace=traced(error)))
                return work
        return None

    async def _commit(self, batch: Sequence[Work]) -> None:
        while True:
            inputs = [work.incoming for work in batch]
            try:
                with metrics.BATCH_SECONDS.time():
                    results = await commit(self._service, self._store, inputs, self._positions.expected, self._clock)
                break
            except SchemaOutdated:
                raise
            except Exception as error:
                # Whatever it is, no input is at fault: that one was found and set aside.
                await self.hold.wait(error)
                batch = [work for work in batch if not work.is_given_up]
        self.hold.over()
        metrics.BATCH_INPUTS.observe(len(batch))
        if any(map(self._is_awaited, batch)):
            self.on_committed(any(map(_tells_more, batch, results)))
        done = list(zip(batch, results, strict=True))
        followed = await self._follow([work for work, result in done if result.lost])
        again = {id(work) for work in followed}
        for work, result in done:
            if id(work) not in again:
                self._finish(work, result)
        if followed:
            await self._commit(followed)

    async def _follow(self, lost: Sequence[Work]) -> list[Work]:
        """Name the lost inputs whose partition is still ours, behind where another instance has brought it."""
        ours: dict[Partition, bool] = {}
        for work in lost:
            partition = _partition(work)
            if partition not in ours:
                ours[partition] = await self._catch_up(partition)
        return [work for work in lost if ours[_partition(work)] and work.generation == self._positions.generation]

    async def _catch_up(self, partition: Partition) -> bool:
        while True:
            try:
                return await self._positions.catch_up(partition)
            except self._store.database_errors as error:
                await self.hold.wait(error)

    def _finish(self, work: Work, result: Result) -> None:
        report(work.incoming, result)
        if work.acknowledge is not None and not result.lost:
            work.acknowledge()
        if result.lost and work.generation == self._positions.generation:
            partition = _partition(work)
            if partition in self._positions.expected:
                self._positions.stop(partition, "its position was set back under this process: start it anew")
        if work.answer is not None and not work.is_given_up:
            work.answer.set_result(result)


def _tells_more(work: Work, result: Result) -> bool:
    """Tell whether more than events may have to be sent: a sealed secret, or that intake was refused, or is no more."""
    is_handed_over = isinstance(result.outcome, Decided) and bool(result.outcome.handovers)
    return is_handed_over or result.fault is not None or work.incoming.quarantined_id is not None


def _partition(work: Work) -> Partition:
    origin = work.incoming.origin
    if origin is None:
        raise ValueError("only records have a partition")
    return origin.topic, origin.partition


def _done(flushed: asyncio.Future[None]) -> None:
    if not flushed.done():
        flushed.set_result(None)


async def _first_of(*queues: asyncio.Queue[Any], seconds: float | None = None) -> list[Any]:
    """Take the first of each queue that has one, once any has; nothing once so many seconds are over."""
    for queue in queues:
        if not queue.empty():
            return [queue.get_nowait()]
    getters = [asyncio.ensure_future(queue.get()) for queue in queues]
    try:
        done, _ = await asyncio.wait(getters, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for getter in getters:
            if not getter.done():
                getter.cancel()
    return [getter.result() for getter in done]
