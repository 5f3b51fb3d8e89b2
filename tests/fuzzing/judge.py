"""Which records must intake not take? By RFC 8259, CloudEvents, the record's key and the published schemas alone.

It never looks at the models that intake reads with.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

SCHEMAS = Path(__file__).parents[2] / "schemas"
INTAKE = tuple(f"storefront.{name}.v1" for name in ("OrderSubmitted", "PaymentReceived", "OrderCancellationRequested"))
Event = dict[str, Any]
Headers = tuple[tuple[str, bytes], ...]
Place = tuple[str | int, ...]


@dataclass(frozen=True)
class Record:
    """What is published."""

    key: bytes | None
    value: bytes | None
    headers: Headers


@cache
def example(event_type: str) -> Event:
    """Read a golden example."""
    found: Event = json.loads((SCHEMAS / f"examples/{event_type}.json").read_text())
    return found


def places(value: Any, here: Place = ()) -> Iterator[Place]:
    """Name every place within a JSON value, the outer ones first."""
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, part in entries:
        yield (*here, name)
        yield from places(part, (*here, name))


def is_bad(record: Record) -> bool:
    """Tell whether a record must not be taken, whatever the models say."""
    headers = {name.lower(): value for name, value in record.headers}
    try:
        event = json.loads((record.value or b"").decode())
        if headers.get("content-type") == b"application/json":
            attributes = {name[3:]: value.decode() for name, value in headers.items() if name.startswith("ce_")}
            event = attributes | {"data": event}
        data, event_type = event["data"], event["type"]
        owner = data.get("customer", data).get("customer_id")
        is_known = event_type in INTAKE and event["specversion"] == "1.0"
        is_named = all(isinstance(event[name], str) and event[name] for name in ("id", "source"))
    except (ValueError, RecursionError, LookupError, TypeError, AttributeError):
        return True
    key = (record.key or b"").decode(errors="replace")
    return not (
        is_known and is_named and key == event.get("subject") == owner and _validator(event_type).is_valid(data)
    )


@cache
def _validator(event_type: str) -> Draft202012Validator:
    return Draft202012Validator(json.loads((SCHEMAS / f"json/{event_type}.json").read_text()))
