"""What can an operator do about what was set aside? Take it again, or discard it for good; rehearse either first."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from runtime.commit.batch import Result
from runtime.commit.locks import discard_id
from runtime.errors import CotermError, KeyErased, Unreadable
from runtime.log import described
from runtime.postgres.outbox import JournalReads
from runtime.process.committer import Committer
from runtime.process.redrive import Redrive
from runtime.process.rehearsing import Apply, Rehearsal
from runtime.process.telling import redrive_failed
from runtime.service import Decided, Discard, Incoming, Origin, RawRecord, Service, discard_type
from runtime.wire.codec import Recorded

REHEARSED = 200
"""So many inputs of one account are rehearsed at most: as long as that takes, its commands wait."""
UNKNOWN_ACCOUNT = "quarantine"
"""The account that notes the discarding of a record whose customer can't be read."""


class Fate(StrEnum):
    """What became of an input that was taken again."""

    APPLIED = "APPLIED"
    KNOWN = "KNOWN"
    REFUSED = "REFUSED"
    DISCARDED = "DISCARDED"
    STOPPED = "STOPPED"


@dataclass(frozen=True, slots=True)
class Step:
    """One input, what became of it, and the own events that it left."""

    type: str
    input_id: str
    fate: Fate
    detail: str | None = None
    events: tuple[Recorded, ...] = ()


@dataclass(frozen=True, slots=True)
class Repaired:
    """What was done, or would be, and how many inputs of the account still wait behind it."""

    steps: tuple[Step, ...]
    waiting: int = 0


class RepairRefused(CotermError):
    """A repair can't be done, and why."""

    def __init__(self, code: str, detail: str, status: int = 409) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.status = status


class Repairs:
    """Work on one service's parked and quarantined inputs, in its own process and through its own transaction."""

    def __init__(
        self,
        service: Service,
        committer: Committer,
        reads: JournalReads,
        redrive: Redrive,
        rehearsal: Rehearsal,
    ) -> None:
        self._service = service
        self._committer = committer
        self._reads = reads
        self._redrive = redrive
        self._rehearsal = rehearsal

    async def redrive(self, customer_id: str, *, dry_run: bool) -> Repaired:
        """Take an account's parked inputs again, oldest first, until one can't be applied.

        Raises RepairRefused for an account that is not parked.
        """
        rows = await self._parked(customer_id)
        steps: list[Step] = []
        async with self._applying(dry_run=dry_run) as apply:
            for row in rows[:REHEARSED] if dry_run else rows:
                steps.append(await self._again(row, apply, dry_run=dry_run))
                if steps[-1].fate is Fate.STOPPED:
                    break
        done = sum(step.fate is not Fate.STOPPED for step in steps)
        return Repaired(tuple(steps), len(rows) - done)

    async def discard(self, customer_id: str, why: str, *, dry_run: bool) -> Repaired:
        """Drop the input that an account waits for, with a reason that becomes an event; the others stay parked.

        Raises RepairRefused for an account that is not parked, and for a deadline: it would be due again.
        """
        rows = await self._parked(customer_id)
        head = rows[0]
        if head["topic"] is None:
            raise RepairRefused("DEADLINE", "a deadline can't be discarded, it would be due again: redrive it")
        command = _discarding(self._service, await self._readable(head), head, why)
        step = await self._discarded(command, head["type"], dry_run=dry_run)
        return Repaired((step,), len(rows) - (step.fate is not Fate.STOPPED))

    async def readmit(self, quarantined_id: int, *, dry_run: bool) -> Repaired:
        """Take a quarantined record again; it stays in quarantine if it is refused once more.

        Raises RepairRefused when there is none of this number.
        """
        row = await self._quarantined(quarantined_id)
        incoming = self._redrive.quarantined(row)
        async with self._applying(dry_run=dry_run) as apply:
            return Repaired((await self._taken(incoming, apply, dry_run=dry_run),))

    async def dismiss(self, quarantined_id: int, why: str, *, dry_run: bool) -> Repaired:
        """Drop a quarantined record, with a reason that becomes an event. Raises RepairRefused when there is none."""
        row = await self._quarantined(quarantined_id)
        read = self._redrive.quarantined(row)
        known = read if read.fault is None else replace(read, customer_id=UNKNOWN_ACCOUNT)
        command = _discarding(self._service, known, row | {"type": read.type, "input_id": read.id}, why)
        return Repaired((await self._discarded(command, read.type, dry_run=dry_run),))

    async def _again(self, row: Any, apply: Apply, *, dry_run: bool) -> Step:
        try:
            incoming = await self._redrive.incoming(row)
        except (KeyErased, Unreadable) as error:
            if not dry_run:
                unreadable = Incoming(row["type"], row["input_id"], row["customer_id"], None, parked_id=row["id"])
                redrive_failed(unreadable, Result(error=error))
            return Step(row["type"], str(row["input_id"]), Fate.STOPPED, str(error))
        return await self._taken(incoming, apply, dry_run=dry_run)

    async def _taken(self, incoming: Incoming, apply: Apply, *, dry_run: bool) -> Step:
        result = await apply(incoming)
        step = _step(incoming, result)
        if step.fate in {Fate.STOPPED, Fate.REFUSED} and not dry_run:
            redrive_failed(incoming, result)
        return step

    async def _discarded(self, command: Incoming, input_type: str, *, dry_run: bool) -> Step:
        async with self._applying(dry_run=dry_run) as apply:
            result = await apply(command)
        step = replace(_step(command, result), type=input_type, input_id=command.data.input_id)
        return replace(step, fate=Fate.DISCARDED) if step.fate is Fate.APPLIED else step

    @asynccontextmanager
    async def _applying(self, *, dry_run: bool) -> AsyncIterator[Apply]:
        if not dry_run:
            yield self._committer.apply
            return
        async with self._rehearsal.applying() as apply:
            yield apply

    async def _readable(self, row: Any) -> Incoming | None:
        try:
            return await self._redrive.incoming(row)
        except KeyErased:
            return None
        except Unreadable as error:
            raise RepairRefused("UNREADABLE", f"this deployment can't read it: {error}") from error

    async def _parked(self, customer_id: str) -> list[Any]:
        rows = await self._reads.fetch("parked_of", customer_id)
        if not rows:
            raise RepairRefused("NOT_PARKED", f"{self._service.name} has not parked {customer_id}", 404)
        return rows

    async def _quarantined(self, quarantined_id: int) -> dict[str, Any]:
        rows = await self._reads.fetch("quarantined", quarantined_id)
        if not rows:
            detail = f"nothing stands in the quarantine of {self._service.name} under {quarantined_id}"
            raise RepairRefused("NOT_QUARANTINED", detail, 404)
        return dict(rows[0])


def _discarding(service: Service, incoming: Incoming | None, row: Any, why: str) -> Incoming:
    """Turn an input into the command that discards it.

    What carries a neighbour's version keeps its cause, so that the version counts as heard. Anything else may come
    again under the same id, from a storefront that mended it: only this record is never to be applied.
    """
    if incoming is None:  # its customer's key was erased: all that is left is where it stood
        place = Origin(row["topic"], row["partition"], row["offset"], b"")
        raw = RawRecord(row["key"], None)
        account = row["customer_id"]
        incoming = Incoming(row["type"], row["input_id"], account, None, origin=place, raw=raw, parked_id=row["id"])
    data = Discard(incoming.customer_id, row["type"], str(row["input_id"]), why)
    identity = incoming.id if incoming.source is not None else discard_id(incoming)
    command = replace(incoming, type=discard_type(service.name), id=identity, data=data, fault=None, ignored=False)
    return replace(command, reached_at=None)  # an operator does it now


def _step(incoming: Incoming, result: Result) -> Step:
    named = (incoming.type, str(incoming.id))
    if result.error is not None:
        return Step(*named, Fate.STOPPED, described(result.error))
    if result.fault is not None:
        fate = Fate.REFUSED if result.fault.quarantine and incoming.quarantined_id is None else Fate.STOPPED
        return Step(*named, fate, f"{result.fault.reason}: {result.fault.detail}")
    fate = Fate.APPLIED if isinstance(result.outcome, Decided) else Fate.KNOWN
    return Step(*named, fate, events=tuple(result.recorded))
