"""When does an event happen? When this transaction commits: one page, batch first."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractAsyncContextManager, contextmanager, suppress
from dataclasses import dataclass, replace
from typing import Any, Protocol
from uuid import UUID

from runtime.clock import Clock
from runtime.commit.batch import Locked, Result, Unit
from runtime.commit.changes import Changes
from runtime.commit.locks import claims_of, customers_of, first_events_of, rows_of
from runtime.errors import HandlerFailed, InputRefused
from runtime.log import described, traced
from runtime.projection import Key, Projection
from runtime.service import Claim, ClaimKey, Fault, Incoming, RowKey, Service

Partition = tuple[str, int]
CONTENTION_TRIES = 5


@dataclass(frozen=True, slots=True)
class Position:
    """How far a partition is applied: the next offset, and the record before it, to recognise the log by."""

    next_offset: int
    last_offset: int | None = None
    digest: bytes | None = None


Moves = dict[Partition, tuple[Position, Position]]
"""From where to where the positions of a batch move."""

Expected = dict[Partition, Position]
"""The positions that this process fetched from; a partition whose position moved under it is not its own any more."""


class Transaction(Protocol):
    """What one transaction of a store can do; memory and PostgreSQL are held to the same contract tests."""

    async def lock_positions(self, partitions: Sequence[Partition]) -> dict[Partition, Position]:
        """Lock positions in order and return them; one that was never made is left out."""
        ...

    async def lock_accounts(self, customers: Sequence[str]) -> dict[str, Locked]:
        """Make the accounts that are missing, lock all in order, and return each as it stands."""
        ...

    async def lock_claims(self, keys: Sequence[ClaimKey]) -> dict[ClaimKey, list[Claim]]:
        """Lock what is unique across accounts, there or not, and return who holds it."""
        ...

    async def rows(self, keys_of: dict[Projection, list[Key]]) -> dict[RowKey, Any]:
        """Return the wanted rows; None for one that is not there."""
        ...

    async def happened(self, events: Sequence[UUID]) -> dict[UUID, str]:
        """Return those of the events that the journal has, each with its account."""
        ...

    async def write(self, service: Service, changes: Changes, moves: Moves) -> None:
        """Write everything that the batch changed, and move positions by compare-and-set.

        Raises RuntimeError when a position moved in spite of its lock.
        """
        ...


class Store(Protocol):
    """Carry transactions, and say which errors are the database's, and what some of them mean."""

    database_errors: tuple[type[BaseException], ...]
    contention_errors: tuple[type[BaseException], ...]
    """Only a bad moment."""
    refusals: tuple[type[Exception], ...]
    """Of the data, for good: no wait cures them."""

    def transaction(self) -> AbstractAsyncContextManager[Transaction]:
        """Begin a transaction that commits when its block ends well."""
        ...


async def commit(
    service: Service, store: Store, batch: Sequence[Incoming], expected: Expected, clock: Clock
) -> list[Result]:
    """Commit a batch and answer for each input; a poison input is found by halving and set aside alone.

    An input's fault is what the service's own code raises, and data that the store refuses of one input alone. Whatever
    else is raised passes: nothing is known to be committed, hold the batch and call again. A poison that has no record
    of its own (a command over HTTP, an input taken again) answers with its error.
    """
    at_fault: tuple[type[Exception], ...] = HandlerFailed, *store.refusals
    try:
        return await _contended(service, store, batch, expected, clock)
    except at_fault as failed:
        if len(batch) > 1:
            middle = len(batch) // 2
            first = await commit(service, store, batch[:middle], expected, clock)
            return first + await commit(service, store, batch[middle:], expected, clock)
        (poison,), error = batch, _fault_of(failed)
        if poison.fault is not None:
            raise
        if poison.raw is None or poison.is_taken_again:
            return [Result(error=error)]
        fault = Fault("HANDLER_FAILED", f"{type(error).__name__}: {error}", trace=traced(error))
        return await _contended(service, store, [replace(poison, fault=fault)], expected, clock)


def _fault_of(failed: Exception) -> Exception:
    if isinstance(failed, HandlerFailed):
        return failed.error
    refused = InputRefused(described(failed))
    refused.__cause__ = failed
    return refused


async def _contended(
    service: Service, store: Store, batch: Sequence[Incoming], expected: Expected, clock: Clock
) -> list[Result]:
    """Try again at once, some times, where another transaction stood in the way."""
    for _ in range(CONTENTION_TRIES - 1):
        with suppress(*store.contention_errors):
            return await _transact(service, store, batch, expected, clock)
    return await _transact(service, store, batch, expected, clock)


@contextmanager
def _handlers() -> Iterator[None]:
    """Separate what the service's own code raises from what the store raises."""
    try:
        yield
    except Exception as error:
        raise HandlerFailed(error) from error


async def _transact(
    service: Service, store: Store, batch: Sequence[Incoming], expected: Expected, clock: Clock
) -> list[Result]:
    async with store.transaction() as tx:
        # 1 positions, sorted; what lies below was applied, and a position that moved under us belongs to another
        held = await tx.lock_positions(sorted({_partition(incoming) for incoming in batch if _has_place(incoming)}))
        ours = {partition for partition, position in held.items() if expected.get(partition) == position}
        live = [incoming for incoming in batch if _stands(incoming, ours, expected)]
        # 2 accounts, then claims, both sorted; only then reads, so that each sees what the locks waited for
        with _handlers():
            customers, keys, row_keys = customers_of(live), claims_of(service, live), rows_of(service, live)
        accounts = await tx.lock_accounts(customers)
        claims = await tx.lock_claims(keys)
        rows = await tx.rows(row_keys)
        # 3 per input, in order: inbox, decide, evolve, next version
        happened = await tx.happened(first_events_of(service, live))
        unit = Unit(service, accounts, claims, rows, happened, clock.now())
        with _handlers():
            results = {id(incoming): unit.apply(incoming) for incoming in live}
        missing = await tx.rows(unit.missing_rows())
        with _handlers():
            unit.fold_pending(missing)
        # 4 the journal, states, rows, intents, hand-overs; positions by compare-and-set
        moves = _moves(live, held, ours)
        await tx.write(service, unit.changes, moves)
    expected.update({partition: after for partition, (_, after) in moves.items()})
    return [results.get(id(incoming)) or Result(lost=_lost(incoming, ours)) for incoming in batch]


def _partition(incoming: Incoming) -> Partition:
    if incoming.origin is None:
        raise ValueError("only a record has a partition")
    return incoming.origin.topic, incoming.origin.partition


def _has_place(incoming: Incoming) -> bool:
    return incoming.origin is not None and not incoming.is_taken_again


def _stands(incoming: Incoming, ours: set[Partition], expected: Expected) -> bool:
    if incoming.origin is None or not _has_place(incoming):
        return True
    partition = _partition(incoming)
    return partition in ours and incoming.origin.offset >= expected[partition].next_offset


def _lost(incoming: Incoming, ours: set[Partition]) -> bool:
    return _has_place(incoming) and _partition(incoming) not in ours


def _moves(live: Sequence[Incoming], held: dict[Partition, Position], ours: set[Partition]) -> Moves:
    moves: Moves = {}
    for incoming in live:
        if incoming.origin is None or not _has_place(incoming):
            continue
        partition, origin = _partition(incoming), incoming.origin
        after = Position(origin.offset + 1, origin.offset, origin.digest)
        moves[partition] = (held[partition], after)
    return moves
