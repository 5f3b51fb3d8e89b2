"""How does a request that goes wrong answer? As RFC 9457 `application/problem+json` with a code, without internals."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import ValidationError
from starlette.exceptions import HTTPException

from runtime.edge import AccountParked, CatchingUp
from runtime.log import described
from runtime.service import CATCHING_UP
from runtime.web.codes import code_of
from runtime.web.invalid import named_errors, unreadable
from runtime.web.meaning import NO_JSON_TYPE
from schemas.refusal import Refusal

MEDIA_TYPE = "application/problem+json"

_log = structlog.get_logger()

Answer = Callable[[Request, Exception], Awaitable[JSONResponse]]
Guard = Callable[[Request], Awaitable[None]]

_CODES = {400: "INVALID_REQUEST", 404: "NOT_FOUND", 405: "METHOD_NOT_ALLOWED"}


class Problem(Exception):
    """Answer a request with a problem: `raise Problem(404, "ORDER_UNKNOWN", "no order o-1")`.

    `extra` become members of the document, for instance `violations`.
    """

    def __init__(
        self, status: int, code: str, detail: str, headers: Mapping[str, str] | None = None, **extra: Any
    ) -> None:
        super().__init__(f"{status} {code}")
        self.status = status
        self.code = code
        self.detail = detail
        self.headers = headers
        self.extra = extra

    def response(self) -> JSONResponse:
        """Write it as an answer."""
        request_id = structlog.contextvars.get_contextvars().get("request_id")
        document = {**problem_document(self.status, self.code, self.detail, request_id), **self.extra}
        return JSONResponse(document, self.status, dict(self.headers or {}), MEDIA_TYPE)


def problem_document(status: int, code: str, detail: str, request_id: str | None) -> dict[str, Any]:
    """Write a problem: `type` is the address of the page about its code, on the service that answers."""
    known = code_of(code)
    return {
        "type": f"/problems/{code}" if known else "about:blank",
        "title": code.replace("_", " ").capitalize(),
        "status": status,
        "code": code,
        "detail": detail,
        **({"hint": known.do} if known else {}),
        **({"request_id": request_id} if request_id else {}),
    }


def raise_if_refused(outcome: object) -> None:
    """Answer a command that was refused with its problem."""
    if not isinstance(outcome, Refusal):
        return
    if outcome.code == "INVALID_REQUEST":
        field, _, _ = outcome.detail.partition(" ")
        errors = [{"field": field, "detail": outcome.detail}]
        raise Problem(outcome.status, outcome.code, "the request does not fit its schema", errors=errors)
    raise Problem(outcome.status, outcome.code, outcome.detail)


def invalid_request(error: ValidationError | RequestValidationError) -> Problem:
    """Turn what a model refused into 422 INVALID_REQUEST with `errors: [{field, detail}]`; for bodies read by hand."""
    return _invalid(named_errors(error))


def parked() -> Problem:
    """Say that the account waits for an operator."""
    return Problem(503, "ACCOUNT_PARKED", "the account waits for an operator", {"Retry-After": "60"})


def unavailable() -> Problem:
    """Say that a database does not answer now, or that too much waits for it: the same request may be sent again."""
    return Problem(503, "UNAVAILABLE", "not possible at the moment; send the same request again", {"Retry-After": "2"})


def internal_error() -> Problem:
    """Say that something broke here, and nothing about what."""
    return Problem(500, "INTERNAL_ERROR", "something went wrong on our side; the request id finds it in our log")


def handle_problems(app: FastAPI, passing: Iterable[type[BaseException]], guard: Guard) -> None:
    """Let every refusal, ours or the framework's, answer as a problem; `passing` errors will be over in a while.

    FastAPI reads a body before it asks for a key; `guard` asks first where the body turned out to be no JSON.
    """
    for kind in passing:
        if issubclass(kind, Exception):
            app.add_exception_handler(kind, _on_passing)
    app.add_exception_handler(Problem, _on_problem)
    app.add_exception_handler(AccountParked, _on_parked)
    app.add_exception_handler(CatchingUp, _on_catching_up)
    app.add_exception_handler(RequestValidationError, _guarded(_on_invalid, guard))
    app.add_exception_handler(HTTPException, _guarded(_on_http, guard))


def _invalid(errors: Sequence[Mapping[str, str]]) -> Problem:
    return Problem(422, "INVALID_REQUEST", "the request does not fit its schema", errors=list(errors))


def _guarded(answer: Answer, guard: Guard) -> Answer:
    async def guarded(request: Request, error: Exception) -> JSONResponse:
        if _is_no_json(error):
            try:
                await guard(request)
            except Problem as problem:
                return problem.response()
        return await answer(request, error)

    return guarded


def _is_no_json(error: Exception) -> bool:
    if isinstance(error, RequestValidationError):
        return any(entry["type"] in {"json_invalid", NO_JSON_TYPE} for entry in error.errors())
    return isinstance(error, HTTPException) and error.status_code == HTTPStatus.BAD_REQUEST


async def _on_problem(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, Problem)  # noqa: S101 - Starlette hands over the class it was registered for
    return error.response()


async def _on_parked(_: Request, __: Exception) -> JSONResponse:
    return parked().response()


async def _on_catching_up(_: Request, __: Exception) -> JSONResponse:
    return Problem(CATCHING_UP.status, CATCHING_UP.code, CATCHING_UP.detail, {"Retry-After": "2"}).response()


async def _on_passing(request: Request, error: Exception) -> JSONResponse:
    _log.warning("not possible now", action="http.unavailable", method=request.method, why=described(error))
    return unavailable().response()


async def _on_invalid(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - see above
    return _invalid(named_errors(error, request)).response()


async def _on_http(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)  # noqa: S101 - see above
    if error.status_code == HTTPStatus.BAD_REQUEST:
        # FastAPI's answer to a body it can't parse: no UTF-8, nested beyond the interpreter's depth, endless numbers.
        return _invalid([unreadable()]).response()
    phrase = HTTPStatus(error.status_code).phrase
    code = _CODES.get(error.status_code, phrase.upper().replace(" ", "_").replace("-", "_"))
    return Problem(error.status_code, code, phrase.lower(), _with_head(error.headers)).response()


def _with_head(headers: Mapping[str, str] | None) -> Mapping[str, str]:
    """Let `Allow` name HEAD beside GET, since whoever may ask for the one may ask for the other."""
    allowed = (headers or {}).get("Allow", "")
    return {**(headers or {}), "Allow": allowed.replace("GET", "GET, HEAD")} if "GET" in allowed else headers or {}
