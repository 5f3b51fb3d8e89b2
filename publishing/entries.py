"""What is there to tell of each type? The same for every page that tells it: docs/events.md and docs/contract.html."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from publishing.compatibility import gained
from publishing.readers import readers_of
from publishing.record import Record, Revision
from publishing.shape import json_schema
from publishing.units import unit_of
from schemas.topics import PUBLISHED, WRITTEN_BY
from schemas.upcasts import UPCASTS

Definitions = dict[str, dict[str, Any]]

_COUNTED = (("minLength", "maxLength", "characters"), ("minItems", "maxItems", "items"))


class SharedNameDiffers(Exception):
    """Two events use one name for two shapes."""


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a type's name; `is_link` where it names a shape or a word that stands on its own."""

    text: str
    is_link: bool = False
    is_value: bool = False


@dataclass(frozen=True, slots=True)
class Field:
    """One field: what it is, in which unit, and what it means."""

    name: str
    type: tuple[Span, ...]
    unit: str
    limits: str
    """Which values it takes, in words."""
    pattern: str
    meaning: str
    is_optional: bool
    default: str
    """What a record that leaves it out means, as JSON; empty where that is nothing."""


@dataclass(frozen=True, slots=True)
class Step:
    """One line of a version's history."""

    name: str
    since: str
    what: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One version of a type."""

    topic: str
    type: str
    fact: str
    visibility: str
    written_by: str
    read_by: tuple[str, ...]
    fields: tuple[Field, ...]
    example: str
    history: tuple[Step, ...]
    superseded_by: str


@dataclass(frozen=True, slots=True)
class Definition:
    """A shape that events share, or a word with its values."""

    name: str
    meaning: str
    fields: tuple[Field, ...] = ()
    values: tuple[str, ...] = ()


def entries(examples: Mapping[str, str], record: Record) -> Iterator[Entry]:
    """List every version of every type, topic by topic; `examples` are the golden records by type."""
    successors = {step.old: step.new for step in UPCASTS}
    for topic, types in PUBLISHED.items():
        for event_type, model in types.items():
            schema = json_schema(event_type, model)
            yield Entry(
                topic=topic,
                type=event_type,
                fact=model.__doc__ or "",
                visibility=getattr(model, "VISIBILITY", "public"),
                written_by=WRITTEN_BY[topic],
                read_by=readers_of(event_type),
                fields=_fields(schema, schema.get("$defs", {})),
                example=examples[event_type],
                history=tuple(_history(event_type, record)),
                superseded_by=successors.get(event_type, ""),
            )


def definitions() -> list[Definition]:
    """List every shape and word that events share, by name. Raises SharedNameDiffers when a name means two things."""
    shared: Definitions = {}
    for types in PUBLISHED.values():
        for event_type, model in types.items():
            _share(event_type, model, shared)
    return [_definition(name, shared) for name in sorted(shared)]


def _share(event_type: str, model: type[BaseModel], shared: Definitions) -> None:
    for name, definition in json_schema(event_type, model).get("$defs", {}).items():
        if shared.setdefault(name, definition) != definition:
            raise SharedNameDiffers(f"two events mean different things by {name}: rename one of the two models")


def _definition(name: str, shared: Definitions) -> Definition:
    schema = shared[name]
    meaning = schema.get("description", "")
    if "properties" in schema:
        return Definition(name, meaning, fields=_fields(schema, shared))
    return Definition(name, meaning, values=tuple(str(value) for value in schema["enum"]))


def _history(event_type: str, record: Record) -> Iterator[Step]:
    revisions = record.get(event_type, ())
    step = next((step for step in UPCASTS if step.new == event_type), None)
    previous = record[step.old][-1] if step is not None else None
    made = "" if step is None else f" From v{_version(step.old)}: {_continued(step.change.__doc__ or '')}"
    for before, revision in zip((previous, *revisions), revisions, strict=False):
        what = _what_changed(before, revision) + (made if before is previous else "")
        yield Step(revision.name, revision.since, what.strip())


def _what_changed(before: Revision | None, revision: Revision) -> str:
    if before is None:
        return ""
    then, now = before.published, revision.published
    lists = [("Gained", gained(then.shape, now.shape)), ("Lost", gained(now.shape, then.shape))]
    what = [f"{word} {', '.join(names)}." for word, names in lists if names]
    if then.visibility != now.visibility:
        what.append(f"Became {now.visibility}.")
    return " ".join(what)


def _version(event_type: str) -> str:
    return event_type.rpartition(".v")[2]


def _continued(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]


def _fields(schema: dict[str, Any], shared: Definitions) -> tuple[Field, ...]:
    required: Sequence[str] = schema.get("required", [])
    return tuple(_field(name, field, name not in required, shared) for name, field in schema["properties"].items())


def _field(name: str, schema: dict[str, Any], is_optional: bool, shared: Definitions) -> Field:
    unit = unit_of(name, schema) or ""
    default = schema.get("default")
    limits, pattern = limits_of(schema)
    return Field(
        name=name,
        type=tuple(_joined(_types(schema))),
        unit=unit.rstrip("."),
        limits=limits,
        pattern=pattern,
        meaning=schema.get("description", "").removesuffix(unit).strip() or _meaning_of(schema, shared),
        is_optional=is_optional,
        default="" if default is None else json.dumps(default, ensure_ascii=False),
    )


def _meaning_of(schema: dict[str, Any], shared: Definitions) -> str:
    """Say what the shape or word means that a field is, where the field says nothing of its own."""
    for choice in (schema, schema.get("items", {}), *schema.get("anyOf", ())):
        if "$ref" in choice:
            return str(shared[str(choice["$ref"]).rpartition("/")[2]].get("description", ""))
    return ""


def _joined(types: Iterator[list[Span]]) -> Iterator[Span]:
    for position, spans in enumerate(types):
        if position:
            yield Span(" or ")
        yield from spans


def _types(field: dict[str, Any]) -> Iterator[list[Span]]:
    match field:
        case {"anyOf": choices}:
            for choice in choices:
                if choice.get("type") != "null":
                    yield from _types(choice)
        case {"$ref": reference}:
            yield [Span(str(reference).rpartition("/")[2], is_link=True)]
        case {"const": value}:
            yield [Span(str(value), is_value=True)]
        case {"enum": values}:
            for value in values:
                yield [Span(str(value), is_value=True)]
        case {"type": "array", "items": items}:
            yield [Span("list of "), *_joined(_types(items))]
        case {"type": "object", "additionalProperties": dict() as values}:
            keys = _joined(_types(field.get("propertyNames", {"type": "string"})))
            yield [*keys, Span(" → "), *_joined(_types(values))]
        case {"format": named}:
            yield [Span(str(named))]
        case {"type": kind}:
            yield [Span(str(kind))]
        case _:
            yield [Span("any")]


def limits_of(schema: dict[str, Any]) -> tuple[str, str]:
    """Return the limits of a property in words, and the pattern that its text matches; empty where there are none."""
    (choice, *_) = [each for each in schema.get("anyOf", [schema]) if each.get("type") != "null"]
    return ", ".join(_limits_in_words(choice)), str(choice.get("pattern", ""))


def _limits_in_words(schema: dict[str, Any]) -> Iterator[str]:
    for least, most, what in _COUNTED:
        if limits := _between(schema.get(least), schema.get(most)):
            yield f"{limits} {what}"
    if limits := _between(schema.get("minimum"), schema.get("maximum")):
        yield limits
    if "exclusiveMinimum" in schema:
        yield f"more than {schema['exclusiveMinimum']:,}"


def _between(least: int | None, most: int | None) -> str:
    match least, most:
        case None, None:
            return ""
        case None, _:
            return f"at most {most:,}"
        case _, None:
            return f"{least:,} or more"
        case _:
            return f"{least:,} to {most:,}"
