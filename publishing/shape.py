"""What does a type look like to those who don't run Python, and what of that do programs rely on?

A closed JSON Schema 2020-12 per type and version; of it, the shape: fields, types, words, limits and defaults, without
explanations. Every reference is written out, so that renaming a model or moving an enum changes no shape, and the words
of a description may be mended at any time.
"""

from collections.abc import Iterator
from functools import cache
from typing import Any

from pydantic import BaseModel

from publishing.units import unit_of
from schemas.envelope import schema_name
from schemas.meanings import BY_NAME as MEANINGS

Shape = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"

_TOLD = frozenset({"$schema", "$id", "$defs", "title", "description", "examples"})
_VALUES = frozenset({"default", "enum", "const", "required"})
"""Keywords whose value is no schema."""


@cache
def json_schema(event_type: str, model: type[BaseModel]) -> dict[str, Any]:
    """Write the schema of a type's `data`: closed, every measured field with its unit. Made once: don't change it."""
    schema = model.model_json_schema(mode="validation")
    for part in objects(schema):
        part["additionalProperties"] = False
        for name, field in part["properties"].items():
            _describe(name, field)
    return {"$schema": DIALECT, "$id": schema_name(event_type), **schema}


def objects(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the object that a schema describes, and those it is made of."""
    for part in (schema, *schema.get("$defs", {}).values()):
        if "properties" in part:
            yield part


def _describe(name: str, field: dict[str, Any]) -> None:
    field.pop("title", None)
    sentences = [field.get("description") or (None if "$ref" in field else MEANINGS.get(name)), unit_of(name, field)]
    if any(sentences):
        field["description"] = " ".join(filter(None, sentences))


def shape_of(schema: dict[str, Any]) -> Shape:
    """Write a closed JSON Schema's shape. Raises RecursionError for a model that contains itself."""
    shape: Shape = _written_out(schema, schema.get("$defs", {}))
    return shape


def _written_out(part: Any, definitions: dict[str, Any]) -> Any:
    if isinstance(part, list):
        return [_written_out(entry, definitions) for entry in part]
    if not isinstance(part, dict):
        return part
    if "$ref" in part:
        target = definitions[str(part["$ref"]).rpartition("/")[2]]
        beside = {name: value for name, value in part.items() if name != "$ref"}
        return _written_out({**target, **beside}, definitions)
    shape = {
        name: value if name in _VALUES else _written_out(value, definitions)
        for name, value in part.items()
        if name not in _TOLD
    }
    if "properties" in part:
        # A field may be called as a keyword is: `title`, `description`.
        shape["properties"] = {name: _written_out(field, definitions) for name, field in part["properties"].items()}
        shape["required"] = sorted(part.get("required", []))
    return shape
