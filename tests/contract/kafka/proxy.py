"""How does a test put a network between one instance and the broker? A proxy that can stall some requests."""

import asyncio
import contextlib
import struct
from collections.abc import AsyncIterator

FETCH = 1
CLIENT_AT = 10
"""Behind its kind, version and number, and the length of the name, a request names its client."""


class Proxy:
    """Hand requests on to the broker until they are to stall; the broker's own address is answered as the proxy's."""

    def __init__(self, broker: str) -> None:
        self._host, _, port = broker.rpartition(":")
        self._port = int(port)
        self._stalled: bytes | None = None
        self._fetching: dict[asyncio.StreamWriter, bytes] = {}
        """Which connections fetch, and what stands in their fetches from the client's name on."""
        self.address = ""

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator["Proxy"]:
        """Listen beside the broker."""
        server = await asyncio.start_server(self._connected, self._host, 0)
        port = server.sockets[0].getsockname()[1]
        self.address = f"{self._host}:{port}"
        self._theirs, self._ours = (_as_answered(self._host, at) for at in (self._port, port))
        try:
            yield self
        finally:
            server.close()

    def stall_fetches(self, client: str = "") -> None:
        """From now on let nothing pass on connections that fetch, of clients whose name begins so; heartbeats do."""
        self._stalled = client.encode()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        broker_reader, broker_writer = await asyncio.open_connection(self._host, self._port)
        answering = asyncio.create_task(self._answer(broker_reader, writer))
        with contextlib.suppress(asyncio.IncompleteReadError, OSError):  # either end hung up
            await self._ask(reader, writer, broker_writer)
        answering.cancel()
        broker_writer.close()
        writer.close()

    async def _ask(
        self, reader: asyncio.StreamReader, client: asyncio.StreamWriter, broker: asyncio.StreamWriter
    ) -> None:
        while True:
            request = await _frame(reader)
            (kind,) = struct.unpack_from(">h", request)
            if kind == FETCH:
                self._fetching[client] = request[CLIENT_AT:]
            if not self._is_stalled(client):
                await _send(broker, request)

    async def _answer(self, broker: asyncio.StreamReader, client: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, OSError):
            while True:
                response = await _frame(broker)
                if not self._is_stalled(client):
                    await _send(client, response.replace(self._theirs, self._ours))
        client.close()

    def _is_stalled(self, client: asyncio.StreamWriter) -> bool:
        named = self._fetching.get(client)
        return self._stalled is not None and named is not None and named.startswith(self._stalled)


async def _send(writer: asyncio.StreamWriter, message: bytes) -> None:
    writer.write(struct.pack(">i", len(message)) + message)
    await writer.drain()


async def _frame(reader: asyncio.StreamReader) -> bytes:
    (length,) = struct.unpack(">i", await reader.readexactly(4))
    return await reader.readexactly(length)


def _as_answered(host: str, port: int) -> bytes:
    """Write an address as brokers do: in metadata and as a group's coordinator, all of one length."""
    return struct.pack(">h", len(host)) + host.encode() + struct.pack(">i", port)
