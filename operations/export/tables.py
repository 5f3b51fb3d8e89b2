"""Which tables does the export have? One per public event type, with the columns of the type's newest version."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import pyarrow as pa

from operations.export.columns import INSTANT, Column, columns_of
from schemas.envelope import Event
from schemas.topics import ANALYSED, EVENTS

ENVELOPE = (
    Column("event_id", pa.string()),
    Column("event_type", pa.string()),
    Column("event_time", INSTANT),
    Column("sequence", pa.int64()),
    Column("cause_sequence", pa.int64(), optional=True),
    Column("correlation_id", pa.string(), optional=True),
    Column("causation_id", pa.string(), optional=True),
    Column("appended_at", INSTANT),
    Column("kafka_partition", pa.int32()),
    Column("kafka_offset", pa.int64()),
)
"""What every table begins with: the event's place in its account's history, and in the log."""


@dataclass(frozen=True)
class Table:
    """One event type of one topic: where its rows lie and what they are made of."""

    topic: str
    name: str
    model: type[Event]

    @property
    def event_type(self) -> str:
        """The newest version, into which older events are read."""
        return self.model.EVENT_TYPE

    @property
    def folder(self) -> str:
        """Where its days lie in an export."""
        return f"topic={self.topic}/type={self.name}"

    @property
    def view(self) -> str:
        """Its name in queries: OrderPlaced → order_placed."""
        return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", self.name).lower()

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """The event's own columns, besides the envelope's."""
        return columns_of(self.model)

    @cached_property
    def schema(self) -> pa.Schema:
        """All columns."""
        return pa.schema([column.field for column in (*ENVELOPE, *self.columns)])

    @property
    def described(self) -> dict[str, str]:
        """Each column's type in words, to notice when they change."""
        return {field.name: f"{field.type}{'' if field.nullable else ' not null'}" for field in self.schema}


def bare_name(event_type: str) -> str:
    """Drop owner and version: `orders.OrderPlaced.v1` → `OrderPlaced`."""
    return event_type.partition(".")[2].rpartition(".v")[0]


def tables(events: dict[str, Sequence[type[Event]]] | None = None) -> Iterator[Table]:
    """Give the tables of the published language; `events` per topic are another's, in tests."""
    for topic, models in (events or {topic: EVENTS[topic] for topic in ANALYSED}).items():
        newest: dict[str, type[Event]] = {}
        for model in models:
            name = bare_name(model.EVENT_TYPE)
            if name not in newest or _version(model) > _version(newest[name]):
                newest[name] = model
        yield from (Table(topic, name, model) for name, model in newest.items() if model.VISIBILITY == "public")


def _version(model: type[Event]) -> int:
    return int(model.EVENT_TYPE.rpartition(".v")[2])


TABLES = tuple(tables())
TABLE_OF = {table.event_type: table for table in TABLES}
