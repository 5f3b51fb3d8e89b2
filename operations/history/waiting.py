"""What does an order wait for, and since when? Read from what each service holds; there may be several things."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from operations.history.journals import History, RecordedEvent
from schemas.money import euros

_FATES = {"EmailSent", "EmailFailed", "EmailBounced"}


@dataclass(frozen=True, slots=True)
class Wait:
    """One thing that has to come, since when it is due, and the command that helps."""

    what: str
    since: datetime | None
    look: str = ""


def waits_for(
    order: Any | None, order_id: str, events: Sequence[RecordedEvent], held: Mapping[str, History]
) -> list[Wait]:
    """Name what an order waits for: what is stuck first, then what has to come from outside."""
    return [
        *(wait for history in held.values() for wait in _stuck(history, held)),
        *_next(order, order_id, events),
        *conflicts(events),
        *_mails(events),
    ]


def _stuck(history: History, held: Mapping[str, History]) -> Iterator[Wait]:
    name = history.name
    if history.parked:
        head = history.parked[0]
        what = f"{name}, which has parked the account: {head['type']}: {head['reason']}: {head['detail']}"
        customer = next((event.data.get("customer_id") for each in held.values() for event in each.events), "CUSTOMER")
        yield Wait(what, head["parked_at"], f"coterm parked show {name} {customer}")
    unsent = [event for event in history.events if not event.is_published]
    if unsent:
        yield Wait(f"Kafka, which has not acknowledged {unsent[0].name} {unsent[0].version} of {name}", unsent[0].at)
    if not history.parked:
        yield from _unapplied(history, held)


def _unapplied(history: History, held: Mapping[str, History]) -> Iterator[Wait]:
    for neighbour in held.values():
        topic = neighbour.service.topic
        if topic not in history.service.neighbours:
            continue
        due = [each for each in neighbour.events if each.is_published and each.version > history.applied.get(topic, 0)]
        if due:
            what = f"{history.name}, which has not taken {due[0].name} {due[0].version} of {neighbour.name} yet"
            yield Wait(what, due[0].at, f"coterm positions show {history.name}")


def _next(order: Any | None, order_id: str, events: Sequence[RecordedEvent]) -> Iterator[Wait]:
    if order is None:
        held = [event for event in events if event.name == "PaymentHeld"]
        yield Wait("its order: only a payment for it has come", held[0].at if held else None)
        return
    match str(order.status):
        case "AWAITING_PRICE":
            yield Wait("its price, from billing", _last(events, "OrderPlaced"))
        case "AWAITING_PAYMENT" | "PARTIALLY_PAID":
            due = order.outstanding_cents or 0
            what = f"a payment of {euros(due)}, at the latest on {order.payable_until}"
            yield Wait(what, _last(events, "OrderPriceNoted", "PaymentRegistered"))
        case "SETTLED":
            yield Wait("its activation, by provisioning", _last(events, "OrderSettled", "OrderReleased"))
        case "HELD":
            what = f"an operator: it is held, {order.reason}"
            yield Wait(what, _last(events, "OrderHeld"), f"coterm orders show {order_id}")
        case _:
            return


def conflicts(events: Sequence[RecordedEvent]) -> Iterator[Wait]:
    """Name the payments that contradict another one, or are for another's order."""
    solved = {_identity(event) for event in events if event.name == "PaymentResolved"}
    for event in events:
        if event.name == "PaymentConflicted" and _identity(event) not in solved:
            what = f"an operator: payment {' '.join(_identity(event))} is in conflict"
            yield Wait(what, event.at, "coterm payments list --status conflicted")


def _identity(event: RecordedEvent) -> tuple[str, str]:
    return str(event.data.get("payment_source")), str(event.data.get("payment_id"))


def _mails(recorded: Sequence[RecordedEvent]) -> Iterator[Wait]:
    mails: dict[str, list[RecordedEvent]] = {}
    for event in recorded:
        if event.name.startswith("Email") and "email_id" in event.data:
            mails.setdefault(event.data["email_id"], []).append(event)
    for email_id, events in mails.items():
        names = {event.name for event in events}
        template = events[0].data.get("template")
        if names & _FATES:
            continue
        if "EmailInDoubt" in names:
            doubt = next(event for event in events if event.name == "EmailInDoubt")
            yield Wait(f"an operator: the mail {template} is in doubt", doubt.at, f"coterm mails reissue {email_id}")
        else:
            yield Wait(f"the mail server, to take the mail {template}", events[0].at)


def _last(events: Sequence[RecordedEvent], *names: str) -> datetime | None:
    return max((event.at for event in events if event.name in names), default=None)
