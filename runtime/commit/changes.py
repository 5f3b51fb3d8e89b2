"""What is a transaction going to write? Everything that the inputs of its batch changed."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from runtime.delivery import Delivery
from runtime.projection import Key
from runtime.service import EffectIntent, Fault, HandoverBox, Incoming, KeptSecret
from runtime.wire.codec import Recorded
from runtime.wire.rejecting import Rejection


@dataclass(frozen=True, slots=True)
class JournalRow:
    """An own event about to be appended, with its cause and what it asks for."""

    recorded: Recorded
    type: str
    bucket: int
    last_of_input: bool
    cause: Incoming
    effects: Sequence[EffectIntent]


@dataclass(slots=True)
class Changes:
    """Everything the transaction is going to write."""

    now: datetime
    journal: list[JournalRow] = field(default_factory=list)
    states: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    rows: dict[str, dict[Key, Any]] = field(default_factory=dict)
    seen: dict[tuple[str, str], int] = field(default_factory=dict)
    set_aside: list[tuple[Incoming, Fault]] = field(default_factory=list)
    handovers: list[HandoverBox] = field(default_factory=list)
    secrets: list[KeptSecret] = field(default_factory=list)
    forgets: list[str] = field(default_factory=list)
    deliveries: list[Delivery] = field(default_factory=list)
    rejections: list[Rejection] = field(default_factory=list)
    withdrawn: list[UUID] = field(default_factory=list)
    """Rejections of records that are taken now."""
    redriven: list[int] = field(default_factory=list)
    readmitted: list[int] = field(default_factory=list)
