"""Which events are there, and what does each one say? The catalogue that people read: docs/events.md."""

import json
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

from schemas.generation.asyncapi import models
from schemas.generation.json_schema import json_schema
from schemas.topics import PARTITIONS, READ_BY, RETENTION_HOURS, WRITTEN_BY

OPENING = f"""# The events

Written by `make schemas` from `schemas/*.py`: change those.

Every record is a CloudEvent in structured JSON; the tables below describe its `data`. The key of a record is the
customer id, and each topic has {PARTITIONS} partitions. A **public** event is for analytics too; an **internal** one
is its service's own bookkeeping, on the same topic. A topic's readers stand at its head: each takes the types it needs
and skips the rest. Shapes and words that several events share are at the end.
"""

Definitions = dict[str, dict[str, Any]]


class SharedNameDiffers(Exception):
    """Two events use one name for two shapes."""


def events_page(examples: dict[str, str]) -> str:
    """Write the page; `examples` are the golden records by type."""
    shared: Definitions = {}
    sections = [OPENING]
    for topic, types in models().items():
        sections.append(_topic(topic))
        sections.extend(_event(topic, name, model, examples[name], shared) for name, model in types.items())
    sections.append("## Shapes\n")
    sections.extend(_shape(name, shared[name]) for name in sorted(shared) if "properties" in shared[name])
    sections.append("## Words\n")
    sections.extend(_word(name, shared[name]) for name in sorted(shared) if "enum" in shared[name])
    return "\n".join(sections)


def _topic(topic: str) -> str:
    hours = RETENTION_HOURS[topic]
    kept = "for ever" if hours is None else f"{hours // 24} days"
    return f"## {topic}\n\nWritten by {WRITTEN_BY[topic]}, read by {', '.join(READ_BY[topic])}. Kept {kept}.\n"


def _event(topic: str, event_type: str, model: type[BaseModel], example: str, shared: Definitions) -> str:
    schema = json_schema(event_type, model)
    _share(schema.get("$defs", {}), shared)
    visibility = getattr(model, "VISIBILITY", "public")
    readers = ", ".join(reader for reader in READ_BY[topic] if visibility == "public" or reader != "analytics")
    data = json.dumps(json.loads(example)["data"], indent=2, ensure_ascii=False)
    return (
        f"### {event_type}\n\n{model.__doc__}\n\n"
        f"{visibility.capitalize()} · written by {WRITTEN_BY[topic]} · for {readers}"
        f" · [schema](../schemas/json/{event_type}.json) · [example](../schemas/examples/{event_type}.json)\n\n"
        f"{_fields(schema)}\n<details><summary>An example's data</summary>\n\n```json\n{data}\n```\n\n</details>\n"
    )


def _share(found: Definitions, shared: Definitions) -> None:
    for name, definition in found.items():
        if shared.setdefault(name, definition) != definition:
            raise SharedNameDiffers(f"two events mean different things by {name}: rename one of the two models")


def _shape(name: str, definition: dict[str, Any]) -> str:
    return _headed(name, definition) + _fields(definition)


def _word(name: str, definition: dict[str, Any]) -> str:
    values = " · ".join(f"`{value}`" for value in definition["enum"])
    return _headed(name, definition) + values + "\n"


def _headed(name: str, definition: dict[str, Any]) -> str:
    said = definition.get("description")
    return f"### {name}\n\n" + (f"{said}\n\n" if said else "")


def _fields(schema: dict[str, Any]) -> str:
    rows = ["| field | type | meaning |", "| --- | --- | --- |"]
    required = schema.get("required", [])
    for name, field in schema["properties"].items():
        meaning = field.get("description", "")
        if name not in required:
            meaning = f"{meaning} {_optional(field)}".strip()
        rows.append(f"| `{name}` | {_type(field)} | {meaning} |")
    return "\n".join(rows) + "\n"


def _optional(field: dict[str, Any]) -> str:
    value = field.get("default")
    return "Optional." if value is None else f"Optional, else `{json.dumps(value)}`."


def _type(field: dict[str, Any]) -> str:
    return " or ".join(_types(field))


def _types(field: dict[str, Any]) -> Iterator[str]:
    match field:
        case {"anyOf": choices}:
            for choice in choices:
                if choice.get("type") != "null":
                    yield from _types(choice)
        case {"$ref": reference}:
            name = str(reference).rpartition("/")[2]
            yield f"[{name}](#{name.lower()})"
        case {"const": value}:
            yield f"`{value}`"
        case {"enum": values}:
            yield " or ".join(f"`{value}`" for value in values)
        case {"type": "array", "items": items}:
            yield f"list of {_type(items)}"
        case {"type": "object", "additionalProperties": dict() as values}:
            yield f"{_type(field.get('propertyNames', {'type': 'string'}))} → {_type(values)}"
        case {"type": "object"}:
            yield "object"
        case {"format": named}:
            yield str(named)
        case {"type": kind}:
            yield str(kind)
        case _:
            yield "any"
