"""What does a screen show of personal data? `[sealed]`, unless the operator asks to open it and holds the keyring."""

import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from operations.surroundings import OperationFailed, Surroundings, in_words
from runtime.errors import CotermError, KeyErased
from runtime.postgres.keys import PostgresKeys
from runtime.postgres.store import DATABASE_ERRORS
from runtime.privacy.keyring import CustomerKeyring
from runtime.settings import load
from schemas.personal import SealedBlock

SEALED, ERASED = "[sealed]", "[erased]"
PERSONAL = ("name", "email", "citizenship", "vat_number", "tax_code")
"""What is shown of an opened block: never a password's hash."""

_PARTS = frozenset({"key_id", "nonce", "ciphertext"})
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")

Open = Callable[[str, SealedBlock], Awaitable[Any]]
"""(customer, block) → what to show instead."""


async def shut(_: str, __: SealedBlock) -> Any:
    """Show that something is sealed."""
    return SEALED


async def shown(value: Any, customer_id: str, show: Open = shut) -> Any:
    """Return plain values with every sealed block replaced by what may be shown of it."""
    match value:
        case dict() if value.keys() >= _PARTS:
            others = {name: part for name, part in value.items() if name not in _PARTS}
            block = SealedBlock.model_validate({name: str(value[name]) for name in _PARTS})
            opened = await show(customer_id, block) if block.ciphertext else SEALED
            rest: dict[str, Any] = await shown(others, customer_id, show)
            return {"personal": opened, **rest} if rest else opened
        case dict():
            return {name: await shown(part, customer_id, show) for name, part in value.items()}
        case list() | tuple():
            return [await shown(part, customer_id, show) for part in value]
        case _:
            return value


@asynccontextmanager
async def opening(where: Surroundings, *, wanted: bool) -> AsyncIterator[Open]:
    """Give what shows sealed blocks: shut, or opened with the keyring if that is wanted.

    Raises OperationFailed when it is wanted and nothing names the keyring, or that can't be reached.
    """
    if not wanted:
        yield shut
        return
    dsn, master = _keyring(where)
    try:
        keys = await PostgresKeys.connect(dsn, bytes.fromhex(master))
    except DATABASE_ERRORS as error:
        raise OperationFailed(f"the keyring's database can't be used: {in_words(error)}") from error
    try:
        yield _with(CustomerKeyring(keys, bytes(32)))
    finally:
        await keys.close()


def printable(text: str) -> str:
    """Write what somebody else wrote so that it can't speak to the terminal."""
    return _CONTROL.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def one_line(value: Any, width: int = 0) -> str:
    """Write plain values as compact JSON, cut to a width if one is given."""
    text = printable(json.dumps(value, ensure_ascii=False, default=str))
    return text if not width or len(text) <= width else f"{text[: width - 1]}…"


def _keyring(where: Surroundings) -> tuple[str, str]:
    settings, described = load(), where.described.get("keyring", {})
    dsn = settings.keyring_dsn.get_secret_value() if settings.keyring_dsn else described.get("dsn")
    key = settings.keyring_master_key
    master = key.get_secret_value() if key else described.get("master_key")
    if not dsn or not master:
        raise OperationFailed("nothing names the keyring: set COTERM_KEYRING_DSN and COTERM_KEYRING_MASTER_KEY")
    return str(dsn), str(master)


def _with(keyring: CustomerKeyring) -> Open:
    async def show(customer_id: str, block: SealedBlock) -> Any:
        try:
            opened = await keyring.open(customer_id, block)
        except KeyErased:
            return ERASED
        except CotermError:
            return SEALED
        except DATABASE_ERRORS as error:
            raise OperationFailed(f"the keyring's database can't be used: {in_words(error)}") from error
        if opened.keys() == {"value", "headers"}:
            return _record(opened["value"])
        return {name: opened[name] for name in PERSONAL if opened.get(name) is not None} or SEALED

    return show


def _record(value: str | None) -> Any:
    """Read a storefront's record as it was sealed while it waits with its account."""
    try:
        return json.loads(bytes.fromhex(value or ""))
    except ValueError:
        return f"{len(value or '') // 2} bytes that are no JSON"
