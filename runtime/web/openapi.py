"""What does /openapi.json say? FastAPI's description, with problems as the answers that are no success."""

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from runtime.web.introduction import TAGS
from runtime.web.meanings import meaning_of
from runtime.web.problems import MEDIA_TYPE

_NULL = "\x00null"

_PROBLEM = {
    "type": "object",
    "title": "Problem",
    "description": "RFC 9457; further members by code, for instance `errors` or `violations`.",
    "required": ["type", "title", "status", "code", "detail"],
    "properties": {
        "type": {
            "type": "string",
            "format": "uri-reference",
            "description": "The address of the page about the code, on the service that answered.",
        },
        "title": {"type": "string", "description": "The code in words."},
        "status": {"type": "integer", "description": "The HTTP status once more."},
        "code": {"type": "string", "description": "Stable, for programs."},
        "detail": {"type": "string", "description": "What it was this time, for people."},
        "hint": {"type": "string", "description": "What to do, for people."},
        "request_id": {"type": "string", "description": "Finds the request in our log; as in `X-Request-Id`."},
        "errors": {
            "type": "array",
            "description": "Of INVALID_REQUEST: the fields that are wrong.",
            "items": {
                "type": "object",
                "required": ["field", "detail"],
                "properties": {
                    "field": {"type": "string", "description": "Its place: names and numbers, with dots between."},
                    "detail": {"type": "string", "description": "What is wrong with it."},
                },
            },
        },
        "violations": {
            "type": "array",
            "description": "Of ORDER_REFUSED: every reason.",
            "items": {
                "type": "object",
                "required": ["code", "detail"],
                "properties": {
                    "code": {"type": "string", "description": "Stable, for programs."},
                    "detail": {"type": "string", "description": "For people."},
                    "order_id": {"type": "string", "description": "The order that is in the way, where one is."},
                },
            },
        },
    },
    "examples": [
        {
            "type": "/problems/ORDER_UNKNOWN",
            "title": "Order unknown",
            "status": 404,
            "code": "ORDER_UNKNOWN",
            "detail": "no order o-1",
            "hint": "Check the order id.",
            "request_id": "6f1c02a94bd7e83510c4a9f2d6e0b718",
        }
    ],
}
GUARDED = {
    "401": "No key, or an unknown one.",
    "403": "FORBIDDEN: a key of another scope; STOREFRONT_DIFFERS: a key of another storefront.",
    "429": "Too many requests.",
}
ALWAYS = {
    "408": "The body did not arrive in time.",
    "413": "The body has over 64 KiB.",
    "422": "The request does not fit its schema, or a rule refuses it.",
    "503": "UNAVAILABLE, CATCHING_UP or ACCOUNT_PARKED: nothing was committed, the same request may be sent again.",
}
"""What any call may answer, beside its own; the first ones where a key is needed."""


def example(value: Any) -> Any:
    """Write an example so that its nulls stay: FastAPI drops them, `describe` puts them back."""
    match value:
        case None:
            return _NULL
        case dict():
            return {name: example(part) for name, part in value.items()}
        case list():
            return [example(part) for part in value]
        case _:
            return value


def describe(app: FastAPI) -> dict[str, Any]:
    """Write the OpenAPI 3.1 document of an application."""
    document = get_openapi(
        title=app.title,
        version=app.version,
        description=app.description,
        contact={"name": "The operators of this coterm"},
        servers=app.servers,
        routes=app.routes,
    )
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    schemas["Problem"] = _PROBLEM
    for operation in _operations(document):
        _add_problems(operation)
        operation["summary"] = operation.get("description", "").split("\n", 1)[0].partition(". ")[0].rstrip(".")
    _add_meanings(document)
    _add_tags(document)
    described: dict[str, Any] = _with_nulls(document)
    return described


def _operations(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for path in document["paths"].values():
        yield from path.values()


def _add_meanings(document: dict[str, Any]) -> None:
    """Say of each field and parameter what it means, where its model does not."""
    for model, schema in document["components"]["schemas"].items():
        for name, field in schema.get("properties", {}).items():
            meaning = meaning_of(name, model)
            if meaning is not None:
                field.setdefault("description", meaning)
    for operation in _operations(document):
        for parameter in operation.get("parameters", ()):
            meaning = meaning_of(parameter["name"])
            if meaning is not None:
                parameter.setdefault("description", meaning)


def _add_tags(document: dict[str, Any]) -> None:
    """Say what each tag in use stands for, in the order of first use."""
    used = dict.fromkeys(tag for operation in _operations(document) for tag in operation.get("tags", ()))
    document["tags"] = [{"name": tag, "description": TAGS.get(tag, "")} for tag in used]


def _with_nulls(value: Any) -> Any:
    match value:
        case dict():
            return {name: _with_nulls(part) for name, part in value.items()}
        case list():
            return [_with_nulls(part) for part in value]
        case _:
            return None if value == _NULL else value


def _add_problems(operation: dict[str, Any]) -> None:
    responses = operation["responses"]
    generated = responses.get("422", {}).get("content", {}).get("application/json", {}).get("schema", {})
    if str(generated.get("$ref", "")).endswith("/HTTPValidationError"):
        del responses["422"]
    meanings = {**(GUARDED if operation.get("security") else {}), **ALWAYS}
    for status, meaning in meanings.items():
        responses.setdefault(status, _problem(meaning))
    for status, response in responses.items():
        if status >= "400" and "content" not in response:
            response.update(_problem(response.get("description", "")))


def _problem(meaning: str) -> dict[str, Any]:
    return {"description": meaning, "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}}
