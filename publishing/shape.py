"""What of a schema do programs rely on? Its shape: fields, types, words, limits and defaults, without explanations.

Every reference is written out, so that renaming a model or moving an enum changes no shape, and the words of a
description may be mended at any time.
"""

from typing import Any

Shape = dict[str, Any]

_TOLD = frozenset({"$schema", "$id", "$defs", "title", "description", "examples"})
_VALUES = frozenset({"default", "enum", "const", "required"})
"""Keywords whose value is no schema."""


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
