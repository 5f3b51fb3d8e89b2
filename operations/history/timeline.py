"""In which order did things happen, and what caused each? Causes come first, whatever the services' clocks say."""

import heapq
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from operations.history.journals import Told
from schemas.money import euros

_OUTSIDE = {
    "OrderPlaced": "a storefront's order",
    "OrderRefused": "a storefront's order",
    "PaymentRegistered": "a payment",
    "PaymentHeld": "a payment",
    "PaymentConflicted": "a payment",
    "OrderCancelled": "a cancellation",
    "OrderExpired": "its deadline",
    "OrderReleased": "an operator",
    "InputDiscarded": "an operator",
    "PersonalDataErased": "an operator",
    "EmailSent": "the mail server",
    "EmailFailed": "the mail server",
    "EmailInDoubt": "a crash or a silence of the mail server",
    "EmailBounced": "an operator",
    "EmailRequested": "an operator",
    "ContactAddressCorrected": "an operator",
    "HandoverNoted": "the sealed hand-over",
    "CredentialsIssued": "an operator",
    "CredentialsVoided": "an operator",
    "FirstSignInCompleted": "the customer, at the panel",
    "PasswordChanged": "the customer, at the panel",
    "SignInSealed": "the customer, at the panel",
    "ConfigurationCompleted": "the customer, at the panel",
    "DdtPreservationActivated": "the customer, at the panel",
    "DdtPreservationDeactivated": "the customer, at the panel",
    "ServiceEnteredGrace": "its deadline",
    "ServiceTerminated": "its deadline",
    "ServiceCancelled": "an operator",
    "CancellationRefused": "an operator",
    "CreditExpired": "its deadline",
    "CreditRefunded": "an operator",
}
"""Who or what speaks when no event of ours is the cause."""

_FACTS = (
    "lines", "purchase_case", "branch", "template", "reason", "failure", "violations", "total_cents", "amount_cents",
    "outstanding_cents", "surplus_cents", "net_cents", "product", "previous_expiry", "new_expiry",
    "activated_on", "expires_on", "expires_at", "payable_until", "why", "note", "status", "credential_id",
)  # fmt: skip
"""What of an event is worth a glance, in this order."""


def of_order(events: Iterable[Told], order_id: str) -> list[Told]:
    """Choose the events of an order: those that name it, and what they caused that names no other."""
    everything = causal(events)
    chosen: dict[str, Told] = {}
    for event in everything:
        is_caused = event.order_id is None and event.cause_id in chosen
        if event.order_id == order_id or is_caused:
            chosen[event.id] = event
    return list(chosen.values())


def causal(events: Iterable[Told]) -> list[Told]:
    """Sort events so that each stands behind its cause and behind its account's version before, else by time."""
    by_id = {event.id: event for event in events}
    behind: dict[str, set[str]] = {identity: set() for identity in by_id}
    leads: dict[str, list[str]] = defaultdict(list)
    previous: dict[str, Told] = {}
    for event in sorted(by_id.values(), key=lambda each: (each.service, each.version)):
        before = {event.cause_id} & by_id.keys()
        if event.service in previous:
            before.add(previous[event.service].id)
        previous[event.service] = event
        behind[event.id] = before - {event.id}
        for earlier in behind[event.id]:
            leads[earlier].append(event.id)
    ready = [_rank(event) for event in by_id.values() if not behind[event.id]]
    heapq.heapify(ready)
    found: list[Told] = []
    while ready:
        event = by_id[heapq.heappop(ready)[-1]]
        found.append(event)
        for later in leads[event.id]:
            behind[later].discard(event.id)
            if not behind[later]:
                heapq.heappush(ready, _rank(by_id[later]))
    told = {event.id for event in found}  # causes that go round in a circle are shown last rather than never
    return found + sorted((each for each in by_id.values() if each.id not in told), key=_rank)


def cause_of(event: Told, known: Mapping[str, Told]) -> str:
    """Say in a few words what caused an event."""
    cause = known.get(event.cause_id)
    if cause is not None:
        return f"{cause.service} {cause.name} {cause.version}"
    if event.data.get("confirmed_by_operator") or event.data.get("failure") == "DISCARDED_BY_OPERATOR":
        return "an operator"
    words = _OUTSIDE.get(_first_of_input(event, known).name, "a command")
    return f"{words}, {event.intake[0]}[{event.intake[1]}] offset {event.intake[2]}" if event.intake else words


def _first_of_input(event: Told, known: Mapping[str, Told]) -> Told:
    """Return the event that speaks for the input: a payment is registered first, and settles its order then."""
    together = [each for each in known.values() if (each.service, each.cause_id) == (event.service, event.cause_id)]
    return min(together, key=lambda each: each.version, default=event)


def gist(data: Mapping[str, Any]) -> str:
    """Write what is worth a glance of an event's facts: nothing personal is among them."""
    told = [_fact(name, data[name]) for name in _FACTS if data.get(name) not in (None, "", [], 0)]
    return " · ".join(part for part in told if part)


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


def _rank(event: Told) -> tuple[Any, ...]:
    return event.at, event.service, event.version, event.id
