"""What can be wrong with a storefront's message? The ways of spoiling one, and what quarantine may say of each."""

import json
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from tests.fuzzing.judge import Event, Headers, Place, Record, is_bad

STRUCTURED = (("content-type", b"application/cloudevents+json"),)
LIMIT = 64 * 1024
LARGEST = (1 << 20) - 4096
"""What the broker takes at most, with room for key and headers."""
BUSINESS = {"ORDER_ID_TAKEN", "IDEMPOTENCY_CONFLICT", "INVALID_REQUEST", "ORDER_UNKNOWN", "ORDER_NOT_CANCELLABLE"}
"""Reasons of a record that could be read and changes nothing."""
READING = {
    "INVALID_JSON", "NOT_A_CLOUDEVENT", "UNKNOWN_TYPE", "FORGED_SOURCE", "SCHEMA_VIOLATION", "WRONG_KEY", "TOO_LARGE",
}  # fmt: skip
"""Reasons of a record that could not."""


@dataclass(frozen=True)
class Damage:
    """One way of spoiling a message: drawn once, done to whichever message of its kind is at hand."""

    kind: str
    way: str
    place: Place = ()
    junk: Any = None

    def done_to(self, event: Event) -> Record:
        """Spoil a good message."""
        return WAYS[self.way](deepcopy(event), self.place, self.junk)

    def reasons(self, record: Record) -> set[str] | None:
        """Name the reasons of which quarantine must give one; None when the record may also be taken."""
        return REASONS.get(self.way) or (READING if is_bad(record) else None)


@dataclass(frozen=True)
class Raw:
    """Bytes that stand in the JSON as they are."""

    token: bytes

    def __repr__(self) -> str:
        return f"Raw({self.token[:20]!r}… {len(self.token)} bytes)"


@dataclass(frozen=True)
class Member:
    """Another member of an object."""

    name: str
    value: Any


DELETED = "⟦deleted⟧"
"""Junk that takes away what stands at a place."""
_HERE = "⟦here⟧"


def as_sent(event: Event, junk: Any = None) -> Record:
    """Write a message in structured mode."""
    return Record(_key(event), _json(event, junk), STRUCTURED)


def in_binary(event: Event, junk: Any = None) -> Record:
    """Write a message in binary mode."""
    attributes = {name: value for name, value in event.items() if name not in {"data", "datacontenttype"}}
    headers = [(f"ce_{name}", str(value).encode()) for name, value in attributes.items()]
    return Record(_key(event), _json(event["data"], junk), (*headers, ("content-type", b"application/json")))


def _json(value: Any, junk: Any) -> bytes:
    written = json.dumps(value).encode()
    return written.replace(json.dumps(_HERE).encode(), junk.token) if isinstance(junk, Raw) else written


def _key(event: Event) -> bytes:
    # The envelope's subject is what is at hand when the data is spoiled; it may itself be what was taken away.
    return str(event.get("subject", "")).encode(errors="replace")


def replaced(event: Event, place: Place, junk: Any) -> Event:
    """Put junk at a place, or take away what stands there, or give it another member."""
    *within, name = place
    part: Any = event
    for step in within:
        part = part[step]
    if junk == DELETED:
        del part[name]
    elif isinstance(junk, Member):
        before = part.get(name) if isinstance(part, dict) else part[name]
        part[name] = {**(before if isinstance(before, dict) else {}), junk.name: junk.value}
    else:
        part[name] = _HERE if isinstance(junk, Raw) else junk
    return event


def _field(event: Event, place: Place, junk: Any) -> Record:
    key = _key(event)
    return Record(key, as_sent(replaced(event, place, junk), junk).value, STRUCTURED)


def _field_in_binary(event: Event, place: Place, junk: Any) -> Record:
    return in_binary(replaced(event, place, junk), junk)


def _doubled(event: Event, place: Place, junk: Any) -> Record:
    *within, name = place
    whole: Any = event
    for step in within:
        whole = whole[step]
    twice = f"{{{json.dumps(name)}: {json.dumps(junk)}, {json.dumps(whole)[1:]}".encode()
    return _field(event, tuple(within), Raw(twice)) if within else Record(_key(event), twice, STRUCTURED)


def _bytes(change: Callable[[bytes, Any], bytes]) -> Callable[[Event, Place, Any], Record]:
    def done(event: Event, place: Place, junk: Any) -> Record:
        sent = as_sent(event) if junk[0] else in_binary(event)
        return Record(sent.key, change(sent.value or b"", junk[1]), sent.headers)

    return done


def _headers(change: Callable[[Headers, Any], Headers]) -> Callable[[Event, Place, Any], Record]:
    def done(event: Event, place: Place, junk: Any) -> Record:
        sent = in_binary(event)
        return Record(sent.key, sent.value, change(sent.headers, junk))

    return done


def _flipped(value: bytes, junk: tuple[float, int]) -> bytes:
    at = int(junk[0] * (len(value) - 1))
    return value[:at] + bytes([value[at] ^ junk[1]]) + value[at + 1 :]


def _said_otherwise(headers: Headers, junk: tuple[str, bytes]) -> Headers:
    return tuple((name, junk[1] if name == junk[0] else value) for name, value in headers)


WAYS: dict[str, Callable[[Event, Place, Any], Record]] = {
    "any bytes": _bytes(lambda _, junk: bytes(junk)),
    "cut off": _bytes(lambda value, junk: value[: int(junk * (len(value) - 1))]),
    "flipped": _bytes(_flipped),
    "another encoding": _bytes(lambda value, junk: value.decode().encode(junk)),
    "too large": _bytes(lambda value, junk: value.ljust(junk)),
    "no value": lambda event, place, junk: Record(_key(event), None, STRUCTURED),
    "another key": lambda event, place, junk: Record(junk, as_sent(event).value, STRUCTURED),
    "another customer": _field,
    "a field": _field,
    "a field in binary": _field_in_binary,
    "an attribute": _field,
    "no number": _field,
    "a doubled name": _doubled,
    "a source of ours": lambda event, place, junk: as_sent(event | {"source": junk}),
    "an unknown type": lambda event, place, junk: as_sent(event | {"type": junk}),
    "a trace": lambda event, place, junk: as_sent(event | {"traceparent": junk}),
    "a header missing": _headers(lambda headers, junk: tuple(pair for pair in headers if pair[0] != junk)),
    "a header twice": _headers(lambda headers, junk: (*headers, junk)),
    "a header of bytes": _headers(_said_otherwise),
    "another content type": _headers(_said_otherwise),
}
"""Every way of spoiling, and how it is done."""

REASONS: dict[str, set[str]] = {
    "any bytes": {"INVALID_JSON", "NOT_A_CLOUDEVENT", "SCHEMA_VIOLATION"},
    "cut off": {"INVALID_JSON"},
    "another encoding": {"INVALID_JSON"},
    "too large": {"TOO_LARGE"},
    "no value": {"INVALID_JSON"},
    "another key": {"WRONG_KEY"},
    "another customer": {"WRONG_KEY"},
    "no number": {"INVALID_JSON"},
    "a doubled name": {"INVALID_JSON"},
    "a source of ours": {"FORGED_SOURCE"},
    "an unknown type": {"UNKNOWN_TYPE"},
    "a header missing": {"NOT_A_CLOUDEVENT", "WRONG_KEY"},
    "a header twice": {"NOT_A_CLOUDEVENT"},
    "a header of bytes": {"NOT_A_CLOUDEVENT"},
    "another content type": {"NOT_A_CLOUDEVENT"},
}
"""The reasons after ways that leave nothing good; of the others, the judge says whether the record may be taken."""
