"""What of a storefront's record may stand beside the journal while it waits with its account? A sealed block.

It came in the clear and may wait for longer than intake keeps it: like all personal data it is sealed with its
customer's key, and shut for good once that is erased.
"""

from typing import Any

from runtime.edge import Keyring
from runtime.service import Incoming, RawRecord
from schemas.personal import SealedBlock


async def sealed(keyring: Keyring, incoming: Incoming, raw: RawRecord) -> SealedBlock:
    """Seal a record's bytes for its account; the same record gives the same block."""
    plain = {"value": _hex(raw.value), "headers": [[name, value.hex()] for name, value in raw.headers]}
    return await keyring.seal(incoming.customer_id, str(incoming.id), plain)


async def opened(keyring: Keyring, customer_id: str, key: bytes | None, block: SealedBlock) -> RawRecord:
    """Open what `sealed` has sealed. Raises KeyErased when the customer's key was deleted."""
    plain = await keyring.open(customer_id, block)
    headers = tuple((name, bytes.fromhex(value)) for name, value in plain["headers"])
    return RawRecord(key, _bytes(plain["value"]), headers, is_clear=True)


def _hex(value: bytes | None) -> str | None:
    return None if value is None else value.hex()


def _bytes(value: Any) -> bytes | None:
    return None if value is None else bytes.fromhex(value)
