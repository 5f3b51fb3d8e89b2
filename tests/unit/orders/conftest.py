import hashlib
from collections.abc import AsyncIterator

import httpx
import pytest

from runtime.web import create_app
from services.orders.adapters.api import router
from tests.unit.orders.asking import STOREFRONT
from tests.unit.orders.builders import base_activated
from tests.unit.orders.spec import OPERATOR_KEY, STOREFRONT_KEY, Desk


class Fine:
    def alive(self) -> str | None:
        return None

    def ready(self) -> str | None:
        return None

    def waits(self) -> str | None:
        return None


@pytest.fixture
async def desk() -> Desk:
    desk = Desk()
    desk.settings.storefront_keys = {"pec.it": hashlib.sha256(STOREFRONT_KEY.encode()).hexdigest()}
    desk.settings.operator_keys = {"anna": hashlib.sha256(OPERATOR_KEY.encode()).hexdigest()}
    await desk.when(base_activated())
    return desk


@pytest.fixture
async def http(desk: Desk) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app("orders", desk, router(desk), Fine())
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://orders", headers=STOREFRONT) as client:
        yield client
