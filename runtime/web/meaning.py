"""Does a body say one thing only? The same JSON is refused over HTTP as on the intake topic."""

from email.message import Message

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute

from runtime.wire.strict_json import Ambiguous, has_halves, parsed

NO_JSON_TYPE = "no_json_type"


async def refuse_ambiguous_json(request: Request) -> None:
    """Raise RequestValidationError for a body with NaN, a name twice in one object, or half a character.

    FastAPI reads such a body, and what it holds can't be written, or is read otherwise by the next one. A body under
    another media type it does not read at all: then the header is what is wrong.
    """
    route = request.scope.get("route")
    if not isinstance(route, APIRoute) or route.body_field is None:
        return
    body = await request.body()
    if not body:
        return
    if not _is_json(request.headers.get("content-type", "")):
        wrong = {"type": NO_JSON_TYPE, "loc": ("header", "Content-Type"), "msg": "a body is application/json"}
        raise RequestValidationError([wrong])
    try:
        parsed(body)
        if has_halves(body):
            raise Ambiguous("half a character is escaped")
    except (ValueError, RecursionError) as error:
        raise RequestValidationError([{"type": "json_invalid", "loc": ("body",), "msg": str(error)}]) from error


def _is_json(media_type: str) -> bool:
    """Judge as FastAPI does: in capitals too, and whatever ends in +json."""
    header = Message()
    header["content-type"] = media_type
    subtype = header.get_content_subtype()
    return header.get_content_maintype() == "application" and (subtype == "json" or subtype.endswith("+json"))
