"""How big and how slow may a request's body be? Read whole before anything looks at it, up to a limit."""

import asyncio
import contextlib

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from runtime.web.problems import Problem

MOST_BYTES = 64 * 1024
_SECONDS = 15.0
# A connection closed over bytes nobody read is reset, and the reset can overtake the answer (RFC 9112, 9.6):
# what a client is still sending is thrown away first, within these limits.
_THROWN_AWAY_BYTES = 8 * 1024 * 1024
_THROWN_AWAY_SECONDS = 2.0


class _ClientLeft(Exception):
    """The client went before its body had arrived."""


class BodyLimit:
    """Refuse bodies over 64 KiB (413), announced or chunked, bodies that never end (408), NUL in a URL (422)."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one ASGI request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            body = await _body(scope, receive)
        except _ClientLeft:
            return
        except Problem as problem:
            await problem.response()(scope, receive, send)
            return
        await self._app(scope, _once(body, receive), send)


async def _body(scope: Scope, receive: Receive) -> bytes:
    headers = dict(scope["headers"])
    if "\x00" in scope["path"] or b"%00" in scope["query_string"]:
        # PostgreSQL's text holds no NUL, so that nothing with it can be known.
        errors = [{"field": "path", "detail": "NUL is no character of a name"}]
        raise Problem(422, "INVALID_REQUEST", "the request does not fit its schema", errors=errors)
    length = headers.get(b"content-length", b"0")
    if length.isdigit() and int(length[:12]) > MOST_BYTES:
        if b"expect" not in headers:  # Who expects a 100 Continue sends nothing before it.
            await _throw_away(receive)
        raise _too_large()
    if b"content-length" not in headers and b"transfer-encoding" not in headers:
        return b""
    try:
        async with asyncio.timeout(_SECONDS):
            return await _read(receive)
    except TimeoutError:
        raise Problem(408, "REQUEST_TIMEOUT", "the body did not arrive", {"Connection": "close"}) from None


async def _read(receive: Receive) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise _ClientLeft
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > MOST_BYTES:
            if more:
                await _throw_away(receive)
            raise _too_large()
        if not more:
            return bytes(body)


async def _throw_away(receive: Receive) -> None:
    left = _THROWN_AWAY_BYTES
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_THROWN_AWAY_SECONDS):
            while left > 0:
                message = await receive()
                if message["type"] != "http.request" or not message.get("more_body", False):
                    return
                left -= len(message.get("body", b""))


def _too_large() -> Problem:
    return Problem(413, "BODY_TOO_LARGE", f"a body has at most {MOST_BYTES} bytes", {"Connection": "close"})


def _once(body: bytes, receive: Receive) -> Receive:
    """Hand over the body that was read, then whatever comes next (the client's leaving)."""
    is_sent = False

    async def next_message() -> Message:
        nonlocal is_sent
        if is_sent:
            return await receive()
        is_sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return next_message
