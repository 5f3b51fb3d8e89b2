"""How do notifications' adapters run without a stack?"""

from uuid import UUID

from schemas.envelope import Event
from services.notifications.adapters.api import router
from services.notifications.declaration import declare
from tests.unit import memory_edge
from tests.unit.notifications.spec import event_id


class MemoryEdge(memory_edge.MemoryEdge):
    """Stand between notifications and the commit page."""

    def __init__(self) -> None:
        super().__init__(declare, router, mail_from="Servizio <servizio@mail.example>")

    def name_of(self, event: Event) -> UUID:
        """Name an event as the stories do, which compare causes."""
        return event_id(event)
