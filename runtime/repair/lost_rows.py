"""What did a lost database hold? Its own topic says it, and its neighbours' topics say which version each cause had.

Journal, states, rows, inbox and effects of some partitions at a time, in memory. An act whose fate no event tells is in
doubt, never intended: nobody knows whether it was done.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from runtime.errors import Unreadable
from runtime.fold.account import Account, Folded, Gap, no_rows, take
from runtime.ids import effect_id, partition_of
from runtime.kafka.log import Appended, LogRecord
from runtime.service import Fate, Service
from runtime.wire.codec import Attributes, decode_attributes, encode_state
from runtime.wire.lens import own_event
from schemas.envelope import Event

AnyRecord = Appended | LogRecord
"""As the client hands it over, or as it stands in the log: when it was appended is not asked."""


@dataclass(frozen=True, slots=True)
class Cause:
    """A neighbour's event that an own one answers: its topic without the namespace, its version and its place."""

    topic: str
    version: int
    partition: int
    offset: int


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the journal as it was, but for its id, with the place at which the topic holds it."""

    customer_id: str
    version: int
    event_id: UUID
    type: str
    bucket: int
    value: bytes
    last_of_input: bool
    cause_id: UUID
    cause: Cause | None
    recorded_at: datetime
    partition: int
    offset: int


@dataclass(slots=True)
class RecoveredEffect:
    """An act that an own event asked for, and what is known of it."""

    effect_id: UUID
    kind: str
    customer_id: str
    event_id: UUID
    payload: bytes
    fate: Fate | None = None

    @property
    def state(self) -> Fate:
        """Say how it stands: what no event tells of is in doubt."""
        return self.fate or Fate.IN_DOUBT


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a topic does not say what its service held."""

    customer_id: str
    version: int
    partition: int
    offset: int
    what: str


@dataclass(slots=True)
class Recovered(Folded):
    """What some partitions say: what their own events leave behind, and what stood beside it."""

    journal: list[Line] = field(default_factory=list)
    inbox: dict[tuple[str, str], int] = field(default_factory=dict)
    effects: dict[tuple[str, str], RecoveredEffect] = field(default_factory=dict)
    troubles: list[Trouble] = field(default_factory=list)
    repeated: int = 0
    """Records that repeat an earlier one, as a relay does that could not mark what it had sent."""

    @property
    def in_doubt(self) -> int:
        """Count the acts of which no event tells how they ended."""
        return sum(effect.fate is None for effect in self.effects.values())


def cause_of(record: AnyRecord, topic: str) -> tuple[UUID, Cause]:
    """Read a neighbour's record as what an own event may answer. Raises Unreadable when it is no event."""
    attributes = decode_attributes(record.value or b"", ())
    return UUID(attributes.id), Cause(topic, int(attributes.sequence or 0), record.partition, record.offset)


def recover(service: Service, records: Iterable[AnyRecord], causes: Mapping[UUID, Cause]) -> Recovered:
    """Return what the database held of some partitions' accounts, given each partition's records in their order."""
    return _Recovery(service, causes).all(records)


class _Recovery:
    def __init__(self, service: Service, causes: Mapping[UUID, Cause]) -> None:
        self._service = service
        self._causes = causes
        self._accounts: dict[str, Account] = {}
        self._at: dict[tuple[str, int], int] = {}
        self._open: dict[str, Line] = {}
        self._found = Recovered(rows=no_rows(service))

    def all(self, records: Iterable[AnyRecord]) -> Recovered:
        for record in records:
            try:
                self._take(record)
            except (Unreadable, ValueError) as error:
                self._trouble("", 0, record, f"can't be read: {error}"[:300])
        for line in self._open.values():
            self._trouble(line.customer_id, line.version, line, "the last event of its input is missing")
        for account in self._accounts.values():
            self._found.close(account)
        return self._found

    def _take(self, record: AnyRecord) -> None:
        value = record.value or b""
        written, attributes = decode_attributes(value, ()), decode_attributes(value)
        customer_id, version = written.subject, int(written.sequence or 0)
        account = self._accounts.setdefault(customer_id, Account(customer_id, self._service.initial()))
        if account.early:
            return  # where a version is missing, its account halts
        if 0 < version <= account.version:
            self._repeat(customer_id, version, record)
            return
        line, own = self._line(written, record), own_event(attributes)
        if not take(self._service, account, own, self._found.fold_row):
            self._trouble(customer_id, version, record, str(Gap(customer_id, account.version + 1)))
            return
        self._at[customer_id, version] = len(self._found.journal)
        self._found.journal.append(line)
        self._prove(account, line)
        self._hear(line, attributes)
        self._act(own.event, line)

    def _repeat(self, account: str, version: int, record: AnyRecord) -> None:
        self._found.repeated += 1
        if self._found.journal[self._at[account, version]].value != record.value:
            self._trouble(account, version, record, "has other bytes than its first copy")

    def _line(self, written: Attributes, record: AnyRecord) -> Line:
        cause_id = UUID(written.causationid)
        return Line(
            written.subject,
            int(written.sequence or 0),
            UUID(written.id),
            written.type,
            partition_of(written.subject),
            record.value or b"",
            written.statefp is not None,
            cause_id,
            self._causes.get(cause_id),
            datetime.fromisoformat(written.time),
            record.partition,
            record.offset,
        )

    def _prove(self, account: Account, line: Line) -> None:
        if account.fingerprint is None:
            self._open[line.customer_id] = line
            return
        self._open.pop(line.customer_id, None)
        mismatch = self._found.compare(self._service, account)
        if mismatch is not None:
            self._trouble(line.customer_id, line.version, line, str(mismatch))

    def _hear(self, line: Line, attributes: Attributes) -> None:
        if attributes.causesequence is None:
            return
        if line.cause is None or line.cause.version != int(attributes.causesequence):
            what = f"its cause {line.cause_id}, version {attributes.causesequence}, is in no neighbour's topic"
            self._trouble(line.customer_id, line.version, line, what)
            return
        place = line.cause.topic, line.customer_id
        self._found.inbox[place] = max(self._found.inbox.get(place, 0), line.cause.version)

    def _act(self, event: Event, line: Line) -> None:
        for intent in self._service.effects_of(event):
            identity = effect_id(line.event_id, intent.kind)
            payload = encode_state(dict(intent.payload))
            effect = RecoveredEffect(identity, intent.kind, line.customer_id, line.event_id, payload)
            self._found.effects.setdefault((intent.kind, intent.key), effect)
        fate = self._service.fate_of(event)
        if fate is not None and (fate.kind, fate.key) in self._found.effects:
            self._found.effects[fate.kind, fate.key].fate = fate.fate

    def _trouble(self, account: str, version: int, place: AnyRecord | Line, what: str) -> None:
        self._found.troubles.append(Trouble(account, version, place.partition, place.offset, what))
