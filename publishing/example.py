"""What does a golden example look like? One whole record, as it stands on the topic."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import NAMESPACE_URL, uuid5

from schemas.envelope import Envelope, Event, micros, schema_name
from schemas.rejections import RecordRejected
from schemas.storefront import Body
from schemas.topics import STOREFRONT_REJECTIONS, TOPIC_OF, WRITTEN_BY

TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
FINGERPRINT = "1:6b86b273ff34fce19d6b804eff5a3f57"


@dataclass(frozen=True, slots=True)
class Example:
    """An event with the attributes that tell its place in the account's history."""

    event: Event
    at: datetime
    sequence: int
    cause: str
    cause_sequence: int | None = None
    last: bool = True
    """The last own event of its input: the one that carries the state's fingerprint."""


@dataclass(frozen=True, slots=True)
class IntakeExample:
    """A record that a storefront writes: its versions are nobody's, its id is its own."""

    body: Body
    event_type: str
    customer_id: str
    id: str
    source: str
    at: datetime


def example_id(of: str) -> str:
    """Return a fixed id to show: the same each time, and no event's."""
    return str(uuid5(NAMESPACE_URL, f"https://coterm.example/{of}"))


def instant(text: str) -> datetime:
    """Read an RFC 3339 instant."""
    return datetime.fromisoformat(text).astimezone(UTC)


def record_of(example: Example) -> str:
    """Write an example of ours as the record it stands for."""
    event = example.event
    envelope = Envelope(
        id=example_id(event.EVENT_TYPE),
        source=f"/{WRITTEN_BY[TOPIC_OF[event.EVENT_TYPE]]}",
        type=event.EVENT_TYPE,
        subject=event.customer_id,
        time=example.at,
        dataschema=schema_name(event.EVENT_TYPE),
        sequence=str(example.sequence),
        causesequence=None if example.cause_sequence is None else str(example.cause_sequence),
        correlationid=event.correlation,
        causationid=example_id(example.cause),
        statefp=FINGERPRINT if example.last else None,
        traceparent=TRACE,
        data=event.model_dump(mode="json"),
    )
    return _written(envelope)


def intake_record_of(example: IntakeExample) -> str:
    """Write an example of a storefront's as the record it stands for."""
    envelope = Envelope(
        id=example.id,
        source=example.source,
        type=example.event_type,
        subject=example.customer_id,
        time=example.at,
        dataschema=schema_name(example.event_type),
        data=example.body.model_dump(mode="json", exclude_none=True),
    )
    return _written(envelope)


def rejection_record_of(told: RecordRejected) -> str:
    """Write what is told of a refused record as the record it stands for."""
    envelope = Envelope(
        id=example_id(told.EVENT_TYPE),
        source=f"/{WRITTEN_BY[STOREFRONT_REJECTIONS]}",
        type=told.EVENT_TYPE,
        subject=f"{told.topic}/{told.partition}/{told.offset}",
        time=told.rejected_at,
        dataschema=schema_name(told.EVENT_TYPE),
        correlationid=told.order_id,
        data=told.model_dump(mode="json", exclude_none=True),
    )
    return _written(envelope)


def _written(envelope: Envelope) -> str:
    fields = envelope.model_dump(mode="json", exclude_none=True)
    fields["time"] = micros(envelope.time)
    fields["data"] = envelope.data
    return json.dumps(fields, indent=2, ensure_ascii=False) + "\n"
