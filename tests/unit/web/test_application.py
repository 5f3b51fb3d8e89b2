"""Do the pages hold back what must not be told, and whoever asks too often?"""

import io
import json
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI, Request

import web
from runtime import log
from runtime.web.rates import RateLimit
from web.kit.application import create

SHOP = Path(web.__file__).parent / "shop"
MORE = {"provider": "Coterm", "style": "coterm-1.css", "panel_url": "", "contact": None}


def application(limit: RateLimit) -> FastAPI:
    app, *_ = create("shop", SHOP, "k" * 32, MORE, limit)

    @app.post("/secret")
    async def fail(request: Request) -> None:
        password = (await request.form())["password"]
        raise RuntimeError("it broke") if password else AssertionError

    return app


def visitor(app: FastAPI) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="https://shop.example")


class TestWhoeverAsksTooOften:
    async def test_is_told_so_in_words_and_when_to_come_back(self) -> None:
        async with visitor(application(RateLimit(0.5, 2))) as client:
            answers = [await client.get("/nowhere") for _ in range(3)]
        assert [answer.status_code for answer in answers] == [404, 404, 429]
        assert "Troppe richieste" in answers[2].text
        assert answers[2].headers["retry-after"] == "2"
        assert "script-src 'self'" in answers[2].headers["content-security-policy"]


class TestAPageThatFails:
    async def test_logs_nothing_that_was_typed_and_shows_a_number_to_find_it_by(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        written = io.StringIO()
        log.configure("INFO", "shop", written)
        async with visitor(application(RateLimit(10, 10))) as client:
            answer = await client.post("/secret", data={"password": "quattro parole mie"})
        assert answer.status_code == 500
        (line,) = written.getvalue().splitlines()
        assert "quattro" not in line
        assert json.loads(line)["request_id"] in answer.text
        assert "quattro" not in answer.text
