"""What is shown of sealed data? `[sealed]`, what opens, or `[erased]`; never a password's hash."""

import json
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

from runtime.edge import Keyring
from runtime.errors import CotermError, KeyErased
from schemas.personal import SealedBlock

SEALED, ERASED = "[sealed]", "[erased]"

_SECRET = frozenset({"password_hash"})
_PARTS = frozenset({"key_id", "nonce", "ciphertext"})

Open = Callable[[str, SealedBlock], Awaitable[Any]]
"""(customer, block) → what to show instead."""


async def shut(_: str, __: SealedBlock) -> Any:
    """Show that something is sealed."""
    return SEALED


def opened_with(keyring: Keyring) -> Open:
    """Show what a keyring opens."""

    async def show(customer_id: str, block: SealedBlock) -> Any:
        try:
            opened = await keyring.open(customer_id, block)
        except KeyErased:
            return ERASED
        except CotermError:
            return SEALED
        if opened.keys() == {"value", "headers"}:
            return _record(opened["value"])
        return {name: part for name, part in opened.items() if name not in _SECRET and part is not None} or SEALED

    return show


async def shown(value: Any, customer_id: str, show: Open = shut) -> Any:
    """Return plain values with every sealed block replaced by what may be shown of it."""
    match value:
        case dict() if value.keys() >= _PARTS:
            others = {name: part for name, part in value.items() if name not in _PARTS}
            block = _block(value)
            opened = await show(customer_id, block) if block.ciphertext else SEALED
            rest: dict[str, Any] = await shown(others, customer_id, show)
            return {"personal": opened, **rest} if rest else opened
        case dict():
            return {name: await shown(part, customer_id, show) for name, part in value.items()}
        case list() | tuple():
            return [await shown(part, customer_id, show) for part in value]
        case _:
            return value


def blocks_in(value: Any) -> Iterator[SealedBlock]:
    """Find every sealed block in plain values."""
    match value:
        case dict():
            if value.keys() >= _PARTS and value["ciphertext"]:
                yield _block(value)
            for part in value.values():
                yield from blocks_in(part)
        case list() | tuple():
            for part in value:
                yield from blocks_in(part)
        case _:
            pass


def _block(value: dict[str, Any]) -> SealedBlock:
    return SealedBlock.model_validate({name: str(value[name]) for name in _PARTS})


def _record(value: str | None) -> Any:
    """Read a storefront's record as it was sealed while it waits with its account."""
    try:
        return json.loads(bytes.fromhex(value or ""))
    except ValueError:
        return f"{len(value or '') // 2} bytes that are no JSON"
