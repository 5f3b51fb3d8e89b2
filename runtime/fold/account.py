"""What does an own event change? The one step of the fold: an account's state, its version and its projections' rows.

The commit takes the events that it makes through it; rebuild, replay, scrubbing and recovery take those that they read.
So what a replay repeats is what happened. Nothing here decides, has effects, or knows a database.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from runtime.errors import Unreadable
from runtime.projection import Key, Projection
from runtime.service import Service
from runtime.wire.codec import encode_state
from runtime.wire.fingerprint import fingerprint_of
from runtime.wire.lens import OwnEvent
from schemas.envelope import Event

FoldRow = Callable[[Projection, Key, Event], None]
"""Folds one event into one row, wherever the rows are kept."""


@dataclass(slots=True)
class Account:
    """One account's fold: its state, its version, and what its last event says of them."""

    customer_id: str
    state: Any
    version: int = 0
    fingerprint: str | None = None
    """The one that stands in its last event."""
    early: dict[int, OwnEvent] = field(default_factory=dict)
    """Events that came before the version that is due."""


@dataclass(frozen=True, slots=True)
class Mismatch:
    """An event says that it left another state behind than its fold does."""

    customer_id: str
    version: int
    recorded: str
    folded: str

    def __str__(self) -> str:
        return f"says that it left {self.recorded}, its fold leaves {self.folded}"


@dataclass(frozen=True, slots=True)
class Gap:
    """An account's next version is missing, though later ones are there; these are not folded."""

    customer_id: str
    version: int

    def __str__(self) -> str:
        return f"version {self.version} is missing"


@dataclass(slots=True)
class Folded:
    """What events leave behind: version and canonical state per account, rows per table, and where they disagree."""

    events: int = 0
    """How many were folded: each version once."""
    states: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    rows: dict[str, dict[Key, Any]] = field(default_factory=dict)
    compared: int = 0
    """How many fingerprints were of this fold version."""
    mismatches: list[Mismatch] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)

    @property
    def faults(self) -> list[Mismatch | Gap]:
        """Return everything in which the events disagree."""
        return [*self.mismatches, *self.gaps]

    def fold_row(self, projection: Projection, key: Key, event: Event) -> None:
        """Fold an event into a row; None deletes it."""
        table = self.rows[projection.table]
        row = projection.evolve(table.get(key), event, key)
        if row is None:
            table.pop(key, None)
        else:
            table[key] = row

    def compare(self, service: Service, account: Account, state: bytes | None = None) -> Mismatch | None:
        """Compare an account's state with its last event's fingerprint, if there is one of this fold version.

        `state` is what `close` returned, where it was closed already.
        """
        if account.fingerprint is None or not account.fingerprint.startswith(f"{service.fold_version}:"):
            return None
        self.compared += 1
        folded = fingerprint_of(service.fold_version, encode_state(account.state) if state is None else state)
        if folded == account.fingerprint:
            return None
        mismatch = Mismatch(account.customer_id, account.version, account.fingerprint, folded)
        self.mismatches.append(mismatch)
        return mismatch

    def close(self, account: Account) -> bytes:
        """Keep what an account has come to, and name the version that its early events still wait for."""
        state = encode_state(account.state)
        self.states[account.customer_id] = account.version, state
        if account.early:
            self.gaps.append(Gap(account.customer_id, account.version + 1))
        return state


def no_rows(service: Service) -> dict[str, dict[Key, Any]]:
    """Name a service's tables, each without a row."""
    return {projection.table: {} for projection in service.projections}


def take(service: Service, account: Account, own: OwnEvent, fold_row: FoldRow) -> bool:
    """Fold an event that is due, and tell whether it was.

    One that comes too early is kept, the first copy of it; one whose version was folded before changes nothing. Raises
    Unreadable for one without a version.
    """
    if own.version != account.version + 1:
        if own.version < 1:
            raise Unreadable(f"{own.event.EVENT_TYPE} of {own.subject} has no version")
        if own.version > account.version:
            account.early.setdefault(own.version, own)
        return False
    event = own.event
    account.state = service.evolve(account.state, event)
    account.version = own.version
    account.fingerprint = own.fingerprint
    for projection in service.touched[type(event)]:
        for key in projection.keys_of(event):
            fold_row(projection, key, event)
    return True


def take_all(service: Service, account: Account, own: OwnEvent, fold_row: FoldRow) -> int:
    """Fold an event that is due and those that waited for it; return how many were folded."""
    folded, due = 0, own
    while take(service, account, due, fold_row):
        folded += 1
        if not account.early or (waited := account.early.pop(account.version + 1, None)) is None:
            break
        due = waited
    return folded
