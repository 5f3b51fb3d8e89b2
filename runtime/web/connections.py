"""How much may a stranger hold before anybody knows who it is? Bytes of a head, seconds to send it, connections.

What a request's body may take, `bodies` says; what a caller may ask in a second, `rates`.
"""

import asyncio
import json
import resource
import time
from typing import Any

import structlog
from prometheus_client import Counter
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from runtime.web.problems import MEDIA_TYPE, problem_document
from runtime.web.requests import REQUEST_ID, new_request_id

MOST_HEAD_BYTES = 16 * 1024
"""Of a request's line and headers together; trailers count too."""
MOST_HEADERS = 100
HEAD_SECONDS = 10.0
"""From a connection's first moment, or a later request's first byte, to the end of its headers."""
IDLE_SECONDS = 30
"""Between two requests of one connection."""
UNREAD_SECONDS = 30.0
"""How long a client may leave unread what it asked for."""
_MOST_MESSAGE_BYTES = 16 * 1024 * 1024
"""Of one request in all, chunk marks and bytes thrown away among them: `bodies` refuses long before."""

CLOSED = Counter(
    "coterm_http_closed", "Connections that we closed, by why: never for a client within its limits.", ["why"]
)

_log = structlog.get_logger()


def most_connections() -> int:
    """Leave half of the process's descriptors to databases, brokers and files."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return 1000 if soft == resource.RLIM_INFINITY else max(16, min(1000, soft // 2))


class BoundedProtocol(HttpToolsProtocol):
    """Speak HTTP within limits. Where all connections are taken, who has nothing under way for longest makes room."""

    most = most_connections()

    def connection_made(self, transport: Any) -> None:
        """Take a connection, and start its clock."""
        super().connection_made(transport)
        self._refusal: tuple[int, str, str] | None = None
        self._head_size = self._headers = self._fed = 0
        self._in_head = True
        self._unread: asyncio.TimerHandle | None = None
        self._since = time.monotonic()
        self._head_timer: asyncio.TimerHandle | None = self.loop.call_later(HEAD_SECONDS, self._is_late)
        if len(self.connections) > self.most:
            self._make_room()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the clocks."""
        for timer in (self._head_timer, self._unread):
            if timer is not None:
                timer.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on, as far as the limits go."""
        if self.transport.is_closing():
            return
        was_in_head = self._in_head
        self._fed += len(data)
        super().data_received(data)
        if self.transport.is_closing():
            return
        if self._in_head and was_in_head and self._fed > MOST_HEAD_BYTES:
            self._refuse_head()
            self.send_400_response("")
        elif self._fed > _MOST_MESSAGE_BYTES:
            self._close("message_bytes")
        elif self._in_head and self._fed and self._head_timer is None:
            self._head_timer = self.loop.call_later(HEAD_SECONDS, self._is_late)

    def on_message_begin(self) -> None:
        """Begin to count a request's head."""
        super().on_message_begin()
        self._head_size = self._headers = 0

    def on_url(self, url: bytes) -> None:
        """Count the request line."""
        self._count(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Count a header."""
        self._headers += 1
        self._count(len(name) + len(value) + 4)
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Stop the head's clock: the body has one of its own."""
        self._in_head = False
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Expect the next request's head."""
        super().on_message_complete()
        self._in_head, self._fed = True, 0

    def on_response_complete(self) -> None:
        """Count from here how long nothing is under way."""
        self._since = time.monotonic()
        super().on_response_complete()

    def pause_writing(self) -> None:
        """Wait for a client that does not read, but not for ever."""
        super().pause_writing()
        self._unread = self.loop.call_later(UNREAD_SECONDS, self._close, "unread")

    def resume_writing(self) -> None:
        """Go on: it reads."""
        super().resume_writing()
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None

    def send_400_response(self, msg: str) -> None:
        """Answer what is no HTTP, or has too large a head, as a problem."""
        status, phrase, detail = self._refusal or (400, "Bad Request", "this is no HTTP request")
        code = phrase.upper().replace(" ", "_")
        request_id = new_request_id()
        body = json.dumps(problem_document(status, code, detail, request_id)).encode()
        head = (
            f"HTTP/1.1 {status} {phrase}\r\nContent-Type: {MEDIA_TYPE}\r\nContent-Length: {len(body)}\r\n"
            f"{REQUEST_ID}: {request_id}\r\nConnection: close\r\n\r\n"
        )
        _log.info("answered", action="http.answered", status=status, request_id=request_id)
        self.transport.write(head.encode() + body)
        self.transport.close()

    @property
    def is_busy(self) -> bool:
        """Tell whether a request is under way: its headers are here, its answer is not complete."""
        return not getattr(self.cycle, "response_complete", True)

    def _count(self, size: int) -> None:
        self._head_size += size
        if self._head_size > MOST_HEAD_BYTES or self._headers > MOST_HEADERS:
            self._refuse_head()
            raise ValueError("the head is too large")

    def _refuse_head(self) -> None:
        CLOSED.labels("head_bytes").inc()
        detail = f"a request's line and headers have at most {MOST_HEAD_BYTES} bytes, and {MOST_HEADERS} headers"
        self._refusal = (431, "Request Header Fields Too Large", detail)

    def _is_late(self) -> None:
        self._head_timer = None
        if self.is_busy:  # the next request may wait until this one is answered
            self._head_timer = self.loop.call_later(HEAD_SECONDS, self._is_late)
        else:
            self._close("head_seconds")

    def _make_room(self) -> None:
        # Room is given by who has nothing under way, longest first; the newcomer itself is the last of these.
        ours = [each for each in self.connections if isinstance(each, BoundedProtocol)]
        idle = [each for each in ours if not each.is_busy and not each.transport.is_closing()]
        min(idle, key=lambda each: each._since)._close("room")

    def _close(self, why: str) -> None:
        if not self.transport.is_closing():
            CLOSED.labels(why).inc()
            self.transport.abort()
