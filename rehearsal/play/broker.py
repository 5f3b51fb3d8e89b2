"""How does one meet coterm on Kafka? Publish on the intake topic as any client, read what stands on the others."""

import asyncio
import contextlib
import json
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, Literal, Self

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from runtime.kafka.brokers import Brokers, client_options
from schemas.topics import EVENTS, PARTITIONS, STOREFRONT_INTAKE

Mode = Literal["structured", "binary"]

TOPICS = (STOREFRONT_INTAKE, *EVENTS)
_LARGEST_REQUEST = 4 << 20


@dataclass(frozen=True)
class Record:
    """One record as it stands on a topic."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes
    headers: Mapping[str, bytes]
    timestamp_ms: int = 0
    """When the broker appended it."""

    @cached_property
    def envelope(self) -> dict[str, Any]:
        """The CloudEvents attributes with `data`, whichever mode the record came in; empty when it can't be read."""
        try:
            if "ce_type" in self.headers:
                attributes = {name[3:]: text.decode() for name, text in self.headers.items() if name.startswith("ce_")}
                return {**attributes, "data": json.loads(self.value)}
            parsed = json.loads(self.value)
        except (ValueError, RecursionError):
            return {}
        return parsed if isinstance(parsed, dict) else {}

    @property
    def whose(self) -> str:
        """The customer whose record it is: its key."""
        return (self.key or b"").decode(errors="replace")

    @property
    def type(self) -> str:
        """The event's full type, for instance `orders.OrderPlaced.v1`."""
        return str(self.envelope.get("type", ""))

    @property
    def name(self) -> str:
        """The event's bare name, for instance `OrderPlaced`."""
        return self.type.split(".")[1] if self.type.count(".") == 2 else self.type

    @property
    def data(self) -> dict[str, Any]:
        """The fact itself."""
        return self.envelope.get("data") or {}


class Publisher:
    """A storefront's own Kafka client; `namespace` stands before the topic where brokers are shared."""

    def __init__(self, brokers: Brokers, namespace: str = "") -> None:
        self._topic = f"{namespace}{STOREFRONT_INTAKE}"
        self._producer = AIOKafkaProducer(
            **client_options(brokers), acks="all", enable_idempotence=True, max_request_size=_LARGEST_REQUEST
        )

    async def __aenter__(self) -> Self:
        try:
            await self._producer.start()
        except BaseException:
            await self._producer.stop()
            raise
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self._producer.stop()

    async def publish(self, event: Mapping[str, Any], mode: Mode = "structured") -> tuple[int, int]:
        """Publish a CloudEvent under its subject, and return the partition and offset it was given."""
        if mode == "structured":
            headers = [("content-type", b"application/cloudevents+json; charset=utf-8")]
            value = json.dumps(event).encode()
        else:
            attributes = {name: value for name, value in event.items() if name not in {"data", "datacontenttype"}}
            headers = [(f"ce_{name}", str(value).encode()) for name, value in attributes.items()]
            headers.append(("content-type", b"application/json"))
            value = json.dumps(event["data"]).encode()
        return await self.send(str(event["subject"]).encode(), value, headers)

    async def send(
        self, key: bytes | None, value: bytes | None, headers: Sequence[tuple[str, bytes]] = ()
    ) -> tuple[int, int]:
        """Send bytes as they are to the intake topic, whatever they are."""
        kept = await self._producer.send_and_wait(self._topic, value=value, key=key, headers=list(headers))
        return kept.partition, kept.offset


class Following:
    """Every record that comes to some topics from now on, or since an instant, passed to one function.

    `is_news` tells which of them end a wait for news.
    """

    def __init__(
        self,
        brokers: Brokers,
        topics: Sequence[str],
        take: Callable[[Record], None],
        namespace: str = "",
        since: datetime | None = None,
        is_news: Callable[[Record], bool] = lambda _: True,
    ) -> None:
        self._take = take
        self._is_news = is_news
        self._since = since
        self._names = {f"{namespace}{topic}": topic for topic in topics}
        self._consumer = AIOKafkaConsumer(
            **client_options(brokers),
            enable_auto_commit=False,
            isolation_level="read_committed",
        )
        self._arrived: dict[tuple[str, str], asyncio.Event] = defaultdict(asyncio.Event)
        self._following: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        try:
            await self._consumer.start()
        except BaseException:
            await self._consumer.stop()
            raise
        partitions = [TopicPartition(name, number) for name in self._names for number in range(PARTITIONS)]
        self._consumer.assign(partitions)
        ends = await self._consumer.end_offsets(partitions)
        found: dict[TopicPartition, Any] = {}
        if self._since is not None:
            at = int(self._since.timestamp() * 1000)
            found = await self._consumer.offsets_for_times(dict.fromkeys(partitions, at))
        for partition, end in ends.items():
            start = found.get(partition)
            self._consumer.seek(partition, end if start is None else start.offset)
        self._following = asyncio.create_task(self._follow())
        return self

    async def __aexit__(self, *_error: object) -> None:
        if self._following is not None:
            self._following.cancel()
        # In a task of its own: a fetch that ran out of time while the loop stood still ends the stopping as cancelled.
        stopping = asyncio.ensure_future(self._consumer.stop())
        await asyncio.gather(stopping, return_exceptions=True)

    async def _follow(self) -> None:
        while True:
            fetched = await self._consumer.getmany(timeout_ms=1000)
            for messages in fetched.values():
                for message in messages:
                    record = Record(
                        self._names[message.topic],
                        message.partition,
                        message.offset,
                        message.key,
                        message.value or b"",
                        dict(message.headers),
                        message.timestamp,
                    )
                    self._take(record)
                    if self._is_news(record):
                        self._arrived[record.whose, record.topic].set()

    def forget(self, customer_id: str, topic: str) -> None:
        """Let what came of a customer on a topic be no news any more."""
        self._arrived[customer_id, topic].clear()

    async def news(self, customer_id: str, topic: str, seconds: float) -> None:
        """Wait for a customer's next news on a topic since the last ones waited for; at most so many seconds."""
        arrived = self._arrived[customer_id, topic]
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(arrived.wait(), seconds)
        arrived.clear()

    def check(self) -> None:
        """Raise what ended the following, if something did."""
        if self._following is not None and self._following.done():
            self._following.result()


class EventLog(Following):
    """Everything that came to the six topics since the play began, by record key."""

    def __init__(self, brokers: Brokers, namespace: str = "") -> None:
        super().__init__(brokers, TOPICS, self._keep, namespace)
        self._records: dict[str, dict[str, list[Record]]] = defaultdict(lambda: defaultdict(list))

    def _keep(self, record: Record) -> None:
        self._records[record.whose][record.topic].append(record)

    def of(self, customer_id: str, topic: str) -> list[Record]:
        """Return a customer's records on one topic, in their order there."""
        self.check()
        return list(self._records[customer_id][topic])

    def seen_of(self, customer_id: str) -> str:
        """Write per topic what was seen of a customer, for the message of a failure."""
        lines = []
        for topic in TOPICS:
            names = [record.name or "(unreadable)" for record in self.of(customer_id, topic)]
            lines.append(f"  {topic:<22} {' · '.join(names) or '–'}")
        return f"seen of {customer_id}:\n" + "\n".join(lines)
