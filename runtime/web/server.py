"""How is an application served beside the rest of the process? By uvicorn in its loop, leaving signals alone."""

import asyncio
import contextlib
import socket
from collections.abc import Callable, Iterator

import uvicorn
from starlette.types import ASGIApp

from runtime.web.connections import IDLE_SECONDS, BoundedProtocol, most_connections

_ACCEPTED_AT_ONCE = most_connections() // 4
"""asyncio accepts so many before it looks at any: with those we hold they stay below the descriptors there are."""


class _Server(uvicorn.Server):
    """Serve without taking over the process's signal handlers: the worker decides when to stop."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def listen(host: str, port: int) -> socket.socket:
    """Bind an address. Raises OSError when it is taken.

    What is accepted from it sends at once: asyncio would see to that only for a socket that names its protocol, and an
    answer whose head and body are two writes would otherwise wait for the client's delayed acknowledgement, 40 ms.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.create_server((host, port), family=family, backlog=_ACCEPTED_AT_ONCE)
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


async def serve(app: ASGIApp, host: str, port: int, listening: Callable[[int], None] = lambda _: None) -> None:
    """Serve until cancelled, then finish the requests in flight (10 s at most).

    Calls `listening` with the port once it is bound. Raises OSError when the address is taken.
    """
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        lifespan="off",
        server_header=False,
        proxy_headers=False,
        http=BoundedProtocol,
        ws="none",
        backlog=_ACCEPTED_AT_ONCE,
        timeout_keep_alive=IDLE_SECONDS,
        timeout_graceful_shutdown=10,
    )
    with listen(host, port) as listener:
        listening(listener.getsockname()[1])
        server = _Server(config)
        serving = asyncio.create_task(server.serve(sockets=[listener]), name="http")
        try:
            await asyncio.shield(serving)
        except asyncio.CancelledError:
            server.should_exit = True
            await serving
            raise
