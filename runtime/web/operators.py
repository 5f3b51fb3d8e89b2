"""What does an operator's call answer? The own events that it wrote or, in a dry run, would write."""

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import Query, Response
from pydantic import BaseModel, ConfigDict, JsonValue

from runtime.edge import Edge, Submitted
from runtime.ids import Command
from runtime.web.problems import raise_if_refused
from runtime.wire.codec import Recorded

DryRun = Annotated[bool, Query(description="Do it in a transaction that is rolled back, and show what would happen.")]


EVENT: dict[str, JsonValue] = {
    "type": "orders.OrderReleased.v1",
    "version": 8,
    "data": {"customer_id": "c-1", "order_id": "o-1", "why": "the base is back"},
}


class EventAnswer(BaseModel):
    """An own event that was left, or would be; personal data stays sealed."""

    type: str
    version: int
    data: dict[str, Any]


class WrittenAnswer(BaseModel):
    """What a call wrote, or would; no event where it had been done before."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"dry_run": True, "events": [EVENT]}]})

    dry_run: bool
    events: list[EventAnswer]


async def written(edge: Edge, command: Command, response: Response, *, dry_run: bool) -> WrittenAnswer:
    """Carry a command out, or rehearse it; 202 when Kafka has not acknowledged it in time.

    Raises Problem when it is refused, and then nothing was stored.
    """
    if dry_run:
        return await rehearsed(edge, response, command)
    submitted = await edge.submit(command)
    raise_if_refused(submitted.outcome)
    if not await edge.durable(submitted):
        response.status_code = 202
    return WrittenAnswer(dry_run=False, events=events_of([submitted]))


async def rehearsed(edge: Edge, response: Response, *commands: Command) -> WrittenAnswer:
    """Tell with 200 which events commands would write that come one after the other; nothing is stored.

    Raises Problem when one would be refused.
    """
    submitted = await edge.rehearse(*commands)
    for each in submitted:
        raise_if_refused(each.outcome)
    response.status_code = 200
    return WrittenAnswer(dry_run=True, events=events_of(submitted))


def events_of(submitted: Sequence[Submitted]) -> list[EventAnswer]:
    """Show the events of commands."""
    return [event_answer(recorded) for each in submitted for recorded in each.recorded]


def event_answer(recorded: Recorded) -> EventAnswer:
    """Show an event."""
    event = recorded.event
    return EventAnswer(type=event.EVENT_TYPE, version=recorded.version, data=event.model_dump(mode="json"))
