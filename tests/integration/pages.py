"""How does a test put records through the commit page, on memory and on PostgreSQL alike?"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

import asyncpg

from runtime.clock import SetClock
from runtime.commit.batch import Result
from runtime.commit.memory import MemoryStore
from runtime.commit.page import Expected, Position, Store, commit
from runtime.ids import command_id
from runtime.kafka.log import LogRecord
from runtime.postgres.rows import row_sql
from runtime.postgres.store import PostgresStore, connect
from runtime.service import Service
from runtime.wire.reading import read_record
from schemas.topics import ORDERS_EVENTS
from services.billing.declaration import declare

PARTITION = (ORDERS_EVENTS, 3)
EXAMPLE = json.loads((Path(__file__).parents[2] / "schemas/examples/orders.OrderPlaced.v1.json").read_text())
BILLING = declare()
NOW = datetime(2026, 1, 15, 9, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Contents:
    """What a store holds, in a form that two stores can be compared in."""

    positions: dict[Any, Position]
    states: dict[str, tuple[int, str]]
    journal: list[tuple[str, int, str, bytes]]
    rows: dict[str, list[Any]]
    seen: dict[tuple[str, str], int]
    parked: list[tuple[str, str]]


class Held(Protocol):
    """A store under test, and a look into it."""

    @property
    def store(self) -> Store: ...

    async def start(self, offset: int) -> None: ...
    async def contents(self) -> Contents: ...


@dataclass
class InMemory:
    store: MemoryStore = field(default_factory=MemoryStore)

    async def start(self, offset: int) -> None:
        self.store.contents.positions[PARTITION] = Position(offset)

    async def contents(self) -> Contents:
        kept = self.store.contents
        return Contents(
            positions=dict(kept.positions),
            states={customer: (version, state.decode()) for customer, (version, state) in kept.states.items()},
            journal=[(r.recorded.customer_id, r.recorded.version, r.type, r.recorded.value) for r in kept.journal],
            rows={table: sorted(map(repr, rows.values())) for table, rows in kept.rows.items() if rows},
            seen=dict(kept.seen),
            parked=[(incoming.customer_id, fault.reason) for incoming, fault in kept.parked.values()],
        )


@dataclass
class InPostgres:
    dsn: str
    store: PostgresStore

    async def start(self, offset: int) -> None:
        connection = await connect(self.dsn)
        await connection.execute("INSERT INTO positions VALUES ($1, $2, $3)", *PARTITION, offset)
        await connection.close()

    async def contents(self) -> Contents:
        connection = await connect(self.dsn)
        try:
            return await _contents(connection)
        finally:
            await connection.close()


async def _contents(connection: asyncpg.Connection) -> Contents:
    positions = await connection.fetch("SELECT * FROM positions")
    states = await connection.fetch("SELECT customer_id, version, state::text FROM accounts WHERE version > 0")
    journal = await connection.fetch("SELECT customer_id, version, type, value FROM journal ORDER BY id")
    seen = await connection.fetch("SELECT source, customer_id, version FROM inbox")
    parked = await connection.fetch("SELECT customer_id, reason FROM parked ORDER BY id")
    rows = {}
    for projection in BILLING.projections:
        sql = row_sql(projection)
        found = sorted(repr(sql.row(record)) for record in await connection.fetch(sql.select))
        rows.update({projection.table: found} if found else {})
    return Contents(
        positions={(p["topic"], p["partition"]): Position(*list(p.values())[2:]) for p in positions},
        states={row["customer_id"]: (row["version"], row["state"]) for row in states},
        journal=[tuple(row.values()) for row in journal],
        rows=rows,
        seen={(row["source"], row["customer_id"]): row["version"] for row in seen},
        parked=[tuple(row.values()) for row in parked],
    )


def placed(offset: int, customer_id: str, version: int, **changed: Any) -> LogRecord:
    """Be the record of an order that was placed, at an offset of the partition."""
    order_id = f"{customer_id}-o{version}"
    event = EXAMPLE | {
        "id": str(command_id("test", f"{customer_id} {version}")),
        "subject": customer_id,
        "sequence": str(version),
        "correlationid": order_id,
        "data": EXAMPLE["data"] | {"customer_id": customer_id, "order_id": order_id} | changed,
    }
    return LogRecord(*PARTITION, offset, customer_id.encode(), json.dumps(event).encode(), ())


def poison(offset: int, customer_id: str, version: int) -> LogRecord:
    """Be a record that can be read but not applied: its catalogue was never published."""
    return placed(offset, customer_id, version, catalogue_version="1999-01")


async def put(held: Held, expected: Expected, records: Sequence[LogRecord], service: Service = BILLING) -> list[Result]:
    """Commit records as one batch."""
    batch = [read_record(service, ORDERS_EVENTS, record) for record in records]
    return await commit(service, held.store, batch, expected, SetClock(NOW))
