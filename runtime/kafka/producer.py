"""How does the relay publish? Whole record batches, idempotent, acknowledged by all in-sync replicas."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, MessageSizeTooLargeError, RecordListTooLargeError

from runtime.kafka.brokers import Brokers, client_options

PublishError = (KafkaError, TimeoutError, OSError)
BATCH_BYTES = 900_000


class TooLarge(KafkaError):  # type: ignore[misc]
    """One input's events fit no batch; Kafka and the producer are well."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A record to publish; `ends_input` marks where a batch may be cut."""

    key: bytes | None
    value: bytes
    headers: tuple[tuple[str, bytes], ...]
    ends_input: bool


class Publisher:
    """Own one producer; close it and start anew when Kafka leaves it without an answer."""

    def __init__(self, brokers: Brokers, client_id: str, timeout_seconds: float = 10.0) -> None:
        self._brokers = brokers
        self._client_id = client_id
        self._timeout = timeout_seconds
        self._producer: AIOKafkaProducer | None = None
        self._starting = asyncio.Lock()

    async def publish(self, topic: str, partition: int, records: Sequence[Outgoing]) -> list[int]:
        """Send as many records as fit one batch, cut after a whole input; return the offset of each that was sent.

        Raises TooLarge when the first input fits no batch, another of PublishError when Kafka refuses or does not
        acknowledge in time: nothing is known to be there.
        """
        producer = await self._started()
        batch = producer.create_batch()
        taken = 0
        for place, record in enumerate(records, 1):
            added = batch.append(key=record.key, value=record.value, timestamp=None, headers=list(record.headers))
            if added is None:
                break
            if record.ends_input:
                taken = place
        if taken and taken < batch.record_count():
            batch = producer.create_batch()
            for record in records[:taken]:
                batch.append(key=record.key, value=record.value, timestamp=None, headers=list(record.headers))
        if not taken:
            raise TooLarge(f"an input's events do not fit {BATCH_BYTES} bytes")
        batch.close()
        try:
            async with asyncio.timeout(self._timeout):
                acknowledged = await producer.send_batch(batch, topic, partition=partition)
                _read_each_end(producer)
                metadata = await acknowledged
        except (MessageSizeTooLargeError, RecordListTooLargeError) as error:
            raise TooLarge(str(error)) from error
        return list(range(metadata.offset, metadata.offset + taken))

    async def restart(self) -> None:
        """Close the producer, without waiting for what it can't send."""
        producer, self._producer = self._producer, None
        if producer is not None:
            _read_each_end(producer)
            try:
                async with asyncio.timeout(2):
                    await producer.stop()
            except PublishError:
                await _abandon(producer)

    async def _started(self) -> AIOKafkaProducer:
        async with self._starting:  # all buckets ask at once; one producer serves them
            if self._producer is None:
                self._producer = await self._start()
            return self._producer

    async def _start(self) -> AIOKafkaProducer:
        producer = AIOKafkaProducer(
            **client_options(self._brokers),
            client_id=self._client_id,
            acks="all",
            enable_idempotence=True,
            linger_ms=0,
            max_batch_size=BATCH_BYTES,
            max_request_size=1 << 20,
            request_timeout_ms=int(self._timeout * 1000),
        )
        try:
            async with asyncio.timeout(self._timeout):
                await producer.start()
        except BaseException:
            await _abandon(producer)
            raise
        return producer


def _read_each_end(producer: AIOKafkaProducer) -> None:
    """Read how each batch ends, waited for or not: an error that nobody reads is printed as forgotten."""
    accumulator = producer._message_accumulator
    for batch in (*accumulator._pending_batches, *chain.from_iterable(accumulator._batches.values())):
        for end in (batch.future, batch._drain_waiter):
            end.add_done_callback(_read)


def _read(end: "asyncio.Future[object]") -> None:
    if not end.cancelled():
        end.exception()


async def _abandon(producer: AIOKafkaProducer) -> None:
    """End a producer whose broker does not answer: its own stop waits for what it will never send."""
    await producer.client.close()
    sender = producer._sender.sender_task if producer._sender is not None else None
    if sender is not None:
        sender.cancel()
        await asyncio.wait([sender], timeout=1)
    _read_each_end(producer)  # again: one that was put back to be sent once more has other ends
    producer._message_accumulator.fail_all(KafkaError("the producer was given up"))
    producer._closed = True
