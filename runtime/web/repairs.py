"""What can an operator ask every service over HTTP? To take again, or to discard, what it has set aside."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path
from pydantic import BaseModel, ConfigDict, Field, JsonValue

from runtime.repair.set_aside import Fate, Repaired, RepairRefused, Repairs, Step
from runtime.web.keys import operator_key
from runtime.web.openapi import example
from runtime.web.operators import EVENT, DryRun, EventAnswer, event_answer
from runtime.web.problems import Problem
from schemas.storefront import Id
from schemas.text import Reason

CustomerId = Annotated[Id, Path(examples=["c-1"])]
QuarantinedId = Annotated[int, Path(ge=1, lt=1 << 63, examples=[1])]

_Responses = dict[int | str, dict[str, Any]]
_PARKED: _Responses = {404: {"description": "NOT_PARKED."}}
_QUARANTINED: _Responses = {404: {"description": "NOT_QUARANTINED."}}


class WhyBody(BaseModel):
    """The reason, for whoever reads the log later; nothing personal."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"why": "a test cart, the storefront asked for it"}]}
    )

    why: Reason


_STEP: dict[str, JsonValue] = {
    "type": "orders.OrderPlaced.v1",
    "input_id": "7d0c1f5e-3a51-5a0f-9a53-0d9f6f1f2b11",
    "fate": "APPLIED",
    "detail": example(None),
    "events": [EVENT],
}


class StepAnswer(BaseModel):
    """One input and what became of it."""

    type: str
    input_id: str
    fate: Fate
    detail: str | None
    events: list[EventAnswer]


class RepairAnswer(BaseModel):
    """What was done or, in a dry run, would be; and how many inputs of the account still wait."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"dry_run": True, "waiting": 0, "steps": [_STEP]}]})

    dry_run: bool
    waiting: int = Field(ge=0)
    steps: list[StepAnswer]


def with_repairs(router: APIRouter, repairs: Repairs) -> APIRouter:
    """Put a service's own routes and these together."""
    routes = APIRouter()
    routes.include_router(router)
    routes.include_router(repairs_router(repairs))
    return routes


def repairs_router(repairs: Repairs) -> APIRouter:
    """Make the routes that every service has for its operators."""
    routes = APIRouter(prefix="/v1/operator", tags=["repairs"], dependencies=[Depends(operator_key)])

    @routes.post("/parked/{customer_id}/redrive", responses=_PARKED)
    async def redrive_parked(customer_id: CustomerId, dry_run: DryRun = False) -> RepairAnswer:
        """Take an account's parked inputs again, oldest first, until one can't be applied."""
        return await _answer(repairs.redrive(customer_id, dry_run=dry_run), dry_run=dry_run)

    @routes.post(
        "/parked/{customer_id}/discard",
        responses={**_PARKED, 409: {"description": "DEADLINE or UNREADABLE."}},
    )
    async def discard_parked(customer_id: CustomerId, body: WhyBody, dry_run: DryRun = False) -> RepairAnswer:
        """Discard the input that an account waits for; the others stay parked."""
        return await _answer(repairs.discard(customer_id, body.why, dry_run=dry_run), dry_run=dry_run)

    @routes.post("/quarantine/{quarantined_id}/redrive", responses=_QUARANTINED)
    async def redrive_quarantined(quarantined_id: QuarantinedId, dry_run: DryRun = False) -> RepairAnswer:
        """Take a quarantined record again; it stays in quarantine where it is refused once more."""
        return await _answer(repairs.readmit(quarantined_id, dry_run=dry_run), dry_run=dry_run)

    @routes.post("/quarantine/{quarantined_id}/discard", responses=_QUARANTINED)
    async def discard_quarantined(
        quarantined_id: QuarantinedId, body: WhyBody, dry_run: DryRun = False
    ) -> RepairAnswer:
        """Discard a quarantined record."""
        return await _answer(repairs.dismiss(quarantined_id, body.why, dry_run=dry_run), dry_run=dry_run)

    return routes


async def _answer(work: Any, *, dry_run: bool) -> RepairAnswer:
    try:
        repaired: Repaired = await work
    except RepairRefused as refused:
        raise Problem(refused.status, refused.code, refused.detail) from None
    return RepairAnswer(dry_run=dry_run, waiting=repaired.waiting, steps=[_step(step) for step in repaired.steps])


def _step(step: Step) -> StepAnswer:
    events = [event_answer(recorded) for recorded in step.events]
    return StepAnswer(type=step.type, input_id=step.input_id, fate=step.fate, detail=step.detail, events=events)
