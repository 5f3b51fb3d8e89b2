"""Which values does a field take, within its type? What its JSON Schema says, in words; a pattern as it stands."""

from collections.abc import Iterator
from typing import Any

_COUNTED = (("minLength", "maxLength", "characters"), ("minItems", "maxItems", "items"))


def limits_of(schema: dict[str, Any]) -> tuple[str, str]:
    """Return the limits of a property in words, and the pattern that its text matches; empty where there are none."""
    (choice, *_) = [each for each in schema.get("anyOf", [schema]) if each.get("type") != "null"]
    return ", ".join(_words(choice)), str(choice.get("pattern", ""))


def _words(schema: dict[str, Any]) -> Iterator[str]:
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
