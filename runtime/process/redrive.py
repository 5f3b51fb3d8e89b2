"""How does a parked account go on? Its inputs are taken again in order, until one can't be applied."""

import json
from dataclasses import replace
from typing import Any

from runtime.commit.batch import Result
from runtime.edge import Keyring
from runtime.errors import KeyErased, Unreadable
from runtime.kafka.log import LogRecord
from runtime.postgres.outbox import JournalReads
from runtime.privacy.parked_input import opened
from runtime.process.committer import Committer
from runtime.process.deadlines import deadline_input
from runtime.process.telling import redrive_failed
from runtime.service import Deadline, Incoming, RawRecord, Service
from runtime.wire.codec import decode_state
from runtime.wire.reading import read_record
from schemas.personal import SealedBlock


class Redrive:
    """Take the parked inputs of an account again."""

    def __init__(
        self, service: Service, committer: Committer, reads: JournalReads, namespace: str, keyring: Keyring
    ) -> None:
        self._service = service
        self._committer = committer
        self._reads = reads
        self._namespace = namespace
        self._keyring = keyring
        self._failed: set[int | None] = set()

    async def account(self, customer_id: str) -> int:
        """Apply the account's parked inputs, oldest first, and count them; what stops them stays with all behind it."""
        applied = 0
        for row in await self._reads.fetch("parked_of", customer_id):
            try:
                incoming = await self.incoming(row)
            except (KeyErased, Unreadable):
                break  # shown to whoever asks for it: `coterm parked redrive`
            result = await self._committer.apply(incoming)
            if result.error is not None or (result.fault is not None and not result.fault.quarantine):
                self._tell(incoming, result)
                break
            applied += 1
        return applied

    def _tell(self, incoming: Incoming, result: Result) -> None:
        """Report once what can't be applied; a version that has not come yet is no failure, and asked for again."""
        is_due = result.fault is not None and result.fault.reason == "VERSION_GAP"
        if not is_due and incoming.parked_id not in self._failed:
            self._failed.add(incoming.parked_id)
            redrive_failed(incoming, result)

    async def filled_gaps(self) -> int:
        """Redrive the accounts that waited for a version which may have come; return how many inputs were applied."""
        waiting = [
            row["customer_id"] for row in await self._reads.fetch("parked_accounts") if row["reason"] == "VERSION_GAP"
        ]
        return sum([await self.account(customer_id) for customer_id in waiting])

    async def incoming(self, row: Any) -> Incoming:
        """Read a parked input again. Raises KeyErased for one that was sealed for an erased customer, or Unreadable."""
        if row["topic"] is None:
            deadline = decode_state(row["value"], Deadline)
            return replace(
                deadline_input(self._service.name, deadline), parked_id=row["id"], reached_at=row["reached_at"]
            )
        raw = _raw(row)
        if row["sealed"] is not None:
            block = SealedBlock.model_validate_json(row["sealed"])
            raw = await opened(self._keyring, row["customer_id"], row["key"], block)
        return replace(self._read(row, raw), parked_id=row["id"])

    def quarantined(self, row: Any) -> Incoming:
        """Read a quarantined record again; what still can't be read says so in its fault."""
        return replace(self._read(row, _raw(row)), quarantined_id=row["id"])

    def _read(self, row: Any, raw: RawRecord) -> Incoming:
        record = LogRecord(row["topic"], row["partition"], row["offset"], raw.key, raw.value, raw.headers)
        incoming = read_record(self._service, row["topic"].removeprefix(self._namespace), record)
        return replace(incoming, reached_at=row["reached_at"])


def _raw(row: Any) -> RawRecord:
    headers = tuple((name, bytes.fromhex(value)) for name, value in json.loads(row["headers"]))
    return RawRecord(row["key"], row["value"], headers)
