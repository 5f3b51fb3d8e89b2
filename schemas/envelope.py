"""How does an event travel? CloudEvents 1.0, structured JSON, with the extensions the guarantees need."""

from datetime import datetime
from typing import Any, ClassVar, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

CONTENT_TYPE = "application/cloudevents+json"


class Event(BaseModel):
    """A fact that happened to one customer's account.

    Published schemas are closed; readers are tolerant (an unknown field of a later producer is ignored).
    """

    model_config = ConfigDict(
        frozen=True, extra="ignore", ser_json_bytes="base64", val_json_bytes="base64", hide_input_in_errors=True
    )

    EVENT_TYPE: ClassVar[str]
    """`<topic owner>.<Name>.v<n>`, for instance `orders.OrderPlaced.v1`."""
    VISIBILITY: ClassVar[Literal["public", "internal"]] = "public"
    """`public` for analytics, `internal` for a service's own bookkeeping."""

    customer_id: str = Field(min_length=1, max_length=64)

    @property
    def correlation(self) -> str | None:
        """Name the order this fact belongs to, if it belongs to one."""
        return vars(self).get("order_id")


class Part(BaseModel):
    """A part of an event: never changed, tolerant of unknown fields."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Envelope(BaseModel):
    """Carry one event: the CloudEvents attributes and `data` as plain JSON."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    specversion: Literal["1.0"] = "1.0"
    id: str
    source: str
    type: str
    subject: str
    time: AwareDatetime
    datacontenttype: Literal["application/json"] = "application/json"
    dataschema: str | None = None
    sequence: str | None = None
    causesequence: str | None = None
    correlationid: str | None = None
    causationid: str | None = None
    statefp: str | None = None
    traceparent: str | None = None
    data: dict[str, Any]


def schema_name(event_type: str) -> str:
    """Name the JSON Schema file of a type: `orders.OrderPlaced.v1` → `orders.OrderPlaced.v1.json`."""
    return f"{event_type}.json"


def micros(instant: datetime) -> str:
    """Write a UTC instant with six decimals and a Z, always the same number of characters."""
    return f"{instant.isoformat(timespec='microseconds')[:26]}Z"
