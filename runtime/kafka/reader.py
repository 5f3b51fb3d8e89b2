"""How is a reader of no group opened, and left again without harm to whoever leaves it?"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaConsumer

from runtime.kafka.brokers import Brokers, client_options


@asynccontextmanager
async def opened(consumer: AIOKafkaConsumer) -> AsyncIterator[AIOKafkaConsumer]:
    """Start a consumer, and stop it whatever happens.

    It stops its tasks by cancelling and then awaiting them; one that had not begun, or was awaited while the loop stood
    still, ends the stopping as cancelled. So it is stopped in a task of its own: nobody cancelled whoever leaves.
    """
    try:
        await consumer.start()
        yield consumer
    finally:
        stopping = asyncio.ensure_future(consumer.stop())
        await asyncio.gather(stopping, return_exceptions=True)
        if stopping.cancelled():
            await consumer._client.close()  # the stopping did not come so far
        else:
            stopping.result()


def passing_reader(brokers: Brokers) -> AIOKafkaConsumer:
    """Make a consumer of no group for a read of much at once, to be opened."""
    return AIOKafkaConsumer(
        **client_options(brokers),
        enable_auto_commit=False,
        isolation_level="read_committed",
        max_partition_fetch_bytes=4 << 20,
        fetch_max_wait_ms=100,
    )
