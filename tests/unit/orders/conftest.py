from collections.abc import AsyncIterator

import httpx
import pytest

from tests.unit.memory_edge import STOREFRONT
from tests.unit.orders.builders import base_activated
from tests.unit.orders.spec import Desk


@pytest.fixture
async def desk() -> Desk:
    desk = Desk()
    await desk.when(base_activated())
    return desk


@pytest.fixture
async def http(desk: Desk) -> AsyncIterator[httpx.AsyncClient]:
    async with desk.client() as client:
        client.headers.update(STOREFRONT)
        yield client
