"""What does an input that was set aside hold? Its record's data, sealed where it is personal."""

import json
from typing import Any

from runtime.privacy.showing import SEALED, Open, shown, shut
from schemas.personal import SealedBlock


async def contents(row: Any, customer_id: str, show: Open) -> dict[str, Any]:
    """Describe one row of `parked`."""
    description = {"type": row["type"], "input_id": str(row["input_id"]), "since": row["parked_at"]}
    description |= {"place": place(row), "reason": row["reason"], "detail": row["detail"]}
    description["trace"] = json.loads(row["trace"] or "[]")
    return description | {"contents": await _data(row, customer_id, show)}


async def _data(row: Any, customer_id: str, show: Open) -> Any:
    if row["sealed"] is not None:
        if show is shut:
            return SEALED
        return await show(customer_id, SealedBlock.model_validate_json(row["sealed"]))
    try:
        value = json.loads(row["value"] or b"null")
    except ValueError:
        return f"{len(row['value'])} bytes that are no JSON"
    return await shown(value.get("data", value) if isinstance(value, dict) else value, customer_id, show)


def place(row: Any) -> str:
    """Say where a record stood; below 0 it is a place in a log that is no more."""
    if row["topic"] is None:
        return "a deadline"
    topic, offset = f"{row['topic']}[{row['partition']}]", row["offset"]
    return f"{topic} offset {offset}" if offset >= 0 else f"{topic} offset {-offset - 1} of an earlier log"
