"""How fast is FastStream with batches? A typed batch subscriber that commits each batch and then acknowledges it.

Set on the command line: brokers, topic, events, dsn. Prints how long it took from the first batch to the last.
"""

import asyncio
import json
import os
import sys
import time
from typing import Any

import asyncpg
from faststream import AckPolicy, FastStream
from faststream.kafka import KafkaBroker, KafkaMessage
from pydantic import BaseModel
from pydantic_core import from_json

from benchmarks.peers.order_rows import SUMMED, UPSERT, change_of


class Published(BaseModel):
    """What a subscriber types of an event."""

    type: str
    subject: str
    sequence: str
    data: dict[str, Any]


settings: dict[str, Any] = json.loads(sys.argv[1])
broker = KafkaBroker(settings["brokers"], logger=None)
app = FastStream(broker, logger=None)
pool: list[asyncpg.Pool] = []
began: list[float] = []
taken = [0]


async def decode(batch: KafkaMessage) -> list[Any]:
    """Read JSON: FastStream knows it by `application/json` alone, our records are `application/cloudevents+json`."""
    return [from_json(record.value) for record in batch.raw_message]


@app.on_startup
async def connect() -> None:
    """Open the pool before the first batch."""
    pool.append(await asyncpg.create_pool(settings["dsn"]))


@broker.subscriber(
    settings["topic"], group_id=f"faststream-{os.getpid()}", batch=True, max_records=500, auto_offset_reset="earliest",
    ack_policy=AckPolicy.ACK, decoder=decode,
)  # fmt: skip
async def project(events: list[Published]) -> None:
    """Write a batch's rows in one transaction."""
    began[:] = began or [time.perf_counter()]
    async with pool[0].acquire() as connection, connection.transaction():
        await connection.executemany(UPSERT, [change_of(event.model_dump()).row for event in events])
    taken[0] += len(events)
    if taken[0] == settings["events"]:
        seconds = time.perf_counter() - began[0]
        summed = list(map(int, await pool[0].fetchrow(SUMMED)))
        print(json.dumps({"seconds": seconds, "summed": summed}), flush=True)
        os._exit(0)  # what it left is not looked at: only how long it took


async def main() -> None:
    async with asyncio.timeout(120):
        await app.run()


if __name__ == "__main__":
    asyncio.run(main())
