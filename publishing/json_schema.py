"""What does a type look like to those who don't run Python? A closed JSON Schema 2020-12 per type and version."""

from collections.abc import Iterator
from functools import cache
from typing import Any

from pydantic import BaseModel

from publishing.units import unit_of
from schemas.envelope import schema_name
from schemas.meanings import BY_NAME as MEANINGS

DIALECT = "https://json-schema.org/draft/2020-12/schema"


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
