"""How does a record of the log become a row? Parsed as the services do, or refused with its place."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

import pyarrow as pa

from operations.export.columns import array_of
from operations.export.tables import ENVELOPE, TABLE_OF, Table, bare_name
from operations.surroundings import OperationFailed
from runtime.errors import UnknownType, Unreadable
from runtime.kafka.log import Appended
from runtime.wire.codec import Attributes, decode_attributes, decode_event
from schemas.envelope import Event
from schemas.terms import business_date
from schemas.topics import TYPES
from schemas.upcasts import UPCASTS

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_OLD = frozenset(step.old for step in UPCASTS)
_INTERNAL = {name.encode() for name, model in TYPES.items() if model.VISIBILITY == "internal" and name not in _OLD}


class Row(NamedTuple):
    """One event on its way into its table."""

    table: Table
    day: date
    written_type: str
    attributes: Attributes
    event: Event
    partition: int
    offset: int
    appended_ms: int


def row_of(record: Appended) -> Row | None:
    """Read a record; None for a service's own bookkeeping, which is not published.

    Raises OperationFailed, naming the record, for one that can't be read: an export never leaves a public event out.
    """
    if dict(record.headers).get("type") in _INTERNAL:
        return None
    try:
        written = decode_attributes(record.value or b"", ())
        attributes = decode_attributes(record.value or b"") if written.type in _OLD else written
        table = TABLE_OF.get(attributes.type)
        if table is None:
            _refuse_unless_internal(attributes.type)
            return None
        event = decode_event(attributes)
        day = _day_of(attributes.time[:13], attributes.time)
    except Unreadable as error:
        place = f"{record.topic}[{record.partition}] at offset {record.offset}"
        raise OperationFailed(f"{place} can't be exported: {error}") from error
    return Row(table, day, written.type, attributes, event, record.partition, record.offset, record.timestamp)


def arrow_table(table: Table, rows: Sequence[Row]) -> pa.Table:
    """Turn rows of one table into its columns."""
    envelopes = [row.attributes for row in rows]
    envelope: dict[str, list[Any]] = {
        "event_id": [each.id for each in envelopes],
        "event_type": [row.written_type for row in rows],
        "event_time": [datetime.fromisoformat(each.time) for each in envelopes],
        "sequence": [int(each.sequence or 0) for each in envelopes],
        "cause_sequence": [None if each.causesequence is None else int(each.causesequence) for each in envelopes],
        "correlation_id": [each.correlationid for each in envelopes],
        "causation_id": [each.causationid for each in envelopes],
        "appended_at": [_EPOCH + timedelta(milliseconds=row.appended_ms) for row in rows],
        "kafka_partition": [row.partition for row in rows],
        "kafka_offset": [row.offset for row in rows],
    }
    arrays = [array_of(envelope[column.name], column.kind) for column in ENVELOPE]
    arrays += [column.array([getattr(row.event, column.name) for row in rows]) for column in table.columns]
    return pa.Table.from_arrays(arrays, schema=table.schema)


def _refuse_unless_internal(event_type: str) -> None:
    model = TYPES.get(event_type)
    if model is None:
        raise UnknownType(f"{event_type} (a newer coterm wrote it: update this one)")
    if model.VISIBILITY != "internal":
        raise Unreadable(f"no upcast leads from {event_type} to the newest {bare_name(event_type)}")


@lru_cache(maxsize=4096)
def _day_of(hour: str, instant: str) -> date:
    """Return the Europe/Rome date; Rome's midnight is always a full hour of UTC, so each hour is reckoned once."""
    try:
        return business_date(datetime.fromisoformat(instant))
    except ValueError as error:
        raise Unreadable(f"time is no instant: {error}") from error
