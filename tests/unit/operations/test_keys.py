import hashlib
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from fastapi import APIRouter
from typer.testing import CliRunner

from operations.keys import app
from operations.surroundings import Misused, OperationFailed
from runtime.errors import SettingsRefused
from runtime.web import Storefront, create_app
from tests.unit.memory_edge import Fine


def client_of(file: Path) -> httpx.AsyncClient:
    routes = APIRouter()

    @routes.get("/v1/me")
    async def me(caller: Storefront) -> dict[str, str]:
        return {"name": caller.name}

    settings = SimpleNamespace(
        storefront_keys={"set.it": hashlib.sha256(b"sf_set").hexdigest()},
        operator_keys={},
        api_keys_file=file,
        http_rate_per_second=1000.0,
        http_rate_burst=1000,
    )
    edge: Any = SimpleNamespace(settings=settings)
    return httpx.AsyncClient(transport=httpx.ASGITransport(create_app("t", edge, routes, Fine())), base_url="http://t")


class Keys:
    """Call `coterm keys` on one file."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def __call__(self, *arguments: str) -> str:
        """Return what it prints. Raises what the command raises."""
        ended = CliRunner().invoke(app, [*arguments, "--file", str(self.file)], catch_exceptions=False)
        assert ended.exit_code == 0
        return ended.stdout.strip()


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    return Keys(tmp_path / "api-keys.json")


async def test_a_key_follows_another_without_a_restart(keys: Keys) -> None:
    async with client_of(keys.file) as http:

        async def name(key: str) -> str | int:
            answer = await http.get("/v1/me", headers={"Authorization": f"Bearer {key}"})
            return str(answer.json()["name"]) if answer.status_code == 200 else answer.status_code

        assert (await name("sf_set"), await name("x")) == ("set.it", 401)
        first = keys("new", "pec.it")
        assert await name(first) == "pec.it"
        second = keys("new", "pec.it")
        assert (await name(first), await name(second)) == ("pec.it", "pec.it")
        with pytest.raises(SettingsRefused, match="revoke one first"):
            keys("new", "pec.it")
        keys("revoke", json.loads(keys.file.read_text())[0]["id"])
        assert (await name(first), await name(second), await name("sf_set")) == (401, "pec.it", "set.it")
        keys.file.write_text("damaged")
        assert (await name(first), await name(second)) == (401, "pec.it")


def test_the_file_holds_no_key_and_is_its_users_alone(keys: Keys) -> None:
    key = keys("new", "--operator", "anna")
    assert len(key) >= 43
    assert key not in keys.file.read_text()
    assert keys.file.stat().st_mode & 0o777 == 0o600
    assert "operator anna" in keys("list")
    assert key not in keys("list")


def test_what_is_not_there_is_told(keys: Keys) -> None:
    with pytest.raises(OperationFailed, match="no key none"):
        keys("revoke", "none")
    with pytest.raises(Misused, match="STOREFRONT"):
        keys("new")
