"""What does one service's process do without a stack? Take records, publish events, fire deadlines."""

from dataclasses import replace
from functools import cached_property
from uuid import UUID

import httpx

from runtime.commit.changes import JournalRow
from runtime.commit.page import Position
from runtime.kafka.log import LogRecord, Partition
from runtime.postgres.writing import handover_id
from runtime.service import HandoverBox, Incoming
from runtime.wire.codec import encode_event, headers_of
from runtime.wire.reading import read_record
from tests.lives.log import MemoryLog
from tests.unit.memory_edge import MemoryEdge


class Member:
    """One of the four services, with its place in the log; while it is away, its inputs wait there."""

    def __init__(self, edge: MemoryEdge, log: MemoryLog) -> None:
        self.edge = edge
        self.log = log
        self.is_away = False
        self.marks: dict[UUID, tuple[int, int]] = {}
        self.places = log.places(edge.service.topics)
        self._published = 0
        for place in self.places:
            edge.store.contents.positions[place] = Position(0)

    @cached_property
    def http(self) -> httpx.AsyncClient:
        """Speak to its application; many a life never asks one of them."""
        return self.edge.client()

    @property
    def name(self) -> str:
        return self.edge.service.name

    def behind(self) -> list[Partition]:
        """Name the partitions of which something waits for this service."""
        held = self.edge.store.contents.positions
        return [place for place in self.places if held[place].next_offset < len(self.log.records[place])]

    async def take(self, place: Partition, most: int = 500, again: int = 0) -> None:
        """Apply what waits in a partition, some records of it; `again`: as many of those before are delivered anew."""
        start = max(0, self.edge.store.contents.positions[place].next_offset - again)
        records = self.log.records[place][start : start + again + most]
        await self.edge.take(*[self._incoming(record) for record in records])

    def _incoming(self, record: LogRecord) -> Incoming:
        incoming = read_record(self.edge.service, record.topic, record)
        is_intake = record.topic == self.edge.service.intake
        return replace(incoming, reached_at=record.appended_at) if is_intake else incoming

    def start_anew(self) -> None:
        """Set every position back to the log's start, as an operator may."""
        self.edge.store.contents.positions.update({place: Position(0) for place in self.places})

    def unpublished(self) -> list[JournalRow]:
        """Return what the relay has still to send."""
        return self.edge.store.contents.journal[self._published :]

    def publish(self, inputs: int | None = None) -> list[JournalRow]:
        """Send the events of some inputs, whole, and the secrets that wait; return what was sent."""
        sent: list[JournalRow] = []
        for row in self.unpublished():
            sent.append(row)
            topic, recorded = self.edge.service.topic, row.recorded
            place = self.log.append(topic, recorded.customer_id.encode(), recorded.value, recorded.headers)
            self.marks[recorded.event_id] = place
            self._published += 1
            if row.last_of_input and inputs is not None:
                inputs -= 1
                if inputs == 0:
                    break
        return sent

    def hand_over(self) -> int:
        """Send the sealed secrets that wait; their rows are gone then. Events that tell of them may come later."""
        boxes: list[HandoverBox] = list(self.edge.store.contents.handovers)
        self.edge.store.contents.handovers.clear()
        for box in boxes:
            value = _handed_over(self.name, box, self.edge)
            key = box.event.customer_id.encode()
            topic = self.edge.service.handovers_to or ""
            self.log.append(topic, key, value, headers_of(box.event.EVENT_TYPE, 0))
        return len(boxes)

    async def fire(self) -> None:
        """Let what is due act; the backlog of the log comes first."""
        if not self.behind():
            await self.edge.fire()

    def records(self, topic: str) -> list[LogRecord]:
        """Return what stands in a topic."""
        return [record for place in self.log.places([topic]) for record in self.log.records[place]]


def _handed_over(service: str, box: HandoverBox, edge: MemoryEdge) -> bytes:
    identity = handover_id(box)
    return encode_event(
        box.event,
        service=service,
        event_id=identity,
        version=0,
        at=edge.clock.now(),
        causation=identity,
        correlation=None,
        cause_sequence=None,
        fingerprint=None,
        traceparent=None,
    )
