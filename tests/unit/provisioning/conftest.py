from collections.abc import AsyncIterator

import pytest

from services.provisioning.adapters import panel
from services.provisioning.adapters.gate import Gate
from tests.unit.provisioning.customers import Customer
from tests.unit.provisioning.memory_edge import MemoryEdge


@pytest.fixture
async def customer(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Customer]:
    """Give the panel's customer, who is told of a failed sign-in without the wait that keeps guessers slow.

    For the gate no time passes: on a slow machine tries are no further apart.
    """
    monkeypatch.setattr(panel, "FAILED_ANSWERS_AFTER", 0.0)
    monkeypatch.setattr(panel, "Gate", lambda: Gate(lambda: 0.0))
    edge = MemoryEdge()
    async with edge.client() as client:
        yield Customer(edge, client)
