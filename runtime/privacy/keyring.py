"""Whose key seals this, and has it been erased? Keys per customer, kept apart from everything they seal."""

import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import Any, Protocol

from runtime.errors import CotermError, KeyErased
from runtime.privacy.sealing import CustomerKey, draw_key, lookup_hash, seal, unseal
from runtime.sharing import Shared
from schemas.personal import SealedBlock

CACHE_SECONDS = 5.0
_MOST_CACHED = 1_000
_Keys = Shared[str, CustomerKey | None]


class KeyStore(Protocol):
    """Keep the keys; held to one contract in memory and on PostgreSQL."""

    async def find(self, customers: Collection[str]) -> dict[str, CustomerKey]:
        """Return the living keys of those customers that have one."""
        ...

    async def ensure(self, customers: Collection[str]) -> dict[str, CustomerKey]:
        """Return a living key for each customer, made and committed now where there is none.

        A customer whose key was erased and who comes back gets another key: what the first one sealed stays shut.
        """
        ...

    async def name(self, customer_id: str) -> str | None:
        """Name a customer's key, deleted or not; None when there never was one."""
        ...

    async def erase(self, customer_id: str) -> str | None:
        """Delete a customer's key for good, if it is not yet; name the key that is gone, None when there was none."""
        ...


class MemoryKeys:
    """Keep the keys in memory; for tests without a database."""

    def __init__(self) -> None:
        self._keys: dict[str, CustomerKey] = {}
        self._erased: dict[str, str] = {}

    async def find(self, customers: Collection[str]) -> dict[str, CustomerKey]:
        """Return the living keys of those customers that have one."""
        return {customer: self._keys[customer] for customer in customers if customer in self._keys}

    async def ensure(self, customers: Collection[str]) -> dict[str, CustomerKey]:
        """Return a living key for each customer."""
        return {customer: self._keys.setdefault(customer, draw_key()) for customer in customers}

    async def name(self, customer_id: str) -> str | None:
        """Name a customer's key, deleted or not."""
        return self._keys[customer_id].key_id if customer_id in self._keys else self._erased.get(customer_id)

    async def erase(self, customer_id: str) -> str | None:
        """Delete a customer's key."""
        if customer_id in self._keys:
            self._erased[customer_id] = self._keys.pop(customer_id).key_id
        return self._erased.get(customer_id)


class NoKeyring:
    """Stand in a service that seals and opens nothing."""

    async def seal(self, customer_id: str, command_id: str, plain: Mapping[str, Any]) -> Any:
        """Refuse."""
        raise CotermError("this service holds no keys")

    async def open(self, customer_id: str, sealed: Any) -> dict[str, Any]:
        """Refuse."""
        raise CotermError("this service holds no keys")

    async def name(self, customer_id: str) -> str | None:
        """Refuse."""
        raise CotermError("this service holds no keys")

    async def erase(self, customer_id: str) -> str | None:
        """Refuse."""
        raise CotermError("this service holds no keys")

    def lookup(self, kind: str, value: str) -> str:
        """Refuse."""
        raise CotermError("this service holds no keys")


class CustomerKeyring:
    """Seal and open at the edge; the `Keyring` of `runtime.edge`.

    Customers who need a key at the same moment share one statement. A key is remembered for some seconds, so that an
    erasure elsewhere is seen soon; in this process it is seen at once.
    """

    def __init__(self, store: KeyStore, lookup_key: bytes, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._store = store
        self._lookup_key = lookup_key
        self._monotonic = monotonic
        self._cache: OrderedDict[str, tuple[float, CustomerKey]] = OrderedDict()
        self._erasures = 0
        self._finding = Shared(_in_order(store.find))
        self._ensuring = Shared(_in_order(store.ensure))

    async def seal(self, customer_id: str, command_id: str, plain: Mapping[str, Any]) -> SealedBlock:
        """Seal a JSON object; makes the customer's key, durably, before it is used. Same input, same bytes."""
        key = self._cached(customer_id) or await self._asked(self._ensuring, customer_id)
        if key is None:
            raise KeyErased("a key was erased while it was made")
        return seal(key, customer_id, command_id, plain)

    async def open(self, customer_id: str, sealed: SealedBlock) -> dict[str, Any]:
        """Open a sealed block. Raises KeyErased when the customer's key was deleted."""
        key = self._cached(customer_id)
        if key is None or key.key_id != sealed.key_id:
            key = await self._asked(self._finding, customer_id)
            if key is None:
                raise KeyErased(f"key {sealed.key_id} was erased")
        return unseal(key, customer_id, sealed)

    def lookup(self, kind: str, value: str) -> str:
        """Return the keyed hash (hex) under which a value is looked up; needs no database."""
        return lookup_hash(self._lookup_key, kind, value)

    async def name(self, customer_id: str) -> str | None:
        """Name a customer's key, deleted or not; None when there never was one."""
        return await self._store.name(customer_id)

    async def erase(self, customer_id: str) -> str | None:
        """Delete a customer's key: what it sealed stays shut, in every copy too. Name it, None when there was none."""
        erased = await self._store.erase(customer_id)
        self._erasures += 1
        self._cache.pop(customer_id, None)
        return erased

    def _cached(self, customer_id: str) -> CustomerKey | None:
        known = self._cache.get(customer_id)
        if known is None or self._monotonic() - known[0] > CACHE_SECONDS:
            return None
        self._cache.move_to_end(customer_id)
        return known[1]

    async def _asked(self, shared: _Keys, customer_id: str) -> CustomerKey | None:
        erasures = self._erasures
        key = await shared(customer_id)
        if key is not None and erasures == self._erasures:  # else it may be the one that was just erased
            self._cache[customer_id] = (self._monotonic(), key)
            self._cache.move_to_end(customer_id)
            if len(self._cache) > _MOST_CACHED:
                self._cache.popitem(last=False)
        return key


def _in_order(
    keys: Callable[[Collection[str]], Awaitable[dict[str, CustomerKey]]],
) -> Callable[[Sequence[str]], Awaitable[list[CustomerKey | None]]]:
    async def ask(customers: Sequence[str]) -> list[CustomerKey | None]:
        found = await keys(dict.fromkeys(customers))
        return [found.get(customer_id) for customer_id in customers]

    return ask
