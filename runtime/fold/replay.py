"""What do a service's own events say? Fold them again: no decision, no effect, no clock, no database."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from runtime.projection import Key
from runtime.service import Service
from runtime.wire.codec import Attributes, decode_attributes, decode_event, encode_state
from runtime.wire.fingerprint import state_fingerprint
from schemas.envelope import Event
from schemas.upcasts import UPCASTS, Upcast


class Kept(Protocol):
    """An own event where it is kept: a record of the topic or a row of the journal."""

    @property
    def value(self) -> bytes | None:
        """The event as structured CloudEvents JSON."""
        ...


@dataclass(frozen=True, slots=True)
class Mismatch:
    """An event says that it left another state behind than its fold does."""

    customer_id: str
    version: int
    said: str
    folded: str


@dataclass(frozen=True, slots=True)
class Gap:
    """An account's next version is missing; its later events are not folded."""

    customer_id: str
    missing: int


@dataclass(slots=True)
class Folded:
    """What the events leave behind: version and canonical state per account, rows per table and key."""

    states: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    rows: dict[str, dict[Key, Any]] = field(default_factory=dict)
    mismatches: list[Mismatch] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    compared: int = 0
    """How many fingerprints were of this fold version."""


def fold_records(service: Service, records: Iterable[Kept], upcasts: Sequence[Upcast] = UPCASTS) -> Folded:
    """Fold a service's own events, each account in the order of its versions, each version once.

    Every fingerprint of this fold version is compared. Raises Unreadable for what is no event of this deployment.
    """
    folded = Folded({}, {projection.table: {} for projection in service.projections})
    for customer_id, events in sorted(_by_account(records, upcasts).items()):
        _fold_account(service, customer_id, events, folded)
    return folded


def fold_event(service: Service, rows: dict[str, dict[Key, Any]], event: Event) -> None:
    """Fold one own event into the projections' rows, in place."""
    for projection in service.projections:
        table = rows.setdefault(projection.table, {})
        for key in projection.keys_of(event):
            row = projection.evolve(table.get(key), event, key)
            if row is None:
                table.pop(key, None)
            else:
                table[key] = row


def _by_account(records: Iterable[Kept], upcasts: Sequence[Upcast]) -> dict[str, dict[int, Attributes]]:
    accounts: dict[str, dict[int, Attributes]] = {}
    for record in records:
        attributes = decode_attributes(record.value or b"", upcasts)
        accounts.setdefault(attributes.subject, {}).setdefault(int(attributes.sequence or 0), attributes)
    return accounts


def _fold_account(service: Service, customer_id: str, events: dict[int, Attributes], folded: Folded) -> None:
    state, version = service.initial(), 0
    for number in sorted(events):
        if number != version + 1:
            folded.gaps.append(Gap(customer_id, version + 1))
            break
        attributes, version = events[number], number
        event = decode_event(attributes)
        state = service.evolve(state, event)
        fold_event(service, folded.rows, event)
        _compare(service, attributes, state, folded)
    folded.states[customer_id] = (version, encode_state(state))


def _compare(service: Service, attributes: Attributes, state: Any, folded: Folded) -> None:
    said = attributes.statefp
    if said is None or said.partition(":")[0] != str(service.fold_version):
        return
    folded.compared += 1
    found = state_fingerprint(service.fold_version, state)
    if found != said:
        folded.mismatches.append(Mismatch(attributes.subject, int(attributes.sequence or 0), said, found))
