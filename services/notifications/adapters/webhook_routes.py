"""What do operators ask about endpoints that are told of events? How each stands, and to tell it of all once more."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path
from pydantic import BaseModel, ConfigDict, Field

from runtime.delivery import GONE
from runtime.edge import Edge
from runtime.web import DryRun, Problem, operator_key
from runtime.webhook_settings import Name
from schemas.topics import TYPES

_SHOWN = 100
"""So many of what was given up are shown of each endpoint."""
_FAILED: dict[str, Any] = {
    "event_id": "7d0c1f5e-3a51-5a0f-9a53-0d9f6f1f2b11",
    "type": next(iter(TYPES)),
    "customer_id": "c-1",
    "order_id": "o-1",
    "attempts": 10,
    "reason": "HTTP_500",
    "queued_at": "2026-01-15T09:00:01Z",
}
_STANDING: dict[str, Any] = {
    "name": "pec",
    "storefront": "pec.it",
    "url": "https://pec.it/coterm",
    "types": [],
    "waiting": 0,
    "failed": 1,
    "is_gone": False,
    "oldest_at": "2026-01-15T09:00:01Z",
    "events": [_FAILED],
}
_REDELIVERY: dict[str, Any] = {"name": "pec", "dry_run": True, "events": 1}


class FailedAnswer(BaseModel):
    """An event of which telling was given up; not what it says."""

    event_id: str = Field(description="Its CloudEvents id: the `webhook-id`.")
    type: str = Field(description="Its type and version.")
    customer_id: str = Field(description="Whose it is.")
    order_id: str | None = Field(description="The order it belongs to, if it belongs to one.")
    attempts: int = Field(description="How often it was tried.")
    reason: str | None = Field(description="What stood in the way last; `GONE` is a 410.")
    queued_at: datetime = Field(description="Since when it waited.")


class WebhookAnswer(BaseModel):
    """An endpoint and how it stands; never its secret."""

    name: str = Field(description="What it is called in the settings.")
    storefront: str | None = Field(description="Whose events it is told of; `*`: everybody's. Null: it is set no more.")
    url: str | None = Field(description="Where it is.")
    types: list[str] = Field(description="The types it is told of; none: every public one.")
    waiting: int = Field(description="How many events it is still to be told of.")
    failed: int = Field(description="Of how many telling was given up.")
    is_gone: bool = Field(description="It answered 410: it is told of nothing more until it is told once more.")
    oldest_at: datetime | None = Field(description="Since when the oldest of both stands there.")
    events: list[FailedAnswer] = Field(description=f"What was given up, the oldest first, {_SHOWN} at most.")


class WebhooksAnswer(BaseModel):
    """Every endpoint of the settings, and those that were there once and left something behind."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"webhooks": [_STANDING]}]})

    webhooks: list[WebhookAnswer] = Field(description="By name.")


class RedeliveryAnswer(BaseModel):
    """Of how many events an endpoint is told once more, or would be."""

    model_config = ConfigDict(json_schema_extra={"examples": [_REDELIVERY]})

    name: str = Field(description="The endpoint.")
    dry_run: bool = Field(description="Nothing was changed.")
    events: int = Field(description="How many events.")


def add_webhooks(routes: APIRouter, edge: Edge) -> None:
    """Add what operators ask about endpoints."""

    @routes.get("/operator/webhooks", dependencies=[Depends(operator_key)])
    async def list_webhooks() -> WebhooksAnswer:
        """List the endpoints that are told of events, each with what waits and what was given up."""
        held = {row["endpoint"]: row for row in await edge.deliveries()}
        known = {webhook.name: webhook for webhook in edge.settings.webhooks}
        names = sorted({*held, *known})
        return WebhooksAnswer(webhooks=[await _answer(edge, name, known.get(name), held.get(name)) for name in names])

    @routes.post(
        "/operator/webhooks/{name}/redelivery",
        dependencies=[Depends(operator_key)],
        responses={404: {"description": "WEBHOOK_UNKNOWN."}},
    )
    async def redeliver(
        name: Annotated[Name, Path(description="The endpoint.", examples=["pec"])], dry_run: DryRun = False
    ) -> RedeliveryAnswer:
        """Tell an endpoint once more of everything that was given up, from the first attempt on."""
        if name not in {webhook.name for webhook in edge.settings.webhooks}:
            raise Problem(404, "WEBHOOK_UNKNOWN", f"no endpoint {name} stands in COTERM_WEBHOOKS")
        held = {row["endpoint"]: row for row in await edge.deliveries()}
        events = held[name]["failed"] if name in held else 0
        if not dry_run:
            await edge.redeliver(name)
        return RedeliveryAnswer(name=name, dry_run=dry_run, events=events)


async def _answer(edge: Edge, name: str, webhook: Any, held: Any) -> WebhookAnswer:
    events = await edge.failed_deliveries(name, _SHOWN) if held and held["failed"] else []
    failed = [FailedAnswer.model_validate({**row, "event_id": str(row["event_id"])}) for row in events]
    return WebhookAnswer(
        name=name,
        storefront=webhook.storefront if webhook else None,
        url=webhook.url if webhook else None,
        types=list(webhook.types) if webhook else [],
        waiting=held["waiting"] if held else 0,
        failed=held["failed"] if held else 0,
        is_gone=any(each.reason == GONE for each in failed),
        oldest_at=held["oldest_at"] if held else None,
        events=failed,
    )
