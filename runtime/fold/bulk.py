"""What do a service's own events leave behind, read once from start to end? A share of its accounts, folded in memory.

The log holds each account's versions in ascending order, some of them twice; a version that comes too early (a log that
was written anew in another order) waits for those before it. Nothing here decides, acts, or knows a database.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from zlib import crc32

from runtime.errors import Unreadable
from runtime.fold.replay import fold_event
from runtime.projection import Key
from runtime.service import Service
from runtime.wire.codec import encode_state
from runtime.wire.fingerprint import state_fingerprint
from runtime.wire.lens import Headers, OwnEvent, read_own


@dataclass(slots=True)
class Progress:
    """How far one account is folded."""

    customer_id: str
    state: Any
    version: int = 0
    said: str | None = None
    """The fingerprint that stands in its last event."""
    early: dict[int, OwnEvent] = field(default_factory=dict)
    """Events that came before the version that is due."""


@dataclass(frozen=True, slots=True)
class Broken:
    """An account's fold is not the state that its last event says it left behind."""

    customer_id: str
    version: int
    said: str
    folded: str


@dataclass(frozen=True, slots=True)
class Missing:
    """An account's next version is not in the log, though later ones are."""

    customer_id: str
    version: int


@dataclass(frozen=True, slots=True)
class Finished:
    """A folded share: version and canonical state per account, rows per table, and what is wrong with it."""

    accounts: list[tuple[str, int, bytes]]
    rows: dict[str, dict[Key, Any]]
    events: int
    compared: int
    broken: list[Broken]
    missing: list[Missing]


class Slice:
    """Fold the accounts whose key falls to one of so many slices; `feed` takes whatever the log holds."""

    def __init__(self, service: Service, number: int = 0, of: int = 1) -> None:
        self._service = service
        self._number, self._of = number, of
        self._accounts: dict[bytes, Progress] = {}
        self._rows: dict[str, dict[Key, Any]] = {projection.table: {} for projection in service.projections}
        self.events = 0
        """How many were folded: each version once."""

    def holds(self, key: bytes) -> bool:
        """Tell whether an account falls to this slice."""
        return self._of == 1 or crc32(key) % self._of == self._number

    def feed(self, key: bytes, value: bytes, headers: Headers = ()) -> None:
        """Fold one record of the own topic. Raises Unreadable for what is no event of its key's account."""
        if not self.holds(key):
            return
        account = self._accounts.get(key)
        if account is None:
            account = Progress(key.decode("utf-8", "replace"), self._service.initial())
        read = read_own(value, headers, account.customer_id)
        if read.subject != account.customer_id or not read.version:
            raise Unreadable(f"{read.event.EVENT_TYPE} of {read.subject} is not one of its key's account")
        if not account.version:
            self._accounts[key] = account
        if read.version == account.version + 1:
            self._fold(account, read)
            while account.early and (due := account.early.pop(account.version + 1, None)) is not None:
                self._fold(account, due)
        elif read.version > account.version:
            account.early.setdefault(read.version, read)

    def finish(self) -> Finished:
        """Return what was folded, each account compared with what its last event says."""
        accounts, broken, missing, compared = [], [], [], 0
        own = f"{self._service.fold_version}:"
        for _, account in sorted(self._accounts.items()):
            customer_id = account.customer_id
            accounts.append((customer_id, account.version, encode_state(account.state)))
            if account.early:
                missing.append(Missing(customer_id, account.version + 1))
            if account.said is not None and account.said.startswith(own):
                compared += 1
                folded = state_fingerprint(self._service.fold_version, account.state)
                if folded != account.said:
                    broken.append(Broken(customer_id, account.version, account.said, folded))
        return Finished(accounts, self._rows, self.events, compared, broken, missing)

    def _fold(self, account: Progress, read: OwnEvent) -> None:
        account.state = self._service.evolve(account.state, read.event)
        account.version += 1
        account.said = read.said
        fold_event(self._service, self._rows, read.event)
        self.events += 1


def fold_all(service: Service, records: Iterable[tuple[bytes, bytes]]) -> Finished:
    """Fold records (key, value) at once."""
    whole = Slice(service)
    for key, value in records:
        whole.feed(key, value)
    return whole.finish()
