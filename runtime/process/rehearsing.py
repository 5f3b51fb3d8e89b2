"""What would an input do? The real commit page tells, in a transaction that is rolled back.

The locks, the decisions and the folds are the real ones. Of what the edge does before them, a key made or a password
drawn is real too, but nobody ever hears of it; what can't be undone has a preparation of its own for a rehearsal.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from runtime.clock import Clock
from runtime.commit.batch import Result
from runtime.commit.page import Store, commit
from runtime.edge import AccountParked, CatchingUp, Submitted
from runtime.ids import Command
from runtime.service import CATCHING_UP, Incoming, Service

Apply = Callable[[Incoming], Awaitable[Result]]


class RehearsalStore(Store, Protocol):
    """A store of one's own, whose transactions can be undone."""

    def rolled_back(self) -> AbstractAsyncContextManager[None]:
        """Let the transactions in the block see each other, and undo them all at its end."""
        ...

    async def close(self) -> None:
        """Give back what it holds."""
        ...


class Rehearsal:
    """Rehearse inputs of a service, one rehearsal at a time: its accounts wait as long as it takes."""

    def __init__(self, service: Service, another: Callable[[], RehearsalStore], clock: Clock) -> None:
        self._service = service
        self._another = another
        self._clock = clock
        self._one_at_a_time = asyncio.Lock()

    @asynccontextmanager
    async def applying(self) -> AsyncIterator[Apply]:
        """Apply the inputs of the block one after the other; at its end it is as if none had come."""
        async with self._one_at_a_time:
            store = self._another()
            try:
                async with store.rolled_back():
                    yield self._apply_to(store)
            finally:
                await store.close()

    async def submit(self, commands: Sequence[Command], *, is_caught_up: bool) -> list[Submitted]:
        """Return what a process would answer to commands that come one after the other.

        Raises AccountParked or CatchingUp as it would, or the error of their decision.
        """
        accepted = self._clock.now()
        async with self.applying() as apply:
            return [await _submitted(apply, command, accepted, is_caught_up=is_caught_up) for command in commands]

    def _apply_to(self, store: RehearsalStore) -> Apply:
        async def applied(incoming: Incoming) -> Result:
            entry = self._service.by_type.get(incoming.type)
            prepare = None if entry is None or incoming.fault is not None else entry.rehearse or entry.prepare
            try:
                ready = incoming if prepare is None or incoming.ignored else await prepare(incoming)
            except store.database_errors:
                raise
            except Exception as error:
                return Result(error=error)
            (result,) = await commit(self._service, store, [ready], {}, self._clock)
            return result

        return applied


async def _submitted(apply: Apply, command: Command, accepted: datetime, *, is_caught_up: bool) -> Submitted:
    incoming = replace(Incoming.of(command), reached_at=accepted, is_caught_up=is_caught_up)
    result = await apply(incoming)
    if result.error is not None:
        raise result.error
    if result.outcome is None:
        raise AccountParked(result.fault.detail if result.fault is not None else "")
    if result.outcome == CATCHING_UP:
        raise CatchingUp
    return Submitted(result.outcome, result.recorded, incoming.customer_id)
