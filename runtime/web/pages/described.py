"""How is an OpenAPI document read by people? As one page: every operation with what it takes, answers and means."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from runtime.web.openapi import ALWAYS, GUARDED

Document = Mapping[str, Any]
ANY = {**GUARDED, **ALWAYS}
"""Answers that are told once, not with each call."""


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a body, or a parameter."""

    name: str
    kind: str
    link: str | None
    """The model that it is, where it is one."""
    where: str
    is_required: bool
    meaning: str


@dataclass(frozen=True, slots=True)
class Answer:
    """One way in which an operation may answer."""

    status: str
    meaning: str
    kind: str
    link: str | None


@dataclass(frozen=True, slots=True)
class Operation:
    """One call."""

    name: str
    method: str
    path: str
    summary: str
    description: str
    keys: str
    parameters: list[Field]
    body: tuple[str, str | None] | None
    example: str | None
    answers: list[Answer]


@dataclass(frozen=True, slots=True)
class Model:
    """The shape of a body, or a word."""

    name: str
    meaning: str
    fields: list[Field]
    words: list[str]
    example: str | None


def operations_by_tag(document: Document) -> list[tuple[str, str, list[Operation]]]:
    """Return each tag with its meaning and its operations."""
    found = [operation for path, each in document["paths"].items() for operation in _operations(document, path, each)]
    return [
        (tag["name"], tag["description"], [operation for name, operation in found if name == tag["name"]])
        for tag in document["tags"]
    ]


def models(document: Document) -> list[Model]:
    """Return every model in the order of the alphabet."""
    schemas: Mapping[str, Any] = document["components"]["schemas"]
    return [_model(name, schemas[name]) for name in sorted(schemas)]


def _operations(document: Document, path: str, each: Mapping[str, Any]) -> Iterator[tuple[str, Operation]]:
    for method, operation in each.items():
        content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
        schema = content.get("schema")
        yield (
            operation["tags"][0],
            Operation(
                name=operation["operationId"],
                method=method.upper(),
                path=path,
                summary=operation["summary"],
                description=operation.get("description", ""),
                keys=_keys(document, operation),
                parameters=[_parameter(parameter) for parameter in operation.get("parameters", ())],
                body=_kind(schema) if schema else None,
                example=_example_of(document, content),
                answers=[
                    _answer(status, answer)
                    for status, answer in operation["responses"].items()
                    if answer["description"] != ANY.get(status)
                ],
            ),
        )


def _keys(document: Document, operation: Mapping[str, Any]) -> str:
    schemes = document["components"].get("securitySchemes", {})
    names = [name for way in operation.get("security", ()) for name in way]
    return " or ".join(str(schemes[name].get("description", name)).rstrip(".") for name in names)


def _parameter(parameter: Mapping[str, Any]) -> Field:
    kind, link = _kind(parameter["schema"])
    return Field(
        parameter["name"],
        kind,
        link,
        parameter["in"],
        parameter.get("required", False),
        parameter.get("description", ""),
    )


def _answer(status: str, answer: Mapping[str, Any]) -> Answer:
    for content in answer.get("content", {}).values():
        return Answer(status, answer["description"], *_kind(content["schema"]))
    return Answer(status, answer["description"], "nothing", None)


def _model(name: str, schema: Mapping[str, Any]) -> Model:
    required = schema.get("required", ())
    fields = []
    for field, described in schema.get("properties", {}).items():
        kind, link = _kind(described)
        fields.append(Field(field, kind, link, "", field in required, described.get("description", "")))
    shown = schema.get("examples") or ([schema["example"]] if "example" in schema else [])
    words = [str(word) for word in schema.get("enum", ())]
    return Model(name, schema.get("description", ""), fields, words, _written(shown[0]) if shown else None)


def _kind(schema: Mapping[str, Any]) -> tuple[str, str | None]:
    """Name a shape in words, and the model to look at."""
    if "$ref" in schema:
        name = str(schema["$ref"]).rpartition("/")[2]
        return name, name
    for word in ("anyOf", "oneOf"):
        if word in schema:
            kinds = [_kind(each) for each in schema[word]]
            return " or ".join(kind for kind, _ in kinds), next((link for _, link in kinds if link), None)
    if "const" in schema:
        return f"always {schema['const']}", None
    if "enum" in schema:
        return " or ".join(map(str, schema["enum"])), None
    if schema.get("type") == "array":
        kind, link = _kind(schema.get("items", {}))
        return f"list of {kind}", link
    inner = schema.get("additionalProperties")
    if isinstance(inner, Mapping):
        kind, link = _kind(inner)
        return f"object of {kind}", link
    return str(schema.get("format") or schema.get("type") or "anything"), None


def _example_of(document: Document, content: Mapping[str, Any]) -> str | None:
    for shown in content.get("examples", {}).values():
        return _written(shown["value"])
    _, link = _kind(content.get("schema", {}))
    return _model(link, document["components"]["schemas"][link]).example if link else None


def _written(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)
