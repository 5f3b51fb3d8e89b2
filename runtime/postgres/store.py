"""How is the commit page carried out on PostgreSQL?"""

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import asyncpg

from runtime import failpoints
from runtime.codec import Recorded, encode_event, encode_state, headers_of
from runtime.commit import Partition, Position
from runtime.edge import Keyring
from runtime.errors import SchemaOutdated
from runtime.ids import NAMESPACE, effect_id, event_id, lock_key, partition_of
from runtime.keyring import NoKeyring
from runtime.parking import sealed
from runtime.postgres.rows import row_sql, tables_hash
from runtime.postgres.sqlfile import queries
from runtime.projection import Key, Projection
from runtime.service import Claim, ClaimKey, EffectIntent, Fault, HandoverBox, Incoming, RawRecord, RowKey, Service
from runtime.unit import Account, Changes, JournalRow

CONNECTION_ERRORS: tuple[type[BaseException], ...] = (
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
)
DATABASE_ERRORS: tuple[type[BaseException], ...] = (*CONNECTION_ERRORS, asyncpg.PostgresError)
"""Whatever a database answers with instead of a result."""

CONTENTION_ERRORS: tuple[type[BaseException], ...] = (asyncpg.DeadlockDetectedError, asyncpg.SerializationError)
CONSUMING = "SET search_path = live, runtime"


async def connect(dsn: str, **options: Any) -> asyncpg.Connection:
    """Open a connection that sees the live projections first, with its statements bounded in time."""
    settings = {"search_path": "live, runtime", "statement_timeout": "60000", "timezone": "UTC"}
    return await asyncpg.connect(dsn, server_settings=settings, timeout=10, **options)


class PostgresStore:
    """Run one transaction at a time on a connection of its own, made anew after it was lost."""

    connection_errors = CONNECTION_ERRORS
    contention_errors = CONTENTION_ERRORS

    def __init__(self, dsn: str, service: Service, keyring: Keyring | None = None) -> None:
        self._dsn = dsn
        self._service = service
        self._declared = service.fold_version, tables_hash(service)
        self._keyring = keyring or NoKeyring()
        self._connection: asyncpg.Connection | None = None

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator["PostgresTransaction"]:
        """Begin a transaction that commits when its block ends well; no swap of tables can come between.

        Raises SchemaOutdated when the live tables are no longer those that this service declares.
        """
        connection = await self._connected()
        try:
            async with connection.transaction():
                await self._enter(connection)
                yield PostgresTransaction(connection, self._keyring)
                failpoints.reached("commit.written")
            failpoints.reached("commit.committed")
        except CONNECTION_ERRORS:
            self._connection = None
            connection.terminate()
            raise

    @asynccontextmanager
    async def rolled_back(self) -> AsyncIterator[None]:
        """Let the transactions in the block see each other, and undo them all at its end: a rehearsal."""
        connection = await self._connected()
        outer = connection.transaction()
        await outer.start()
        try:
            yield
        finally:
            if not connection.is_closed():
                await outer.rollback()

    async def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            await self._connection.close(timeout=5)
            self._connection = None

    async def _enter(self, connection: asyncpg.Connection) -> None:
        if not await connection.fetchval(queries("commit")["enter"], *self._declared):
            raise SchemaOutdated(
                f"the live tables of {self._service.name} are another version's now: deploy the one that made them, "
                f"or run `coterm rebuild {self._service.name}` from this one"
            )

    async def _connected(self) -> asyncpg.Connection:
        if self._connection is None or self._connection.is_closed():
            self._connection = await connect(self._dsn)
        return self._connection


class PostgresTransaction:
    """Carry out the steps of the page, each in as few statements as it allows."""

    def __init__(self, connection: asyncpg.Connection, keyring: Keyring) -> None:
        self._connection = connection
        self._keyring = keyring
        self._sql = queries("commit")

    async def lock_positions(self, partitions: Sequence[Partition]) -> dict[Partition, Position]:
        if not partitions:
            return {}
        topics, numbers = zip(*partitions, strict=True)
        found = await self._connection.fetch(self._sql["lock_positions"], topics, numbers)
        return {(row["topic"], row["partition"]): position(row) for row in found}

    async def lock_accounts(self, customers: Sequence[str]) -> dict[str, Account]:
        if not customers:
            return {}
        await self._connection.execute(self._sql["make_accounts"], customers)
        locked = await self._connection.fetch(self._sql["lock_accounts"], customers)
        accounts = {row["customer_id"]: _account(row) for row in locked}
        for row in await self._connection.fetch(self._sql["account_standing"], customers):
            account = accounts[row["customer_id"]]
            if row["source"] is None:
                account.parked = (*account.parked, row["reason"])
            else:
                account.seen[row["source"]] = row["version"]
        return accounts

    async def lock_claims(self, keys: Sequence[ClaimKey]) -> dict[ClaimKey, list[Claim]]:
        claims: dict[ClaimKey, list[Claim]] = {key: [] for key in keys}
        if keys:
            await self._connection.execute(self._sql["lock_claims"], [lock_key(kind, key) for kind, key in keys])
            kinds, names = zip(*keys, strict=True)
            for row in await self._connection.fetch(self._sql["read_claims"], kinds, names):
                claims[row["kind"], row["key"]].append(Claim(**row))
        failpoints.reached("commit.locked")
        return claims

    async def rows(self, wanted: dict[Projection, list[Key]]) -> dict[RowKey, Any]:
        found: dict[RowKey, Any] = {}
        for projection, keys in wanted.items():
            sql = row_sql(projection)
            found.update({(projection.table, key): None for key in keys})
            for record in await self._connection.fetch(sql.select_by_key, *sql.key_parameters(keys)):
                row = sql.row(record)
                found[projection.table, projection.key_of(row)] = row
        return found

    async def happened(self, events: Sequence[UUID]) -> set[UUID]:
        """Look events up by their ids."""
        if not events:
            return set()
        return {row["event_id"] for row in await self._connection.fetch(self._sql["happened"], events)}

    async def write(self, service: Service, changes: Changes) -> None:
        if changes.journal:
            await self._append(service, changes)
        if changes.states:
            customers, kept = list(changes.states), list(changes.states.values())
            states = [state.decode() for _, state in kept]
            versions = [version for version, _ in kept]
            await self._connection.execute(self._sql["write_states"], customers, versions, states)
        for projection in service.projections:
            await self._write_rows(projection, changes.rows.get(projection.table, {}))
        if changes.seen:
            sources, accounts = zip(*changes.seen, strict=True)
            await self._connection.execute(self._sql["write_inbox"], sources, accounts, list(changes.seen.values()))
        for incoming, fault in changes.set_aside:
            await self._set_aside(incoming, fault, changes)
        if changes.redriven:
            await self._connection.execute(self._sql["unpark"], changes.redriven)
        if changes.readmitted:
            await self._connection.execute(self._sql["readmit"], changes.readmitted)
        await self._keep(changes)
        if changes.journal or changes.handovers:
            await self._connection.execute(self._sql["wake_relays"])

    async def move_positions(self, moves: dict[Partition, tuple[Position, Position]]) -> None:
        if not moves:
            return
        columns = zip(
            *[
                (topic, number, before.next_offset, after.next_offset, after.last_offset, after.digest)
                for (topic, number), (before, after) in moves.items()
            ],
            strict=True,
        )
        status = await self._connection.execute(self._sql["move_positions"], *columns)
        if int(status.split()[-1]) != len(moves):
            raise RuntimeError("a locked position moved: another instance writes without the lock")

    async def _append(self, service: Service, changes: Changes) -> None:
        columns = zip(*[_journal_values(row) for row in changes.journal], strict=True)
        await self._connection.execute(self._sql["append_journal"], *columns, changes.now)
        intents = [_intent(row.recorded, effect) for row in changes.journal for effect in row.effects]
        if intents:
            await self._connection.executemany(self._sql["intend"], intents)
        for box in changes.handovers:
            await self._hand_over(service, box, changes)

    async def _hand_over(self, service: Service, box: HandoverBox, changes: Changes) -> None:
        identity = handover_id(box)
        value = encode_event(
            box.event,
            service=service.name,
            event_id=identity,
            version=0,
            at=changes.now,
            causation=identity,
            correlation=None,
            cause_sequence=None,
            fingerprint=None,
            traceparent=None,
        )
        bucket = partition_of(box.event.customer_id)
        arguments = (identity, box.event.customer_id, box.credential_id, bucket, value, changes.now)
        await self._connection.execute(self._sql["hand_over"], *arguments)

    async def _write_rows(self, projection: Projection, rows: dict[Key, Any]) -> None:
        sql = row_sql(projection)
        gone = [key for key, row in rows.items() if row is None]
        if gone:
            await self._connection.execute(sql.delete, *sql.key_parameters(gone))
        kept = [row for row in rows.values() if row is not None]
        if kept:
            await self._connection.execute(sql.upsert, *sql.parameters(kept))

    async def _set_aside(self, incoming: Incoming, fault: Fault, changes: Changes) -> None:
        origin, raw = incoming.origin, incoming.raw
        if raw is None:
            raise ValueError("an input without bytes can't be set aside")
        place = (origin.topic, origin.partition, origin.offset) if origin else (None, None, None)
        why = (fault.reason, fault.detail[:4000], changes.now)
        if fault.quarantine:
            await self._connection.execute(self._sql["quarantine"], *place, *_kept(raw), *why)
            return
        account = (incoming.customer_id, incoming.type, incoming.id)
        if not raw.is_clear:
            await self._connection.execute(self._sql["park"], *account, *place, *_kept(raw), *why, None)
            return
        block = await sealed(self._keyring, incoming, raw)
        shut = _kept(RawRecord(raw.key, None))
        await self._connection.execute(self._sql["park"], *account, *place, *shut, *why, block.model_dump_json())

    async def _keep(self, changes: Changes) -> None:
        for secret in changes.secrets:
            kept = (secret.credential_id, secret.customer_id, secret.box, secret.expires_at)
            await self._connection.execute(self._sql["keep_secret"], *kept)
        if changes.forgets:
            await self._connection.execute(self._sql["forget_secrets"], changes.forgets)


def handover_id(box: HandoverBox) -> UUID:
    """Derive the id of a hand-over from the credential it carries."""
    return event_id(NAMESPACE, f"handover:{box.credential_id}", 0)


def position(row: Any) -> Position:
    """Read a position from its row."""
    return Position(row["next_offset"], row["last_offset"], row["digest"])


def _kept(raw: RawRecord) -> tuple[bytes | None, bytes | None, str]:
    return raw.key, raw.value, json.dumps([[name, value.hex()] for name, value in raw.headers])


def _account(row: Any) -> Account:
    state = row["state"]
    return Account(row["version"], None if state is None else state.encode())


def _intent(recorded: Recorded, effect: EffectIntent) -> tuple[Any, ...]:
    identity = effect_id(recorded.event_id, effect.kind)
    payload = encode_state(dict(effect.payload)).decode()
    return identity, effect.kind, recorded.customer_id, recorded.event_id, payload


def _journal_values(row: JournalRow) -> tuple[Any, ...]:
    recorded, origin = row.recorded, row.cause.origin
    place = (origin.topic, origin.partition, origin.offset) if origin else (None, None, None)
    own = (recorded.customer_id, recorded.version, recorded.event_id, row.type, row.bucket, recorded.value)
    return (*own, row.last_of_input, row.cause.id, *place)


__all__ = ["CONNECTION_ERRORS", "PostgresStore", "connect", "headers_of", "position"]
