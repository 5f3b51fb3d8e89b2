"""How is the commit page carried out without a database? In memory, held to the same contract tests."""

import copy
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from runtime.commit.batch import Locked
from runtime.commit.changes import Changes, JournalRow
from runtime.commit.page import Moves, Partition, Position
from runtime.delivery import Delivery
from runtime.projection import Key, Projection
from runtime.service import Claim, ClaimKey, Fault, Incoming, RowKey, Service
from runtime.wire.rejecting import Rejection


@dataclass
class Contents:
    """What the tables hold."""

    positions: dict[Partition, Position] = field(default_factory=dict)
    states: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    seen: dict[tuple[str, str], int] = field(default_factory=dict)
    rows: dict[str, dict[Key, Any]] = field(default_factory=dict)
    journal: list[JournalRow] = field(default_factory=list)
    parked: dict[int, tuple[Incoming, Fault]] = field(default_factory=dict)
    quarantine: dict[int, tuple[Incoming, Fault]] = field(default_factory=dict)
    deliveries: list[Delivery] = field(default_factory=list)
    rejections: dict[UUID, Rejection] = field(default_factory=dict)
    handovers: list[Any] = field(default_factory=list)
    secrets: list[Any] = field(default_factory=list)


class MemoryStore:
    """Hold the tables; a transaction works on a copy and replaces them when it ends well."""

    database_errors: tuple[type[BaseException], ...] = (ConnectionError,)
    contention_errors: tuple[type[BaseException], ...] = ()
    refusals: tuple[type[Exception], ...] = ()

    def __init__(self) -> None:
        self.contents = Contents()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator["MemoryTransaction"]:
        """Begin a transaction that commits when its block ends well."""
        draft = copy.copy(self.contents)
        for name, value in vars(self.contents).items():
            setattr(draft, name, copy.copy(value))
        draft.rows = {table: dict(rows) for table, rows in self.contents.rows.items()}
        yield MemoryTransaction(draft)
        self.contents = draft

    def another(self) -> "MemoryStore":
        """Begin from the same contents; what is written there is not seen here."""
        store = MemoryStore()
        store.contents = self.contents
        return store

    @asynccontextmanager
    async def rolled_back(self) -> AsyncIterator[None]:
        """Undo the transactions of the block."""
        before = self.contents
        try:
            yield
        finally:
            self.contents = before

    async def close(self) -> None:
        """Hold on to nothing."""


class MemoryTransaction:
    """Carry out the steps of the page on the draft."""

    def __init__(self, contents: Contents) -> None:
        self._contents = contents

    async def lock_positions(self, partitions: Sequence[Partition]) -> dict[Partition, Position]:
        """Lock positions in order and return them; one that was never made is left out."""
        held = self._contents.positions
        return {partition: held[partition] for partition in partitions if partition in held}

    async def lock_accounts(self, customers: Sequence[str]) -> dict[str, Locked]:
        """Make the accounts that are missing, lock all in order, and return each as it stands."""
        accounts = {}
        for customer in customers:
            version, state = self._contents.states.get(customer, (0, None))
            seen = {source: version for (source, owner), version in self._contents.seen.items() if owner == customer}
            waiting = [
                fault.reason for incoming, fault in self._contents.parked.values() if incoming.customer_id == customer
            ]
            accounts[customer] = Locked(version, state, tuple(waiting), seen)
        return accounts

    async def lock_claims(self, keys: Sequence[ClaimKey]) -> dict[ClaimKey, list[Claim]]:
        """Lock what is unique across accounts, there or not, and return who holds it."""
        held: list[Claim] = list(self._contents.rows.get("claims", {}).values())
        return {key: [claim for claim in held if (claim.kind, claim.key) == key] for key in keys}

    async def rows(self, keys_of: dict[Projection, list[Key]]) -> dict[RowKey, Any]:
        """Return the wanted rows; None for one that is not there."""
        return {
            (projection.table, key): self._contents.rows.get(projection.table, {}).get(key)
            for projection, keys in keys_of.items()
            for key in keys
        }

    async def happened(self, events: Sequence[UUID]) -> dict[UUID, str]:
        """Look through the journal."""
        ids, kept = set(events), (row.recorded for row in self._contents.journal)
        return {recorded.event_id: recorded.customer_id for recorded in kept if recorded.event_id in ids}

    async def write(self, service: Service, changes: Changes, moves: Moves) -> None:
        """Write everything that the batch changed, and move positions by compare-and-set."""
        contents = self._contents
        contents.journal.extend(changes.journal)
        contents.states.update(changes.states)
        contents.seen.update(changes.seen)
        for table, changed in changes.rows.items():
            rows = contents.rows.setdefault(table, {})
            rows.update({key: row for key, row in changed.items() if row is not None})
            for key in [key for key, row in changed.items() if row is None]:
                rows.pop(key, None)
        for incoming, fault in changes.set_aside:
            kept = contents.quarantine if fault.quarantine else contents.parked
            kept[max(kept, default=0) + 1] = (incoming, fault)
        for parked_id in changes.redriven:
            contents.parked.pop(parked_id, None)
        for quarantined_id in changes.readmitted:
            contents.quarantine.pop(quarantined_id, None)
        contents.deliveries.extend(changes.deliveries)
        contents.rejections = {each.event_id: each for each in changes.rejections} | contents.rejections
        for event_id in changes.withdrawn:
            contents.rejections.pop(event_id, None)
        contents.handovers.extend(changes.handovers)
        contents.secrets.extend(changes.secrets)
        contents.secrets[:] = [secret for secret in contents.secrets if secret.credential_id not in changes.forgets]
        for partition, (before, after) in moves.items():
            if self._contents.positions[partition] != before:
                raise RuntimeError("a locked position moved: another instance writes without the lock")
            self._contents.positions[partition] = after
