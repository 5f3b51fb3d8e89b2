"""Does a body say one thing only? The same JSON is refused over HTTP as on the intake topic."""

from fastapi import Request
from fastapi.exceptions import RequestValidationError

from runtime.one_meaning import Ambiguous, has_halves, parsed


async def refuse_ambiguous_json(request: Request) -> None:
    """Raise RequestValidationError for a body with NaN, a name twice in one object, or half a character.

    FastAPI reads such a body, and what it holds can't be written, or is read otherwise by the next one.
    """
    if "json" not in request.headers.get("content-type", ""):
        return
    body = await request.body()
    if not body:
        return
    try:
        parsed(body)
        if has_halves(body):
            raise Ambiguous("half a character is escaped")
    except (ValueError, RecursionError) as error:
        raise RequestValidationError([{"type": "json_invalid", "loc": ("body",), "msg": str(error)}]) from error
