"""How is the commit page fed from memory? With orders of ever new customers, as records of one partition."""

import json
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import asyncpg

from benchmarks.takes import RATE, Take, percentiles
from runtime.clock import SetClock
from runtime.commit.page import Position, commit
from runtime.ids import command_id
from runtime.kafka.log import LogRecord
from runtime.postgres.migrate import ensure_generation, migrate, role_of
from runtime.postgres.store import PostgresStore
from runtime.wire.reading import read_record
from schemas.topics import ORDERS_EVENTS
from services.billing.declaration import declare

BILLING = declare()
PLACE = (ORDERS_EVENTS, 3)
EXAMPLE = json.loads((Path(__file__).parents[1] / "schemas/examples/orders.OrderPlaced.v1.json").read_text())
NOW = datetime(2026, 1, 15, 9, tzinfo=UTC)


class Page:
    """Commit orders of ever new customers on one store, from one partition."""

    def __init__(self, store: PostgresStore) -> None:
        self._store = store
        self._expected = {PLACE: Position(0)}
        self._offset = 0

    async def run(self, inputs: int, size: int) -> Take:
        """Commit that many inputs in batches of a size; wrong unless each left its events."""
        batches = [self._batch(min(size, inputs - start)) for start in range(0, inputs, size)]
        taken, without = [], 0
        began = time.perf_counter()
        for batch in batches:
            at = time.perf_counter()
            read = [read_record(BILLING, ORDERS_EVENTS, record) for record in batch]
            results = await commit(BILLING, self._store, read, self._expected, SetClock(NOW))
            taken.append((time.perf_counter() - at) * 1000)
            without += sum(not result.recorded for result in results)
        measured = {RATE: inputs / (time.perf_counter() - began), **percentiles(taken)}
        return Take(measured, inputs, f"{without} inputs left no event" if without else "")

    def _batch(self, size: int) -> Sequence[LogRecord]:
        records = []
        for _ in range(size):
            offset, self._offset = self._offset, self._offset + 1
            customer = f"c-{offset}"
            event = EXAMPLE | {
                "id": str(command_id("benchmark", customer)),
                "subject": customer,
                "sequence": "1",
                "correlationid": f"o-{offset}",
                "data": EXAMPLE["data"] | {"customer_id": customer, "order_id": f"o-{offset}"},
            }
            records.append(LogRecord(*PLACE, offset, customer.encode(), json.dumps(event).encode(), ()))
        return records


@asynccontextmanager
async def opened_page(roles: Mapping[str, str]) -> AsyncIterator[Page]:
    """Make billing's tables in a database that is empty, and hold the page that commits there."""
    await migrate(roles["owner"], "service")
    await ensure_generation(roles["owner"], BILLING, role_of(roles["app"]))
    connection = await asyncpg.connect(roles["owner"])
    await connection.execute("INSERT INTO runtime.positions VALUES ($1, $2, 0)", *PLACE)
    await connection.close()
    store = PostgresStore(roles["app"], BILLING, is_relayed_here=lambda _: True)
    try:
        yield Page(store)
    finally:
        await store.close()
