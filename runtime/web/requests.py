"""How is a request told from another, in the log and in the answer? By an id; and what broke in it stays inside."""

import re
import secrets
import time

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from runtime.edge import TRACEPARENT
from runtime.metrics import HTTP_SECONDS
from runtime.web.problems import internal_error

REQUEST_ID = "X-Request-ID"

_TRACEPARENT = re.compile(r"00-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")
_PROBES = frozenset({"/livez", "/readyz", "/metrics"})
"""Asked every few seconds by machines: a line of each would bury the others."""
_log = structlog.get_logger()


class Requests:
    """Name each request, time it, and answer 500 for what nobody caught.

    The id is the trace id of a well-formed `traceparent`, else drawn; it stands in every log line and in the answer.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one ASGI request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        trace = _trace(Headers(scope=scope))
        request_id = _request_id(trace)
        method = _method(scope)
        if method == "HEAD":
            scope = {**scope, "method": "GET"}  # the same answer; the server leaves its body out
        status = 0
        started = time.monotonic()

        async def send_named(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers[REQUEST_ID] = request_id
                headers["Cache-Control"] = "no-store"
                headers["X-Content-Type-Options"] = "nosniff"
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
    given = headers.get("traceparent", "")
    return given if _TRACEPARENT.fullmatch(given) else None


def _request_id(trace: str | None) -> str:
    return trace.split("-")[1] if trace else secrets.token_hex(16)


def _method(scope: Scope) -> str:
    return scope["method"] if scope["method"] in {"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"} else "other"


def _route(scope: Scope) -> str:
    """Name the route, not the path: a path has ids in it."""
    return str(getattr(scope.get("route"), "path", "none"))
