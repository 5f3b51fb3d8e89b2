"""What is wrong with a request that does not fit its schema? Each field by its place, with what was probably meant."""

import re
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from functools import lru_cache
from typing import Any

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import TypeAdapter, ValidationError

Error = dict[str, str]
"""`field` and `detail`."""

_PARAMETERS = frozenset({"body", "query", "path", "header", "cookie"})
_PLACE = re.compile(r"line (\d+) column (\d+)")
_CENTS = "_cents"
_EUROS = re.compile(r"(\d{1,9})[.,](\d{1,2})", re.ASCII)


def named_errors(error: ValidationError | RequestValidationError, request: Request | None = None) -> list[Error]:
    """Write `errors: [{field, detail}]` of what pydantic found; the request's route knows which names there are."""
    known = _names_of(request)
    return [_no_json(entry, error) if _is_no_json(entry) else _error(entry, known) for entry in error.errors()]


def meant(word: str, known: Iterable[str]) -> str:
    """Name the known word that a wrong one is probably a mistyping of, or nothing."""
    close = get_close_matches(word.lower().replace("-", "_"), sorted(set(known) - {word}), n=1, cutoff=0.75)
    return f": did you mean {close[0]}?" if close else ""


def _no_json(entry: Mapping[str, Any], error: ValidationError | RequestValidationError) -> Error:
    """Say that the body is no JSON, and where it ceases to be: FastAPI tells the character, our own reader the line."""
    place, body = entry["loc"][-1], getattr(error, "body", None)
    place_named = _PLACE.search(str(entry["msg"]))
    if isinstance(place, int) and isinstance(body, str):
        before = body[:place].split("\n")
        return _broken(f", from line {len(before)}, column {len(before[-1]) + 1} on")
    return _broken(f", from line {place_named[1]}, column {place_named[2]} on" if place_named else "")


def unreadable() -> Error:
    """Say that the body is no JSON, nobody knows where."""
    return _broken("")


def _broken(where: str) -> Error:
    return {"field": "body", "detail": f"no valid JSON{where}"}


def _is_no_json(entry: Mapping[str, Any]) -> bool:
    return bool(entry["type"] == "json_invalid")


def _error(entry: Mapping[str, Any], known: frozenset[str]) -> Error:
    place = [str(part) for part in entry["loc"]]
    # A one-part place is the body as a whole; otherwise its first part says where the field travels, not its name.
    if len(place) > 1 and place[0] in _PARAMETERS:
        place = place[1:]
    detail = str(entry["msg"]).removeprefix("Value error, ")
    if entry["type"] == "extra_forbidden":
        detail = f"no such field{meant(place[-1], known)}"
    elif place and place[-1].endswith(_CENTS):
        detail += _euros(entry.get("input"))
    return {"field": ".".join(place) or "body", "detail": detail}


def _euros(sent: object) -> str:
    """Say how an amount that was sent in euros is sent in cents."""
    euros = _EUROS.fullmatch(str(sent)) if isinstance(sent, float | str) else None
    if euros is None:
        return ""
    cents = int(euros[1]) * 100 + int(euros[2].ljust(2, "0"))
    return f": {cents / 100:.2f} looks like euros, send {cents}"


def _names_of(request: Request | None) -> frozenset[str]:
    route = request.scope.get("route") if request is not None else None
    if not isinstance(route, APIRoute) or route.body_field is None:
        return frozenset()
    body: Any = route.body_field.field_info.annotation
    return _names_in(body)


@lru_cache(maxsize=64)  # as many as there are bodies
def _names_in(body: Any) -> frozenset[str]:
    schema = TypeAdapter(body).json_schema()
    return frozenset(_properties(schema))


def _properties(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        named = schema.get("properties")
        yield from named if isinstance(named, dict) else ()
        schema = list(schema.values())
    if isinstance(schema, list):
        for part in schema:
            yield from _properties(part)
