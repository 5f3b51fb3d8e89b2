from collections.abc import AsyncIterator

import pytest

from services.provisioning.adapters import panel
from tests.unit.provisioning.customers import Customer
from tests.unit.provisioning.memory_edge import MemoryEdge


@pytest.fixture
async def customer(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Customer]:
    """Give the panel's customer, who is told of a failed sign-in without the wait that keeps guessers slow."""
    monkeypatch.setattr(panel, "FAILED_ANSWERS_AFTER", 0.0)
    edge = MemoryEdge()
    async with edge.client() as client:
        yield Customer(edge, client)
