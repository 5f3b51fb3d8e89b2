"""What is a service? A declaration: what it consumes, decides, folds and keeps. Everything else is the runtime's."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from msgspec import Struct

from runtime.ids import Command, input_id
from runtime.projection import Key, Projection, Touched
from schemas.envelope import Event
from schemas.refusal import Refusal
from schemas.topics import TYPES

ClaimKey = tuple[str, str]
"""(kind, key): what must be unique across accounts, for instance ("tax_identifier", keyed hash)."""

RowKey = tuple[str, Key]
"""(table, primary key)."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a record stands in Kafka, and how to recognise it."""

    topic: str
    partition: int
    offset: int
    digest: bytes


@dataclass(frozen=True, slots=True)
class RawRecord:
    """The bytes of an input as they came, kept where it can't be applied yet, or not at all."""

    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...] = ()
    is_clear: bool = False
    """A storefront wrote it: personal data may stand in it in the clear."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Why an input is set aside: in quarantine (it can't be read), or parked with its account (it can't be applied)."""

    reason: str
    detail: str
    quarantine: bool = False
    trace: Sequence[Mapping[str, Any]] = field(default=(), compare=False, repr=False)
    """Where an error broke, link by link, masked; empty where nothing was raised."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """One input of a service: a record, an HTTP command, a deadline that is due, or an effect's outcome."""

    type: str
    id: UUID
    customer_id: str
    data: Any
    sequence: int | None = None
    source: str | None = None
    """The neighbour's topic whose versions `sequence` counts; None for intake, HTTP and timers."""
    correlation_id: str | None = None
    traceparent: str | None = None
    request_id: str | None = None
    """Of the HTTP request that asked for it."""
    origin: Origin | None = None
    raw: RawRecord | None = None
    fault: Fault | None = None
    parked_id: int | None = None
    """The row of `parked` that this input is taken from again."""
    quarantined_id: int | None = None
    """The row of `quarantine` that this input is taken from again."""
    reached_at: datetime | None = None
    """When it reached the provider (R1): over HTTP at its acceptance, on intake by Kafka; None: when it is applied."""
    is_caught_up: bool = True
    """False for a command that must not yet act on what is overdue: what came in before it may wait in the log."""
    ignored: bool = False
    """Its whole type is ignored: only its version is remembered."""

    @classmethod
    def of(cls, command: Command) -> "Incoming":
        """Make the input that a command becomes."""
        order_id = getattr(command, "order_id", None)
        return cls(command.TYPE, input_id(command), command.customer_id, command, correlation_id=order_id)

    @property
    def is_taken_again(self) -> bool:
        """Tell whether it was set aside before: the position has passed its record already."""
        return self.parked_id is not None or self.quarantined_id is not None


@dataclass(frozen=True, slots=True)
class Discard:
    """An operator's word that an input which was set aside is not to be applied, and why."""

    customer_id: str
    input_type: str
    input_id: str
    why: str


class Claim(Struct, frozen=True):
    """An account's hold on something unique: who has it, for which order, with which content."""

    kind: str
    key: str
    customer_id: str
    holder: str
    content: str = ""


@dataclass(frozen=True, slots=True)
class Known:
    """What a decision may look at beside its account's state. Everything it uses must stand in its events."""

    now: datetime
    """The instant at which the input reached the provider; the present one for what came from no outside."""
    claims: Mapping[ClaimKey, Sequence[Claim]]
    rows: Mapping[RowKey, Any]
    is_caught_up: bool = True


@dataclass(frozen=True, slots=True)
class HandoverBox:
    """A sealed secret to publish beside the events; its row is deleted once Kafka has it."""

    credential_id: str
    event: Event
    traceparent: str | None = None
    """Of the input that drew it."""


@dataclass(frozen=True, slots=True)
class KeptSecret:
    """A sealed secret that arrived and is kept, outside log and projections, until its mail's fate is final."""

    credential_id: str
    customer_id: str
    box: bytes
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Decided:
    """What happened: own events in order, sealed secrets to hand over, to keep, and to forget (by credential)."""

    events: Sequence[Event]
    handovers: Sequence[HandoverBox] = ()
    keeps: Sequence[KeptSecret] = ()
    forgets: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Duplicate:
    """The same input with the same content was applied before: nothing happens again."""


CATCHING_UP = Refusal("CATCHING_UP", "what came in before is not applied yet; send the same request again", 503)
"""What a command meets that would act on what is overdue while the backlog is not applied."""

Outcome = Decided | Duplicate | Refusal
Handle = Callable[[Any, Any, Known], Outcome]
"""(data, state, known) → outcome; pure."""

Prepare = Callable[[Incoming], Awaitable[Incoming]]
"""Do at the edge, before the transaction, what a pure decision can't: seal, hash, draw a secret."""


def _nothing(_: Any) -> tuple[()]:
    return ()


@dataclass(frozen=True, slots=True)
class Input:
    """Declare how one type of input is handled.

    `claims` and `rows` name, from the input's (prepared) data alone, what the decision will look at: they are locked
    and read before it.
    """

    type: str
    handle: Handle
    claims: Callable[[Any], Iterable[ClaimKey]] = _nothing
    rows: Callable[[Any], Iterable[RowKey]] = _nothing
    prepare: Prepare | None = None
    rehearse: Prepare | None = None
    """Prepare it for a rehearsal, where preparing does what can't be undone."""


@dataclass(frozen=True, slots=True)
class EffectIntent:
    """An act outside that an own event asks for: worked on only after Kafka has the event."""

    kind: str
    payload: Mapping[str, Any] = field(default_factory=dict)
    key: str = ""
    """How later own events name the act, so that a lost ledger can be written again."""


class Fate(StrEnum):
    """How an act outside can end."""

    SENT = "sent"
    FAILED = "failed"
    IN_DOUBT = "in_doubt"


@dataclass(frozen=True, slots=True)
class EffectFate:
    """What an own event says of an act that an earlier one asked for."""

    kind: str
    key: str
    fate: Fate


class Deadline(Struct, frozen=True):
    """A moment that is due: becomes an input of `type` with `data`."""

    kind: str
    key: str
    customer_id: str
    due_at: datetime


def _no_fate(_: Event) -> EffectFate | None:
    return None


def discard_type(service: str) -> str:
    """Name the command with which an operator discards an input of a service."""
    return f"{service}.discard_input"


def _discarding(service: str) -> Input:
    def discard(data: Discard, _: Any, __: Known) -> Outcome:
        return Decided([TYPES[f"{service}.InputDiscarded.v1"].model_validate(asdict(data))])

    return Input(discard_type(service), discard)


@dataclass(frozen=True)
class Service:
    """Declare a service whole. `evolve` is pure: (state, own event) → state."""

    name: str
    topic: str
    fold_version: int
    state: type
    initial: Callable[[], Any]
    evolve: Callable[[Any, Event], Any]
    inputs: tuple[Input, ...]
    projections: tuple[Projection, ...]
    neighbours: tuple[str, ...] = ()
    """Topics of other services it consumes."""
    intake: str | None = None
    """The topic on which storefronts write to it."""
    from_intake: Callable[[Any], Command] | None = None
    """Turn a body of the intake topic into the command that the same body over HTTP is."""
    effects_of: Callable[[Event], Sequence[EffectIntent]] = _nothing
    fate_of: Callable[[Event], EffectFate | None] = _no_fate
    """Read from an own event how an act ended; asked only when the database was lost."""
    subscribers: Callable[[str], Sequence[str]] = _nothing
    """Name the endpoints outside that are told of a type of public event."""
    handovers_to: str | None = None
    """The topic to which it hands sealed secrets over."""
    rejections_to: str | None = None
    """The topic on which it tells what it refused of intake."""
    handovers_from: str | None = None
    """The topic from which it takes them; its records carry no version."""
    is_awaited: bool = True
    """Somebody waits for what it does with its records: otherwise they may gather in Kafka and be fetched together."""
    consumed: frozenset[str] = field(init=False)
    by_type: Mapping[str, Input] = field(init=False)
    touched: Mapping[type[Event], Sequence[Projection]] = field(init=False, repr=False)
    """The projections that events of a type may touch."""

    @property
    def topics(self) -> tuple[str, ...]:
        """Every topic it reads, its own aside."""
        others = (self.intake, self.handovers_from)
        return (*self.neighbours, *(topic for topic in others if topic is not None))

    @property
    def written(self) -> tuple[str, ...]:
        """Every topic it writes."""
        return tuple(topic for topic in (self.topic, self.handovers_to, self.rejections_to) if topic is not None)

    def __post_init__(self) -> None:
        entries = {entry.type: entry for entry in self.inputs}
        object.__setattr__(self, "consumed", frozenset(entries))
        object.__setattr__(self, "touched", Touched(self.projections))
        object.__setattr__(self, "by_type", entries | {discard_type(self.name): _discarding(self.name)})
