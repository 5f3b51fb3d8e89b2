"""How does an operator's screen show personal data? Shut, unless they ask to open it and hold the keyring."""

import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from operations.surroundings import OperationFailed, Surroundings, in_words
from runtime.postgres.keys import PostgresKeys
from runtime.postgres.store import DATABASE_ERRORS
from runtime.privacy.keyring import CustomerKeyring
from runtime.privacy.showing import Open, opened_with, shut
from runtime.settings import load
from schemas.personal import SealedBlock

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


@asynccontextmanager
async def opening(where: Surroundings, *, opened: bool) -> AsyncIterator[Open]:
    """Give what shows sealed blocks: shut, or opened with the keyring if that is wanted.

    Raises OperationFailed when it is wanted and nothing names the keyring, or that can't be reached.
    """
    if not opened:
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
    opened = opened_with(keyring)

    async def show(customer_id: str, block: SealedBlock) -> Any:
        try:
            return await opened(customer_id, block)
        except DATABASE_ERRORS as error:
            raise OperationFailed(f"the keyring's database can't be used: {in_words(error)}") from error

    return show
