"""How is pyeventsourcing given the same purchases? It records them itself, and then projects or reads its own log."""

import asyncio
import json
from collections.abc import Sequence
from typing import Any

import asyncpg

from benchmarks.peers.order_rows import SCHEMA, expected
from benchmarks.stages.stage import Thing, ask_peer
from benchmarks.takes import RATE, Take
from deploy.local.layout import Layout

History = Sequence[dict[str, Any]]
"""The events of one account, as they stand in our log."""


async def recorded(layout: Layout, dsn: str, histories: Sequence[History]) -> dict[str, Thing]:
    """Have it record the histories; return what can be taken of it. Raises RuntimeError when some are missing."""
    events = sum(len(history) for history in histories)
    right = expected(json.dumps(event).encode() for history in histories for event in history)
    file = layout.run / "histories.json"
    await asyncio.to_thread(file.write_text, json.dumps(histories))
    written = await ask_peer("eventsourced", do="write", dsn=dsn, histories=str(file))
    if written["events"] != events:
        raise RuntimeError(f"pyeventsourcing recorded {written['events']} of {events} events")
    return {
        "eventsourcing runner few": lambda: projected("eventsourced", right, events, dsn, do="project"),
        "eventsourcing iteration few": lambda: projected("eventsourced", right, events, dsn, do="iterate"),
    }


async def projected(name: str, right: Sequence[int], events: int, dsn: str, /, **settings: Any) -> Take:
    """Have a peer project events into its empty table; wrong unless that adds up to what the events say."""
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(f"TRUNCATE {SCHEMA}.orders")
    finally:
        await connection.close()
    done = await ask_peer(name, dsn=dsn, **settings)
    summed = done.get("summed", right)
    return Take(
        {RATE: events / done["seconds"]}, events, "" if summed == right else f"{name} left {summed}, not {right}"
    )
