"""How is a request told from another, in the log and in the answer? By an id; and what broke in it stays inside."""

import re
import secrets
import time

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from runtime.edge import TRACEPARENT
from runtime.metrics import HTTP_SECONDS
from runtime.privacy.masking import mask_text
from runtime.web.problems import internal_error

REQUEST_ID = "X-Request-Id"

_REQUEST_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,63}")
_TRACEPARENT = re.compile(r"00-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")
_PROBES = frozenset({"/livez", "/readyz", "/metrics"})
"""Asked every few seconds by machines: a line of each would bury the others."""
_log = structlog.get_logger()


class Requests:
    """Name each request, time it, and answer 500 for what nobody caught.

    The id is a well-formed `X-Request-Id` of the caller's, else the trace id of a well-formed `traceparent`, else
    drawn; it stands in every log line, in the answer's header and in a problem.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one ASGI request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        trace = _trace(headers)
        request_id = _given_id(headers) or (trace.split("-")[1] if trace else new_request_id())
        method = _method(scope)
        if method == "HEAD":
            scope = {**scope, "method": "GET"}  # the same answer; the server leaves its body out
        status = 0
        started = time.monotonic()

        async def send_named(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                answer = MutableHeaders(scope=message)
                answer[REQUEST_ID] = request_id
                answer["Cache-Control"] = "no-store"
                answer["X-Content-Type-Options"] = "nosniff"
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id):
            token = TRACEPARENT.set(trace)
            try:
                await self._app(scope, receive, send_named)
            except Exception:
                _log.exception("request failed", action="http.failed", method=method, route=_route(scope))
                if status:
                    raise
                await internal_error().response()(scope, receive, send_named)
            finally:
                TRACEPARENT.reset(token)
                _answered(method, _route(scope), status, time.monotonic() - started)


def _answered(method: str, route: str, status: int, seconds: float) -> None:
    HTTP_SECONDS.labels(method, route, str(status)).observe(seconds)
    tell = _log.debug if route in _PROBES else _log.info
    tell("answered", action="http.answered", method=method, route=route, status=status, ms=round(seconds * 1000, 1))


def _trace(headers: Headers) -> str | None:
    traceparent = headers.get("traceparent", "")
    return traceparent if _TRACEPARENT.fullmatch(traceparent) else None


def new_request_id() -> str:
    """Draw an id."""
    return secrets.token_hex(16)


def _given_id(headers: Headers) -> str | None:
    """Take the caller's id where it is given once and a log may show it: nothing that looks like a person's number."""
    ids = headers.getlist(REQUEST_ID)
    if len(ids) != 1 or not _REQUEST_ID.fullmatch(ids[0]) or mask_text(ids[0]) != ids[0]:
        return None
    return ids[0]


def _method(scope: Scope) -> str:
    return scope["method"] if scope["method"] in {"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"} else "other"


def _route(scope: Scope) -> str:
    """Name the route, not the path: a path has ids in it."""
    return str(getattr(scope.get("route"), "path", "none"))
