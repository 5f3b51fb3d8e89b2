"""How do events and states become bytes, the same bytes each time?"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar
from uuid import UUID

import msgspec
from pydantic import ValidationError

from runtime.errors import UnknownType, Unreadable
from schemas.envelope import CONTENT_TYPE, Event, micros, schema_name
from schemas.topics import TYPES
from schemas.upcasts import UPCASTS, Upcast, upcast


class Attributes(msgspec.Struct, frozen=True):
    """The CloudEvents attributes of a record of ours, its data left as raw JSON."""

    id: str
    source: str
    type: str
    subject: str
    time: str
    data: msgspec.Raw
    specversion: str = "1.0"
    datacontenttype: str = "application/json"
    dataschema: str | None = None
    sequence: str | None = None
    causesequence: str | None = None
    correlationid: str | None = None
    causationid: str | None = None
    statefp: str | None = None
    traceparent: str | None = None


class _Envelope(msgspec.Struct, kw_only=True, omit_defaults=True):
    """What is written, in this order; what is absent is left out."""

    specversion: str
    id: UUID
    source: str
    type: str
    subject: str
    time: str
    datacontenttype: str
    dataschema: str
    sequence: str
    causesequence: str | None = None
    correlationid: str | None = None
    causationid: UUID
    statefp: str | None = None
    traceparent: str | None = None
    data: msgspec.Raw


@dataclass(frozen=True, slots=True)
class Recorded:
    """An own event as the journal and the topic keep it."""

    event: Event
    event_id: UUID
    customer_id: str
    version: int
    value: bytes
    headers: tuple[tuple[str, bytes], ...] = field(default=())


T = TypeVar("T")

_attributes = msgspec.json.Decoder(Attributes)
_encode = msgspec.json.Encoder().encode


def encode_event(
    event: Event,
    *,
    service: str,
    event_id: UUID,
    version: int,
    at: datetime,
    causation: UUID,
    correlation: str | None,
    cause_sequence: int | None,
    fingerprint: str | None,
    traceparent: str | None,
) -> bytes:
    """Write an own event as structured CloudEvents JSON; absent attributes are left out."""
    envelope = _Envelope(
        specversion="1.0",
        id=event_id,
        source=f"/{service}",
        type=event.EVENT_TYPE,
        subject=event.customer_id,
        time=micros(at),
        datacontenttype="application/json",
        dataschema=schema_name(event.EVENT_TYPE),
        sequence=str(version),
        causesequence=None if cause_sequence is None else str(cause_sequence),
        correlationid=event.correlation or correlation,
        causationid=causation,
        statefp=fingerprint,
        traceparent=traceparent,
        data=msgspec.Raw(event.model_dump_json().encode()),
    )
    return _encode(envelope)


def headers_of(event_type: str, version: int | None = None) -> tuple[tuple[str, bytes], ...]:
    """Repeat type and sequence, where there is one, beside the value, so that a reader can skip without parsing."""
    sequence = () if version is None else (("sequence", str(version).encode()),)
    return ("content-type", CONTENT_TYPE.encode()), ("type", event_type.encode()), *sequence


def decode_attributes(value: bytes, upcasts: Sequence[Upcast] = UPCASTS) -> Attributes:
    """Read the envelope of a record, its type and data brought to the newest version.

    Raises Unreadable when it is no CloudEvent in structured JSON.
    """
    try:
        attributes = _attributes.decode(value)
        return _newest(attributes, upcasts) if upcasts else attributes
    except (msgspec.DecodeError, msgspec.ValidationError, RecursionError) as error:
        raise Unreadable(f"no structured CloudEvent: {error}") from error


def _newest(attributes: Attributes, upcasts: Sequence[Upcast]) -> Attributes:
    if all(step.old != attributes.type for step in upcasts):
        return attributes
    try:
        event_type, data = upcast(attributes.type, msgspec.json.decode(attributes.data), upcasts)
    except (LookupError, TypeError, AttributeError) as error:
        raise Unreadable(f"{attributes.type} does not fit its schema: {error!r}") from error
    return msgspec.structs.replace(attributes, type=event_type, data=msgspec.Raw(msgspec.json.encode(data)))


def decode_event(attributes: Attributes) -> Event:
    """Read the data of an event of ours.

    Raises UnknownType for a type or version that no schema names, Unreadable when data does not fit its schema.
    """
    model = TYPES.get(attributes.type)
    if model is None:
        raise UnknownType(attributes.type)
    try:
        return model.model_validate_json(bytes(attributes.data))
    except ValidationError as error:
        raise Unreadable(f"{attributes.type} does not fit its schema: {error}") from error


def encode_state(state: object) -> bytes:
    """Write a state or row canonically: fields in their declared order, sets and mappings sorted."""
    return msgspec.json.encode(state, order="deterministic")


def decode_state(value: bytes | str, kind: type[T]) -> T:
    """Read back what `encode_state` wrote."""
    return msgspec.json.decode(value, type=kind, strict=False)
