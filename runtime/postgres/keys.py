"""Where do the keys per customer live? In a database of their own, wrapped by a master key that it never sees."""

from collections.abc import Collection, Iterable

import asyncpg

from runtime.errors import KeyErased
from runtime.postgres import session
from runtime.postgres.sqlfile import queries
from runtime.privacy.sealing import CustomerKey, draw_key, unwrap, wrap

_ATTEMPTS = 5


class PostgresKeys:
    """Keep the keys in the database `keyring`; a `KeyStore`. A key that `ensure` returns is committed."""

    def __init__(self, pool: asyncpg.Pool, master_key: bytes) -> None:
        self._pool = pool
        self._master_key = master_key
        self._sql = queries("keys")

    @classmethod
    async def connect(cls, dsn: str, master_key: bytes) -> "PostgresKeys":
        """Open a small pool on the keyring's database."""
        # A key must outlive the machine before anything sealed with it does.
        settings = {"application_name": "coterm-keyring", "synchronous_commit": "on", "statement_timeout": "10s"}
        return cls(await session.open_pool(dsn, 4, settings, 15), master_key)

    async def close(self) -> None:
        """Close the pool."""
        await self._pool.close()

    async def find(self, customers: Collection[str]) -> dict[str, CustomerKey]:
        """Return the living keys of those customers that have one."""
        return self._unwrapped(await self._pool.fetch(self._sql["find"], list(customers)))

    async def ensure(self, customers: Collection[str]) -> dict[str, CustomerKey]:
        """Return a living key for each customer, made and committed now where there is none."""
        # What another process made at the same moment is read back; only an erasure in between asks for another turn.
        for _ in range(_ATTEMPTS):
            found = await self.find(customers)
            missing = sorted(set(customers) - found.keys())
            if missing:
                found |= await self._make(missing)
            if len(found) == len(set(customers)):
                return found
        raise KeyErased("a key was erased again and again while it was made")

    async def name(self, customer_id: str) -> str | None:
        """Name a customer's key, deleted or not; None when there never was one."""
        key_id: str | None = await self._pool.fetchval(self._sql["name"], customer_id)
        return key_id

    async def erase(self, customer_id: str) -> str | None:
        """Delete a customer's key for good, if it is not yet; name the key that is gone, None when there was none."""
        key_id: str | None = await self._pool.fetchval(self._sql["erase"], customer_id)
        return key_id

    async def _make(self, customers: list[str]) -> dict[str, CustomerKey]:
        """Make keys, and return those that are ours: another process may have made some of them at the same moment."""
        drawn = {customer: draw_key() for customer in customers}
        made = await self._pool.fetch(
            self._sql["make"],
            customers,
            [key.key_id for key in drawn.values()],
            [wrap(self._master_key, customer, key) for customer, key in drawn.items()],
        )
        return self._unwrapped(made)

    def _unwrapped(self, rows: Iterable[asyncpg.Record]) -> dict[str, CustomerKey]:
        return {
            row["customer_id"]: unwrap(self._master_key, row["customer_id"], row["key_id"], row["wrapped"])
            for row in rows
        }
