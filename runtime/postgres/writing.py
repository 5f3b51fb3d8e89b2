"""What does a batch leave in the tables, and how few statements take it there? Nearly all of it goes in one."""

import json
import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any
from uuid import UUID

import asyncpg

from runtime.commit.changes import Changes, JournalRow
from runtime.commit.page import Moves, Partition, Position
from runtime.delivery import Delivery
from runtime.edge import Keyring
from runtime.ids import NAMESPACE, effect_id, event_id, partition_of
from runtime.postgres.rows import row_sql
from runtime.postgres.sqlfile import queries
from runtime.privacy.parked_input import sealed
from runtime.projection import Key, Projection
from runtime.service import EffectIntent, Fault, HandoverBox, Incoming, KeptSecret, RawRecord, Service
from runtime.wire.codec import Recorded, encode_event, encode_state

_PARAMETER = re.compile(r"\$(\d+)")
_Write = tuple[str, Sequence[Any]]
"""One statement of a table, and its arguments."""


class Writing:
    """Write what one batch changed, inside its transaction."""

    def __init__(self, connection: asyncpg.Connection, keyring: Keyring, service: Service, changes: Changes) -> None:
        self._connection = connection
        self._keyring = keyring
        self._service = service
        self._changes = changes
        self._sql = queries("commit")

    async def run(self, moves: Moves) -> None:
        """Write all of it. Raises RuntimeError when a position moved in spite of its lock."""
        for incoming, fault in self._changes.set_aside:
            await self._set_aside(incoming, fault)
        writes = list(self._writes())
        if moves:
            writes.append((self._sql["move_positions"], _columns(_move(*move) for move in moves.items())))
        if not writes:
            return
        arguments = [argument for _, arrays in writes for argument in arrays]
        status = await self._connection.execute(together(tuple(sql for sql, _ in writes)), *arguments)
        if moves and int(status.split()[-1]) != len(moves):
            raise RuntimeError("a locked position moved: another instance writes without the lock")

    def _writes(self) -> Iterator[_Write]:
        """Name the writes, each of rows that no other one touches."""
        changes = self._changes
        if changes.journal:
            values = _columns(_journal_values(row) for row in changes.journal)
            yield self._sql["append_journal"], [*values, changes.now]
        if changes.states:
            states = [(customer, version, state.decode()) for customer, (version, state) in changes.states.items()]
            yield self._sql["write_states"], _columns(states)
        for projection in self._service.projections:
            yield from _row_writes(projection, changes.rows.get(projection.table, {}))
        if changes.seen:
            seen = [(source, customer, version) for (source, customer), version in changes.seen.items()]
            yield self._sql["write_inbox"], _columns(seen)
        intents = [_intent(row.recorded, effect) for row in changes.journal for effect in row.effects]
        if intents:
            yield self._sql["intend"], _columns(intents)
        if changes.handovers:
            yield self._sql["hand_over"], _columns(self._handover(box) for box in changes.handovers)
        if changes.deliveries:
            yield self._sql["deliver"], _columns(_delivery(each) for each in changes.deliveries)
        if changes.rejections:
            told = {each.event_id: each for each in changes.rejections}
            values = [(each.event_id, each.storefront, each.bucket, each.key, each.value) for each in told.values()]
            yield self._sql["tell_rejections"], [*_columns(values), changes.now]
        if changes.withdrawn:
            yield self._sql["withdraw_rejections"], [changes.withdrawn]
        yield from self._secret_writes()
        if changes.redriven:
            yield self._sql["unpark"], [changes.redriven]
        if changes.readmitted:
            yield self._sql["readmit"], [changes.readmitted]

    def _secret_writes(self) -> Iterator[_Write]:
        """Keep what is still wanted at the end of the batch: a secret kept and forgotten in it is never written."""
        forgets = set(self._changes.forgets)
        kept = {box.credential_id: _secret(box) for box in reversed(self._changes.secrets)}
        to_keep = [values for credential_id, values in kept.items() if credential_id not in forgets]
        if to_keep:
            yield self._sql["keep_secrets"], _columns(to_keep)
        if forgets:
            yield self._sql["forget_secrets"], [sorted(forgets)]

    def _handover(self, box: HandoverBox) -> tuple[Any, ...]:
        identity = handover_id(box)
        value = encode_event(
            box.event,
            service=self._service.name,
            event_id=identity,
            version=0,
            at=self._changes.now,
            causation=identity,
            correlation=None,
            cause_sequence=None,
            fingerprint=None,
            traceparent=box.traceparent,
        )
        customer_id = box.event.customer_id
        return identity, customer_id, box.credential_id, partition_of(customer_id), value, self._changes.now

    async def _set_aside(self, incoming: Incoming, fault: Fault) -> None:
        origin, raw = incoming.origin, incoming.raw
        if raw is None:
            raise ValueError("an input without bytes can't be set aside")
        place = (origin.topic, origin.partition, origin.offset) if origin else (None, None, None)
        why = (fault.reason, fault.detail[:4000], self._changes.now, incoming.reached_at)
        if fault.quarantine:
            await self._connection.execute(self._sql["quarantine"], *place, *_kept(raw), *why)
            return
        account = (incoming.customer_id, incoming.type, incoming.id)
        trace = json.dumps(list(fault.trace)) if fault.trace else None
        block, kept = None, _kept(raw)
        if raw.is_clear:
            block = (await sealed(self._keyring, incoming, raw)).model_dump_json()
            kept = _kept(RawRecord(raw.key, None))
        await self._connection.execute(self._sql["park"], *account, *place, *kept, *why, block, trace)


@cache
def together(writes: tuple[str, ...]) -> str:
    """Join writes into one statement, whose status is the last one's; number their parameters on.

    All of them see what was there before: none may touch a row that another one touches, nor, of a table with more than
    its primary key, take what another one frees.
    """
    numbered, before = [], 0
    for sql in writes:
        numbered.append(_PARAMETER.sub(lambda found, on=before: f"${int(found[1]) + on}", sql))  # type: ignore[misc]
        before += max(map(int, _PARAMETER.findall(sql)), default=0)
    *parts, last = numbered
    named = ",\n".join(f"write_{place} AS (\n{sql}\n)" for place, sql in enumerate(parts, 1))
    return f"WITH {named}\n{last}" if parts else last


def handover_id(box: HandoverBox) -> UUID:
    """Derive the id of a hand-over from the credential it carries."""
    return event_id(NAMESPACE, f"handover:{box.credential_id}", 0)


def _row_writes(projection: Projection, rows: dict[Key, Any]) -> Iterator[_Write]:
    sql = row_sql(projection)
    gone = [key for key, row in rows.items() if row is None]
    kept = [row for row in rows.values() if row is not None]
    if gone:
        yield sql.delete, sql.key_parameters(gone)
    if kept:
        yield sql.upsert, sql.parameters(kept)


def _columns(rows: Any) -> list[Any]:
    """Turn rows of values into one array per column."""
    return [list(column) for column in zip(*rows, strict=True)]


def _kept(raw: RawRecord) -> tuple[bytes | None, bytes | None, str]:
    return raw.key, raw.value, json.dumps([[name, value.hex()] for name, value in raw.headers])


def _intent(recorded: Recorded, effect: EffectIntent) -> tuple[Any, ...]:
    identity = effect_id(recorded.event_id, effect.kind)
    payload = encode_state(dict(effect.payload)).decode()
    return identity, effect.kind, recorded.customer_id, recorded.event_id, payload


def _delivery(delivery: Delivery) -> tuple[Any, ...]:
    whose = (delivery.endpoint, delivery.event_id, delivery.customer_id, delivery.order_id)
    return (*whose, delivery.type, delivery.value)


def _journal_values(row: JournalRow) -> tuple[Any, ...]:
    recorded, origin = row.recorded, row.cause.origin
    place = (origin.topic, origin.partition, origin.offset) if origin else (None, None, None)
    own = (recorded.customer_id, recorded.version, recorded.event_id, row.type, row.bucket, recorded.value)
    return (*own, row.last_of_input, row.cause.id, row.cause.type, *place)


def _secret(secret: KeptSecret) -> tuple[Any, ...]:
    return secret.credential_id, secret.customer_id, secret.box, secret.expires_at


def _move(partition: Partition, move: tuple[Position, Position]) -> tuple[Any, ...]:
    before, after = move
    return *partition, before.next_offset, after.next_offset, after.last_offset, after.digest
