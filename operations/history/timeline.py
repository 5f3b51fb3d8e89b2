"""In which order did things happen, and what caused each? Causes come first, whatever the services' clocks say."""

import heapq
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from operations.history.journals import RecordedEvent
from schemas.money import euros

_FACTS = (
    "lines", "purchase_case", "branch", "template", "reason", "failure", "violations", "total_cents", "amount_cents",
    "outstanding_cents", "surplus_cents", "net_cents", "product", "previous_expiry", "new_expiry",
    "activated_on", "expires_on", "expires_at", "payable_until", "why", "note", "status", "credential_id",
)  # fmt: skip
"""What of an event is worth a glance, in this order."""


def of_order(events: Iterable[RecordedEvent], order_id: str) -> list[RecordedEvent]:
    """Choose the events of an order: those that name it, and what they caused that names no other."""
    everything = causal(events)
    chosen: dict[str, RecordedEvent] = {}
    for event in everything:
        is_caused = event.order_id is None and event.cause_id in chosen
        if event.order_id == order_id or is_caused:
            chosen[event.id] = event
    return list(chosen.values())


def causal(events: Iterable[RecordedEvent]) -> list[RecordedEvent]:
    """Sort events so that each stands behind its cause and behind its account's version before, else by time."""
    by_id = {event.id: event for event in events}
    behind: dict[str, set[str]] = {identity: set() for identity in by_id}
    leads: dict[str, list[str]] = defaultdict(list)
    previous: dict[tuple[str, Any], RecordedEvent] = {}
    for event in sorted(by_id.values(), key=lambda each: (each.service, each.version)):
        before, account = {event.cause_id} & by_id.keys(), (event.service, event.data.get("customer_id"))
        if account in previous:
            before.add(previous[account].id)
        previous[account] = event
        behind[event.id] = before - {event.id}
        for earlier in behind[event.id]:
            leads[earlier].append(event.id)
    ready = [_rank(event) for event in by_id.values() if not behind[event.id]]
    heapq.heapify(ready)
    found: list[RecordedEvent] = []
    while ready:
        event = by_id[heapq.heappop(ready)[-1]]
        found.append(event)
        for later in leads[event.id]:
            behind[later].discard(event.id)
            if not behind[later]:
                heapq.heappush(ready, _rank(by_id[later]))
    sorted_ids = {event.id for event in found}  # causes that go round in a circle are shown last rather than never
    return found + sorted((each for each in by_id.values() if each.id not in sorted_ids), key=_rank)


def cause_of(event: RecordedEvent, known: Mapping[str, RecordedEvent]) -> str:
    """Name what caused an event: an event of ours, else the message, command, deadline or outcome that it was."""
    cause = known.get(event.cause_id)
    if cause is not None:
        return f"{cause.service} {cause.name} {cause.version}"
    if event.cause_type is None:
        return "not kept"
    named = re.sub(r"\.v\d+$", "", event.cause_type).replace(".", " ", 1)
    return f"{named}, {event.intake[0]}[{event.intake[1]}] offset {event.intake[2]}" if event.intake else named


def gist(data: Mapping[str, Any]) -> str:
    """Write what is worth a glance of an event's facts: nothing personal is among them."""
    facts = [_fact(name, data[name]) for name in _FACTS if data.get(name) not in (None, "", [], 0)]
    return " · ".join(part for part in facts if part)


def _fact(name: str, value: Any) -> str:
    match name, value:
        case "lines", list():
            return " + ".join(str(line.get("product", "?")) for line in value if isinstance(line, dict))
        case "violations", list():
            return " + ".join(str(each.get("code", "?")) for each in value if isinstance(each, dict))
        case _ if name.endswith("_cents"):
            return f"{name.removesuffix('_cents')} {euros(value)}"
        case "template" | "reason" | "failure" | "product" | "purchase_case" | "branch", _:
            return str(value)
        case _:
            return f"{name} {value}"


def _rank(event: RecordedEvent) -> tuple[Any, ...]:
    return event.at, event.service, event.version, event.id
