"""What of a storefront's records did intake refuse, and why? The same as on the topic of rejections."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, Field

from runtime.edge import Edge
from runtime.web import Next, Page, Paged, Problem, Storefront, storefront_key
from schemas.rejections import RecordRejected
from schemas.storefront import Storefront as StorefrontName

_EXAMPLE: dict[str, Any] = {
    "rejections": [
        {
            "topic": "storefront.intake",
            "partition": 3,
            "offset": 1712,
            "event_id": "o-1",
            "order_id": "o-1",
            "storefront": "pec.it",
            "code": "SCHEMA_VIOLATION",
            "detail": "discount: Extra inputs are not permitted",
            "rejected_at": "2026-01-15T09:00:00.250000Z",
        }
    ],
    "next": None,
}


class RejectionAnswer(RecordRejected):
    """A record that intake refused: where it stood, what it named, and why; what can't be read is left out."""


class RejectionsAnswer(BaseModel):
    """What intake refused and nobody took since, oldest first."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    rejections: list[RejectionAnswer] = Field(description="The oldest first.")
    next: Next


def add_rejections(routes: APIRouter, edge: Edge) -> None:
    """Add the route on which a storefront sees what was refused of it."""

    @routes.get("/intake/rejections", dependencies=[Depends(storefront_key)])
    async def list_rejections(
        caller: Storefront,
        page: Paged,
        storefront: Annotated[
            StorefrontName | None, Query(description="Whose; what names no storefront is anybody's.")
        ] = None,
    ) -> RejectionsAnswer:
        """List what intake refused in the last 30 days, with code and reason, never the body."""
        if storefront is not None:
            caller.must_be(storefront)
        found = await edge.rejections(storefront or caller.only, _after(page), page.limit + 1)
        on = found[page.limit - 1][0] if len(found) > page.limit else None
        told = [RejectionAnswer.model_validate(each.model_dump()) for _, each in found[: page.limit]]
        return RejectionsAnswer(rejections=told, next=on)


def _after(page: Page) -> UUID | None:
    try:
        return None if page.after is None else UUID(page.after)
    except ValueError:
        errors = [{"field": "after", "detail": "no place of this list: give the `next` of an answer as it is"}]
        raise Problem(422, "INVALID_REQUEST", "the request does not fit its schema", errors=errors) from None
