"""How are a set-aside input and its repair shown? What it holds; one line per input, the events it leaves below it."""

import asyncio
import json
from collections.abc import Iterator, Mapping
from typing import Any

from operations.sealed import one_line, printable
from runtime.privacy.showing import SEALED, Open, shown, shut
from schemas.personal import SealedBlock

_WORDS = {
    "APPLIED": ("would be applied", "applied"),
    "KNOWN": ("changes nothing here: would be taken off", "changed nothing here: taken off"),
    "REFUSED": ("would go to quarantine", "went to quarantine"),
    "DISCARDED": ("would be discarded", "discarded"),
    "STOPPED": ("would stop here", "stopped here"),
}
QUARANTINED = {**_WORDS, "STOPPED": ("would stay in quarantine", "stays in quarantine")}
"""How the same is said of a record in quarantine."""
WIDTH = 160


def masked(repair: dict[str, Any], customer_id: str) -> dict[str, Any]:
    """Return a service's answer with the sealed blocks of its events replaced."""
    masked: dict[str, Any] = asyncio.run(shown(repair, customer_id))
    return masked


def in_lines(repair: dict[str, Any], words: Mapping[str, tuple[str, str]] = _WORDS) -> Iterator[str]:
    """Write a service's answer, masked, in lines."""
    for number, step in enumerate(repair["steps"], 1):
        fate = words[step["fate"]][0 if repair["dry_run"] else 1]
        why = f": {printable(step['detail'])}" if step["detail"] else ""
        yield f"{number:>3}  {step['type']} {step['input_id']}  {fate}{why}"
        for event in step["events"]:
            yield f"       {event['type']}  version {event['version']}"
            yield f"         {one_line(event['data'], WIDTH)}"


def is_stopped(repair: dict[str, Any]) -> bool:
    """Tell whether an input could not be dealt with."""
    return any(step["fate"] == "STOPPED" for step in repair["steps"])


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
