"""What has this batch changed so far? Decide, number, fold: in memory, between the locks and the write."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from runtime.commit.changes import Changes, JournalRow
from runtime.commit.locks import discard_id
from runtime.delivery import Delivery
from runtime.fold.account import Account, take
from runtime.ids import event_id, partition_of
from runtime.projection import Key, Projection
from runtime.service import (
    Claim,
    ClaimKey,
    Decided,
    Duplicate,
    Fault,
    Incoming,
    Known,
    Outcome,
    RowKey,
    Service,
    discard_type,
)
from runtime.wire.codec import Recorded, decode_state, encode_event, encode_state, headers_of
from runtime.wire.fingerprint import fingerprint_of
from runtime.wire.lens import OwnEvent
from runtime.wire.rejecting import rejection_id, rejection_of
from schemas.envelope import Event
from schemas.refusal import Refusal

UNNOTED = "an input of a consumed type must leave at least one own event"


@dataclass(slots=True)
class Locked:
    """An account as locked: its version, its state, and what it waits for."""

    version: int
    state: bytes | None
    parked: tuple[str, ...] = ()
    """The reasons for which inputs of it wait, oldest first; empty when it runs."""
    seen: dict[str, int] = field(default_factory=dict)
    """The last version applied, per neighbour's topic."""


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one input.

    Its outcome; or the fault for which it was set aside; or that its partition was lost; or the error of a command that
    nobody else can apply again.
    """

    outcome: Outcome | None = None
    recorded: Sequence[Recorded] = ()
    fault: Fault | None = None
    queued: bool = False
    """It was set aside behind others: its account was parked before."""
    lost: bool = False
    error: Exception | None = None


class Unit:
    """Apply inputs one after another to what was locked and read."""

    def __init__(
        self,
        service: Service,
        accounts: dict[str, Locked],
        claims: dict[ClaimKey, list[Claim]],
        rows: dict[RowKey, Any],
        happened: dict[UUID, str],
        now: datetime,
    ) -> None:
        self._service = service
        self._locked = accounts
        self._claims = claims
        self._rows = rows
        self._happened = happened
        self._folds: dict[str, Account] = {}
        self._projections = {projection.table: projection for projection in service.projections}
        self._pending: dict[RowKey, list[Event]] = {}  # what waits until its row is read
        self.changes = Changes(now)

    def apply(self, incoming: Incoming) -> Result:
        """Take one input: skip it, set it aside, or let it happen."""
        if self._is_discarded(incoming):
            self._take_off(incoming)
            return Result(outcome=Duplicate())  # met again, though an operator has discarded it
        if incoming.fault is not None:
            return self._set_aside(incoming, incoming.fault)
        locked = self._locked[incoming.customer_id]
        standing = self._standing(incoming, locked)
        if standing is not None:
            return standing
        if incoming.source is not None and incoming.raw is not None and incoming.raw.value is not None:
            self._deliver(incoming.type, incoming.id, incoming.customer_id, incoming.correlation_id, incoming.raw.value)
        if incoming.ignored:
            self._remember(incoming, locked)
            return Result(outcome=Duplicate())
        outcome = self._decide(incoming)
        if isinstance(outcome, Refusal):
            return self._reject(incoming, outcome)
        recorded: Sequence[Recorded] = ()
        if isinstance(outcome, Decided):
            recorded = self._happen(incoming, outcome)
        elif incoming.source is not None:
            raise ValueError(UNNOTED)
        self._remember(incoming, locked)
        return Result(outcome=outcome, recorded=recorded)

    def missing_rows(self) -> dict[Projection, list[Key]]:
        """Name the rows that folds still wait for, because no decision had asked for them."""
        missing: dict[str, list[Key]] = {}
        for table, key in self._pending:
            missing.setdefault(table, []).append(key)
        return {self._projections[table]: sorted(keys) for table, keys in missing.items()}

    def fold_pending(self, rows: Mapping[RowKey, Any]) -> None:
        """Fold what waited, now that its rows are read."""
        pending, self._pending = self._pending, {}
        for (table, key), events in pending.items():
            self._rows[table, key] = rows.get((table, key))
            for event in events:
                self._fold_read_row(self._projections[table], key, event)

    def _is_discarded(self, incoming: Incoming) -> bool:
        """Tell whether an operator has discarded this record; what a neighbour numbers is known by its version."""
        may_be = incoming.origin is not None and incoming.source is None
        return may_be and event_id(discard_id(incoming), self._service.name, 0) in self._happened

    def _standing(self, incoming: Incoming, locked: Locked) -> Result | None:
        seen = locked.seen.get(incoming.source or "", 0)
        if incoming.source is not None and incoming.sequence is not None and incoming.sequence <= seen:
            self._take_off(incoming)
            return Result(outcome=Duplicate())
        if incoming.source is not None and incoming.sequence is not None and incoming.sequence > seen + 1:
            detail = f"{incoming.source} version {incoming.sequence} came, {seen + 1} is due"
            return self._set_aside(incoming, Fault("VERSION_GAP", detail))
        fills_gap = incoming.source is not None and set(locked.parked) == {"VERSION_GAP"}
        if locked.parked and incoming.parked_id is None and not fills_gap:
            return self._set_aside(incoming, Fault("QUEUED", f"queued behind: {locked.parked[0]}"))
        return None

    def _decide(self, incoming: Incoming) -> Outcome:
        """Decide; the events of the same cause stand, whatever the state has become since and would say now."""
        state = self._account(incoming.customer_id).state
        now = incoming.reached_at or self.changes.now
        known = Known(now, self._claims, self._rows, incoming.is_caught_up)
        outcome = self._service.by_type[incoming.type].handle(incoming.data, state, known)
        owner = self._happened.get(event_id(incoming.id, self._service.name, 0))
        differs = isinstance(outcome, Refusal) and (outcome.differs or owner != incoming.customer_id)
        return outcome if owner is None or differs else Duplicate()

    def _happen(self, incoming: Incoming, decided: Decided) -> list[Recorded]:
        if not decided.events:
            raise ValueError(UNNOTED)
        account = self._account(incoming.customer_id)
        recorded = []
        for ordinal, event in enumerate(decided.events):
            if event.customer_id != incoming.customer_id:
                raise ValueError(f"{event.EVENT_TYPE} names another account than its input")
            take(self._service, account, OwnEvent(event.customer_id, account.version + 1, None, event), self._fold_row)
            left = encode_state(account.state) if ordinal == len(decided.events) - 1 else None
            row = self._journal_row(incoming, event, account.version, ordinal, left)
            self.changes.journal.append(row)
            recorded.append(row.recorded)
            order_id = event.correlation or incoming.correlation_id
            self._deliver(event.EVENT_TYPE, row.recorded.event_id, event.customer_id, order_id, row.recorded.value)
            if left is not None:
                self.changes.states[incoming.customer_id] = account.version, left
        self._happened[recorded[0].event_id] = incoming.customer_id
        self.changes.handovers.extend(replace(box, traceparent=incoming.traceparent) for box in decided.handovers)
        self.changes.secrets.extend(decided.keeps)
        self.changes.forgets.extend(decided.forgets)
        return recorded

    def _deliver(self, event_type: str, event_id: UUID, customer_id: str, order_id: str | None, value: bytes) -> None:
        """Let every endpoint that wants it be told of an event, once the batch is committed."""
        for endpoint in self._service.subscribers(event_type):
            self.changes.deliveries.append(Delivery(endpoint, event_id, customer_id, order_id, event_type, value))

    def _journal_row(
        self, incoming: Incoming, event: Event, version: int, ordinal: int, left: bytes | None
    ) -> JournalRow:
        """Write an event down; `left` is the state that the last one of an input leaves behind."""
        identity = event_id(incoming.id, self._service.name, ordinal)
        value = encode_event(
            event,
            service=self._service.name,
            event_id=identity,
            version=version,
            at=self.changes.now,
            causation=incoming.id,
            correlation=incoming.correlation_id,
            cause_sequence=incoming.sequence,
            fingerprint=None if left is None else fingerprint_of(self._service.fold_version, left),
            traceparent=incoming.traceparent,
        )
        recorded = Recorded(event, identity, event.customer_id, version, value, headers_of(event.EVENT_TYPE, version))
        bucket, effects = partition_of(event.customer_id), self._service.effects_of(event)
        return JournalRow(recorded, event.EVENT_TYPE, bucket, left is not None, incoming, effects)

    def _fold_row(self, projection: Projection, key: Key, event: Event) -> None:
        """Fold an event into a row, or let it wait until the row is read, with those that wait already."""
        if projection.table == "claims":
            self._read_claim(key)
        place = projection.table, key
        if place not in self._rows and place not in self._pending and isinstance(event, projection.replaced_by):
            self._rows[place] = None  # whatever it is, nothing of it stays
        if place in self._rows:
            self._fold_read_row(projection, key, event)
        else:
            self._pending.setdefault(place, []).append(event)

    def _fold_read_row(self, projection: Projection, key: Key, event: Event) -> None:
        before = self._rows[projection.table, key]
        row = projection.evolve(before, event, key)
        if projection.table == "claims":
            self._hold_claim(key, before, row)
        self._rows[projection.table, key] = row
        self.changes.rows.setdefault(projection.table, {})[key] = row

    def _read_claim(self, key: Key) -> None:
        # A locked claim folds at once: the next input of this batch must see who took it.
        kind, name, customer_id = key
        held = self._claims.get((kind, name))
        if held is not None:
            mine = next((claim for claim in held if claim.customer_id == customer_id), None)
            self._rows.setdefault(("claims", key), mine)

    def _hold_claim(self, key: Key, before: Claim | None, row: Claim | None) -> None:
        """Keep what the next inputs of this batch look at; a claim that nobody locked may be kept or freed, not taken.

        What the account holds already is its own: its row changes under the account's lock.
        """
        kind, name, customer_id = key
        held = self._claims.get((kind, name))
        if held is None:
            if row is not None and before is None:
                raise ValueError(f"claim {kind} was taken without having been locked")
            return
        others = [claim for claim in held if claim.customer_id != customer_id]
        self._claims[kind, name] = [*others, row] if row is not None else others

    def _account(self, customer_id: str) -> Account:
        if customer_id not in self._folds:
            locked = self._locked[customer_id]
            kept = locked.state
            state = self._service.initial() if kept is None else decode_state(kept, self._service.state)
            self._folds[customer_id] = Account(customer_id, state, locked.version)
        return self._folds[customer_id]

    def _remember(self, incoming: Incoming, locked: Locked) -> None:
        if incoming.source is not None and incoming.sequence is not None:
            locked.seen[incoming.source] = incoming.sequence
            self.changes.seen[incoming.source, incoming.customer_id] = incoming.sequence
        self._take_off(incoming)
        is_taken = incoming.quarantined_id is not None and incoming.type != discard_type(self._service.name)
        if is_taken and incoming.origin is not None:
            self.changes.withdrawn.append(rejection_id(incoming.origin))

    def _take_off(self, incoming: Incoming) -> None:
        """Forget where it was set aside, now that it is dealt with."""
        if incoming.parked_id is not None:
            self.changes.redriven.append(incoming.parked_id)
        if incoming.quarantined_id is not None:
            self.changes.readmitted.append(incoming.quarantined_id)

    def _set_aside(self, incoming: Incoming, fault: Fault) -> Result:
        if incoming.raw is not None and not incoming.is_taken_again:
            self._keep_aside(incoming, fault)
            if not fault.quarantine:
                locked = self._locked[incoming.customer_id]
                queued, locked.parked = bool(locked.parked), (*locked.parked, fault.reason)
                return Result(fault=fault, queued=queued)
        return Result(fault=fault)

    def _keep_aside(self, incoming: Incoming, fault: Fault) -> None:
        """Keep the record, and tell whoever sent it to intake that it was refused."""
        service, changes = self._service, self.changes
        changes.set_aside.append((incoming, fault))
        is_told = fault.quarantine and incoming.raw is not None
        if is_told and service.intake is not None and service.rejections_to is not None:
            changes.rejections.append(rejection_of(service.name, service.intake, incoming, fault, changes.now))

    def _reject(self, incoming: Incoming, rejected: Refusal) -> Result:
        if incoming.source is not None:
            raise ValueError(f"a neighbour's event can't be refused: {rejected.code} {rejected.detail}")
        if incoming.origin is not None:
            fault = Fault(rejected.code, rejected.detail, quarantine=True)
            if incoming.quarantined_id is None:
                self._take_off(incoming)
                self._keep_aside(incoming, fault)
            return Result(fault=fault, outcome=rejected)
        return Result(outcome=rejected)
