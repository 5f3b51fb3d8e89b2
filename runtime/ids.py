"""How are ids made, and how does a command name itself? Derived from the cause, never drawn: same cause, same id."""

import hashlib
from functools import lru_cache
from typing import ClassVar, Protocol
from uuid import UUID

NAMESPACE = UUID("5f0c2f0e-8d0c-5e0b-9c0a-6d1f3a7b2c4d")
"""The root of every derived id. Never changed: ids of published events hang from it."""

PARTITIONS = 12


def command_id(command_type: str, business_key: str) -> UUID:
    """Name a command or an intake record by what it is about, whichever way it came in."""
    return _derived(NAMESPACE, f"{command_type}\n{business_key}")


def event_id(cause: UUID, service: str, ordinal: int) -> UUID:
    """Name the `ordinal`-th own event that a cause has in a service (from 0)."""
    return _derived(cause, f"{service}\n{ordinal}")


def effect_id(intent: UUID, kind: str) -> UUID:
    """Name the effect that an intent event asks for."""
    return _derived(intent, kind)


@lru_cache(maxsize=4096)  # customers of the moment: more would be memory that grows with all that ever came
def partition_of(customer_id: str, partitions: int = PARTITIONS) -> int:
    """Return the partition of an account: Kafka's own murmur2 of the key, as its default partitioner takes it."""
    return partition_of_key(customer_id.encode(), partitions)


@lru_cache(maxsize=4096)  # customers of the moment: more would be memory that grows with all that ever came
def partition_of_key(key: bytes | None, partitions: int = PARTITIONS) -> int:
    """Return the partition of a record's key; 0 for a record without one, which is none of ours."""
    return (_murmur2(key) & 0x7FFFFFFF) % partitions if key is not None else 0


def lock_key(kind: str, key: str) -> int:
    """Return the signed 64-bit advisory lock of a claim."""
    return int.from_bytes(hashlib.sha256(f"{kind}\n{key}".encode()).digest()[:8], "big", signed=True)


def _derived(root: UUID, name: str) -> UUID:
    # As uuid.uuid5, which takes twice as long.
    return UUID(bytes=hashlib.sha1(root.bytes + name.encode(), usedforsecurity=False).digest()[:16], version=5)


def _murmur2(data: bytes) -> int:
    # Kafka's variant (seed 0x9747b28c), from org.apache.kafka.common.utils.Utils.murmur2.
    mask, m, length = 0xFFFFFFFF, 0x5BD1E995, len(data)
    h = (0x9747B28C ^ length) & mask
    whole = length & ~3
    for start in range(0, whole, 4):
        k = int.from_bytes(data[start : start + 4], "little")
        k = (k * m) & mask
        k ^= k >> 24
        k = (k * m) & mask
        h = ((h * m) & mask) ^ k
    tail = data[whole:]
    if tail:
        h ^= int.from_bytes(tail, "little")
        h = (h * m) & mask
    h ^= h >> 13
    h = (h * m) & mask
    return h ^ (h >> 15)


class Command(Protocol):
    """What is asked of a service, not reported by a neighbour: it names itself, so that asking twice is one input.

    Where it is about an order it has an `order_id`, which its events name as their correlation.
    """

    TYPE: ClassVar[str]

    @property
    def customer_id(self) -> str:
        """Name the account."""
        ...

    @property
    def key(self) -> str:
        """Return what tells one asking from the next, among those of its type."""
        ...


def input_id(command: Command) -> UUID:
    """Name the input that a command becomes, whichever way it comes in."""
    return command_id(command.TYPE, command.key)
