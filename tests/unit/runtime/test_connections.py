import asyncio
import json
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest
from fastapi import FastAPI, Request
from fastapi.responses import StreamingResponse

from runtime.web import connections, serve
from runtime.web.bodies import BodyLimit
from runtime.web.connections import BoundedProtocol

FEW_DESCRIPTORS = """
import asyncio, resource
resource.setrlimit(resource.RLIMIT_NOFILE, (128, 128))
from runtime.web import serve
from tests.unit.runtime.test_connections import _app
asyncio.run(serve(_app(), "127.0.0.1", 0, lambda port: print(port, flush=True)))
"""
GET = b"GET /quick HTTP/1.1\r\nHost: h\r\n"
Stream = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Server:
    """Serve a small application on a port of its own."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.written: list[asyncio.StreamWriter] = []

    async def connect(self) -> Stream:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port, limit=1 << 20)
        self.written.append(writer)
        return reader, writer

    async def says(self, *pieces: bytes) -> bytes:
        """Send pieces, then read until the server closes."""
        reader, writer = await self.connect()
        try:
            for piece in pieces:
                writer.write(piece)
                await writer.drain()
            return await asyncio.wait_for(reader.read(), 10.0)
        except ConnectionResetError:
            return b"reset"

    async def close(self) -> None:
        for writer in self.written:
            writer.close()
        for writer in self.written:
            with suppress(ConnectionError):
                await writer.wait_closed()

    async def asks(self, stream: Stream | None = None) -> int:
        """Ask for the quick answer; return its status."""
        reader, writer = stream or await self.connect()
        writer.write(GET + b"\r\n")
        head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5.0)
        await reader.readexactly(4)
        return int(head.split()[1])


def _app(written: asyncio.Event | None = None) -> FastAPI:
    app = FastAPI()

    @app.get("/quick")
    async def quick() -> int:
        return 1000

    @app.get("/large")
    async def large() -> StreamingResponse:
        async def pieces() -> AsyncIterator[bytes]:
            for _ in range(256):
                yield b"x" * 65_536
            if written is not None:
                written.set()

        return StreamingResponse(pieces())

    @app.post("/body")
    async def body(request: Request) -> int:
        return len(await request.body())

    return app


@asynccontextmanager
async def serving(written: asyncio.Event | None = None) -> AsyncIterator[Server]:
    port: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    task = asyncio.create_task(serve(BodyLimit(_app(written)), "127.0.0.1", 0, port.set_result))
    server = Server(await port)
    try:
        yield server
    finally:
        await server.close()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


def is_refused(answer: bytes) -> bool:
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 431 "), answer[:100]
    return bool(json.loads(body)["code"] == "REQUEST_HEADER_FIELDS_TOO_LARGE")


class TestWhenAHeadIsTooLarge:
    """300 MiB of headers were taken on one connection."""

    @pytest.mark.parametrize(
        "head",
        [
            GET + b"A: " + b"x" * 16 * 1024 + b"\r\n\r\n",
            GET + b"".join(b"A%d: b\r\n" % number for number in range(100)) + b"\r\n",
            b"GET /quick?" + b"x" * 17 * 1024 + b" HTTP/1.1\r\n\r\n",
        ],
        ids=["one long", "many", "the line"],
    )
    async def test_it_is_431_at_once(self, head: bytes) -> None:
        async with serving() as server:
            assert is_refused(await server.says(head))

    async def test_one_that_never_ends_is_cut_off_where_the_limit_is(self) -> None:
        async with serving() as server:
            _, writer = await server.connect()
            writer.write(GET + b"A: ")
            assert await _taken(writer, 64 << 20) < 8 << 20  # what the sockets' own buffers swallow
            assert await server.asks() == 200

    async def test_trailers_and_chunk_marks_count_too(self) -> None:
        start = b"POST /body HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n"
        trailer = b"".join(b"A%d: b\r\n" % number for number in range(200))
        async with serving() as server:
            assert b" 431 " in await server.says(start + trailer + b"\r\n")

    async def test_what_fits_is_served(self) -> None:
        async with serving() as server:
            reader, writer = await server.connect()
            writer.write(GET + b"A: " + b"x" * 15 * 1024 + b"\r\n\r\n")
            assert b" 200 " in await reader.readline()

    async def test_what_is_no_http_is_a_problem(self) -> None:
        async with serving() as server:
            answer = await server.says(b"\x16\x03\x01 no http\r\n\r\n")
        head, _, body = answer.partition(b"\r\n\r\n")
        problem = json.loads(body)
        assert (problem["code"], problem["type"]) == ("BAD_REQUEST", "/problems/BAD_REQUEST")
        assert f"X-Request-Id: {problem['request_id']}".encode() in head


class TestWhenAClientIsSlow:
    async def test_silence_and_a_head_that_drips_end(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(connections, "HEAD_SECONDS", 0.3)
        async with serving() as server:
            started = time.monotonic()
            assert await server.says() in (b"", b"reset")
            assert await server.says(GET) in (b"", b"reset")
            stream = await server.connect()
            assert await server.asks(stream) == 200
            stream[1].write(b"GET /quick HTTP/1.1\r\n")  # a later request's head has a clock too
            assert await _ended(stream)
            assert time.monotonic() - started < 5.0

    async def test_an_answer_that_nobody_reads_ends(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(connections, "UNREAD_SECONDS", 0.3)
        written = asyncio.Event()
        async with serving(written) as server:
            _, writer = await server.connect()
            writer.write(b"GET /large HTTP/1.1\r\nHost: h\r\n\r\n")
            await asyncio.wait_for(written.wait(), 10.0)  # into a connection that is gone: nobody read it


class TestWhenAllConnectionsAreTaken:
    async def test_who_waits_for_longest_makes_room_and_nobody_is_shut_out(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(BoundedProtocol, "most", 20)
        async with serving() as server:
            mine = await server.connect()
            assert await server.asks(mine) == 200
            held = [await server.connect() for _ in range(100)]
            assert await server.asks() == 200
            ended = [await _has_ended(stream) for stream in held]
            assert ended[:70] == [True] * 70
            assert ended[-10:] == [False] * 10

    async def test_few_descriptors_are_enough_and_the_log_stays_short(self) -> None:
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-c", FEW_DESCRIPTORS, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        assert child.stdout is not None
        server = Server(int(await child.stdout.readline()))
        await asyncio.gather(*(server.connect() for _ in range(300)))
        answers = [await server.asks() for _ in range(5)]
        child.terminate()
        output = (await child.communicate())[0].decode()
        await server.close()
        assert answers == [200] * 5
        assert len(output.splitlines()) < 10, output[:1000]

    def test_half_of_the_descriptors_stay_for_others(self) -> None:
        assert 16 <= connections.most_connections() <= 1000


async def _taken(writer: asyncio.StreamWriter, most: int) -> int:
    """Write until the server hangs up; return how much it let us."""
    piece = b"x" * 4096
    for sent in range(0, most, len(piece)):
        try:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0)
        except ConnectionError:
            return sent
    return most


async def _ended(stream: Stream) -> bool:
    try:
        return await asyncio.wait_for(stream[0].read(), 5.0) == b""
    except ConnectionResetError:
        return True


async def _has_ended(stream: Stream) -> bool:
    try:
        return await asyncio.wait_for(stream[0].read(1), 0.05) == b""
    except ConnectionResetError:
        return True
    except TimeoutError:
        return False
