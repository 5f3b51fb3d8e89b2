"""How is a long list read? A page at a time: so many rows, after the place that the page before named as its `next`."""

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, get_type_hints

import msgspec
from fastapi import Depends, Query
from pydantic import Field

from runtime.edge import Edge
from runtime.projection import Projection
from runtime.web.problems import Problem

USUAL = 100
MOST = 500

_Limit = Annotated[int, Query(ge=1, le=MOST, description=f"How many at most, of {MOST}.", examples=[USUAL])]
_After = Annotated[
    str | None,
    Query(max_length=2000, description="The `next` of the page before; left out, the list is read from its beginning."),
]


Next = Annotated[
    str | None,
    Field(description="Where the list goes on: give it as `after`. Null at the end. It means nothing else."),
]
"""The last field of an answer that is a page of a list, oldest first."""


@dataclass(frozen=True, slots=True)
class Page:
    """Which part of a list is wanted."""

    limit: int = USUAL
    after: str | None = None

    async def of(
        self, edge: Edge, projection: Projection, where: Mapping[str, Any], order_by: Sequence[str]
    ) -> tuple[list[Any], str | None]:
        """Read the page's rows, and where the list goes on.

        `order_by` names columns that together tell a row from all others and never change. Raises Problem 422
        INVALID_REQUEST for an `after` that no list of this kind has named.
        """
        after = None if self.after is None else _place(self.after, projection, order_by)
        rows = await edge.rows(projection, where, order_by, after=after, limit=self.limit + 1)
        if len(rows) <= self.limit:
            return rows, None
        last = [getattr(rows[self.limit - 1], name) for name in order_by]
        return rows[: self.limit], base64.urlsafe_b64encode(msgspec.json.encode(last)).decode().rstrip("=")


async def _page(limit: _Limit = USUAL, after: _After = None) -> Page:
    return Page(limit, after)


Paged = Annotated[Page, Depends(_page)]
"""`limit` and `after` of a request."""


def _place(after: str, projection: Projection, order_by: Sequence[str]) -> tuple[Any, ...]:
    hints = get_type_hints(projection.row)
    kinds: Any = tuple[tuple(hints[name] for name in order_by)]  # type: ignore[misc]
    try:
        text = base64.b64decode(after + "=" * (-len(after) % 4), altchars=b"-_", validate=True)
        place: tuple[Any, ...] = msgspec.json.decode(text, type=kinds)
    except (binascii.Error, ValueError):
        place = ("\x00",)
    if any("\x00" in each for each in place if isinstance(each, str)):
        errors = [{"field": "after", "detail": "no place of this list: give the `next` of an answer as it is"}]
        raise Problem(422, "INVALID_REQUEST", "the request does not fit its schema", errors=errors)
    return place
