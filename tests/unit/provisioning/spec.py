"""Given what happened, when an input comes, then what happens: provisioning's declaration, in memory."""

from typing import Any

from schemas.envelope import Event
from services.provisioning.declaration import SERVICE
from tests.unit.memory_edge import Story


class Provisioning(Story):
    """One account and its rows; the clock stands where the story says."""

    SERVICE = SERVICE

    def service(self, product: str) -> Any:
        return self.edge.store.contents.rows["services"]["c-1", product]


def names(events: list[Event]) -> str:
    return " ".join(type(event).__name__ for event in events)
