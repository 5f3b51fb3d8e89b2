"""What does a record ask for? Parse it into an input, or say why it can't be read."""

import json
import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any
from uuid import UUID

from pydantic import ValidationError

from runtime.errors import UnknownType, Unreadable
from runtime.ids import command_id
from runtime.kafka.log import LogRecord
from runtime.kafka.records import is_text
from runtime.service import Fault, Incoming, Origin, RawRecord, Service
from runtime.wire.codec import decode_attributes, decode_event
from runtime.wire.fingerprint import record_hash
from runtime.wire.strict_json import Ambiguous, parsed
from schemas.envelope import CONTENT_TYPE
from schemas.storefront import Body, is_instant
from schemas.topics import EVENTS, INTAKE_BODIES, TYPES, WRITTEN_BY

INTAKE_BYTES = 64 * 1024
"""The largest record that intake takes, as over HTTP."""

_NO_TEXT = "a header's name is no UTF-8"
_REQUIRED = ("id", "source", "type", "specversion")
_OPTIONAL = ("datacontenttype", "dataschema", "time")
_NAME = re.compile(r"[a-z0-9]+", re.ASCII)
_OURS = frozenset(f"/{WRITTEN_BY[topic]}" for topic in EVENTS)
_TRACEPARENT = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")
_NO_CHARACTER = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
"""What CloudEvents 1.0 keeps out of an attribute: controls, and halves of characters."""


@dataclass(frozen=True, slots=True)
class _Refused(Exception):
    reason: str
    detail: str


def read_record(service: Service, topic: str, record: LogRecord) -> Incoming:
    """Read a record of one of the service's topics; `topic` is its name without the deployment's namespace.

    A record of intake that can't be read becomes an input for quarantine. Raises Unreadable, or UnknownType for an
    unknown version of a consumed type, on a topic of ours: the partition must stop, for something was deployed in the
    wrong order.
    """
    origin = Origin(record.topic, record.partition, record.offset, record_hash(record.key, record.value))
    raw = RawRecord(record.key, record.value, record.headers, is_clear=topic == service.intake)
    if raw.is_clear:
        return replace(_from_intake(service, record), origin=origin, raw=raw)
    return _from_neighbour(service, topic, record, origin, raw)


def _from_neighbour(service: Service, topic: str, record: LogRecord, origin: Origin, raw: RawRecord) -> Incoming:
    if _has_unreadable_header(record):
        raise Unreadable(_NO_TEXT)
    attributes = decode_attributes(record.value or b"")
    numbered = topic in service.neighbours
    known = attributes.type in service.consumed
    if not known and _is_version_of_consumed(service, attributes.type):
        raise UnknownType(attributes.type)
    if not known and attributes.type not in TYPES and not _has_version(attributes.type):
        raise Unreadable(f"{attributes.type} is no versioned type")
    identity, sequence = _numbers(attributes.id, attributes.sequence if numbered else None)
    return Incoming(
        type=attributes.type,
        id=identity,
        customer_id=attributes.subject,
        data=decode_event(attributes) if known else None,
        sequence=sequence,
        source=topic if numbered else None,
        correlation_id=attributes.correlationid,
        traceparent=attributes.traceparent,
        origin=origin,
        raw=raw,
        ignored=not known,
    )


def _numbers(identity: str, sequence: str | None) -> tuple[UUID, int | None]:
    try:
        return UUID(identity), int(sequence) if sequence else None
    except ValueError as error:
        raise Unreadable(f"id or sequence can't be read: {error}") from error


def _from_intake(service: Service, record: LogRecord) -> Incoming:
    try:
        attributes, body = _intake_body(record)
        customer_id = _customer_of(body)
        key = (record.key or b"").decode("utf-8", "replace")
        if not (key == customer_id == attributes["subject"]):
            detail = (
                f"record key {key[:64]!r}, subject {str(attributes['subject'])[:64]!r} and customer id must be the same"
            )
            raise _Refused("WRONG_KEY", detail)
        if service.from_intake is None:
            raise _Refused("UNKNOWN_TYPE", "this service takes nothing from intake")
        return replace(Incoming.of(service.from_intake(body)), traceparent=_trace(attributes))
    except _Refused as refused:
        place = f"{record.topic}\n{record.partition}\n{record.offset}"
        fault = Fault(refused.reason, refused.detail.replace("\x00", "\\0"), quarantine=True)
        return Incoming("unreadable", command_id("unreadable", place), "", None, fault=fault)


def _intake_body(record: LogRecord) -> tuple[dict[str, Any], Body]:
    if record.value is None:
        raise _Refused("INVALID_JSON", "the record has no value")
    if len(record.value) > INTAKE_BYTES:
        raise _Refused("TOO_LARGE", f"{len(record.value)} bytes; the limit is {INTAKE_BYTES}")
    if _has_unreadable_header(record):
        raise _Refused("NOT_A_CLOUDEVENT", _NO_TEXT)
    written, data = _cloud_event(record)
    attributes = {name: value for name, value in written.items() if value is not None}  # null: as if it were not there
    for name in _REQUIRED:
        if not isinstance(attributes.get(name), str) or not attributes[name]:
            raise _Refused("NOT_A_CLOUDEVENT", f"attribute {name} is missing")
    if attributes["specversion"] != "1.0":
        raise _Refused("NOT_A_CLOUDEVENT", "specversion is not 1.0")
    model = INTAKE_BODIES.get(attributes["type"])
    if model is None:
        raise _Refused("UNKNOWN_TYPE", f"unknown type or version {attributes['type'][:120]!r}")
    _refuse_odd(attributes)
    if attributes["source"].rstrip("/") in _OURS:
        raise _Refused("FORGED_SOURCE", f"source {attributes['source'][:64]!r} is a service of ours")
    attributes.setdefault("subject", None)
    return attributes, _validated(model, data)


def _refuse_odd(attributes: dict[str, Any]) -> None:
    for name in _OPTIONAL:
        if name in attributes and not (isinstance(attributes[name], str) and attributes[name]):
            raise _Refused("NOT_A_CLOUDEVENT", f"attribute {name} is no text")
    if "time" in attributes and not is_instant(attributes["time"]):
        raise _Refused("NOT_A_CLOUDEVENT", "attribute time is no instant as in RFC 3339, with its zone")
    for name, value in attributes.items():
        if not _NAME.fullmatch(name):
            raise _Refused("NOT_A_CLOUDEVENT", f"attribute {name[:64]!r} has a name that no attribute may have")
        if _NO_CHARACTER.search(name) or (isinstance(value, str) and _NO_CHARACTER.search(value)):
            raise _Refused("NOT_A_CLOUDEVENT", f"attribute {name[:64]!r} has characters that no attribute may have")


def _cloud_event(record: LogRecord) -> tuple[dict[str, Any], bytes]:
    headers = _headers(record)
    value = record.value or b""
    content_type = headers.get("content-type", "").split(";")[0].strip().lower()
    if content_type == CONTENT_TYPE or (not content_type and "ce_type" not in headers):
        envelope = _json(value)
        if not isinstance(envelope, dict):
            raise _Refused("NOT_A_CLOUDEVENT", "the record is no JSON object")
        return envelope, _data(envelope.pop("data", None))
    if content_type not in ("application/json", ""):
        raise _Refused("NOT_A_CLOUDEVENT", f"content type {content_type[:80]!r} is not accepted")
    attributes = {name[3:]: text for name, text in headers.items() if name.startswith("ce_")}
    _json(value)
    return attributes, value


def _headers(record: LogRecord) -> dict[str, str]:
    """Read the headers that mean something; the others are anybody's."""
    headers: dict[str, str] = {}
    for written, value in record.headers:
        name = written.lower()
        if not name.startswith("ce_") and name != "content-type":
            continue
        if name in headers:
            raise _Refused("NOT_A_CLOUDEVENT", f"header {name[:64]!r} stands there twice")
        try:
            headers[name] = value.decode()
        except UnicodeDecodeError:
            raise _Refused("NOT_A_CLOUDEVENT", f"header {name[:64]!r} is no UTF-8") from None
    return headers


def _json(value: bytes) -> Any:
    # Other readers of the log must not understand something else.
    try:
        return parsed(value)
    except RecursionError:
        raise _Refused("INVALID_JSON", "nested too deeply") from None
    except Ambiguous as error:
        raise _Refused("INVALID_JSON", str(error)) from None
    except ValueError as error:
        raise _Refused("INVALID_JSON", f"the record is no JSON: {type(error).__name__}") from None


def _data(value: Any) -> bytes:
    try:
        return json.dumps(value).encode()
    except RecursionError:
        raise _Refused("INVALID_JSON", "nested too deeply") from None


def _validated(model: type[Body], data: bytes) -> Body:
    try:
        return model.model_validate_json(data)
    except RecursionError:
        raise _Refused("INVALID_JSON", "nested too deeply") from None
    except ValidationError as error:
        found = "; ".join(f"{'.'.join(map(str, entry['loc']))}: {entry['msg']}" for entry in error.errors()[:20])
        raise _Refused("SCHEMA_VIOLATION", found) from None


def _customer_of(body: Body) -> str:
    owner = getattr(body, "customer", None)
    customer_id = owner.customer_id if owner is not None else getattr(body, "customer_id", None)
    if not customer_id:
        raise _Refused("SCHEMA_VIOLATION", "customer_id: required on intake")
    return str(customer_id)


def _trace(attributes: dict[str, Any]) -> str | None:
    trace = attributes.get("traceparent")
    return trace if isinstance(trace, str) and _TRACEPARENT.fullmatch(trace) else None


def _has_unreadable_header(record: LogRecord) -> bool:
    return not all(is_text(name) for name, _ in record.headers)


def _name(event_type: str) -> str:
    return event_type.rpartition(".v")[0]


def _has_version(event_type: str) -> bool:
    return bool(_name(event_type))


def _is_version_of_consumed(service: Service, event_type: str) -> bool:
    return _name(event_type) in _names_of(service.consumed)


@lru_cache
def _names_of(consumed: frozenset[str]) -> frozenset[str]:
    return frozenset(_name(event_type) for event_type in consumed if _has_version(event_type))
