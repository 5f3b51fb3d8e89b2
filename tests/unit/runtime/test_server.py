import asyncio
import signal
import socket
from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI
from starlette.types import ASGIApp

from runtime.web import serve
from runtime.web.bodies import BodyLimit


def _app(arrived: asyncio.Event | None = None) -> FastAPI:
    app = FastAPI()

    @app.get("/slow")
    async def slow() -> str:
        if arrived is not None:
            arrived.set()
        await asyncio.sleep(0.2)
        return "done"

    return app


async def _start(app: ASGIApp) -> tuple[asyncio.Task[None], str]:
    port: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    serving = asyncio.create_task(serve(app, "127.0.0.1", 0, port.set_result))
    return serving, f"http://127.0.0.1:{await port}"


class TestWhenServingIsCancelled:
    async def test_the_request_in_flight_is_answered_first(self) -> None:
        arrived = asyncio.Event()
        serving, url = await _start(_app(arrived))
        async with httpx.AsyncClient(trust_env=False) as client:
            asked = asyncio.create_task(client.get(f"{url}/slow"))
            await arrived.wait()
            serving.cancel()
            assert (await asked).json() == "done"
        with pytest.raises(asyncio.CancelledError):
            await serving

    async def test_signals_stay_with_the_process(self) -> None:
        before = signal.getsignal(signal.SIGTERM)
        serving, url = await _start(_app())
        async with httpx.AsyncClient(trust_env=False) as client:
            await client.get(f"{url}/slow")
        assert signal.getsignal(signal.SIGTERM) is before
        serving.cancel()
        with pytest.raises(asyncio.CancelledError):
            await serving


class TestWhenTheAddressIsTaken:
    async def test_it_is_an_error_and_not_the_end_of_the_process(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as other, pytest.raises(OSError, match="in use"):
            await serve(_app(), "127.0.0.1", other.getsockname()[1])


class TestWhenABodyIsTooLarge:
    """The client still sends when the answer is known; a reset must not overtake that answer."""

    @pytest.mark.parametrize("size", [64 * 1024 + 1, 4 * 1024 * 1024])
    @pytest.mark.parametrize("chunked", [False, True])
    async def test_the_answer_arrives_each_time(self, size: int, *, chunked: bool) -> None:
        serving, url = await _start(BodyLimit(_app()))

        async def chunks() -> AsyncIterator[bytes]:
            for start in range(0, size, 65_536):
                yield b"x" * min(65_536, size - start)

        async with httpx.AsyncClient(trust_env=False) as client:
            for _ in range(10):
                answer = await client.post(f"{url}/slow", content=chunks() if chunked else b"x" * size)
                assert answer.status_code == 413
        serving.cancel()
        with pytest.raises(asyncio.CancelledError):
            await serving
