"""What is told of a record that intake refused? Where it stands, what it names, why; never its body."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from runtime.ids import PARTITIONS, command_id, partition_of_key
from runtime.service import Fault, Incoming, Origin, RawRecord
from runtime.wire.codec import decode_attributes
from runtime.wire.strict_json import parsed
from schemas.envelope import micros, schema_name
from schemas.rejections import RecordRejected

READ_BYTES = 64 * 1024
"""Nothing is looked for in a larger record."""
KEY_BYTES = 1000
"""A longer key is no customer's, and not repeated."""
_ID = re.compile(r"[!-~]{1,200}")
"""Of a CloudEvent, an order or a storefront, as far as it is repeated."""


@dataclass(frozen=True, slots=True)
class Rejection:
    """A refused record, as it is told; `storefront` is whom it names."""

    event_id: UUID
    storefront: str | None
    bucket: int
    key: bytes | None
    value: bytes


def rejection_id(origin: Origin) -> UUID:
    """Derive the id from the record itself: met again, it is the same rejection."""
    place = f"{origin.topic}\n{origin.partition}\n{origin.offset}\n{origin.digest.hex()}"
    return command_id("rejected", place)


def rejection_of(service: str, topic: str, incoming: Incoming, fault: Fault, at: datetime) -> Rejection:
    """Write what is told; `topic` is intake's name without the deployment's namespace.

    Raises ValueError for an input that is no record.
    """
    origin, raw = incoming.origin, incoming.raw
    if origin is None or raw is None:
        raise ValueError("only a record can be refused")
    told = RecordRejected(
        topic=topic,
        partition=origin.partition,
        offset=origin.offset,
        **_named(raw),
        code=fault.reason,
        detail=fault.detail[:4000],
        rejected_at=at,
    )
    identity = rejection_id(origin)
    key = raw.key if raw.key is not None and len(raw.key) <= KEY_BYTES else None
    bucket = origin.partition % PARTITIONS if key is None else partition_of_key(key)
    return Rejection(identity, told.storefront, bucket, key, _encoded(service, identity, told, at))


def told_in(value: bytes) -> tuple[str, RecordRejected]:
    """Read back the id of a rejection and what it tells."""
    attributes = decode_attributes(value)
    return attributes.id, RecordRejected.model_validate_json(bytes(attributes.data))


def _encoded(service: str, identity: UUID, told: RecordRejected, at: datetime) -> bytes:
    envelope: dict[str, Any] = {
        "specversion": "1.0",
        "id": str(identity),
        "source": f"/{service}",
        "type": told.EVENT_TYPE,
        "subject": f"{told.topic}/{told.partition}/{told.offset}",
        "time": micros(at),
        "datacontenttype": "application/json",
        "dataschema": schema_name(told.EVENT_TYPE),
    }
    if told.order_id is not None:
        envelope["correlationid"] = told.order_id
    envelope["data"] = msgspec.Raw(told.model_dump_json(exclude_none=True).encode())
    return msgspec.json.encode(envelope)


def _named(raw: RawRecord) -> dict[str, str]:
    """Read what the record names, as far as it can be read; what is doubtful is left out."""
    try:
        written = parsed(raw.value) if raw.value is not None and len(raw.value) <= READ_BYTES else {}
    except (ValueError, RecursionError):
        written = {}
    content = written if isinstance(written, dict) else {}
    ids = [value for name, value in raw.headers if name.lower() == "ce_id"]
    is_binary = any(name.lower().startswith("ce_") for name, _ in raw.headers) and "specversion" not in content
    data = content if is_binary else content.get("data")
    event_id = ids[0].decode("utf-8", "replace") if is_binary and len(ids) == 1 else content.get("id")
    named = {"event_id": event_id, **_of(data, "order_id", "storefront")}
    return {name: value for name, value in named.items() if isinstance(value, str) and _ID.fullmatch(value)}


def _of(data: Any, *names: str) -> dict[str, Any]:
    return {name: data.get(name) for name in names} if isinstance(data, Mapping) else {}
