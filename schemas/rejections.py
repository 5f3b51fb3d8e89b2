"""What travels on `storefront.rejections`? What intake refused, and why, for whoever sent it."""

from typing import ClassVar, Literal

from pydantic import AwareDatetime, Field

from schemas.envelope import Part


def _is_unknown(value: str | None) -> bool:
    return value is None


class RecordRejected(Part):
    """A record on intake was refused: nothing of it was applied."""

    EVENT_TYPE: ClassVar[str] = "orders.RecordRejected.v1"
    VISIBILITY: ClassVar[Literal["public"]] = "public"

    topic: str = Field(description="Where it was sent: `storefront.intake`.")
    partition: int = Field(ge=0, description="Its partition there.")
    offset: int = Field(ge=0, description="Its offset there.")
    event_id: str | None = Field(
        default=None, exclude_if=_is_unknown, description="Its CloudEvents id, where that can be read."
    )
    order_id: str | None = Field(
        default=None, exclude_if=_is_unknown, description="The order it names, where that can be read."
    )
    storefront: str | None = Field(
        default=None, exclude_if=_is_unknown, description="The storefront it names, where that can be read."
    )
    code: str = Field(description="Why, for programs.")
    detail: str = Field(description="Why, for people; never the record's body.")
    rejected_at: AwareDatetime = Field(description="When it was refused.")
