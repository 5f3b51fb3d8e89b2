"""How is a repair shown, before and after it is done? One line per input, the events it leaves below it."""

import asyncio
from collections.abc import Iterator, Mapping
from typing import Any

from operations.sealed import one_line, printable
from runtime.privacy.showing import shown

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
