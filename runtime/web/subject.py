"""What does a service hold about a person? Told to an operator, opened: rows, sealed parts of events, what waits."""

import json
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path
from pydantic import BaseModel, ConfigDict, Field

from runtime.edge import Edge
from runtime.privacy.showing import Open, blocks_in, opened_with, shown
from runtime.service import Service
from runtime.web.keys import operator_key
from runtime.web.problems import Problem
from runtime.wire.codec import encode_state
from schemas.envelope import Event
from schemas.personal import SealedBlock
from schemas.storefront import Id
from schemas.topics import EVENTS

Waiting = Callable[[str], Awaitable[Sequence[Any]]]
"""Read what waits with an account, as rows of `parked`."""


class PersonalAnswer(BaseModel):
    """Personal data as it was sealed once, and the events in which it stands; `[erased]` once the key is gone."""

    content: Any
    stands_in: list[str]


class WaitingAnswer(BaseModel):
    """A record that waits with its account, opened."""

    type: str
    reason: str
    content: Any


class SubjectAnswer(BaseModel):
    """All that one service holds about a person."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "service": "notifications",
                    "customer_id": "c-1",
                    "personal": [
                        {
                            "content": {"name": "Rossi Srl", "email": "a@rossi.example", "vat_number": "12345670017"},
                            "stands_in": ["ContactNoted o-1", "EmailRequested o-1"],
                        }
                    ],
                    "account": {"services": []},
                    "rows": {"contacts": [{"customer_id": "c-1", "locale": "it", "corrected": False}]},
                    "waiting": [],
                    "events": {"ContactNoted": 1, "EmailRequested": 1, "EmailSent": 1},
                }
            ]
        }
    )

    service: str
    customer_id: str
    personal: list[PersonalAnswer]
    account: Any = Field(description="What it keeps of them to decide by.")
    rows: dict[str, list[Any]] = Field(description="What its live tables say, table by table.")
    waiting: list[WaitingAnswer] = Field(description="Records that wait with the account for an operator.")
    events: dict[str, int] = Field(description="How many events of each type the log keeps of them.")


@dataclass(frozen=True, slots=True)
class Subject:
    """Look for a person in one service."""

    edge: Edge
    service: Service
    waiting: Waiting

    async def found(self, customer_id: str) -> SubjectAnswer | None:
        """Return what is held about a customer, opened; None where nothing is."""
        show = opened_with(self.edge.keyring)
        events = await self._events(customer_id)
        waiting = [await _waits(row, customer_id, show) for row in await self.waiting(customer_id)]
        if not events and not waiting:
            return None
        return SubjectAnswer(
            service=self.service.name,
            customer_id=customer_id,
            personal=await _personal(events, customer_id, show),
            account=await shown(await self._account(customer_id), customer_id, show),
            rows=await self._rows(customer_id, show),
            waiting=waiting,
            events=dict(sorted(Counter(_name(event) for event in events).items())),
        )

    async def _events(self, customer_id: str) -> list[Event]:
        kinds = EVENTS[self.service.topic]
        return [event for kind in kinds for event in await self.edge.own_events(customer_id, kind.EVENT_TYPE)]

    async def _account(self, customer_id: str) -> Any:
        state = await self.edge.state(customer_id)
        return None if state is None else json.loads(encode_state(state))

    async def _rows(self, customer_id: str, show: Open) -> dict[str, list[Any]]:
        found = {}
        for projection in self.service.projections:
            rows = await self.edge.rows(projection, {"customer_id": customer_id}, projection.key)
            plain = [json.loads(encode_state(row)) for row in rows]
            found[projection.table] = [await shown(row, customer_id, show) for row in plain]
        return {table: rows for table, rows in found.items() if rows}


def with_subject(router: APIRouter, subject: Subject) -> APIRouter:
    """Put a service's own routes and this one together."""
    routes = APIRouter()
    routes.include_router(router)

    @routes.get(
        "/v1/operator/customers/{customer_id}/subject",
        tags=["subject"],
        dependencies=[Depends(operator_key)],
        responses={404: {"description": "CUSTOMER_UNKNOWN."}},
    )
    async def show_subject(customer_id: Annotated[Id, Path(examples=["c-1"])]) -> SubjectAnswer:
        """Show all that this service holds about a person, opened."""
        found = await subject.found(customer_id)
        if found is None:
            raise Problem(404, "CUSTOMER_UNKNOWN", f"nothing is held about {customer_id}")
        return found

    return routes


async def _personal(events: Sequence[Event], customer_id: str, show: Open) -> list[PersonalAnswer]:
    places: dict[SealedBlock, list[str]] = {}
    for event in events:
        for block in blocks_in(event.model_dump(mode="json")):
            places.setdefault(block, []).append(" ".join(filter(None, (_name(event), event.correlation))))
    contents: dict[str, PersonalAnswer] = {}
    for block, names in places.items():
        content = await show(customer_id, block)
        same = contents.setdefault(json.dumps(content, sort_keys=True), PersonalAnswer(content=content, stands_in=[]))
        same.stands_in += names
    return list(contents.values())


async def _waits(row: Any, customer_id: str, show: Open) -> WaitingAnswer:
    if row["sealed"] is not None:
        content = await show(customer_id, SealedBlock.model_validate_json(row["sealed"]))
    else:
        content = await shown(_plain(row["value"]), customer_id, show)
    return WaitingAnswer(type=row["type"], reason=row["reason"], content=content)


def _plain(value: bytes | None) -> Any:
    try:
        return json.loads(value or b"null")
    except ValueError:
        return f"{len(value or b'')} bytes that are no JSON"


def _name(event: Event) -> str:
    return event.EVENT_TYPE.split(".")[1]
