"""What do the four journals say of one customer? Each service's own events, and what of it waits there."""

import asyncio
import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from operations.rows import tables
from operations.surroundings import SERVICES, OperationFailed, Surroundings
from runtime.errors import Unreadable
from runtime.service import Service
from runtime.wire.codec import decode_attributes
from schemas.topics import TYPES


@dataclass(frozen=True, slots=True)
class RecordedEvent:
    """One own event of a service, in the newest version of its type."""

    service: str
    version: int
    id: str
    type: str
    at: datetime
    order_id: str | None
    cause_id: str
    data: dict[str, Any]
    cause_type: str | None = None
    """None where a lost journal was filled from the topic, which doesn't say it."""
    intake: tuple[str, int, int] | None = None
    """The record of a storefront's that caused it."""
    is_published: bool = True
    value: bytes = b""

    @property
    def name(self) -> str:
        """The event's bare name, for instance `OrderPlaced`."""
        return self.type.split(".")[1] if self.type.count(".") >= 2 else self.type

    @property
    def is_internal(self) -> bool:
        """Tell whether it is a service's own bookkeeping."""
        return self.type in TYPES and TYPES[self.type].VISIBILITY == "internal"


@dataclass
class History:
    """What one service holds of one customer."""

    service: Service
    events: list[RecordedEvent] = field(default_factory=list)
    applied: dict[str, int] = field(default_factory=dict)
    """The last version applied, per neighbour's topic without namespace."""
    parked: list[dict[str, Any]] = field(default_factory=list)
    """The account's queue, the oldest first, without contents."""

    @property
    def name(self) -> str:
        """Name the service."""
        return self.service.name


async def histories(where: Surroundings, customer_id: str) -> dict[str, History]:
    """Read the four journals. Raises OperationFailed in one sentence when a database can't be read."""
    found = await asyncio.gather(*(_history(where, name, customer_id) for name in SERVICES))
    return {history.name: history for history in found}


async def owners_of(where: Surroundings, order_id: str) -> list[str]:
    """Name the customers who have to do with an order: who placed it first, then who paid for it.

    Raises OperationFailed for an order that orders has never heard of.
    """
    async with tables(where, "orders") as orders:
        found = [
            *await orders.rows("orders", {"order_id": order_id}),
            *await orders.rows("payments", {"order_id": order_id}),
        ]
    if not found:
        raise OperationFailed(f"no order {order_id} is known: none was placed or refused under it, and none paid")
    return list(dict.fromkeys(row.customer_id for row in found))


async def order_row(where: Surroundings, order_id: str) -> Any | None:
    """Read an order as orders shows it, or None for one of which only payments are known."""
    async with tables(where, "orders") as orders:
        rows = await orders.rows("orders", {"order_id": order_id})
    return rows[0] if rows else None


async def _history(where: Surroundings, name: str, customer_id: str) -> History:
    async with tables(where, name) as service:
        fetch = service.journal.fetch
        history = History(service.service, [_recorded(name, row) for row in await fetch("history", customer_id)])
        rows = await fetch("applied_versions", customer_id)
        history.applied = {row["source"].removeprefix(where.namespace): row["version"] for row in rows}
        for row in await fetch("parked_of", customer_id):
            kept = ("id", "type", "input_id", "topic", "partition", "offset", "reason", "detail", "parked_at")
            history.parked.append({column: row[column] for column in kept})
    return history


def _recorded(service: str, row: Any) -> RecordedEvent:
    place = (row["cause_topic"], row["cause_partition"], row["cause_offset"])
    event_type, order_id, data = row["type"], None, {}
    try:
        attributes = decode_attributes(row["value"])
        event_type, order_id, data = attributes.type, attributes.correlationid, json.loads(bytes(attributes.data))
    except (Unreadable, ValueError):
        pass  # what can't be read is still shown, by its type
    return RecordedEvent(
        service=service,
        version=row["version"],
        id=str(row["event_id"]),
        type=event_type,
        at=row["recorded_at"],
        order_id=order_id,
        cause_id=str(row["cause_id"]),
        cause_type=row["cause_type"],
        data=data,
        intake=place if place[0] is not None and place[0].endswith("storefront.intake") else None,
        is_published=row["published_offset"] is not None,
        value=row["value"],
    )
