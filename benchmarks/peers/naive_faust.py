"""How fast is an agent as a tutorial would write it? JSON in, one transaction for each event.

Set on the command line: brokers, topic, events, dsn, folder. Prints how long it took from the first event to the last.
"""

import asyncio
import json
import os
import sys
import time
from typing import Any

import asyncpg
import faust

from benchmarks.peers.order_rows import SUMMED, UPSERT, change_of

settings: dict[str, Any] = json.loads(sys.argv[1])
app = faust.App(
    f"naive-{os.getpid()}", broker=f"kafka://{settings['brokers']}", consumer_auto_offset_reset="earliest",
    topic_disable_leader=True, topic_allow_declare=False, web_enabled=False, datadir=settings["folder"],
)  # fmt: skip
topic = app.topic(settings["topic"], value_serializer="json")
seen: list[float] = []


@app.agent(topic)
async def project(events: faust.StreamT[dict[str, Any]]) -> None:
    """Write each event's row in its own transaction."""
    async with asyncpg.create_pool(settings["dsn"]) as pool:
        async for event in events:
            seen.append(time.perf_counter())
            async with pool.acquire() as connection, connection.transaction():
                await connection.execute(UPSERT, *change_of(event).row)
            if len(seen) == settings["events"]:
                seconds = time.perf_counter() - seen[0]
                summed = list(map(int, await pool.fetchrow(SUMMED)))
                print(json.dumps({"seconds": seconds, "summed": summed}), flush=True)
                os._exit(0)  # what it left is not looked at: only how long it took


async def main() -> None:
    await app.start()
    await asyncio.sleep(120)
    raise TimeoutError(f"only {len(seen)} events came")


if __name__ == "__main__":
    asyncio.run(main())
