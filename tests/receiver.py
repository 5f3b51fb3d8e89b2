"""How does a storefront receive webhooks in a test? A server of its own, that checks each and answers as it is told."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from standardwebhooks import Webhook

SECRET = "whsec_" + "c3RvcmVmcm9udHMgc2hhcmVkIHNlY3JldCE="
OTHER_SECRET = "whsec_" + "YW5vdGhlciBzaGFyZWQgc2VjcmV0ISEhIQ=="


@dataclass(frozen=True)
class Received:
    """One request as it came, and when."""

    path: str
    headers: Mapping[str, str]
    body: bytes
    at: float

    @property
    def event(self) -> dict[str, Any]:
        """The CloudEvent, once its signature is verified by the public library."""
        event: dict[str, Any] = Webhook(SECRET).verify(self.body, dict(self.headers))
        assert self.headers["webhook-id"] == event["id"]
        return event


@dataclass
class Receiver:
    """Answer every request with `status`; keep what came."""

    port: int = 0
    status: int = 204
    headers: dict[str, str] = field(default_factory=dict)
    received: list[Received] = field(default_factory=list)
    seconds: float = 0.0
    """It takes so long to answer."""
    serving: list[asyncio.Task[None]] = field(default_factory=list)
    came: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/coterm"

    async def until(self, count: int, seconds: float = 30.0) -> list[Received]:
        """Wait until so many came."""
        async with asyncio.timeout(seconds):
            while len(self.received) < count:
                self.came.clear()
                await self.came.wait()
        return self.received

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer what comes over one connection."""
        task = asyncio.current_task()
        assert task is not None
        self.serving.append(task)
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
                pairs = (line.split(": ", 1) for line in head[1:] if line)
                headers = {name.lower(): value for name, value in pairs}
                body = await reader.readexactly(int(headers.get("content-length", 0)))
                self.received.append(Received(head[0].split()[1], headers, body, time.time()))
                self.came.set()
                await asyncio.sleep(self.seconds)
                more = "".join(f"{name}: {value}\r\n" for name, value in self.headers.items())
                writer.write(f"HTTP/1.1 {self.status} X\r\ncontent-length: 0\r\n{more}\r\n".encode())
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def receiving(port: int = 0) -> AsyncIterator[Receiver]:
    """Listen for a while."""
    receiver = Receiver()
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", port)
    receiver.port = server.sockets[0].getsockname()[1]
    try:
        yield receiver
    finally:
        server.close()
        for task in receiver.serving:
            task.cancel()
        await asyncio.gather(*receiver.serving, return_exceptions=True)


def names(received: list[Received]) -> list[str]:
    """Name the events that came, without their owners' and versions' marks."""
    return [json.loads(each.body)["type"].split(".")[1] for each in received]
